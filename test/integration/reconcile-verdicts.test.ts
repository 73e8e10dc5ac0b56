import { describe, expect, it } from 'vitest';
import {
  compareOne,
  engine,
  found,
  given,
  type TestDatabase,
  useMariadb,
  usePostgres,
  WITHOUT_MARIADB,
} from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const without = sandbox.mariadb === undefined;

/** Values that have one text where an engine converts them, and are not one value. */
describe('what conversions make alike', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = without ? undefined : useMariadb();

  it.each(['timetz', 'time'])('the end of a day in UTC is not its beginning: timetz and %s', async (type) => {
    await using _a = await given(
      source,
      `create table rec_verdict (id int PRIMARY KEY, v timetz);
       INSERT INTO rec_verdict VALUES (1, '24:00:00+00'), (2, '24:00:00+00'), (3, '24:00:00+02'), (4, '23:59:59.9999+00')`,
    );
    await using _b = await given(
      target,
      `create table rec_verdict (id int PRIMARY KEY, v ${type}(3));
       INSERT INTO rec_verdict VALUES (1, '24:00:00${type === 'time' ? '' : '+00'}'), (2, '00:00:00${type === 'time' ? '' : '+00'}'),
         (3, '22:00:00${type === 'time' ? '' : '+00'}'), (4, '23:59:59.9999${type === 'time' ? '' : '+00'}')`,
    );
    expect(found(await compareOne(source, target, 'rec_verdict'))).toEqual(['different 2 v']);
  });

  it('intervals of some fields are intervals', async () => {
    await using _a = await given(
      source,
      `create table rec_verdict (id int PRIMARY KEY, v interval day to second(3));
       INSERT INTO rec_verdict VALUES (1, '1 day 02:03'), (2, '1 day 02:03')`,
    );
    await using _b = await given(
      target,
      `create table rec_verdict (id int PRIMARY KEY, v interval);
       INSERT INTO rec_verdict VALUES (1, '1 day 02:03'), (2, '1 day 02:04')`,
    );
    expect(found(await compareOne(source, target, 'rec_verdict'))).toEqual(['different 2 v']);
  });

  it.each([
    ['PT0.123457S', 'PT0.1234567S'],
    ['PT0S', 'P'],
    ['P1D', 'P1DT'],
  ])('the interval %s is not the text %s', async (interval, text) => {
    const table = (type: string, value: string) =>
      `create table rec_verdict (id int PRIMARY KEY, v ${type}); INSERT INTO rec_verdict VALUES (1, '${value}'), (2, 'PT1H')`;
    await using _a = await given(source, table('interval', interval));
    await using _b = await given(target, table('text', text));
    expect(found(await compareOne(source, target, 'rec_verdict'))).toEqual(['different 1 v']);
  });

  it.each(['fast', 'md5'] as const)('rows of two keys that have one text do not cancel out: %s', async (hash) => {
    const table = (v: number) => `create table rec_verdict (k regproc PRIMARY KEY, v int);
      INSERT INTO rec_verdict VALUES ('pg_catalog.abs(int4)'::regprocedure, ${v}), ('pg_catalog.abs(float8)'::regprocedure, ${v})`;
    await using _a = await given(source, table(1));
    await using _b = await given(target, table(2));
    expect(await compareOne(source, target, 'rec_verdict', { hash })).toMatchObject({
      verdict: 'different',
      different: 2,
    });
  });

  it.each(['id > 5) OR (id < 3', 'true) LIMIT (1', 'true --'])('%s is no condition', async (where) => {
    const table = (v: string) => `create table rec_verdict (id int PRIMARY KEY, v int);
      INSERT INTO rec_verdict SELECT g, ${v} FROM generate_series(1, 20000) g; ANALYZE rec_verdict`;
    await using _a = await given(source, table('1'));
    await using _b = await given(target, table('g / 19000'));
    // In two parts the rows that fit the first half would be there twice, and cancel out.
    const run = compareOne(source, target, 'rec_verdict', { where, partRows: 10_000 });
    await expect(run).rejects.toMatchObject({ code: 'DATABASE_REJECTED' });
  });

  it('a char without a length is one', async () => {
    const table = (value: string) =>
      `create table rec_verdict (k bpchar PRIMARY KEY, v text); INSERT INTO rec_verdict VALUES ('${value}', 'x ')`;
    await using _a = await given(source, table('a  '));
    await using _b = await given(target, table('a'));
    expect(await compareOne(source, target, 'rec_verdict')).toMatchObject({ verdict: 'equal', notes: [] });
  });

  it.each(['id int PRIMARY KEY', 'id int'])('rows whose texts are more than a result has columns: %s', async (id) => {
    const names = Array.from({ length: 1400 }, (_, at) => `c${at}`);
    const columns = names.map((name, at) => `${name} ${at % 2 === 0 ? 'text' : 'float8'}`).join(', ');
    const table = `create table rec_verdict (${id}, ${columns});
      INSERT INTO rec_verdict (id, c4, c5, c1399) VALUES (1, E'"\\\\ä\\n{,', 0.1, 3), (2, 'x', 1, NULL)`;
    await using _a = await given(source, table);
    await using _b = await given(target, `${table}; UPDATE rec_verdict SET c5 = 0.2, c1399 = NULL WHERE id = 1`);
    const { differences } = await compareOne(source, target, 'rec_verdict');
    const shown = differences.map(({ kind, columns: all }) => [
      kind,
      ...all.flatMap((one) => [one.source, one.target].filter((value) => value != null)),
    ]);
    const text = '"\\ä\n{,';
    expect(shown).toEqual(
      id === 'id int'
        ? expect.arrayContaining([
            ['missing', '1', text, '0.1', '3'],
            ['extra', '1', text, '0.2'],
          ])
        : [['different', '0.1', '0.2', '3']],
    );
  });

  describe.skipIf(without)(`${engine} (${WITHOUT_MARIADB})`, () => {
    const both = async (left: string, right: string) => {
      const db = mariadb as TestDatabase;
      const one = await given(db, left);
      const other = await given(db, right);
      return {
        compare: () => compareOne(db, db, 'rec_verdict=rec_verdict_copy'),
        [Symbol.asyncDispose]: () =>
          Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]).then(() => {}),
      };
    };

    it.each(['datetime(3)', 'datetime'])('a moment that cannot be rounded is not NULL: %s', async (type) => {
      await using pair = await both(
        `create table rec_verdict (id int PRIMARY KEY, v datetime(6));
         INSERT INTO rec_verdict VALUES (1, '2024-00-00 23:59:59.999999'), (2, NULL), (3, '2024-01-31 23:59:59.999999')`,
        `create table rec_verdict_copy (id int PRIMARY KEY, v ${type});
         INSERT INTO rec_verdict_copy VALUES (1, NULL), (2, NULL), (3, '2024-02-01 00:00:00')`,
      );
      expect(found(await pair.compare())).toEqual(['different 1 v']);
    });

    it.each(['greek', 'ascii', 'cp1251', 'tis620'])(
      'bytes that are not characters are compared as bytes: %s',
      async (charset) => {
        const columns = `(id int PRIMARY KEY, v varchar(10) CHARACTER SET ${charset})`;
        const gap = { greek: 'AE', ascii: 'AE', cp1251: '98', tis620: 'DB' }[charset];
        await using pair = await both(
          `create table rec_verdict ${columns};
         INSERT INTO rec_verdict VALUES (1, X'41${gap}'), (2, X'413F'), (3, X'41${gap}3F'), (4, X'413F42'), (5, X'41${gap}')`,
          `create table rec_verdict_copy ${columns};
         INSERT INTO rec_verdict_copy VALUES (1, X'413F'), (2, X'413F'), (3, X'413F${gap}'), (4, X'413F42'), (5, X'41${gap}')`,
        );
        expect(found(await pair.compare())).toEqual(['different 1 v', 'different 3 v']);
      },
    );

    it('two of the bytes that become one character', async () => {
      const columns = '(id int PRIMARY KEY, v varchar(10) CHARACTER SET tis620)';
      await using pair = await both(
        `create table rec_verdict ${columns}; INSERT INTO rec_verdict VALUES (1, X'DB'), (2, X'A1'), (3, NULL)`,
        `create table rec_verdict_copy ${columns}; INSERT INTO rec_verdict_copy VALUES (1, X'DC'), (2, X'A1'), (3, NULL)`,
      );
      expect(found(await pair.compare())).toEqual(['different 1 v']);
    });

    it.each(['cp932', 'gbk', 'utf16', 'ucs2'])('and characters are compared as such: %s', async (charset) => {
      await using pair = await both(
        `create table rec_verdict (id int PRIMARY KEY, v varchar(10) CHARACTER SET ${charset});
         INSERT INTO rec_verdict VALUES (1, 'a?b'), (2, '？'), (3, '??ö？'), (4, '?'), (5, NULL), (6, '')`,
        `create table rec_verdict_copy (id int PRIMARY KEY, v varchar(10) CHARACTER SET utf8mb4);
         INSERT INTO rec_verdict_copy SELECT id, CONVERT(v USING utf8mb4) FROM rec_verdict; UPDATE rec_verdict_copy SET v = '？' WHERE id = 4`,
      );
      expect(found(await pair.compare())).toEqual(['different 4 v']);
    });

    it('and as keys', async () => {
      const columns = '(v varchar(10) CHARACTER SET greek PRIMARY KEY, x int)';
      await using pair = await both(
        `create table rec_verdict ${columns}; INSERT INTO rec_verdict VALUES (X'AE', 1), (X'D2', 2)`,
        `create table rec_verdict_copy ${columns}; INSERT INTO rec_verdict_copy VALUES (X'AE', 2), (X'3F', 2)`,
      );
      const { missing, extra, different } = await pair.compare();
      expect({ missing, extra, different }).toEqual({ missing: 1, extra: 1, different: 1 });
    });

    it.each([
      ["SET('','a')", '0', '1'],
      ["ENUM('a','a','b')", '1', '2'],
      ['varchar(5) CHARACTER SET cp932 COLLATE cp932_bin', "X'81CA'", "X'FA54'"],
      ['varchar(5) CHARACTER SET sjis COLLATE sjis_bin', "X'5C'", "X'815F'"],
    ])('rows of two keys that have one text do not cancel out: %s', async (type, one, other) => {
      const columns = `(k ${type} PRIMARY KEY, v int)`;
      await using pair = await both(
        `create table rec_verdict ${columns}; INSERT INTO rec_verdict VALUES (${one}, 1), (${other}, 1)`,
        `create table rec_verdict_copy ${columns}; INSERT INTO rec_verdict_copy VALUES (${one}, 2), (${other}, 2)`,
      );
      expect(await pair.compare()).toMatchObject({ verdict: 'different', different: 2 });
    });

    it('a row that no look by its key finds is not called settled, also without a snapshot', async () => {
      // Half a surrogate pair, which no text of the driver can hold.
      const columns = '(k varchar(5) CHARACTER SET utf8mb4 PRIMARY KEY, v int) ENGINE=MyISAM';
      const half = "CONVERT(_ucs2 X'D800' USING utf8mb4)";
      await using pair = await both(
        `create table rec_verdict ${columns}; INSERT INTO rec_verdict VALUES (${half}, 1)`,
        `create table rec_verdict_copy ${columns}; INSERT INTO rec_verdict_copy VALUES (${half}, 2)`,
      );
      expect((await pair.compare()).verdict).not.toBe('equal');
    });

    it('a key that is NULL is not the text null', async () => {
      const columns = '(k varchar(10) CHARACTER SET utf8mb4, x int)';
      await using _pair = await both(
        `create table rec_verdict ${columns}; INSERT INTO rec_verdict VALUES (NULL, 1)`,
        `create table rec_verdict_copy ${columns}; INSERT INTO rec_verdict_copy VALUES (CONCAT('null', CHAR(0)), 1)`,
      );
      const db = mariadb as TestDatabase;
      const { missing, extra, different } = await compareOne(db, db, 'rec_verdict=rec_verdict_copy', { key: ['k'] });
      expect({ missing, extra, different }).toEqual({ missing: 1, extra: 1, different: 0 });
    });
  });
});
