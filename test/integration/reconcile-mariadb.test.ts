import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  compareOne,
  digest,
  engine,
  found,
  given,
  useMariadb,
  usePostgres,
  WITHOUT_MARIADB,
} from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

/** MySQL has no type of its own for it. */
const UUID = engine === 'MySQL' ? 'char(36)' : 'uuid';
const without = sandbox.mariadb === undefined;

describe.skipIf(without)(`${engine} and PostgreSQL (${WITHOUT_MARIADB})`, () => {
  const mariadb = useMariadb();
  const postgres = usePostgres('target');
  const clean = async () => {
    await mariadb.run('DROP TABLE IF EXISTS rec_wide, rec_orders, rec_keyed, rec_log, rec_zero');
    await postgres.run('DROP TABLE IF EXISTS rec_wide, rec_orders, rec_keyed, rec_log, rec_zero');
  };

  beforeEach(clean);
  afterAll(async () => {
    await clean();
  });

  const ORDERS = { columns: 'id bigint PRIMARY KEY, qty int, amount numeric(12,2), note text' };
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)
      .map(
        (id) =>
          `(${id}, ${id % 7}, ${(id * 1.37).toFixed(2)}, ${id % 3 === 0 ? 'NULL' : id % 3 === 1 ? "''" : `'né ${id}'`})`,
      )
      .join(', ');

  it.each([digest, `${digest}-128`] as const)('planted differences, both ways, by %s', async (hash) => {
    for (const side of [mariadb, postgres]) {
      await side.run(`CREATE TABLE rec_orders (${ORDERS.columns})`);
      await side.run(`INSERT INTO rec_orders VALUES ${rows(1, 5000)}`);
    }
    expect(await compareOne(mariadb, postgres, 'rec_orders', { hash })).toMatchObject({
      verdict: 'equal',
      checksum: { algorithm: hash, strength: 'cryptographic' },
    });
    await postgres.run("DELETE FROM rec_orders WHERE id = 7; INSERT INTO rec_orders VALUES (-1, 1, 1, 'x')");
    await postgres.run(
      "UPDATE rec_orders SET note = '' WHERE id = 3; UPDATE rec_orders SET amount = -amount WHERE id = 4999",
    );
    expect(found(await compareOne(mariadb, postgres, 'rec_orders', { hash }))).toEqual([
      'extra -1',
      'different 3 note',
      'missing 7',
      'different 4999 amount',
    ]);
    expect(found(await compareOne(postgres, mariadb, 'rec_orders', { hash }))).toEqual([
      'missing -1',
      'different 3 note',
      'extra 7',
      'different 4999 amount',
    ]);
  });

  const MARIADB_WIDE = `id bigint unsigned PRIMARY KEY, ti tinyint(1), bi bigint, ub bigint unsigned, d decimal(20,4), dz decimal(10,0), f float,
    db double, b1 bit(1), c char(5), v varchar(50), tx text, u ${UUID}, j json, vb varbinary(20), bl blob, dt date, t0 time, t6 time(6),
    dt0 datetime, dt6 datetime(6), ts timestamp(3) NULL, y year, e enum('a','b'), s set('x','y')`;
  const POSTGRES_WIDE = `id numeric(20,0) PRIMARY KEY, ti smallint, bi bigint, ub numeric, d numeric(20,4), dz numeric(10,0), f real,
    db double precision, b1 boolean, c text, v text, tx text, u uuid, j jsonb, vb bytea, bl bytea, dt date, t0 time(6), t6 time(6),
    dt0 timestamp(6), dt6 timestamp(6), ts timestamptz(6), y int, e text, s text`;
  /** One row; `binary` and `bit` say how each engine writes those. */
  const WIDE = (binary: (hex: string) => string, bit: (value: number) => string) => [
    `(18446744073709551615, 1, -9223372036854775808, 18446744073709551615, 1234567890123456.7891, -5, '0.1', '0.1', ${bit(1)}, 'ab', 'héllo 😀',
      '', '123e4567-e89b-12d3-a456-426614174000', '{"b": 1, "a": [1.50, null, "x"]}', ${binary('00ff')}, ${binary('')}, '2024-02-29', '23:59:59',
      '00:00:00.000001', '1000-01-01 00:00:00', '2024-12-31 23:59:59.999990', '2024-01-01 00:00:00.120', 1999, 'a', 'x,y')`,
    `(1, 0, 9223372036854775807, 0, -0.0001, 0, '-1e-10', '1e20', ${bit(0)}, '', '', '|', '00000000-0000-0000-0000-000000000000', '{}',
      ${binary('')}, ${binary('c328')}, '1000-01-01', '00:00:00', '12:00:00.5', '9999-12-31 23:59:59', '2024-01-01', '2038-01-01 00:00:00', 2155, 'b', '')`,
    `(2${', NULL'.repeat(24)})`,
    `(3, -128, 1, 5, 0.5, 10, '3.4e38', '1.7976931348623157e308', ${bit(1)}, '~', '~', ',', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '[1e2, "é"]', ${binary('7e')}, ${binary('7e')}, '2024-01-01', '10:00:00', '10:00:00.100', '2024-01-01 10:10:10', '2024-01-01 10:10:10.1',
      '2024-06-01 10:10:10.001', 2000, 'a', 'y')`,
  ];

  const fillWide = async () => {
    await mariadb.run(`CREATE TABLE rec_wide (${MARIADB_WIDE}) CHARACTER SET utf8mb4`);
    await postgres.run(`SET TimeZone = 'UTC'; CREATE TABLE rec_wide (${POSTGRES_WIDE})`);
    await mariadb.run(
      `INSERT INTO rec_wide VALUES ${WIDE(
        (hex) => `X'${hex}'`,
        (value) => `b'${value}'`,
      ).join(', ')}`,
    );
    await postgres.run(
      `INSERT INTO rec_wide VALUES ${WIDE(
        (hex) => `'\\x${hex}'`,
        (value) => (value === 1 ? 'true' : 'false'),
      ).join(', ')}`,
    );
  };

  it('a wide table, in the types that a sink gives it', async () => {
    await fillWide();
    expect(await compareOne(mariadb, postgres, 'rec_wide')).toMatchObject({
      verdict: 'equal',
      uncompared: [],
      oneSided: [],
    });
    expect(await compareOne(postgres, mariadb, 'rec_wide')).toMatchObject({
      verdict: 'equal',
      uncompared: [],
      oneSided: [],
    });
  });

  it('a change of each column is seen', async () => {
    await fillWide();
    const columns = POSTGRES_WIDE.split(',')
      .map((column) => column.trim().split(' ')[0] ?? '')
      .filter((column) => /^[a-z]/.test(column) && column !== 'id');
    for (const column of columns) {
      await postgres.run(`UPDATE rec_wide w SET ${column} = NULL WHERE w.id = 1`);
      expect(found(await compareOne(mariadb, postgres, 'rec_wide')), column).toEqual([`different 1 ${column}`]);
      await postgres.run(`DELETE FROM rec_wide WHERE id = 1`);
      await postgres.run(
        `INSERT INTO rec_wide VALUES ${
          WIDE(
            (hex) => `'\\x${hex}'`,
            (value) => (value === 1 ? 'true' : 'false'),
          )[1]
        }`,
      );
    }
  });

  it.each([
    ['text', 'varchar(40) CHARACTER SET utf8mb4', 'text', (n: number) => `'k${n}${n % 2 === 0 ? 'É' : 'z'}'`],
    [`uuid in ${UUID}`, UUID, 'uuid', (n: number) => `'00000000-0000-0000-0000-${String(n).padStart(12, '0')}'`],
    [
      'uuid in binary order',
      'char(36)',
      'uuid',
      (n: number) => `'${String(n % 10).repeat(8)}-0000-4000-8000-${String(n).padStart(12, '0')}'`,
    ],
    [
      'timestamp',
      'datetime(6)',
      'timestamp',
      (n: number) => `'2024-01-01 00:${String(n % 60).padStart(2, '0')}:00.${String(n).padStart(6, '0')}'`,
    ],
    ['unsigned', 'bigint unsigned', 'numeric(20,0)', (n: number) => `${18446744073709551615n - BigInt(n)}`],
  ])('a key of %s', async (_name, mariadbType, postgresType, value) => {
    const values = Array.from({ length: 500 }, (_, n) => `(${value(n)}, ${n})`).join(', ');
    await mariadb.run(`CREATE TABLE rec_keyed (k ${mariadbType} PRIMARY KEY, v int)`);
    await postgres.run(`CREATE TABLE rec_keyed (k ${postgresType} PRIMARY KEY, v int)`);
    for (const side of [mariadb, postgres]) await side.run(`INSERT INTO rec_keyed VALUES ${values}`);
    expect(await compareOne(mariadb, postgres, 'rec_keyed')).toMatchObject({ verdict: 'equal' });
    await postgres.run('DELETE FROM rec_keyed WHERE v = 17; UPDATE rec_keyed SET v = -1 WHERE v = 400');
    expect(await compareOne(mariadb, postgres, 'rec_keyed')).toMatchObject({ missing: 1, different: 1, extra: 0 });
  });

  it('rows without a key', async () => {
    for (const side of [mariadb, postgres]) {
      await side.run('CREATE TABLE rec_log (msg varchar(20), n int)');
      await side.run(
        `INSERT INTO rec_log VALUES ${Array.from({ length: 300 }, (_, n) => `('m${n % 9}', ${n % 2 === 0 ? 'NULL' : n % 4})`).join(', ')}`,
      );
    }
    expect(await compareOne(mariadb, postgres, 'rec_log')).toMatchObject({ verdict: 'equal', key: [] });
    await postgres.run("UPDATE rec_log SET msg = '' WHERE ctid = (SELECT min(ctid) FROM rec_log)");
    const report = await compareOne(mariadb, postgres, 'rec_log');
    expect(report).toMatchObject({ missing: 1, extra: 1 });
    expect(report.differences).toContainEqual({
      kind: 'extra',
      key: {},
      rows: 1,
      columns: [
        { column: 'msg', target: '' },
        { column: 'n', target: null },
      ],
    });
  });

  it('a zero date is no NULL, and is shown as it is', async () => {
    await mariadb.run(
      "CREATE TABLE rec_zero (id int PRIMARY KEY, d date, t datetime); INSERT INTO rec_zero VALUES (1, '0000-00-00', '0000-00-00 00:00:00')",
    );
    await postgres.run(
      'CREATE TABLE rec_zero (id int PRIMARY KEY, d date, t timestamp); INSERT INTO rec_zero VALUES (1, NULL, NULL)',
    );
    const report = await compareOne(mariadb, postgres, 'rec_zero');
    expect(report.differences[0]?.columns).toEqual([
      { column: 'd', source: '0000-00-00', target: null },
      { column: 't', source: '0000-00-00 00:00:00', target: null },
    ]);
  });

  it('a zero date that cannot be rounded, since no day comes after it, is no NULL', async () => {
    await using _a = await given(
      mariadb,
      `create table rec_late(id int primary key, t datetime(3), u datetime(3));
       insert ignore into rec_late values (1, '0000-00-00 23:59:59.999', '2024-00-00 23:59:59.999'),
         (2, '0000-00-00 10:00:00.999', '2024-00-00 10:00:00.001');`,
    );
    await using _b = await given(
      postgres,
      `create table rec_late(id int primary key, t timestamp(0), u timestamp(0)); insert into rec_late values (1, null, null), (2, null, null);`,
    );
    const { differences } = await compareOne(mariadb, postgres, 'rec_late');
    expect(differences.map(({ columns }) => columns?.map(({ source }) => source))).toEqual([
      ['0000-00-00 23:59:59.999', '2024-00-00 23:59:59.999'],
      // MySQL cannot round the one, MariaDB can.
      [expect.stringMatching(/^0000-00-00 10:00:0/), '2024-00-00 10:00:00'],
    ]);
  });

  it('a row without a key is found by its hash, even if the server trims a text that it reads twice', async () => {
    await postgres.run('CREATE TABLE rec_log (a numeric(12,1), b double precision, c time(6))');
    await mariadb.run(
      "CREATE TABLE rec_log (a tinyint, b bigint unsigned, c time(2)); INSERT INTO rec_log VALUES (NULL, NULL, '12:34:56.5')",
    );
    const report = await compareOne(postgres, mariadb, 'rec_log');
    expect(report.contradictions).toBeUndefined();
    expect(found(report)).toEqual(['extra']);
    expect(report.extra).toBe(1);
  });
});
