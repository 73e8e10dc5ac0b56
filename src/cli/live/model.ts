import type { ConnectorDescription } from '../../inspect/describe.ts';
import type { ConnectorSnapshot, Snapshot } from '../../serve/snapshot.ts';
import { compareTexts } from '../../text/compare-texts.ts';
import { visibleTree } from '../../text/visible.ts';
import { type Key, matchesFilter, pressed, UNTOUCHED, type WatchState } from '../watch-keys.ts';

const SORTS = ['health', 'name', 'lag', 'behind', 'rate'] as const;
export const TABS = ['tasks', 'trace', 'topics', 'config'] as const;

/** What a key does to a connector, once it was confirmed. */
export type LiveVerb = 'restart' | 'pause' | 'resume';

interface Act {
  verb: LiveVerb;
  /** Of a connector, as the worker has it. */
  name: string;
}

/** What is known of the connector that was opened, besides its state. */
export type Described = { name: string } & ({ description: ConnectorDescription } | { failure: string });

/** Everything that the view shows. */
export interface LiveModel {
  context: string;
  /** Its name must be typed before anything is changed. */
  protected: boolean;
  everyMs: number;
  /** The last one. */
  snapshot: Snapshot | undefined;
  /** When the worker answered last (ms since 1970). */
  readAt: number | undefined;
  /** Of `snapshot`, filtered and sorted. */
  rows: readonly ConnectorSnapshot[];
  /** Lag of each connector, the oldest first. */
  trend: ReadonlyMap<string, readonly number[]>;
  /** The cursor, what is open, and the filter. */
  nav: WatchState;
  sort: (typeof SORTS)[number];
  tab: (typeof TABS)[number];
  /** The keys are listed. */
  help: boolean;
  described: Described | undefined;
  /** To be confirmed. */
  question: (Act & { typed: string }) | undefined;
  /** What is being done. */
  working: Act | undefined;
  notice: { text: string; tone: 'good' | 'bad' | 'none' } | undefined;
}

export type LiveEvent =
  | { kind: 'key'; key: Key }
  | { kind: 'read'; snapshot: Snapshot }
  | ({ kind: 'described' } & Described)
  | { kind: 'done'; text: string; isDone: boolean }
  /** Something that no key has asked for. */
  | { kind: 'told'; text: string; isGood: boolean };

/** What is to be done outside. */
export type Effect = { kind: 'quit' } | ({ kind: 'operate' } & Act) | { kind: 'describe'; name: string };

/** What the last drawing had room for. */
export interface Room {
  /** Rows or lines that fit. */
  page: number;
  /** The last first line of what is open. */
  bottom: number;
}

/** Readings of lag that are drawn. */
const KEPT = 12;

export function liveModel(given: Pick<LiveModel, 'context' | 'protected' | 'everyMs'>): LiveModel {
  return {
    ...given,
    ...{ snapshot: undefined, readAt: undefined, rows: [], trend: new Map(), nav: UNTOUCHED },
    ...{ sort: 'health', tab: 'tasks', help: false },
    ...{ described: undefined, question: undefined, working: undefined, notice: undefined },
  };
}

/** The model after an event, and what is to be done. Pure. */
export function liveStep(model: LiveModel, event: LiveEvent, room: Room): { model: LiveModel; effect?: Effect } {
  switch (event.kind) {
    case 'read':
      return { model: withRead(model, event.snapshot) };
    case 'described': {
      const { kind: _kind, ...described } = event;
      return { model: described.name === model.nav.selected ? { ...model, described } : model };
    }
    case 'told':
      return { model: { ...model, notice: { text: event.text, tone: event.isGood ? 'good' : 'bad' } } };
    case 'done': {
      const notice = { text: event.text, tone: event.isDone ? 'good' : 'bad' } as const;
      return { model: { ...model, working: undefined, notice } };
    }
    case 'key':
      if (model.question !== undefined) return answered(model, model.question, event.key);
      if (model.help) return { model: { ...model, help: false } };
      return keyed({ ...model, notice: undefined }, event.key, room);
  }
}

function withRead(model: LiveModel, snapshot: Snapshot): LiveModel {
  const isRead = snapshot.error === null;
  const trend = isRead
    ? new Map(
        snapshot.connectors.flatMap(({ name, group, lagMs }): [string, number[]][] => {
          const lag = group === null ? lagMs : group.lag;
          return lag === null ? [] : [[name, [...(model.trend.get(name) ?? []), lag].slice(-KEPT)]];
        }),
      )
    : model.trend;
  return withRows({ ...model, snapshot, trend, readAt: isRead ? snapshot.at : model.readAt });
}

function withRows(model: LiveModel): LiveModel {
  const { snapshot, nav, sort } = model;
  const fitting = (snapshot?.connectors ?? []).filter((one) => matchesFilter(nameShown(one), nav.filter));
  return { ...model, rows: sort === 'health' ? fitting : fitting.toSorted(ORDERS[sort]) };
}

/** Of one line, and without what a terminal would act on. */
export function nameShown({ name }: { name: string }): string {
  return visibleTree({ name }).name;
}

const ORDERS: Record<Exclude<LiveModel['sort'], 'health'>, (a: ConnectorSnapshot, b: ConnectorSnapshot) => number> = {
  name: (a, b) => compareTexts(a.name, b.name),
  lag: (a, b) => descending(a.group?.lag, b.group?.lag),
  behind: (a, b) => descending(a.lagMs, b.lagMs),
  rate: (a, b) => descending(a.recordsPerSecond, b.recordsPerSecond),
};

/** What is not known comes last. */
function descending(a: number | null | undefined, b: number | null | undefined): number {
  return (b ?? -1) - (a ?? -1);
}

function keyed(model: LiveModel, key: Key, { page, bottom }: Room): { model: LiveModel; effect?: Effect } {
  const { nav, rows } = model;
  const names = rows.map(({ name }) => name);
  const isPlain = !nav.typing && !key.ctrl && !key.meta;
  const done = isPlain ? ownKey(model, key) : undefined;
  if (done !== undefined) return done;
  const next = pressed(nav, key, { names, page, bottom });
  if (next === 'quit') return { model, effect: { kind: 'quit' } };
  const moved = { ...model, nav: next };
  const changed = next.filter === nav.filter ? moved : withRows(moved);
  if (!next.open || nav.open || next.selected === undefined) return { model: changed };
  return {
    model: { ...changed, tab: 'tasks', described: undefined },
    effect: { kind: 'describe', name: next.selected },
  };
}

const VERBS: Readonly<Record<string, LiveVerb>> = { r: 'restart', p: 'pause', u: 'resume' };

/** Keys that `status --watch` does not have. */
function ownKey(model: LiveModel, { name, sequence }: Key): { model: LiveModel; effect?: Effect } | undefined {
  const { nav } = model;
  if (sequence === '?') return { model: { ...model, help: true } };
  const verb = VERBS[sequence ?? ''];
  if (verb !== undefined) return { model: asked(model, verb) };
  if (!nav.open)
    return sequence === 's' ? { model: withRows({ ...model, sort: after(SORTS, model.sort, 1) }) } : undefined;
  const by = name === 'tab' || name === 'right' ? 1 : name === 'left' ? -1 : 0;
  const tab = by === 0 ? TABS[Number(sequence) - 1] : after(TABS, model.tab, by);
  return tab === undefined ? undefined : { model: { ...model, tab, nav: { ...nav, top: 0 } } };
}

function after<T>(all: readonly T[], one: T, by: number): T {
  return all[(all.indexOf(one) + by + all.length) % all.length] ?? one;
}

function asked(model: LiveModel, verb: LiveVerb): LiveModel {
  const { nav, rows, working } = model;
  const say = (text: string): LiveModel => ({ ...model, notice: { text, tone: 'none' } });
  if (working !== undefined) return say(`Wait: ${verbText(working)} is not done yet.`);
  const chosen = rows.find(({ name }) => name === nav.selected);
  if (chosen === undefined) return say('Select a connector first: j or k.');
  return { ...model, question: { verb, name: chosen.name, typed: '' } };
}

/** `restart orders-sink` */
export function verbText({ verb, name }: Act): string {
  return `${verb} ${nameShown({ name })}`;
}

/** A key that answers a question: y, or the typed name of a protected context. Anything else is a no. */
function answered(
  model: LiveModel,
  question: NonNullable<LiveModel['question']>,
  key: Key,
): { model: LiveModel; effect?: Effect } {
  const { verb, name, typed } = question;
  const refused = (text: string) => ({
    model: { ...model, question: undefined, notice: { text, tone: 'none' } as const },
  });
  const agreed = {
    model: { ...model, question: undefined, working: { verb, name } },
    effect: { kind: 'operate', verb, name } as const,
  };
  if (!model.protected) return key.sequence === 'y' || key.sequence === 'Y' ? agreed : refused('Nothing was done.');
  if (key.name === 'escape') return refused('Nothing was done.');
  if (key.name === 'return' || key.name === 'enter')
    return typed.trim() === model.context
      ? agreed
      : refused('The typed name is not that of the context: nothing was done.');
  // The filter is typed in the same way.
  const { filter } = pressed({ ...UNTOUCHED, typing: true, filter: typed }, key, {
    names: [],
    page: 0,
    bottom: 0,
  }) as WatchState;
  return { model: { ...model, question: { verb, name, typed: filter } } };
}
