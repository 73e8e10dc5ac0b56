import { describe, expect, it } from 'vitest';
import type { ConnectorOffset } from '../../../../src/connect/types.ts';
import type { Operation, Phase } from '../../../../src/operate/journal.ts';
import {
  decide,
  type Found,
  isPlan,
  type OffsetsPlan,
  stateOf,
  type Wish,
} from '../../../../src/operate/offsets/recovery.ts';

const offsets = (text: string): ConnectorOffset[] =>
  text === ''
    ? []
    : text.split(' ').map((one) => {
        const [partition = '', position] = one.split('=');
        return { partition: { p: partition }, offset: position === undefined ? null : { o: Number(position) } };
      });

/** `a=1 b=2` becomes `a=8 b=9`; `c` is not changed. */
const plan: OffsetsPlan = { before: offsets('a=1 b=2 c=3'), wanted: offsets('a=8 b=9'), backup: '/state/backup.json' };

const operation = (phase: Phase, more: Partial<Operation<OffsetsPlan | null>> = {}): Operation<OffsetsPlan | null> => ({
  version: 1,
  kind: 'offsets',
  what: 'set the offsets',
  connector: 'x',
  connectorClass: 'Class',
  place: { cluster: 'c', context: 'dev', urls: [] },
  at: '2026-11-30T00:00:00.000Z',
  who: 'ann@host',
  former: 'RUNNING',
  phase,
  plan: phase === 'stopping' ? null : plan,
  ...more,
});

const found = (state: Found['state'], live: string, connectorClass = 'Class'): Found => ({
  state,
  connectorClass,
  offsets: offsets(live),
});

/** `restore finished`, `write a=1 b=2 c=3 undone`, `forget`, `refuse: …` */
function text(decision: ReturnType<typeof decide>): string {
  switch (decision.act) {
    case 'restore':
      return `restore ${decision.outcome}`;
    case 'write': {
      const each = decision.offsets.map(({ partition, offset }) => `${partition['p']}=${offset?.['o'] ?? '-'}`);
      return `write ${each.join(' ')}, ${decision.outcome}`;
    }
    case 'forget':
      return 'forget';
    case 'refuse':
      return `refuse: ${decision.because}`;
  }
}

const BEFORE = 'a=1 b=2 c=3';
const AFTER = 'a=8 b=9 c=3';
const BETWEEN = 'a=8 b=2 c=3';
const UNDO = 'write a=1 b=2 c=3, undone';
const FINISH = 'write a=8 b=9, finished';

describe('an interrupted change of offsets', () => {
  const table: readonly [Phase, Found['state'], string, Wish, string][] = [
    // Nothing had been changed.
    ['stopping', 'STOPPED', BEFORE, undefined, 'restore undone'],
    ['stopping', 'RUNNING', 'a=7', undefined, 'restore undone'],
    ['stopping', 'PAUSED', BEFORE, undefined, 'restore undone'],
    ['stopping', 'STOPPED', BEFORE, 'undo', 'restore undone'],
    ['stopping', 'STOPPED', BEFORE, 'finish', 'refuse: its offsets had not been changed yet'],
    ['stopping', 'STOPPED', BEFORE, 'keep', 'forget'],
    // It may have been changed.
    ['changing', 'STOPPED', BEFORE, undefined, 'restore undone'],
    ['changing', 'STOPPED', BEFORE, 'undo', 'restore undone'],
    ['changing', 'STOPPED', BEFORE, 'finish', FINISH],
    ['changing', 'STOPPED', AFTER, undefined, 'restore finished'],
    ['changing', 'STOPPED', AFTER, 'finish', 'restore finished'],
    ['changing', 'STOPPED', AFTER, 'undo', UNDO],
    ['changing', 'STOPPED', BETWEEN, undefined, UNDO],
    ['changing', 'STOPPED', BETWEEN, 'undo', UNDO],
    ['changing', 'STOPPED', BETWEEN, 'finish', FINISH],
    ['changing', 'STOPPED', BETWEEN, 'keep', 'forget'],
    // Somebody else.
    ['changing', 'STOPPED', 'a=5 b=2 c=3', undefined, 'refuse: somebody else has changed its offsets'],
    ['changing', 'STOPPED', 'a=8 b=9 c=4', undefined, 'refuse: somebody else has changed its offsets'],
    ['changing', 'STOPPED', 'a=8 b=9 c=3 d=1', undefined, 'refuse: somebody else has changed its offsets'],
    ['changing', 'STOPPED', 'a=8 b=9 c=3 d=1', 'undo', 'write a=1 b=2 c=3 d=-, undone'],
    ['changing', 'STOPPED', 'a=5 b=2 c=3', 'finish', FINISH],
    ['changing', 'RUNNING', AFTER, undefined, 'refuse: somebody else has set it to RUNNING'],
    ['changing', 'PAUSED', BEFORE, undefined, 'refuse: somebody else has set it to PAUSED'],
    ['changing', 'RUNNING', BEFORE, 'undo', UNDO],
    ['changing', 'RUNNING', AFTER, 'finish', FINISH],
    ['changing', 'RUNNING', AFTER, 'keep', 'forget'],
    // It has been changed.
    ['restoring', 'STOPPED', AFTER, undefined, 'restore finished'],
    ['restoring', 'STOPPED', AFTER, 'finish', 'restore finished'],
    ['restoring', 'STOPPED', AFTER, 'undo', UNDO],
    ['restoring', 'RUNNING', 'a=9 b=9 c=3', undefined, 'restore finished'],
    ['restoring', 'PAUSED', AFTER, undefined, 'restore finished'],
    ['restoring', 'RUNNING', AFTER, 'undo', UNDO],
    ['restoring', 'STOPPED', AFTER, 'keep', 'forget'],
  ];

  it.each(table)('%s, found %s with %s, asked to %s: %s', (phase, state, live, wish, expected) => {
    expect(text(decide(operation(phase), found(state, live), wish))).toContain(expected);
  });

  it.each(['stopping', 'changing', 'restoring'] as const)(
    '%s, of a connector that does not exist any more',
    (phase) => {
      for (const wish of [undefined, 'finish', 'undo'] as const)
        expect(text(decide(operation(phase), undefined, wish))).toContain('does not exist any more');
      expect(text(decide(operation(phase), undefined, 'keep'))).toBe('forget');
    },
  );

  it.each(['stopping', 'changing', 'restoring'] as const)('%s, of another connector of that name', (phase) => {
    const other = found('RUNNING', BEFORE, 'Other');
    for (const wish of [undefined, 'finish', 'undo'] as const)
      expect(text(decide(operation(phase), other, wish))).toContain('its class was Class and is Other');
  });
});

describe('offsets are those', () => {
  it.each([
    ['before', BEFORE],
    ['after', AFTER],
    ['between', BETWEEN],
    ['between', 'a=1 b=9 c=3'],
    ['other', 'a=1 b=2'],
    ['other', ''],
  ])('%s: %s', (expected, live) => {
    expect(stateOf(offsets(live), plan)).toBe(expected);
  });

  it('after a reset, whether the worker lists the partition without an offset or not at all', () => {
    const reset = { before: offsets('a=1'), wanted: [{ partition: { p: 'a' }, offset: null }] };
    expect(stateOf(offsets('a'), reset)).toBe('after');
    expect(stateOf([], reset)).toBe('after');
    expect(stateOf(offsets('a=1'), reset)).toBe('before');
  });
});

it('a plan in the journal is one only if nothing of it is missing', () => {
  const one = { partition: { file: 'a' }, offset: null };
  expect(isPlan(null)).toBe(true);
  expect(isPlan({ before: [one], wanted: [], backup: 'file' })).toBe(true);
  for (const damaged of [{}, 'x', { before: [one], wanted: [one] }, { before: [null], wanted: [], backup: 'file' }])
    expect(isPlan(damaged), JSON.stringify(damaged)).toBe(false);
});
