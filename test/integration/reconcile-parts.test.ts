import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReconcileReport, TableReport } from '../../src/reconcile/report.ts';
import { mergeReports } from '../../src/reconcile/shards/merge-reports.ts';
import {
  compare,
  compareOne,
  engine,
  sequence,
  type TestDatabase,
  useMariadb,
  usePostgres,
} from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const ROWS = 3000;
const noMariadb = sandbox.mariadb === undefined;

/** Keys of every kind, with gaps, steps and negative numbers; one table without. */
const TABLES: { name: string; columns: string; key: string[]; row(n: string): string }[] = [
  {
    name: 'rec_part_int',
    columns: 'id bigint PRIMARY KEY, v int',
    key: ['id'],
    row: (n) => `(${n} - 1000) * 10, ${n}`,
  },
  {
    name: 'rec_part_text',
    columns: 'id varchar(40) PRIMARY KEY, v int',
    key: ['id'],
    row: (n) => `concat('Schlüssel ', ${n}), ${n}`,
  },
  {
    name: 'rec_part_pair',
    columns: 'a int, b int, v int, PRIMARY KEY (a, b)',
    key: ['a', 'b'],
    row: (n) => `${n} % 7 - 3, ${n}, ${n}`,
  },
  { name: 'rec_part_none', columns: 'v int', key: [], row: (n) => n },
];

const fate = fc.record({
  changed: fc.uniqueArray(fc.integer({ min: 1, max: ROWS }), { maxLength: 12 }),
  missing: fc.uniqueArray(fc.integer({ min: 1, max: ROWS }), { maxLength: 12 }),
});

describe('large tables in parts and shards', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = noMariadb ? undefined : useMariadb();

  async function fill(side: TestDatabase, { name, columns, row }: (typeof TABLES)[number]): Promise<void> {
    await side.run(`DROP TABLE IF EXISTS ${name}`);
    if (side === mariadb) {
      await side.run(`CREATE TABLE ${name} (${columns}) CHARACTER SET utf8mb4`);
      await side.run(`INSERT INTO ${name} SELECT ${row('seq')} FROM ${sequence(1, ROWS)}; ANALYZE TABLE ${name}`);
    } else {
      await side.run(
        `CREATE TABLE ${name} (${columns}); INSERT INTO ${name} SELECT ${row('n')} FROM generate_series(1, ${ROWS}) n`,
      );
      await side.run(`ANALYZE ${name}`);
    }
  }

  beforeAll(async () => {
    for (const side of [source, target, mariadb]) {
      for (const table of TABLES) if (side !== undefined) await fill(side, table);
    }
  }, 60_000);

  afterAll(async () => {
    for (const side of [source, target, mariadb]) {
      for (const { name } of TABLES) await side?.run(`DROP TABLE IF EXISTS ${name}`);
    }
  });

  /** Differences by value of `v`, which every row has one of; a changed row has the negative of it. */
  async function edited<T>(
    name: string,
    { changed, missing }: { changed: number[]; missing: number[] },
    run: () => Promise<T>,
  ): Promise<T> {
    const list = (values: number[]) => [0, ...values].join(', ');
    await target.run(
      `DROP TABLE IF EXISTS rec_part_kept; CREATE TABLE rec_part_kept AS SELECT * FROM ${name} WHERE v IN (${list([...changed, ...missing])})`,
    );
    await target.run(`UPDATE ${name} SET v = -v WHERE v IN (${list(changed)})`);
    await target.run(`DELETE FROM ${name} WHERE abs(v) IN (${list(missing)})`);
    try {
      return await run();
    } finally {
      await target.run(`DELETE FROM ${name} WHERE abs(v) IN (${list([...changed, ...missing])})`);
      await target.run(`INSERT INTO ${name} SELECT * FROM rec_part_kept; DROP TABLE rec_part_kept`);
    }
  }

  /** What must be found, without names of keys: a changed row of a table without a key is one missing and one extra. */
  function truth(keyless: boolean, { changed, missing }: { changed: number[]; missing: number[] }) {
    const still = changed.filter((one) => !missing.includes(one)).length;
    return keyless
      ? { missing: missing.length + still, extra: still, different: 0 }
      : { missing: missing.length, extra: 0, different: still };
  }

  const counts = ({ missing, extra, different }: TableReport) => ({ missing, extra, different });

  const cases = TABLES.flatMap((table) =>
    [
      ...(['fast', 'md5'] as const).map((hash) => ({ ...table, hash, from: 'PostgreSQL' })),
      ...(noMariadb ? [] : [{ ...table, hash: 'md5' as const, from: engine }]),
    ].map((one) => ({ ...one, keyless: table.key.length === 0 })),
  );

  it.each(cases)('$from, $name by $hash: parts on several connections find every difference', async (one) => {
    const left = one.from === engine ? (mariadb as TestDatabase) : source;
    await fc.assert(
      fc.asyncProperty(fate, fc.constantFrom(1, 3), fc.constantFrom(400, 1200), async (edits, parallel, partRows) => {
        const report = await edited(one.name, edits, () =>
          compareOne(left, target, one.name, { hash: one.hash, parallel, partRows }),
        );
        expect(counts(report)).toEqual(truth(one.keyless, edits));
        expect(report.rows.source).toBe(ROWS);
        expect(report.checksum?.scan.parts.target).toBeGreaterThan(1);
        // MySQL's tables are split by the first column of the key, where it is an integer.
        const split = one.from === 'PostgreSQL' || /^(id bigint|a int)/.test(one.columns);
        if (split) expect(report.checksum?.scan.parts.source).toBeGreaterThan(1);
        else expect(report.checksum?.scan.parts.source).toBe(1);
      }),
      { numRuns: 4 },
    );
  });

  it.each(cases)('$from, $name by $hash: shards are disjoint and complete', async (one) => {
    const left = one.from === engine ? (mariadb as TestDatabase) : source;
    await fc.assert(
      fc.asyncProperty(fate, fc.integer({ min: 1, max: 6 }), async (edits, of) => {
        const reports = await edited(one.name, edits, async () => {
          const all: ReconcileReport[] = [];
          for (let index = 1; index <= of; index++)
            all.push(await compare(left, target, [one.name], { hash: one.hash, shard: { index, of } }));
          return all;
        });
        const documents = reports.map((report, index) => ({
          name: `shard ${index + 1}`,
          document: JSON.parse(JSON.stringify({ schemaVersion: 1, ...report })) as unknown,
        }));
        const [whole] = mergeReports(documents, 1000).tables;
        if (whole === undefined) throw new Error('no table in the report');
        expect(counts(whole)).toEqual(truth(one.keyless, edits));
        expect(whole.rows).toEqual({ source: ROWS, target: ROWS - edits.missing.length });
        const keys = whole.differences.map(({ key, kind }) => JSON.stringify([kind, key]));
        if (!one.keyless) expect(new Set(keys).size).toBe(keys.length);
        if (of <= 4) for (const report of reports) expect(report.tables[0]?.rows.source).toBeGreaterThan(ROWS / of / 2);
      }),
      { numRuns: 3 },
    );
  });

  it('holds back without losing a row', async () => {
    const report = await compareOne(source, target, 'rec_part_int', { maxLoad: 1.01, partRows: 1000 });
    expect(report).toMatchObject({ verdict: 'equal', rows: { source: ROWS, target: ROWS } });
  });
});
