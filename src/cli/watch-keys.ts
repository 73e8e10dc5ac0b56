import { graphemes } from '../text/graphemes.ts';

/** A key as `node:readline` reads it. */
export interface Key {
  name?: string | undefined;
  sequence?: string | undefined;
  ctrl?: boolean | undefined;
  meta?: boolean | undefined;
}

/** What the keys of a watch have changed on its screen. */
export interface WatchState {
  /** By name, since the order changes; undefined before the first move. */
  selected: string | undefined;
  /** The selected connector is shown in full. */
  open: boolean;
  /** Of its lines, the first on the screen. */
  top: number;
  /** Part of the names that are shown, in any case. */
  filter: string;
  /** The filter is being typed. */
  typing: boolean;
}

export const UNTOUCHED: WatchState = { selected: undefined, open: false, top: 0, filter: '', typing: false };

/** What is on the screen when a key is pressed. */
export interface Shown {
  /** Connectors that match the filter, in order. */
  names: readonly string[];
  /** Rows or lines that fit. */
  page: number;
  /** The last `top`. */
  bottom: number;
}

/** Whether a name matches the filter. */
export function matchesFilter(name: string, filter: string): boolean {
  return comparable(name).includes(comparable(filter));
}

/** `é` is one character or two, and looks the same. */
function comparable(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** The state after a key; `quit` ends the watch. */
export function pressed(state: WatchState, key: Key, shown: Shown): WatchState | 'quit' {
  // As in a shell.
  if (state.typing && key.ctrl && key.name === 'u') return { ...state, filter: '' };
  // readline calls Escape a meta key.
  if (key.ctrl || (key.meta && key.name !== 'escape')) return state;
  if (state.typing) return typed(state, key);
  const page = Math.max(1, shown.page);
  switch (key.name || key.sequence) {
    case 'q':
      return 'quit';
    case 'j':
    case 'down':
      return moved(state, 1, shown);
    case 'k':
    case 'up':
      return moved(state, -1, shown);
    case 'pagedown':
    case 'space':
      return moved(state, page, shown);
    case 'pageup':
      return moved(state, -page, shown);
    case 'g':
    case 'home':
      // readline names a capital letter by its small one.
      return moved(state, key.sequence === 'G' ? Infinity : -Infinity, shown);
    case 'end':
      return moved(state, Infinity, shown);
    case 'return':
    case 'enter':
      if (state.open) return { ...state, open: false };
      return shown.names.length === 0 ? state : { ...state, selected: selectedOf(state, shown), open: true, top: 0 };
    case 'escape':
      if (state.open) return { ...state, open: false };
      return state.filter === '' ? { ...state, selected: undefined } : { ...state, filter: '' };
    case '/':
      return { ...state, open: false, typing: true };
    default:
      return state;
  }
}

function typed(state: WatchState, { name, sequence = '' }: Key): WatchState {
  if (name === 'return' || name === 'enter') return { ...state, typing: false };
  if (name === 'escape') return { ...state, filter: '', typing: false };
  if (name === 'backspace') return { ...state, filter: graphemes(state.filter).slice(0, -1).join('') };
  return /^\P{Cc}+$/u.test(sequence) ? { ...state, filter: state.filter + sequence } : state;
}

function moved(state: WatchState, by: number, { names, bottom }: Shown): WatchState {
  if (state.open) return { ...state, top: Math.max(0, Math.min(bottom, state.top + by)) };
  if (names.length === 0) return state;
  const at = names.indexOf(state.selected ?? '');
  // The first move shows where the cursor is.
  const to = at < 0 && Number.isFinite(by) ? 0 : at + by;
  return { ...state, selected: names[Math.max(0, Math.min(names.length - 1, to))] };
}

function selectedOf({ selected }: WatchState, { names }: Shown): string | undefined {
  return selected !== undefined && names.includes(selected) ? selected : names[0];
}
