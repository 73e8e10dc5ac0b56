import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deserialize } from 'node:v8';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RangeProgress } from '../../src/reconcile/compare/checkpoint.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import type { TableReport } from '../../src/reconcile/report.ts';
import { parseTablePair } from '../../src/reconcile/tables.ts';
import {
  compareOne,
  digest,
  engine,
  found,
  ports,
  sequence,
  type TestDatabase,
  useMariadb,
  usePostgres,
  WITHOUT_MARIADB,
} from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

/** More than both ends of the key that are looked at first, and more than one bucket may hold. */
const ROWS = 24_000;
/** A column that may be as long as this leaves some 1,400 rows to a digest. */
const NAME = 'varchar(2000)';
const RANGES = Math.ceil(ROWS / 1466);
const noMariadb = sandbox.mariadb === undefined;

const TABLES = [
  { name: 'rec_look', key: 'id bigint PRIMARY KEY', id: (n: string) => `${n} * 10 - 5000` },
  { name: 'rec_look_text', key: 'id varchar(40) PRIMARY KEY', id: (n: string) => `concat('key ', ${n})` },
];

/** A large table, as the options have it here, is compared as a whole, or by ranges of its key, before buckets are made. */
describe('a table whose whole checksum is compared before its buckets', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = noMariadb ? undefined : useMariadb();

  beforeAll(async () => {
    for (const side of [source, target, mariadb]) {
      if (side === undefined) continue;
      for (const { name, key, id } of TABLES) {
        const columns = `(${key}, v int, name ${NAME}, at timestamp(6) NULL)`;
        const row = (n: string) => `${id(n)}, ${n}, concat('é', ${n}), NULL`;
        await side.run(`DROP TABLE IF EXISTS ${name}`);
        await side.run(`CREATE TABLE ${name} ${columns}${side === mariadb ? ' CHARACTER SET utf8mb4' : ''}`);
        await side.run(
          side === mariadb
            ? `INSERT INTO ${name} SELECT ${row('seq')} FROM ${sequence(1, ROWS)}`
            : `INSERT INTO ${name} SELECT ${row('n')} FROM generate_series(1, ${ROWS}) n`,
        );
        await side.run(
          `UPDATE ${name} SET at = ${side === mariadb ? 'TIMESTAMPADD(MICROSECOND, v * 250000, ' : '('}'2024-01-01 00:00:00'${side === mariadb ? ')' : "::timestamp + v * interval '0.25 s')"} WHERE v % 7 > 0`,
        );
        await side.run(side === mariadb ? `ANALYZE TABLE ${name}` : `ANALYZE ${name}`);
      }
    }
  }, 60_000);

  afterAll(async () => {
    for (const side of [source, target, mariadb]) {
      for (const { name } of TABLES) await side?.run(`DROP TABLE IF EXISTS ${name}`);
    }
  });

  /** With the rows of these values changed in the target while it runs. */
  async function changed<T>(name: string, values: readonly number[], run: () => Promise<T>): Promise<T> {
    const where = `WHERE abs(v) IN (${[0, ...values].join(', ')})`;
    await target.run(`UPDATE ${name} SET v = -v ${where}`);
    try {
      return await run();
    } finally {
      await target.run(`UPDATE ${name} SET v = -v ${where}`);
    }
  }

  const sides = ['PostgreSQL', ...(noMariadb ? [] : [engine])];
  const from = (side: string) => (side === engine && mariadb !== undefined ? mariadb : source);
  const cases = sides.flatMap((side) => TABLES.map(({ name }) => ({ side, name })));

  it.each(cases)('$side, $name: finds a difference anywhere in the table', async ({ side, name }) => {
    const left = from(side);
    expect(await compareOne(left, target, name, { minCandidateRows: 1 })).toMatchObject({
      verdict: 'equal',
      rows: { source: ROWS, target: ROWS },
    });
    const one = fc.integer({ min: 1, max: ROWS });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(one, { minLength: 1, maxLength: 8 }), async (values) => {
        const report = await changed(name, values, () => compareOne(left, target, name, { minCandidateRows: 1 }));
        expect(found(report).length).toBe(values.length);
        expect(report).toMatchObject({ different: values.length, missing: 0, extra: 0 });
        expect(report.rows).toEqual({ source: ROWS, target: ROWS });
      }),
      { numRuns: 6 },
    );
  });

  it.each(TABLES)('PostgreSQL, $name: one checksum where the ends are alike, buckets else', async ({ name }) => {
    const compared = () => compareOne(source, target, name, { minCandidateRows: 1 });
    expect((await compared()).checksum).toMatchObject({ buckets: 1, differentBuckets: 0, algorithm: 'fast' });
    // By the text of their keys, 1 and 9999 are the ends.
    for (const values of [[1], [9999], [ROWS], [15_000]]) {
      const { checksum, different } = await changed(name, values, compared);
      expect(checksum?.buckets).toBeGreaterThan(100);
      expect(checksum?.differentBuckets).toBe(1);
      expect(different).toBe(1);
    }
    const checksums = () => compareOne(source, target, name, { minCandidateRows: 1, mode: 'checksums' });
    expect(await checksums()).toMatchObject({ verdict: 'equal' });
    expect(await changed(name, [15_000], checksums)).toMatchObject({
      verdict: 'different',
      checksum: { buckets: 1, differentBuckets: 1 },
    });
  });

  describe.skipIf(noMariadb)(`by ranges of the key, ${engine} (${WITHOUT_MARIADB})`, () => {
    const compared = (options: Parameters<typeof compareOne>[3] = {}) =>
      compareOne(mariadb as TestDatabase, target, 'rec_look', { minCandidateRows: 1, ...options });

    it('an equal table has been read once, and says by what', async () => {
      expect((await compared()).checksum).toMatchObject({
        algorithm: `${digest}-128`,
        bits: 128,
        buckets: RANGES,
        differentBuckets: 0,
        scan: { parts: { source: RANGES, target: RANGES }, resumed: false },
      });
      expect(await compared({ hash: 'md5-128', parallel: 3, partRows: 1000 })).toMatchObject({
        verdict: 'equal',
        checksum: { buckets: RANGES },
      });
      expect(await compareOne(target, mariadb as TestDatabase, 'rec_look', { minCandidateRows: 1 })).toMatchObject({
        verdict: 'equal',
        checksum: { algorithm: `${digest}-128`, buckets: RANGES },
      });
    });

    it('where two ranges differ, these are read again; where more do, buckets are made', async () => {
      const few = await changed('rec_look', [3, 4, 22_000], compared);
      expect(few.checksum).toMatchObject({ algorithm: `${digest}-128`, buckets: RANGES, differentBuckets: 2 });
      expect(found(few)).toEqual(['different -4960 v', 'different -4970 v', 'different 215000 v']);
      const many = await changed('rec_look', [3, 6000, 12_000, 22_000], compared);
      expect(many.checksum).toMatchObject({ algorithm: digest, differentBuckets: 4 });
      expect(many.different).toBe(4);
    });

    it('rows that only one side has, at either end and between, are found', async () => {
      await target.run("INSERT INTO rec_look VALUES (-99999, 1, 'x'), (-4992, 1, 'x'), (99999999, 1, 'x')");
      await target.run('DELETE FROM rec_look WHERE id = -4970');
      try {
        expect(found(await compared())).toEqual(['missing -4970', 'extra -4992', 'extra -99999', 'extra 99999999']);
      } finally {
        await target.run('DELETE FROM rec_look WHERE id IN (-99999, -4992, 99999999)');
        await target.run(`INSERT INTO rec_look SELECT id, v, name, at FROM (VALUES (-4970, 3, 'é3',
          timestamp '2024-01-01 00:00:00.75')) r (id, v, name, at)`);
      }
      expect((await compared()).verdict).toBe('equal');
    });

    it('a target that has kept what the source has cleared is compared in buckets', async () => {
      await target.run(`INSERT INTO rec_look SELECT -1000000 - n, n, 'kept' FROM generate_series(1, 5000) n`);
      try {
        const report = await compared({ limit: 5 });
        expect(report).toMatchObject({ extra: 5000, missing: 0, different: 0, checksum: { algorithm: digest } });
      } finally {
        await target.run('DELETE FROM rec_look WHERE id < -1000000');
      }
    });

    it('where hardly a key is missing, ranges are so many keys wide, and no rows are counted', async () => {
      for (const side of [mariadb, target]) {
        await side?.run('CREATE TABLE rec_dense (id bigint PRIMARY KEY, name varchar(2000))');
        onTestFinished(async () => void (await side?.run('DROP TABLE rec_dense')));
        const numbers = side === target ? `generate_series(1, ${ROWS}) seq` : sequence(1, ROWS);
        await side?.run(`INSERT INTO rec_dense SELECT seq + (seq - seq % 2) / 2, 'n' FROM ${numbers}`);
      }
      await target.run('ANALYZE rec_dense');
      const report = await compareOne(mariadb as TestDatabase, target, 'rec_dense', { minCandidateRows: 1 });
      expect(report).toMatchObject({ verdict: 'equal', rows: { source: ROWS, target: ROWS } });
      // By rows they would be two thirds of that.
      const width = Math.ceil((1.5 * ROWS) / (report.checksum?.buckets ?? 1));
      expect(width).toBeGreaterThan(1400);
      expect(width).toBeLessThan(1800);
    });

    it('wherever keys are dense, sparse or missing, what is reported is what differs', async () => {
      const segment = fc.record({
        gap: fc.constantFrom(0, 1, 1466, 1_000_000, 10 ** 12, 4 * 10 ** 17),
        step: fc.constantFrom(1, 1, 1, 2, 3, 1000),
        rows: fc.integer({ min: 1, max: 4000 }),
      });
      const edit = fc.record({ kind: fc.constantFrom('missing', 'extra', 'different'), at: fc.nat() });
      onTestFinished(async () => {
        for (const side of [mariadb, target]) await side?.run('DROP TABLE IF EXISTS rec_gaps');
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(segment, { minLength: 1, maxLength: 4 }),
          fc.array(edit, { maxLength: 3 }),
          async (segments, edits) => {
            const keys: bigint[] = [];
            for (const side of [mariadb, target]) {
              await side?.run('DROP TABLE IF EXISTS rec_gaps');
              await side?.run('CREATE TABLE rec_gaps (id bigint PRIMARY KEY, v int, name varchar(2000))');
            }
            for (const { gap, step, rows } of segments) {
              const begin = (keys.at(-1) ?? -3000n) + BigInt(gap) + 1n;
              const insert = (numbers: string) =>
                `INSERT INTO rec_gaps SELECT ${begin} + n * ${step}, n, 'n' FROM ${numbers}`;
              await mariadb?.run(insert(`(SELECT seq AS n FROM ${sequence(0, rows - 1)}) n`));
              await target.run(insert(`generate_series(0, ${rows - 1}) n`));
              for (let n = 0; n < rows; n++) keys.push(begin + BigInt(n * step));
            }
            await target.run('ANALYZE rec_gaps');
            const known = new Set(keys);
            const expected = new Map<bigint, string>();
            for (const { kind, at } of edits) {
              const key = (keys[at % keys.length] as bigint) + (kind === 'extra' ? 1n : 0n);
              if (expected.has(key) || (kind === 'extra' && known.has(key))) continue;
              expected.set(key, kind === 'different' ? 'different KEY v' : `${kind} KEY`);
              if (kind === 'missing') await target.run(`DELETE FROM rec_gaps WHERE id = ${key}`);
              if (kind === 'extra') await target.run(`INSERT INTO rec_gaps VALUES (${key}, 0, 'n')`);
              if (kind === 'different') await target.run(`UPDATE rec_gaps SET v = v + 1 WHERE id = ${key}`);
            }
            const report = await compareOne(mariadb as TestDatabase, target, 'rec_gaps', { minCandidateRows: 1 });
            const wanted = [...expected].map(([key, what]) => what.replace('KEY', String(key)));
            expect(found(report).sort()).toEqual(wanted.sort());
            expect(report.rows.source).toBe(keys.length);
          },
        ),
        { numRuns: 40 },
      );
    });

    it('a condition, checksums alone, and a load that is watched', async () => {
      expect(await compared({ where: 'v % 2 = 0' })).toMatchObject({
        verdict: 'equal',
        rows: { source: ROWS / 2, target: ROWS / 2 },
        checksum: { algorithm: `${digest}-128` },
      });
      const checksums = await changed('rec_look', [3], () => compared({ mode: 'checksums' }));
      expect(checksums).toMatchObject({ verdict: 'different', checksum: { differentBuckets: 1 }, different: null });
      expect((await compared({ maxLoad: 3 })).checksum?.algorithm).toBe(digest);
    });

    /** A comparison that takes some seconds. */
    const slow = (folder?: string) => ({
      source: mariadb as TestDatabase,
      target,
      tables: [parseTablePair('rec_look')],
      minCandidateRows: 1,
      // A comment to PostgreSQL.
      where: 'TRUE /*! AND CASE WHEN v % 20 = 0 THEN SLEEP(0.002) = 0 ELSE TRUE END */',
      limit: 10,
      statementTimeout: 0,
      connectTimeout: 5000,
      stateFolder: folder,
      resume: folder !== undefined,
    });
    /** Waits until some ranges have been read. @returns the connection that reads the next one */
    const midway = async () => {
      const reading =
        "SELECT id, info FROM information_schema.processlist WHERE info LIKE '%GROUP_CONCAT%' AND id <> connection_id()";
      for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
        for (const [id, info = ''] of await (mariadb as TestDatabase).run(reading))
          if (Number(/`id` >= (\d+)/.exec(info)?.[1] ?? 0) > 50_000) return id;
      }
      throw new Error('no range was read');
    };

    it('a connection that is lost: another goes on with the ranges that are left', async () => {
      await changed('rec_look', [3], async () => {
        const running = reconcile(slow(), ports);
        await mariadb?.run(`KILL CONNECTION ${await midway()}`);
        const [report] = (await running).tables;
        expect(found(report as TableReport)).toEqual(['different -4970 v']);
        expect(report).toMatchObject({
          rows: { source: ROWS, target: ROWS },
          checksum: {
            buckets: RANGES,
            differentBuckets: 1,
            scan: { parts: { source: RANGES, target: RANGES }, resumed: true },
          },
        });
      });
    }, 60_000);

    it('a run that is cut off: --resume goes on with the ranges that are left', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'sluice-look-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      await changed('rec_look', [3], async () => {
        const controller = new AbortController();
        const cut = reconcile(slow(folder), { ...ports, signal: controller.signal }).catch((error: unknown) => error);
        await midway();
        controller.abort(new Error('cut off'));
        expect(await cut).toMatchObject({ message: 'cut off' });
        const [file = ''] = readdirSync(folder);
        const { ranges } = deserialize(readFileSync(path.join(folder, file)).subarray(32)) as { ranges: RangeProgress };
        expect(ranges.ranges).toBeGreaterThanOrEqual(1);
        expect(ranges.different).toHaveLength(1);

        const [report] = (await reconcile(slow(folder), ports)).tables;
        expect(found(report as TableReport)).toEqual(['different -4970 v']);
        expect(report?.checksum).toMatchObject({ buckets: RANGES, scan: { from: ranges.began, resumed: true } });
        expect(report?.notes.join()).toContain('resumed a run started at');
        expect(readdirSync(folder)).toEqual([]);
      });
    }, 60_000);
  });
});
