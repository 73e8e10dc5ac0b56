import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TableInfo } from '../../../src/databases/model.ts';
import { postgresType } from '../../../src/databases/postgres/session.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import { planColumns } from '../../../src/reconcile/columns/plan.ts';
import type { ScanState } from '../../../src/reconcile/compare/checkpoint.ts';
import { type DifferenceCounts, noDifferences } from '../../../src/reconcile/compare/diff-buckets.ts';
import { readRows, unread } from '../../../src/reconcile/compare/rows.ts';
import { scanBoth } from '../../../src/reconcile/compare/scan.ts';
import { SessionPair } from '../../../src/reconcile/compare/sessions.ts';
import { reconcileExit } from '../../../src/reconcile/exit.ts';
import type { Fence, Mode, Side } from '../../../src/reconcile/model.ts';
import { reconcile } from '../../../src/reconcile/reconcile.ts';
import { repairFound } from '../../../src/reconcile/repair/repair.ts';
import { dialectsOf } from '../../helpers/dialects.ts';

// What a database says is doctored, as no real one would say it; all that judges it is real.
vi.mock('../../../src/reconcile/compare/scan.ts');
vi.mock('../../../src/reconcile/repair/repair.ts');
vi.mock('../../../src/reconcile/compare/rows.ts', async (original) => ({
  ...(await original<object>()),
  readRows: vi.fn(),
  takeSnapshots: vi.fn(),
}));

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetAllMocks();
});

interface Doctored {
  /** Rows and hash of the only bucket, and what is said to be the sum of all buckets' rows. */
  scanned: Record<Side, { rows: number; hash: bigint; total?: number }>;
  /** Keys, each with its hash, that are read of the bucket. */
  read?: Record<Side, Record<string, string>>;
  /** What each key is found to be by its rows, in the order of the looks at it. */
  found?: Record<string, DifferenceCounts | 'same' | 'lost'>[];
  mode?: Mode;
  live?: boolean;
}

const counts = (some: Partial<DifferenceCounts>): DifferenceCounts => ({ ...noDifferences(), ...some });

async function compared({ scanned, read, found = [], mode = 'rows', live = false }: Doctored) {
  const column = { name: 'id', nativeType: 'bigint', type: postgresType('bigint'), nullable: false };
  const table: TableInfo = {
    schema: 'public',
    name: 't',
    kind: 'table',
    transactional: true,
    columns: [{ ...column, generated: false, identity: false }],
    primaryKey: ['id'],
    uniqueKeys: [['id']],
    estimatedRows: 0,
  };
  const plan = planColumns(table, table, {}, dialectsOf('postgresql', 'postgresql'));
  const side = (name: Side) => ({
    session: {
      engine: 'postgresql',
      server: { product: 'PostgreSQL', version: '18', major: 18, database: name, snapshot: true, digests: [] },
      async *stream() {
        yield Object.entries(read?.[name] ?? {}).map(([key, hash]) => ['0', key, hash]);
      },
      query: async (sql: string) => [[sql]],
      close: async () => {},
    },
    helpers: Promise.resolve([]),
    table,
    queries: { combine: 'sum', hashes: 1, versioned: true, details: () => '', firstKey: () => '1', lastKey: () => '9' },
  });
  const pair = { source: side('source'), target: side('target'), plan, hash: 'fast', where: undefined };
  const sides = {
    source: pair.source.session,
    target: pair.target.session,
    open: async () => pair,
    close: async () => {},
    closeHelpers: async () => {},
  };
  vi.spyOn(SessionPair, 'connect').mockResolvedValue(sides as unknown as SessionPair);
  vi.mocked(scanBoth).mockImplementation(async (_pair, state: ScanState) => {
    for (const name of ['source', 'target'] as const) {
      const { rows, hash, total = rows } = scanned[name];
      const { vector } = state.side(name);
      vector.set(0, rows, [hash]);
      vector.total = total;
    }
  });
  let looks = 0;
  vi.mocked(readRows).mockImplementation(async (_pair, batch) => {
    const seen = found[Math.min(looks++, found.length - 1)] ?? {};
    const reading: Awaited<ReturnType<typeof readRows>> = { open: [], settled: [], contradictions: [] };
    for (const one of batch) {
      const is = seen[one.key[0] ?? ''] ?? one;
      if (is === 'lost') reading.contradictions.push({ ...one, reason: 'not found again' });
      else if (is === 'same') reading.settled.push(one);
      else reading.open.push({ ...one, ...is, state: 'x', differences: unread({ ...one, ...is }) });
    }
    return reading;
  });
  const fence: Fence = { kind: 'time', pass: async () => undefined };
  const report = await reconcile(
    {
      source: { name: 's', url: 'postgres://h/s' },
      target: { name: 't', url: 'postgres://h/t' },
      tables: [{ source: { name: 't' }, target: { name: 't' } }],
      mode,
      limit: 10,
      statementTimeout: 0,
      connectTimeout: 1000,
      repair: { mode: 'sql', allowDelete: true, write: () => {} },
      ...(live ? { fence } : {}),
    },
    { clock: systemClock, logger: silentLogger, progress: silentProgress },
  );
  const [first] = report.tables;
  return {
    verdict: first?.verdict,
    contradictions: first?.contradictions,
    exit: reconcileExit(report),
    placed: first?.keySpread !== undefined,
    repairs: vi.mocked(repairFound).mock.calls.flatMap(([tables]) => tables).length,
  };
}

const alike = { source: { rows: 2, hash: 1n }, target: { rows: 2, hash: 1n } };
const oneMissing = { source: { rows: 2, hash: 1n }, target: { rows: 1, hash: 2n } };
const oneDifferent = { source: { rows: 2, hash: 1n }, target: { rows: 2, hash: 2n } };
const readMissing = { source: { a: '1', b: '2' }, target: { a: '1' } };
const readDifferent = { source: { a: '1', b: '2' }, target: { a: '1', b: '3' } };

describe('a comparison that holds together', () => {
  it.each<[string, Doctored, string, number]>([
    ['equal', { scanned: alike }, 'equal', 1],
    ['with a missing row', { scanned: oneMissing, read: readMissing }, 'different', 1],
    ['with a different row', { scanned: oneDifferent, read: readDifferent }, 'different', 1],
    [
      'with a row in flight',
      { scanned: oneMissing, read: readMissing, live: true, found: [{}, { b: 'same' }] },
      'equal',
      1,
    ],
    [
      'with a row that was missing and came with other values',
      { scanned: oneMissing, read: readMissing, live: true, found: [{}, {}, { b: counts({ different: 1 }) }] },
      'different',
      1,
    ],
    ['of checksums', { scanned: oneMissing, mode: 'checksums' }, 'different', 1],
  ])('has its verdict: %s', async (_what, doctored, verdict, repairs) => {
    const placed = verdict === 'different' && doctored.mode !== 'checksums';
    expect(await compared(doctored)).toMatchObject({ verdict, contradictions: undefined, repairs, placed });
  });
});

describe('a comparison that contradicts itself is undetermined, and nothing is repaired', () => {
  it.each<[string, Doctored, string]>([
    [
      'checksums agree, and numbers of rows do not',
      { scanned: { ...alike, source: { rows: 2, hash: 1n, total: 3 } } },
      'all checksums agree, but the source has 3 rows and the target 2',
    ],
    [
      'so in mode checksums',
      { scanned: { ...alike, source: { rows: 2, hash: 1n, total: 3 } }, mode: 'checksums' },
      'all checksums agree, but the source has 3 rows and the target 2',
    ],
    [
      'checksums differ, and no row does',
      { scanned: oneDifferent, read: { source: { a: '1', b: '2' }, target: { a: '1', b: '2' } } },
      '1 checksums differ, but none of the rows behind them does',
    ],
    [
      'more rows were counted than read',
      { scanned: { ...oneDifferent, source: { rows: 3, hash: 1n } }, read: readDifferent },
      '3 rows of the source were counted, but 2 were read',
    ],
    [
      'fewer rows were counted than read',
      { scanned: { ...oneDifferent, target: { rows: 1, hash: 2n } }, read: readDifferent },
      '1 rows of the target were counted, but 2 were read',
    ],
    [
      'a row was seen and is not found again',
      { scanned: oneMissing, read: readMissing, found: [{ b: 'lost' }] },
      '1 row cannot be what the scan saw',
    ],
    [
      'so on a live table, though a later look could settle it',
      { scanned: oneMissing, read: readMissing, live: true, found: [{ b: 'lost' }, { b: 'same' }] },
      '1 row cannot be what the scan saw',
    ],
    [
      'a row is missing by the scan, and of another kind when read',
      { scanned: oneMissing, read: readMissing, found: [{ b: counts({ extra: 1 }) }] },
      'the source has 2 rows and the target 1, but 0 are missing and 1 extra',
    ],
    [
      'more rows differ than the scan found',
      { scanned: oneDifferent, read: readDifferent, found: [{ b: counts({ different: 2 }) }] },
      'the scan found 1 different, 0 missing, 0 extra rows, but 2 different, 0 missing, 0 extra are accounted for',
    ],
    [
      'kinds are not those of the scan, though their numbers fit',
      {
        scanned: { source: { rows: 2, hash: 1n }, target: { rows: 2, hash: 2n } },
        read: { source: { a: '1', b: '2' }, target: { a: '1', c: '2' } },
        live: true,
        found: [{ b: counts({ different: 1 }), c: counts({ different: 1 }) }],
      },
      'the scan found 0 different, 1 missing, 1 extra rows, but 2 different, 0 missing, 0 extra are accounted for',
    ],
  ])('%s', async (_what, doctored, contradiction) => {
    const result = await compared(doctored);
    expect(result.contradictions).toContain(contradiction);
    expect(result).toMatchObject({ verdict: 'undetermined', exit: 16, repairs: 0, placed: false });
  });
});
