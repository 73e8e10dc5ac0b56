import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import type { AlertRule } from '../../../src/alerts/rules.ts';
import { inMaintenance, latestOfPairs, schemaChangesSince, storedVerdicts } from '../../../src/serve/stored.ts';
import type { ReconcileRun } from '../../../src/store/comparisons.ts';
import type { KeptWindow } from '../../../src/store/maintenance.ts';
import type { SchemaChangeSeen } from '../../../src/store/schema-changes.ts';
import { NOON } from '../../helpers/snapshot.ts';

const run = (id: number, pair: string | null, verdict: ReconcileRun['verdict']) =>
  ({ id, pair, verdict, at: '2026-01-10T11:00:00.000Z', tables: [], repair: null }) as unknown as ReconcileRun;
const tables = (...verdicts: string[]) =>
  verdicts.map((verdict, index) => ({ source: `t${index}`, target: `t${index}`, verdict })) as ReconcileRun['tables'];
const repaired = (after: string | null) => ({ tables: [{ table: 't0', after }] }) as unknown as ReconcileRun['repair'];
const window = (until: string, outcome: string | null = null) =>
  ({ id: 3, until, reason: 'upgrade', connectors: [{ name: 'orders', outcome }] }) as KeptWindow;
const LATER = '2026-01-10T13:00:00.000Z';
const EARLIER = '2026-01-10T11:00:00.000Z';

describe('latestOfPairs', () => {
  const runs = [
    run(3, 'shop', 'equal'),
    run(2, 'shop', 'different'),
    run(1, 'other', 'equal'),
    run(0, 'gone', 'equal'),
  ];
  const pairs = { shop: {}, other: { context: 'test' }, never: {} };

  it('is the last run of each pair of the context', () => {
    expect(latestOfPairs(runs, pairs, 'prod', true).map(({ id }) => id)).toEqual([3]);
    expect(latestOfPairs(runs, pairs, 'test', false).map(({ id }) => id)).toEqual([1]);
    expect(latestOfPairs(runs, pairs, 'prod', false)).toEqual([]);
  });
});

describe('storedVerdicts', () => {
  const judge = (windows: KeptWindow[], comparisons: ReconcileRun[]) =>
    storedVerdicts({ windows, comparisons, schemaChanges: [], runs: [] }, DEFAULT_RULES, NOON).map(
      ({ kind, target, active }) => [kind, target, active],
    );

  it('is active for a window that should have ended, and not before', () => {
    expect(judge([window(EARLIER)], [])).toEqual([['maintenance-overdue', 'orders', true]]);
    expect(judge([window(LATER)], [])).toEqual([['maintenance-overdue', 'orders', false]]);
    expect(judge([window(EARLIER, 'restored')], [])).toEqual([]);
  });

  it.each([
    ['no reason', null, false],
    ['a reason', 'no answer', true],
    ['nothing yet', undefined, 'unknown'],
  ] as const)('a scheduled comparison that failed for %s', (_, failure, active) => {
    const facts = { windows: [], comparisons: [], schemaChanges: [], runs: [{ pair: 'shop', failure }] };
    expect(storedVerdicts(facts, DEFAULT_RULES, NOON)).toMatchObject([{ kind: 'reconcile-failed', active }]);
  });

  it.each<[string, Partial<ReconcileRun>, boolean | 'unknown']>([
    ['one table differs, and another failed', { tables: tables('different', 'failed') }, true],
    ['one is equal, and another failed', { tables: tables('equal', 'failed') }, 'unknown'],
    ['it was repaired', { tables: tables('different'), repair: repaired('equal') }, false],
    ['a repair has not helped', { tables: tables('different'), repair: repaired('different') }, true],
    ['it was not compared after a repair', { tables: tables('different'), repair: repaired(null) }, true],
  ])('a comparison in which %s', (_what, given, active) => {
    expect(judge([], [{ ...run(1, 'shop', 'failed'), ...given }])).toEqual([['reconcile', 'shop', active]]);
  });

  it.each([
    ['different', true],
    ['equal', false],
    ['undetermined', 'unknown'],
    [null, 'unknown'],
  ] as const)('a comparison that is %s: %s', (verdict, active) => {
    expect(judge([], [run(1, 'shop', verdict)])).toEqual([['reconcile', 'shop', active]]);
  });
});

describe('storedVerdicts of changed tables', () => {
  const HOUR = 3_600_000;
  const changed = (hoursAgo: number, more: Partial<SchemaChangeSeen> = {}): SchemaChangeSeen => ({
    ...{ connector: 'shop', table: 'public.orders', at: NOON, seenAt: NOON - hoursAgo * HOUR },
    changes: ['column note added (text)'],
    consequences: [{ sink: 'shop-sink', effect: 'followed', text: 'It adds note.' }],
    ...more,
  });
  const judge = (...schemaChanges: SchemaChangeSeen[]) =>
    storedVerdicts({ windows: [], comparisons: [], schemaChanges, runs: [] }, DEFAULT_RULES, NOON);

  it('last for a day, and say what they do to each sink', () => {
    expect(judge(changed(23))).toMatchObject([
      {
        ...{ kind: 'schema-change', target: 'shop', active: true, since: NOON - 23 * HOUR },
        summary: 'public.orders: column note added (text). shop-sink: It adds note.',
      },
    ]);
    expect(judge(changed(25))).toMatchObject([{ active: false }]);
    expect(judge(changed(-25))).toMatchObject([{ active: false }]);
    expect(judge()).toEqual([]);
  });

  it('are summed up by the last one, with how many were before it', () => {
    const last = changed(1, { table: 'public.users', consequences: [] });
    expect(judge(changed(30), changed(3), changed(2), last)).toMatchObject([
      {
        since: NOON - HOUR,
        summary: 'public.users: column note added (text). No sink of this cluster reads it. (2 more before that)',
      },
    ]);
  });

  it('matter for as long as some rule says', () => {
    const rule = { ...(DEFAULT_RULES.find(({ kind }) => kind === 'schema-change') as AlertRule), limit: 48 * HOUR };
    expect(schemaChangesSince([...DEFAULT_RULES, rule], NOON)).toBe(NOON - 48 * HOUR);
    expect(schemaChangesSince([], NOON)).toBe(NOON);
  });
});

describe('inMaintenance', () => {
  it('has connectors of windows that last, until they are restored', () => {
    expect([...inMaintenance([window(LATER)], NOON)]).toEqual(['orders']);
    expect([...inMaintenance([window(EARLIER)], NOON)]).toEqual([]);
    expect([...inMaintenance([window(LATER, 'restored')], NOON)]).toEqual([]);
  });
});
