import { expect, it } from 'vitest';
import type { Cells, Column, TableInfo } from '../../../../src/databases/model.ts';
import type { Session } from '../../../../src/databases/session.ts';
import { KeySpool } from '../../../../src/reconcile/compare/key-spool.ts';
import type { OpenSide } from '../../../../src/reconcile/compare/table-pair.ts';
import type { ColumnPair } from '../../../../src/reconcile/model.ts';
import { writeScript } from '../../../../src/reconcile/repair/script.ts';
import { SkippedRows } from '../../../../src/reconcile/repair/skipped-rows.ts';
import { emptyReport } from '../../../../src/reconcile/table-report.ts';
import { id } from '../../../helpers/columns.ts';

const code: Column = { ...id, name: 'code', nativeType: 'text', type: { family: 'text' }, nullable: true };
const pairs: ColumnPair[] = [
  { source: id, target: id, form: { kind: 'integer' } },
  { source: code, target: code, form: { kind: 'text', trim: false } },
];
const table: TableInfo = {
  schema: 's',
  name: 't',
  kind: 'table',
  transactional: true,
  columns: [id, code],
  primaryKey: ['id'],
  uniqueKeys: [['id'], ['code']],
  estimatedRows: 0,
};

/** A side without snapshots: each reading finds the next of these, the last one again and again. */
function sideOf(readings: Cells[][]): OpenSide {
  let next = 0;
  const session = {
    engine: 'postgresql',
    server: { snapshot: false, major: 18 },
    snapshot: async () => {},
    hold: async () => true,
    query: async () => readings[Math.min(next++, readings.length - 1)] ?? [],
  };
  const readRow = (row: Cells) => ({
    key: [row[0] ?? null],
    canonical: row,
    values: row,
    hash: JSON.stringify(row),
    version: '',
    address: '',
  });
  const queries = { rows: () => [''], readRow };
  return { session: session as unknown as Session, helpers: Promise.resolve([]), table, queries: queries as never };
}

it('a row that is given a value in between is given its last one, even if a later reading differs', async () => {
  const before = [
    ['1', 'a'],
    ['2', 'b'],
  ];
  const after = [
    ['1', 'b'],
    ['2', 'a'],
  ];
  const plan = {
    pairs,
    key: pairs.slice(0, 1),
    unique: true,
    oneSided: [],
    uncompared: [],
    leftOut: [],
    unwritten: [],
  };
  const pair = {
    // The source takes its changes back meanwhile.
    source: sideOf([after, before]),
    target: sideOf([before]),
    plan,
    hash: 'md5',
    where: undefined,
    shard: undefined,
  } as const;
  using spool = new KeySpool();
  for (const key of ['1', '2']) spool.add({ missing: 0, extra: 0, different: 1, key: [key] });
  const report = { ...emptyReport({ source: { name: 't' }, target: { name: 't' } }), different: 2 };
  const lines: string[] = [];
  const options = { source: 'src', allowDelete: false, write: (line: string) => void lines.push(line) };
  const [done] = await writeScript([{ pair, spool, report, fence: undefined }], [], options, new SkippedRows());
  expect(lines.filter((line) => line.startsWith('UPDATE')).map((line) => / SET (.*) WHERE/.exec(line)?.[1])).toEqual([
    '"code" = NULL',
    '"code" = NULL',
    `"code" = 'b'`,
    `"code" = 'a'`,
  ]);
  expect(done).toMatchObject({ updated: 2, settled: 0 });
});
