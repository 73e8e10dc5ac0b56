import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { compareOne, found, useMariadb, usePostgres } from '../helpers/databases.ts';

/** What MySQL has and MariaDB has not, or has otherwise. */
describe('types and tables of MySQL', () => {
  const mysql = useMariadb();
  const postgres = usePostgres('target');
  const clean = async () => {
    await mysql.run('DROP TABLE IF EXISTS rec_my, rec_my_copy');
    await postgres.run('DROP TABLE IF EXISTS rec_my');
  };

  beforeEach(clean);
  afterAll(async () => {
    await clean();
  });

  const copy = () => compareOne(mysql, mysql, 'rec_my=rec_my_copy');

  it('doubles and floats have the bits that PostgreSQL gives them, for every value', async () => {
    await mysql.run('CREATE TABLE rec_my (id int PRIMARY KEY, d double, f float)');
    await postgres.run('CREATE TABLE rec_my (id int PRIMARY KEY, d double precision, f real)');
    const special = [0, -0, 1e308, -1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 2 ** 53, 0.1 + 0.2];
    const finite = fc.oneof(fc.constantFrom(...special), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const literal = (value: number) => (Object.is(value, -0) ? "'-0'" : `'${value.toExponential()}'`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(finite, finite), { minLength: 1, maxLength: 200 }), async (pairs) => {
        const rows = (side: 0 | 1) =>
          pairs.map((pair, id) => {
            const single = Math.fround(pair[side]);
            return `(${id}, ${literal(pair[side])}, ${Number.isFinite(single) && single !== 0 ? literal(single) : 'NULL'})`;
          });
        for (const side of [mysql, postgres]) await side.run('DELETE FROM rec_my');
        await mysql.run(`INSERT INTO rec_my VALUES ${rows(0).join(', ')}`);
        await postgres.run(`INSERT INTO rec_my VALUES ${rows(0).join(', ')}`);
        expect(found(await compareOne(mysql, postgres, 'rec_my'))).toEqual([]);
        await postgres.run('DELETE FROM rec_my');
        await postgres.run(`INSERT INTO rec_my VALUES ${rows(1).join(', ')}`);
        const same = (a: number, b: number) => a === b;
        const single = (value: number) => {
          const rounded = Math.fround(value);
          return Number.isFinite(rounded) && rounded !== 0 ? rounded : null;
        };
        const wanted = pairs.flatMap(([a, b], id) => {
          const columns = [...(same(a, b) ? [] : ['d']), ...(single(a) === single(b) ? [] : ['f'])];
          return columns.length === 0 ? [] : [`different ${id} ${columns.join(' ')}`];
        });
        expect(found(await compareOne(mysql, postgres, 'rec_my'))).toEqual(wanted);
      }),
      { numRuns: 15 },
    );
  });

  it('a repair writes doubles and floats with all their digits', async () => {
    for (const name of ['rec_my', 'rec_my_copy'])
      await mysql.run(`CREATE TABLE ${name} (id int PRIMARY KEY, d double, f float, z double zerofill)`);
    await mysql.run(
      "INSERT INTO rec_my VALUES (1, '4.5810017516041204e-175', '-1.0712006376594669e-13', '4.5810017516041204e-175'), (2, '-3.875826017286001e-160', '9.132409e18', 5), (3, NULL, NULL, NULL)",
    );
    const script: string[] = [];
    const report = await compareOne(mysql, mysql, 'rec_my=rec_my_copy', {
      repair: { mode: 'sql', allowDelete: false, write: (line) => script.push(line) },
    });
    expect(report).toMatchObject({ missing: 3 });
    expect(report.differences[0]?.columns.map(({ source }) => Number(source))).toEqual([
      1,
      4.5810017516041204e-175,
      Math.fround(-1.0712006376594669e-13),
      4.5810017516041204e-175,
    ]);
    await mysql.run("SET sql_mode = 'NO_BACKSLASH_ESCAPES'");
    for (const line of script.filter((one) => one.startsWith('INSERT'))) await mysql.run(line);
    await mysql.run("SET sql_mode = ''");
    expect(await copy()).toMatchObject({ verdict: 'equal' });
  });

  it('neighbours of a double differ, also as keys', async () => {
    await mysql.run(
      "CREATE TABLE rec_my (d double PRIMARY KEY, v int); INSERT INTO rec_my VALUES ('9007199254740992', 1), ('0.1', 2), ('5e-324', 3)",
    );
    await postgres.run(
      "CREATE TABLE rec_my (d double precision PRIMARY KEY, v int); INSERT INTO rec_my VALUES ('9007199254740994', 1), ('0.1', 2), ('5e-324', 4)",
    );
    const report = await compareOne(mysql, postgres, 'rec_my');
    expect(report).toMatchObject({ missing: 1, extra: 1, different: 1 });
  });

  it('texts in each character set, with keys that a collation takes for one', async () => {
    await mysql.run(`CREATE TABLE rec_my (k varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs PRIMARY KEY,
      a varchar(20) CHARACTER SET latin1, b varchar(20) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci,
      c varchar(20) CHARACTER SET utf16, d varchar(20) CHARACTER SET gb18030, e char(5) CHARACTER SET ascii, f tinytext)`);
    await postgres.run('CREATE TABLE rec_my (k text PRIMARY KEY, a text, b text, c text, d text, e text, f text)');
    const rows = `('a', 'é', 'é', '😀', '中', 'x', ''), ('a ', 'É', 'e', 'é', '文', '', ' '), ('A', '', ' ', '', '', NULL, 'a'),
      ('ä', NULL, NULL, NULL, NULL, NULL, NULL)`;
    for (const side of [mysql, postgres]) await side.run(`INSERT INTO rec_my VALUES ${rows}`);
    expect(await compareOne(mysql, postgres, 'rec_my')).toMatchObject({ verdict: 'equal', uncompared: [] });
    await postgres.run("UPDATE rec_my SET b = 'É' WHERE k = 'a'; UPDATE rec_my SET f = '' WHERE k = 'a '");
    expect(found(await compareOne(mysql, postgres, 'rec_my')).sort()).toEqual(['different a  f', 'different a b']);
    await postgres.run("DELETE FROM rec_my WHERE k = 'A'");
    expect(await compareOne(mysql, postgres, 'rec_my')).toMatchObject({ missing: 1, different: 2 });
  });

  it('a row is found by a key of a number and a time, though it is the only one', async () => {
    for (const [type, value] of [
      ['time(3)', '12:34:56.5'],
      ['time(6)', '-838:59:59'],
      ['datetime(6)', '2024-02-29 12:34:56.5'],
      ['datetime', '0000-00-00 00:00:00'],
      ['timestamp(3)', '2024-02-29 12:34:56.5'],
      ['date', '2024-02-29'],
      ['date', '0000-00-00'],
    ]) {
      for (const name of ['rec_my', 'rec_my_copy'])
        await mysql.run(
          `DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (d decimal(20,7), t ${type}, v int, PRIMARY KEY (d, t))`,
        );
      await mysql.run(`INSERT INTO rec_my_copy VALUES (4294967552, '${value}', 1)`);
      expect(await copy(), `${type} ${value}`).toMatchObject({
        missing: 0,
        extra: 1,
        different: 0,
        verdict: 'different',
      });
      await mysql.run(`INSERT INTO rec_my VALUES (4294967552, '${value}', 2)`);
      expect(await copy(), `${type} ${value}`).toMatchObject({ missing: 0, extra: 0, different: 1 });
    }
  });

  it('columns of several binary collations', async () => {
    for (const name of ['rec_my', 'rec_my_copy'])
      await mysql.run(`CREATE TABLE ${name} (id int PRIMARY KEY, a varchar(9) COLLATE utf8mb4_bin, b varchar(9) COLLATE utf8mb4_0900_bin,
        c varchar(9) COLLATE utf8mb4_general_ci, d varchar(9) COLLATE utf8mb4_unicode_ci, e enum('x', 'y') COLLATE utf8mb4_0900_bin)`);
    await mysql.run("INSERT INTO rec_my VALUES (1, 'a', 'b', 'c', 'd', 'x'), (2, 'a', 'b', 'c', 'd', 'x')");
    await mysql.run("INSERT INTO rec_my_copy VALUES (1, 'a', 'b', 'c', 'd', 'x'), (2, 'a', 'b ', 'C', 'd', 'y')");
    for (const hash of ['md5', 'md5-128'] as const)
      expect(found(await compareOne(mysql, mysql, 'rec_my=rec_my_copy', { hash }))).toEqual(['different 2 b c e']);
  });

  it('a key that 0900_ai_ci holds unique: case, accents and blanks still are differences', async () => {
    for (const name of ['rec_my', 'rec_my_copy'])
      await mysql.run(`CREATE TABLE ${name} (k varchar(20) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY, v int)`);
    await mysql.run("INSERT INTO rec_my VALUES ('straße', 1), ('b', 2), ('c ', 3), ('d', 4)");
    await mysql.run("INSERT INTO rec_my_copy VALUES ('STRASSE', 1), ('B', 2), ('c', 3), ('d', 5)");
    expect(found(await copy()).sort()).toEqual(
      ['different d v', 'extra B', 'extra STRASSE', 'extra c', 'missing b', 'missing c ', 'missing straße'].sort(),
    );
  });

  it('JSON is compared by what it means, and a change deep within is seen', async () => {
    await mysql.run('CREATE TABLE rec_my (id int PRIMARY KEY, j json)');
    await postgres.run('CREATE TABLE rec_my (id int PRIMARY KEY, j jsonb)');
    const documents = [
      '{"b": 1, "aa": [1.50, null, "x", true], "é😀": "\\u00e9\\n"}',
      '[]',
      '"text"',
      'null',
      '1e2',
      '-0.001',
      '18446744073709551615',
      '{"": {"": [{}]}}',
    ];
    const rows = documents.map((one, id) => `(${id}, '${one}')`).join(', ');
    await mysql.run(
      `SET sql_mode = 'NO_BACKSLASH_ESCAPES'; INSERT INTO rec_my VALUES ${rows}, (99, NULL); SET sql_mode = ''`,
    );
    await postgres.run(`INSERT INTO rec_my VALUES ${rows}, (99, NULL)`);
    expect(await compareOne(mysql, postgres, 'rec_my')).toMatchObject({ verdict: 'equal', uncompared: [] });
    await postgres.run(
      `UPDATE rec_my SET j = '{"": {"": [{"x": null}]}}' WHERE id = 7; UPDATE rec_my SET j = NULL WHERE id = 3`,
    );
    expect(found(await compareOne(mysql, postgres, 'rec_my'))).toEqual(['different 3 j', 'different 7 j']);
  });

  it('a generated invisible primary key is the key, and invisible columns are compared', async () => {
    for (const name of ['rec_my', 'rec_my_copy'])
      await mysql.run(
        `SET SESSION sql_generate_invisible_primary_key = ON; CREATE TABLE ${name} (v int, w int INVISIBLE); SET SESSION sql_generate_invisible_primary_key = OFF;
         INSERT INTO ${name} (v, w) VALUES (1, 1), (2, 2), (3, 3)`,
      );
    expect(await copy()).toMatchObject({ verdict: 'equal', key: ['my_row_id'] });
    await mysql.run('UPDATE rec_my_copy SET w = 0 WHERE v = 2');
    expect(found(await copy())).toEqual(['different 2 w']);
  });

  it('a unique key of an expression is no key of columns', async () => {
    for (const name of ['rec_my', 'rec_my_copy'])
      await mysql.run(
        `CREATE TABLE ${name} (a int NOT NULL, b varchar(20) NOT NULL, UNIQUE KEY aa ((a + 1), b), UNIQUE KEY zz (b)); INSERT INTO ${name} VALUES (1, 'x'), (2, 'y')`,
      );
    expect(await copy()).toMatchObject({ verdict: 'equal', key: ['b'] });
    await mysql.run('ALTER TABLE rec_my DROP KEY zz; ALTER TABLE rec_my_copy DROP KEY zz');
    expect(await copy()).toMatchObject({ verdict: 'equal', key: [] });
  });

  it('what has no common form is named, and the table is not called equal', async () => {
    for (const name of ['rec_my', 'rec_my_copy'])
      await mysql.run(
        `CREATE TABLE ${name} (id int PRIMARY KEY, g geometry, p point NOT NULL SRID 4326, b bit(12), v vector(3));
         INSERT INTO ${name} VALUES (1, POINT(1, 2), ST_GeomFromText('POINT(1 2)', 4326), b'101', TO_VECTOR('[1,2,3]'))`,
      );
    const report = await copy();
    expect(report.verdict).toBe('incomplete');
    expect(report.uncompared.map(({ column }) => column)).toEqual(['g', 'p', 'b', 'v']);
  });

  it('generated columns, defaults and zero-filled numbers', async () => {
    await mysql.run(`CREATE TABLE rec_my (id int unsigned zerofill PRIMARY KEY, a int DEFAULT (1 + 1), s int AS (a * 2) STORED,
      w int AS (a * 3) VIRTUAL, at timestamp(3) DEFAULT CURRENT_TIMESTAMP(3), y year, t time(3), e enum('x', 'y'), m set('p', 'q'))`);
    await postgres.run(
      'CREATE TABLE rec_my (id bigint PRIMARY KEY, a int, s int, w int, at timestamptz, y int, t text, e text, m text)',
    );
    await mysql.run(
      "INSERT INTO rec_my (id, at, y, t, e, m) VALUES (7, '2024-01-01 10:00:00.5', 2024, '-838:59:59', 'y', 'p,q')",
    );
    await postgres.run(
      "INSERT INTO rec_my VALUES (7, 2, 4, 6, '2024-01-01 10:00:00.5+00', 2024, '-838:59:59', 'y', 'p,q')",
    );
    const report = await compareOne(mysql, postgres, 'rec_my', { ignore: ['t'] });
    expect(report).toMatchObject({ verdict: 'equal', uncompared: [] });
  });
});
