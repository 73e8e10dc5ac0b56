import { describe, expect, it } from 'vitest';
import {
  type Key,
  matchesFilter,
  pressed,
  type Shown,
  UNTOUCHED,
  type WatchState,
} from '../../../src/cli/watch-keys.ts';

const shown: Shown = { names: ['a', 'b', 'c', 'd'], page: 2, bottom: 5 };
const letter = (sequence: string): Key => ({
  name: /[a-z]/i.test(sequence) ? sequence.toLowerCase() : undefined,
  sequence,
});

/** The state after several keys. */
function state(keys: readonly (string | Key)[], given: Partial<WatchState> = {}, on: Shown = shown): WatchState {
  return keys.reduce<WatchState>(
    (before, key) => {
      const next = pressed(before, typeof key === 'string' ? letter(key) : key, on);
      if (next === 'quit') throw new Error('quit');
      return next;
    },
    { ...UNTOUCHED, ...given },
  );
}

const named = (...names: string[]) => names.map((name) => ({ name }));

describe('keys of a watch', () => {
  it.each([
    [['j'], 'a'],
    [['k'], 'a'],
    [['j', 'j'], 'b'],
    [named('down', 'down', 'up'), 'a'],
    [['j', 'k', 'k'], 'a'],
    [['j', 'j', 'j', 'j', 'j', 'j'], 'd'],
    [['j', { name: 'pagedown' }], 'c'],
    [['j', { name: 'space', sequence: ' ' }, { name: 'pageup' }], 'a'],
    [['G'], 'd'],
    [['G', 'g'], 'a'],
    [named('end'), 'd'],
    [named('end', 'home'), 'a'],
    [['j', { name: 'escape', meta: true }], undefined],
  ])('%j selects %s', (keys, selected) => {
    expect(state(keys).selected).toBe(selected);
  });

  it('keeps to a name while the order changes', () => {
    const second = state(['j', 'j']);
    expect(state(['j'], second, { ...shown, names: ['x', 'y', 'b', 'c'] }).selected).toBe('c');
    // It is gone: from the top again.
    expect(state(['j'], second, { ...shown, names: ['x', 'y'] }).selected).toBe('x');
    expect(state(['j', ...named('return')], {}, { ...shown, names: [] })).toEqual(UNTOUCHED);
  });

  it('opens the selected one, or the first, and scrolls in it', () => {
    expect(state(named('return'))).toMatchObject({ selected: 'a', open: true });
    const open = state(['j', 'j', ...named('return')], { top: 3 });
    expect(open).toMatchObject({ selected: 'b', open: true, top: 0 });
    expect(state(['j', 'j', 'k'], open)).toMatchObject({ selected: 'b', top: 1 });
    expect(state(['G', 'j'], open).top).toBe(5);
    expect(state(['G', 'g', 'k'], open).top).toBe(0);
    for (const name of ['return', 'escape'])
      expect(state(named(name), open)).toMatchObject({ open: false, selected: 'b' });
  });

  it('takes a filter, in which letters are letters', () => {
    const typing = state(['/', 'q', 'j', 'Ä', '/']);
    expect(typing).toMatchObject({ typing: true, filter: 'qjÄ/', selected: undefined });
    expect(
      state(
        [
          { name: 'backspace', sequence: '\u007f' },
          { name: 'up', sequence: '\u001b[A' },
        ],
        typing,
      ).filter,
    ).toBe('qjÄ');
    const kept = state(named('return'), typing);
    expect(kept).toMatchObject({ typing: false, filter: 'qjÄ/' });
    expect(state(named('escape'), kept).filter).toBe('');
    expect(state(named('escape'), typing)).toEqual(UNTOUCHED);
    expect(state(['/'], { open: true })).toMatchObject({ open: false, typing: true });
  });

  it('takes characters of several code points as one, however they are written', () => {
    const backspace = { name: 'backspace', sequence: '\u007f' };
    expect(state(['/', '日', 'e', '\u0301', backspace]).filter).toBe('日');
    expect(state(['/', 'a', { name: 'u', ctrl: true, sequence: '\u0015' }, 'b'])).toMatchObject({
      filter: 'b',
      typing: true,
    });
    expect(matchesFilter('Caf\u00e9-sink', 'cafe\u0301')).toBe(true);
    expect(matchesFilter('cafe\u0301', 'CAF\u00c9')).toBe(true);
    expect(matchesFilter('cafe', 'caf\u00e9')).toBe(false);
  });

  it('ends by q alone', () => {
    expect(pressed(UNTOUCHED, letter('q'), shown)).toBe('quit');
    expect(pressed({ ...UNTOUCHED, open: true }, letter('q'), shown)).toBe('quit');
    for (const key of [{ name: 'q', ctrl: true }, { name: 'j', meta: true }, { name: 'x' }, { name: 'tab' }])
      expect(pressed(UNTOUCHED, key, shown)).toBe(UNTOUCHED);
  });
});
