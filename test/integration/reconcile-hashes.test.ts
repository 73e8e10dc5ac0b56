import fc from 'fast-check';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { compareOne, engine, found, type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

/** What PostgreSQL's own hash functions leave out, or a sum of them would: a change of any of it must still be seen. */
const PAIRS: [type: string, a: string, b: string][] = [
  ['numeric(12,2)', '5.25', '-5.25'],
  ['numeric', "'NaN'", "'Infinity'"],
  ['numeric', "'Infinity'", "'-Infinity'"],
  ['numeric', '0', 'NULL'],
  ['numeric', "'NaN'", 'NULL'],
  ['numeric', "'-Infinity'", '0'],
  ['numeric', '1', '10000'],
  ['numeric(12,6)', '2', '0.0002'],
  ['bigint', '1', '4294967296'],
  ['double precision', '0', 'NULL'],
  ['double precision', '0', '1'],
  ['jsonb', "'[1]'", "'[[[1]]]'"],
  ['jsonb', "'[]'", "'[[[]]]'"],
  // Microseconds since 2000 whose two halves make the same number: 1 µs, and 2^32 µs.
  ['timestamp', "'2000-01-01 00:00:00.000001'", "'2000-01-01 01:11:34.967296'"],
  ['timestamptz', "'2000-01-01 00:00:00.000001+00'", "'2000-01-01 01:11:34.967296+00'"],
  ['time', "'00:00:00.000001'", "'01:11:34.967296'"],
  ['timestamptz', "'infinity'", "'-infinity'"],
  ['date', "'infinity'", "'-infinity'"],
  ['char(4)', "'ab'", "'abc'"],
  ['bytea', "'\\x00'", "'\\x0000'"],
  ['boolean', 'false', 'NULL'],
  ['text', "''", 'NULL'],
];

const noMariadb = sandbox.mariadb === undefined;

describe('hashes of rows', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = noMariadb ? undefined : useMariadb();

  const both = (sql: string) => Promise.all([source.run(sql), target.run(sql)]);
  afterAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side?.run('DROP TABLE IF EXISTS rec_hash');
    }
  });

  it.each(['LATIN1', 'EUC_JP'])('of two databases in %s, which lacks characters', async (encoding) => {
    await source.run('DROP DATABASE IF EXISTS rec_hash_encoded');
    await source.run(
      `CREATE DATABASE rec_hash_encoded ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
    );
    const url = new URL(source.url);
    url.pathname = '/rec_hash_encoded';
    const client = new pg.Client(url.href);
    await client.connect();
    try {
      await client.query(`CREATE TABLE a (id int PRIMARY KEY, v text); INSERT INTO a VALUES (1, '×'), (2, 'x');
        CREATE TABLE b (id int PRIMARY KEY, v text); INSERT INTO b VALUES (1, '÷'), (2, 'x')`);
      const database = { ...source, url: url.href };
      const report = await compareOne(database, database, 'a=b');
      expect(found(report)).toEqual(['different 1 v']);
      expect(report.checksum?.algorithm).toBe('fast');
      // jsonb refuses a code of a character that the encoding lacks; the other side has the character.
      await client.query(String.raw`CREATE TABLE rec_hash (id int PRIMARY KEY, v json);
        INSERT INTO rec_hash VALUES (1, '{"a": "\u0e01"}'), (2, '{"a":"\u0e01"}'), (3, '"\u0041"')`);
      await target.run(`DROP TABLE IF EXISTS rec_hash; CREATE TABLE rec_hash (id int PRIMARY KEY, v json);
        INSERT INTO rec_hash VALUES (1, '{"a":"ก"}'), (2, '{"a":"ข"}'), (3, '"A"')`);
      expect(found(await compareOne(database, target, 'rec_hash'))).toEqual(['different 2 v']);
    } finally {
      await client.end();
      await source.run('DROP DATABASE rec_hash_encoded WITH (FORCE)');
    }
  });

  it.each([
    ['numeric', "'NaN'", "'Infinity'"],
    ['numeric', '5', "'Infinity'"],
    ['double precision', '0', '2'],
    ['double precision', '0', "'NaN'"],
  ])('key and value of %s that exchange %s and %s', async (type, a, b) => {
    await both(`DROP TABLE IF EXISTS rec_hash; CREATE TABLE rec_hash (k ${type} PRIMARY KEY, v ${type})`);
    await source.run(`INSERT INTO rec_hash VALUES (${a}, ${b})`);
    await target.run(`INSERT INTO rec_hash VALUES (${b}, ${a})`);
    const report = await compareOne(source, target, 'rec_hash');
    expect(report.checksum?.algorithm).toBe('fast');
    expect([report.missing, report.extra]).toEqual([1, 1]);
  });

  it.each(PAIRS)('%s: %s is not %s', async (type, a, b) => {
    await both(`DROP TABLE IF EXISTS rec_hash; CREATE TABLE rec_hash (id int PRIMARY KEY, v ${type})`);
    // Two rows of one bucket that change alike: under XOR the two changes must not cancel out.
    await source.run(`INSERT INTO rec_hash VALUES (1, ${a}), (2, ${a}), (3, ${b})`);
    await target.run(`INSERT INTO rec_hash VALUES (1, ${b}), (2, ${b}), (3, ${b})`);
    const report = await compareOne(source, target, 'rec_hash');
    expect(report.checksum?.algorithm).toBe('fast');
    expect(found(report)).toEqual(['different 1 v', 'different 2 v']);
  });

  it.each(PAIRS)('%s as the key: %s is not %s', async (type, a, b) => {
    if (a === 'NULL' || b === 'NULL' || type === 'jsonb') return;
    await both(`DROP TABLE IF EXISTS rec_hash; CREATE TABLE rec_hash (k ${type} PRIMARY KEY, v int)`);
    // The rows' values are swapped between the two keys.
    await source.run(`INSERT INTO rec_hash VALUES (${a}, 1), (${b}, 2)`);
    await target.run(`INSERT INTO rec_hash VALUES (${a}, 2), (${b}, 1)`);
    // In one bucket, where the two changes could cancel out.
    expect((await compareOne(source, target, 'rec_hash', { rowsPerBucket: 1000 })).different).toBe(2);
  });

  // What a function does not scatter would cancel out where two columns or two keys have it alike.
  it.each(PAIRS)('%s: %s and %s in two columns alike, and swapped', async (type, a, b) => {
    await both(`DROP TABLE IF EXISTS rec_hash; CREATE TABLE rec_hash (id int PRIMARY KEY, v ${type}, w ${type})`);
    await source.run(`INSERT INTO rec_hash VALUES (1, ${a}, ${a}), (2, ${a}, ${b}), (3, ${a}, ${a}), (4, ${b}, ${a})`);
    await target.run(`INSERT INTO rec_hash VALUES (1, ${b}, ${b}), (2, ${b}, ${a}), (3, ${a}, ${a}), (4, ${a}, ${b})`);
    const report = await compareOne(source, target, 'rec_hash');
    expect(found(report)).toEqual(['different 1 v w', 'different 2 v w', 'different 4 v w']);
  });

  it.each(PAIRS)('%s: %s and %s as parts of a key, swapped', async (type, a, b) => {
    if (a === 'NULL' || b === 'NULL' || type === 'jsonb') return;
    await both(
      `DROP TABLE IF EXISTS rec_hash; CREATE TABLE rec_hash (v ${type}, w ${type}, x int, PRIMARY KEY (v, w))`,
    );
    await source.run(`INSERT INTO rec_hash VALUES (${a}, ${b}, 1), (${a}, ${a}, 1)`);
    await target.run(`INSERT INTO rec_hash VALUES (${b}, ${a}, 1), (${b}, ${b}, 1)`);
    const { missing, extra, different } = await compareOne(source, target, 'rec_hash', { rowsPerBucket: 1000 });
    expect({ missing, extra, different }).toEqual({ missing: 2, extra: 2, different: 0 });
  });

  const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 2,
    maxLength: 30,
  });

  // Of a polynomial such as PostgreSQL's hash of a row, the sum stays the same when two rows swap a value.
  it.each([
    ['no key', 'fast', 'a int, b int'],
    ['no key', 'md5', 'a int, b int'],
    ['a key that is there twice', 'fast', 'k int, a int, b int'],
    ['a key that is there twice', 'md5', 'k int, a int, b int'],
  ] as const)('random swaps of values between rows: %s, by %s', async (_title, hash, columns) => {
    const keyed = columns.startsWith('k');
    await both(`DROP TABLE IF EXISTS rec_hash; CREATE TABLE rec_hash (${columns})`);
    const rows = (list: readonly (readonly number[])[]) =>
      list.map((row) => `(${[...(keyed ? [7] : []), ...row].join(', ')})`).join(', ');
    await fc.assert(
      fc.asyncProperty(values, fc.nat(), async (before, shift) => {
        const after = before.map(([a], index) => [a, before[(index + shift) % before.length]?.[1] ?? 0]);
        await source.run(`DELETE FROM rec_hash; INSERT INTO rec_hash VALUES ${rows(before)}`);
        await target.run(`DELETE FROM rec_hash; INSERT INTO rec_hash VALUES ${rows(after)}`);
        const sorted = (list: readonly (readonly number[])[]) => list.map(String).sort().join(' ');
        const report = await compareOne(source, target, 'rec_hash', { hash, ...(keyed ? { key: ['k'] } : {}) });
        expect(report.verdict).toBe(sorted(before) === sorted(after) ? 'equal' : 'different');
      }),
      { numRuns: 40 },
    );
  });

  // The text that MD5 is taken of must be told apart whatever is NULL, and however wide the row is.
  const cell = fc.option(fc.constantFrom('', '~', '~1', ',', '1,~', '0', '10', '~01'));
  const pairings = (
    [
      ['PostgreSQL', 3],
      ['PostgreSQL', 60],
      [engine, 3],
      [engine, 60],
    ] as const
  ).filter(([from]) => from === 'PostgreSQL' || !noMariadb);
  it.each(pairings)('texts of rows with NULLs: %s, %d columns', async (from, width) => {
    const left = from === engine ? (mariadb as TestDatabase) : source;
    const names = Array.from({ length: width }, (_, index) => `c${index}`);
    const columns = names.map((name, index) => `${name} ${index % 3 === 1 ? 'int' : 'varchar(20)'}`).join(', ');
    for (const side of [left, target]) {
      await side.run('DROP TABLE IF EXISTS rec_hash');
      await side.run(`CREATE TABLE rec_hash (id int PRIMARY KEY, ${columns})`);
    }
    const row = fc.tuple(...names.map((_, index) => (index % 3 === 1 ? fc.option(fc.constantFrom('0', '10')) : cell)));
    const literal = (value: string | null | undefined) => (value == null ? 'NULL' : `'${value}'`);
    await fc.assert(
      fc.asyncProperty(row, row, async (a, b) => {
        const insert = (values_: readonly (string | null)[], other: readonly (string | null)[]) =>
          `INSERT INTO rec_hash VALUES (1, ${values_.map(literal).join(', ')}), (2, ${other.map(literal).join(', ')})`;
        for (const side of [left, target]) await side.run('DELETE FROM rec_hash');
        await left.run(insert(a, a));
        await target.run(insert(b, a));
        const report = await compareOne(left, target, 'rec_hash', { hash: 'md5' });
        const changed = names.filter((_, index) => a[index] !== b[index]);
        expect(found(report)).toEqual(changed.length === 0 ? [] : [`different 1 ${changed.join(' ')}`]);
      }),
      { numRuns: 30 },
    );
  });
});
