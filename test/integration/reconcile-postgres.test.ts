import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { compare, compareOne, found, usePostgres } from '../helpers/databases.ts';

const source = usePostgres('source');
const target = usePostgres('target');
afterAll(async () => {
  for (const side of [source, target]) {
    await side.run('DROP SCHEMA IF EXISTS rec CASCADE');
  }
});

async function onBoth(sql: string): Promise<void> {
  await Promise.all([source.run(sql), target.run(sql)]);
}

beforeEach(() => onBoth('DROP SCHEMA IF EXISTS rec CASCADE; CREATE SCHEMA rec'));

const ORDERS = `
  CREATE TABLE rec.orders (id bigint PRIMARY KEY, qty int, amount numeric(12,2), note text, at timestamptz);
  INSERT INTO rec.orders SELECT g, g % 7, g * 1.37, CASE g % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'note ' || g END,
    timestamptz '2024-01-01' + g * interval '1.000001 second' FROM generate_series(1, 20000) g;
  ANALYZE rec.orders`;

describe.each(['fast', 'md5', 'md5-128'] as const)('by %s', (hash) => {
  const options = { hash };
  const compareOrders = () => compareOne(source, target, 'rec.orders', options);

  beforeEach(() => onBoth(ORDERS));

  it('calls equal tables equal', async () => {
    const report = await compareOrders();
    expect(report).toMatchObject({
      verdict: 'equal',
      rows: { source: 20_000, target: 20_000 },
      key: ['id'],
      differences: [],
    });
    expect(report.checksum?.algorithm).toBe(hash);
  });

  it('finds every planted difference and nothing else', async () => {
    await target.run(`
      DELETE FROM rec.orders WHERE id IN (1, 500, 20000);
      INSERT INTO rec.orders VALUES (-3, 1, 1, 'x', now()), (20001, 1, 1, 'x', now());
      UPDATE rec.orders SET note = '' WHERE id = 3;
      UPDATE rec.orders SET note = NULL WHERE id = 4;
      UPDATE rec.orders SET amount = amount + 0.01 WHERE id = 10000;
      UPDATE rec.orders SET at = at + interval '1 microsecond', qty = NULL WHERE id = 777`);
    const report = await compareOrders();
    expect(report).toMatchObject({ verdict: 'different', missing: 3, extra: 2, different: 4, unlisted: 0 });
    expect(found(report)).toEqual([
      'extra -3',
      'missing 1',
      'different 3 note',
      'different 4 note',
      'missing 500',
      'different 777 qty at',
      'different 10000 amount',
      'missing 20000',
      'extra 20001',
    ]);
  });

  it('sees values that two rows have swapped', async () => {
    await target.run(`
      UPDATE rec.orders SET note = 'note 5' WHERE id = 8;
      UPDATE rec.orders SET note = 'note 8' WHERE id = 5`);
    expect(found(await compareOrders())).toEqual(['different 5 note', 'different 8 note']);
  });

  it('counts all differences where it lists a few', async () => {
    await target.run('UPDATE rec.orders SET qty = qty + 1 WHERE id % 2 = 0');
    const report = await compareOne(source, target, 'rec.orders', { ...options, limit: 3 });
    expect(report.different).toBe(10_000);
    expect(report.differences).toHaveLength(3);
    expect(report.unlisted).toBe(9997);
  });
});

describe('keys', () => {
  it.each([
    ['text', 'text COLLATE "C"', "'k' || g || CASE WHEN g % 2 = 0 THEN 'É' ELSE 'z' END"],
    ['uuid', 'uuid', 'md5(g::text)::uuid'],
    ['timestamp', 'timestamptz', "timestamptz '2024-01-01' + g * interval '1 minute'"],
    ['numeric', 'numeric', 'g + 0.5'],
    ['bytea', 'bytea', "decode(md5(g::text), 'hex')"],
    ['char', 'char(12)', "'k' || g"],
  ])('%s', async (_name, type, expression) => {
    await onBoth(`CREATE TABLE rec.keyed (k ${type} PRIMARY KEY, v int);
      INSERT INTO rec.keyed SELECT ${expression}, g FROM generate_series(1, 3000) g; ANALYZE rec.keyed`);
    await target.run(`DELETE FROM rec.keyed WHERE v = 17; UPDATE rec.keyed SET v = -1 WHERE v = 18;
      INSERT INTO rec.keyed SELECT ${expression}, g FROM generate_series(3001, 3001) g`);
    const report = await compareOne(source, target, 'rec.keyed');
    expect(report).toMatchObject({ missing: 1, extra: 1, different: 1 });
    expect(report.differences.find((one) => one.kind === 'different')?.columns).toEqual([
      { column: 'v', source: '18', target: '-1' },
    ]);
  });

  it('text of another collation on the other side', async () => {
    await source.run(`CREATE TABLE rec.names (name text COLLATE "C" PRIMARY KEY, v int)`);
    await target.run(`CREATE TABLE rec.names (name text COLLATE "unicode" PRIMARY KEY, v int)`);
    await onBoth(
      `INSERT INTO rec.names SELECT w || g, g FROM generate_series(1, 500) g, unnest(array['a', 'A', 'ä', 'Z', '_', '-']) w`,
    );
    expect(await compareOne(source, target, 'rec.names')).toMatchObject({ verdict: 'equal' });
    await target.run(`DELETE FROM rec.names WHERE name = 'ä7'`);
    expect(found(await compareOne(source, target, 'rec.names'))).toEqual(['missing ä7']);
  });

  it('composite, with text that runs together', async () => {
    await onBoth(`CREATE TABLE rec.lines (order_id int, line text, qty int, PRIMARY KEY (order_id, line));
      INSERT INTO rec.lines SELECT g / 3, g % 3 || ',', g FROM generate_series(1, 5000) g`);
    await target.run(
      `UPDATE rec.lines SET qty = 0 WHERE order_id = 7 AND line = '1,'; DELETE FROM rec.lines WHERE order_id = 9`,
    );
    expect(found(await compareOne(source, target, 'rec.lines'))).toEqual([
      'different 7 1, qty',
      'missing 9 0,',
      'missing 9 1,',
      'missing 9 2,',
    ]);
  });

  it('composite of integers, in steps that share a divisor', async () => {
    await onBoth(`CREATE TABLE rec.shards (shard int, id bigint, v int, PRIMARY KEY (shard, id));
      INSERT INTO rec.shards SELECT g % 4, g * 1000, g FROM generate_series(1, 8000) g; ANALYZE rec.shards`);
    await target.run('UPDATE rec.shards SET v = 0 WHERE id = 5000');
    expect(found(await compareOne(source, target, 'rec.shards'))).toEqual(['different 1 5000 v']);
  });

  it('none: a row is shown that stands behind many alike', async () => {
    await onBoth('CREATE TABLE rec.alike (n int)');
    await target.run(
      'INSERT INTO rec.alike SELECT NULL FROM generate_series(1, 500); INSERT INTO rec.alike VALUES (7)',
    );
    const { differences } = await compareOne(source, target, 'rec.alike');
    expect(differences.map(({ rows, columns }) => [rows, columns[0]?.target]).sort()).toEqual([
      [1, '7'],
      [500, null],
    ]);
  });

  it('none: rows are a multiset', async () => {
    await onBoth(`CREATE TABLE rec.log (msg text, n int);
      INSERT INTO rec.log SELECT 'm' || g % 10, NULL FROM generate_series(1, 1000) g`);
    expect(await compareOne(source, target, 'rec.log')).toMatchObject({ verdict: 'equal', key: [] });
    await target.run(`DELETE FROM rec.log WHERE ctid IN (SELECT ctid FROM rec.log WHERE msg = 'm3' LIMIT 2);
      INSERT INTO rec.log VALUES ('new', 1)`);
    const report = await compareOne(source, target, 'rec.log');
    expect(report).toMatchObject({ missing: 2, extra: 1, different: 0 });
    expect(report.differences).toEqual(
      expect.arrayContaining([
        {
          kind: 'missing',
          key: {},
          rows: 2,
          columns: [
            { column: 'msg', source: 'm3' },
            { column: 'n', source: null },
          ],
        },
        {
          kind: 'extra',
          key: {},
          rows: 1,
          columns: [
            { column: 'msg', target: 'new' },
            { column: 'n', target: '1' },
          ],
        },
      ]),
    );
  });

  it('not held unique in the target: a row that came twice is an extra row', async () => {
    await source.run(
      'CREATE TABLE rec.copies (id int PRIMARY KEY, v int); INSERT INTO rec.copies VALUES (1, 1), (2, 2)',
    );
    await target.run('CREATE TABLE rec.copies (id int, v int); INSERT INTO rec.copies VALUES (1, 1), (2, 2), (2, 2)');
    const report = await compareOne(source, target, 'rec.copies');
    expect(report).toMatchObject({ missing: 0, extra: 1, different: 0 });
    expect(found(report)).toEqual(['extra 2']);
    expect(report.notes).toContain('no unique constraint on both sides covers the key');
  });

  it('chosen by the user', async () => {
    await onBoth(
      'CREATE TABLE rec.free (a int, b int, v text); INSERT INTO rec.free SELECT g, g % 3, g::text FROM generate_series(1, 50) g',
    );
    await target.run("UPDATE rec.free SET v = 'x' WHERE a = 9");
    expect(found(await compareOne(source, target, 'rec.free', { key: ['A'] }))).toEqual(['different 9 v']);
  });
});

describe('types', () => {
  const WIDE = `id int PRIMARY KEY, s2 int2, i8 int8, n numeric, n2 numeric(20,4), f4 real, f8 double precision, b boolean,
    t text, vc varchar(40), ch char(6), u uuid, j json, jb jsonb, by bytea, d date, tm time, tz timetz, ts timestamp, tsz timestamptz,
    iv interval, a int[], ta text[], ip inet, bt bit(5), m money, r int4range`;
  const VALUES = `
    (1, 32767, 9223372036854775807, 0.10, 12.3400, 0.1, 1e-300, true, E'emoji 😀\\nline', 'é', 'ab', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
     '{"b":1, "a":[1,2]}', '{"b":1, "a":[1,2]}', '\\x00ff', '2024-02-29', '23:59:59.999999', '12:00+02', '2024-12-31 23:59:59.999999',
     '2024-06-30 12:00:00+02', '1 day 2 hours', '{1,NULL,3}', '{a,"b,c",NULL}', '10.0.0.1/8', '10101', '12.50', '[1,5)'),
    (2, -32768, -9223372036854775808, 'NaN', -0.0001, 'NaN', 'Infinity', false, '', '', '', '00000000-0000-0000-0000-000000000000',
     '[]', 'null', '', '0044-03-15 BC', '00:00', '00:00Z', 'infinity', '-infinity', '0', '{}', '{}', '::1', '00001', '-0.01', 'empty'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL, NULL)`;

  it.each(['fast', 'md5', 'md5-128'] as const)('a wide table, by %s', async (hash) => {
    await onBoth(`CREATE TABLE rec.wide (${WIDE}); INSERT INTO rec.wide VALUES ${VALUES}`);
    expect(await compareOne(source, target, 'rec.wide', { hash })).toMatchObject({
      verdict: 'equal',
      uncompared: [],
      oneSided: [],
    });
  });

  it.each(['fast', 'md5'] as const)('a change of each column is seen, by %s', async (hash) => {
    await onBoth(`CREATE TABLE rec.wide (${WIDE}); INSERT INTO rec.wide VALUES ${VALUES}`);
    const columns = await target.run(
      "SELECT attname FROM pg_attribute WHERE attrelid = 'rec.wide'::regclass AND attnum > 1 ORDER BY attnum",
    );
    for (const [column = ''] of columns) {
      await target.run(`UPDATE rec.wide w SET ${column} = o.${column} FROM rec.wide o WHERE w.id = 1 AND o.id = 2`);
      expect(found(await compareOne(source, target, 'rec.wide', { hash })), column).toEqual([`different 1 ${column}`]);
      await target.run(`DELETE FROM rec.wide; INSERT INTO rec.wide VALUES ${VALUES}`);
    }
  });

  it('the types that a sink makes of them', async () => {
    await source.run(`CREATE TABLE rec.made (id int PRIMARY KEY, "Total" numeric, at timestamptz(3), jb jsonb, u uuid, c char(4), n int, b boolean,
        ip inet, iv interval, free numeric, m money);
      INSERT INTO rec.made VALUES (1, 1.50, '2024-01-01 10:00:00.120+02', '{"a": 1, "b": [true]}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x', 5, true,
        '::1', '1 day 2 hours', 0.1, 12.50)`);
    await target.run(`CREATE TABLE rec.made (id bigint PRIMARY KEY, total numeric(38,10), at timestamp(6), jb text, u text, c text, n numeric(10,0), b smallint,
        ip text, iv text, free double precision, m numeric(38,2));
      INSERT INTO rec.made VALUES (1, 1.5, '2024-01-01 08:00:00.12', '{"b":[true],"a":1.0}', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'x   ', 5, 1,
        '::1', 'P0Y0M1DT2H0M0S', 0.1, 12.5)`);
    const report = await compareOne(source, target, 'rec.made');
    expect(report).toMatchObject({ verdict: 'equal', uncompared: [], oneSided: [] });
    await target.run(`UPDATE rec.made SET total = 1.5000000001, jb = '{"a": 1}', b = 0`);
    expect(found(await compareOne(source, target, 'rec.made'))).toEqual(['different 1 Total jb b']);
  });

  it('a column that cannot be compared is reported, and the table is not called equal', async () => {
    await source.run(
      "CREATE TABLE rec.odd (id int PRIMARY KEY, at timestamptz); INSERT INTO rec.odd VALUES (1, '2024-01-01')",
    );
    await target.run('CREATE TABLE rec.odd (id int PRIMARY KEY, at bigint); INSERT INTO rec.odd VALUES (1, 17)');
    const report = await compareOne(source, target, 'rec.odd');
    expect(report.verdict).toBe('incomplete');
    expect(report.uncompared).toEqual([
      { column: 'at', reason: 'no common form for timestamp with time zone and bigint' },
    ]);
    expect(await compareOne(source, target, 'rec.odd', { ignore: ['at'] })).toMatchObject({
      verdict: 'equal',
      uncompared: [],
    });
  });

  it('a column of one side only is a difference, until it is ignored', async () => {
    await onBoth('CREATE TABLE rec.cols (id int PRIMARY KEY, v int); INSERT INTO rec.cols VALUES (1, 1)');
    await target.run('ALTER TABLE rec.cols ADD extra_note text');
    const report = await compareOne(source, target, 'rec.cols');
    expect(report).toMatchObject({
      verdict: 'different',
      different: 0,
      oneSided: [{ side: 'target', column: 'extra_note' }],
    });
    expect(await compareOne(source, target, 'rec.cols', { ignore: ['extra_note'] })).toMatchObject({
      verdict: 'equal',
    });
  });

  it('renamed columns and tables', async () => {
    await source.run('CREATE TABLE rec.a (id int PRIMARY KEY, qty int); INSERT INTO rec.a VALUES (1, 1), (2, 2)');
    await target.run('CREATE TABLE rec.b (id int PRIMARY KEY, quantity int); INSERT INTO rec.b VALUES (1, 1), (2, 3)');
    const report = await compareOne(source, target, 'rec.a=rec.b', { rename: { qty: 'quantity' } });
    expect(report).toMatchObject({ source: 'rec.a', target: 'rec.b', oneSided: [] });
    expect(found(report)).toEqual(['different 2 qty']);
  });

  it('9007199254740993 and its neighbour in JSON are two numbers', async () => {
    await source.run(
      `CREATE TABLE rec.big (id int PRIMARY KEY, j jsonb); INSERT INTO rec.big VALUES (1, '{"n": 9007199254740993}')`,
    );
    await target.run(
      `CREATE TABLE rec.big (id int PRIMARY KEY, j text); INSERT INTO rec.big VALUES (1, '{"n": 9007199254740992}')`,
    );
    expect(found(await compareOne(source, target, 'rec.big'))).toEqual(['different 1 j']);
  });
});

describe('odd tables', () => {
  it.each([0, 1])('of %i rows', async (rows) => {
    await onBoth(
      `CREATE TABLE rec.few (id int PRIMARY KEY); INSERT INTO rec.few SELECT g FROM generate_series(1, ${rows}) g`,
    );
    expect(await compareOne(source, target, 'rec.few')).toMatchObject({
      verdict: 'equal',
      rows: { source: rows, target: rows },
    });
    await source.run('INSERT INTO rec.few VALUES (9)');
    expect(found(await compareOne(source, target, 'rec.few'))).toEqual(['missing 9']);
  });

  it('a view', async () => {
    await onBoth(`${ORDERS}; CREATE VIEW rec.small AS SELECT id, qty FROM rec.orders WHERE id <= 100`);
    await target.run('UPDATE rec.orders SET qty = -1 WHERE id = 5');
    const report = await compareOne(source, target, 'rec.small', { key: ['id'] });
    expect(found(report)).toEqual(['different 5 qty']);
    expect(report.notes).toContain('rec.small of the target: a view: it may hide rows of its tables');
  });

  it('a partitioned table', async () => {
    await onBoth(`CREATE TABLE rec.parts (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
      CREATE TABLE rec.parts_1 PARTITION OF rec.parts FOR VALUES FROM (0) TO (1000);
      CREATE TABLE rec.parts_2 PARTITION OF rec.parts FOR VALUES FROM (1000) TO (3000);
      INSERT INTO rec.parts SELECT g, g FROM generate_series(1, 2000) g`);
    await target.run('UPDATE rec.parts SET v = 0 WHERE id = 1500');
    expect(found(await compareOne(source, target, 'rec.parts'))).toEqual(['different 1500 v']);
  });

  it('names that need quoting', async () => {
    await onBoth(`CREATE TABLE rec."Odd ""Table" ("sel ect" int PRIMARY KEY, "k1" int, "b" text, "h1" text, "s" int);
      INSERT INTO rec."Odd ""Table" VALUES (1, 2, 'x', 'y', 3), (2, 2, 'x', 'y', 3)`);
    await target.run(`UPDATE rec."Odd ""Table" SET "h1" = 'z' WHERE "sel ect" = 2`);
    expect(found(await compareOne(source, target, 'rec.odd "table'))).toEqual(['different 2 h1']);
  });

  it('a table whose statistics are wrong is scanned again in smaller buckets', async () => {
    await onBoth(`CREATE TABLE rec.stale (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = off); ANALYZE rec.stale;
      INSERT INTO rec.stale SELECT g * 46877, g FROM generate_series(1, 45000) g;
      UPDATE pg_class SET relpages = 1000, reltuples = 0 WHERE oid = 'rec.stale'::regclass`);
    await target.run('UPDATE rec.stale SET v = 0 WHERE id = 46877');
    const report = await compareOne(source, target, 'rec.stale');
    expect(found(report)).toEqual(['different 46877 v']);
    expect(report.checksum?.buckets).toBeGreaterThan(100);
  });

  it('only the rows of --where', async () => {
    await onBoth(ORDERS);
    await target.run('UPDATE rec.orders SET qty = -1 WHERE id IN (5, 50)');
    const report = await compareOne(source, target, 'rec.orders', { where: 'id > 10 AND id <= 100' });
    expect(report.rows).toEqual({ source: 90, target: 90 });
    expect(found(report)).toEqual(['different 50 qty']);
  });
});

describe('several tables', () => {
  it('a missing one is reported beside the others, with the nearest names', async () => {
    await onBoth(ORDERS);
    const report = await compare(source, target, ['rec.ordrs', 'rec.orders']);
    expect(report.verdict).toBe('failed');
    expect(report.tables.map((table) => table.verdict)).toEqual(['failed', 'equal']);
    expect(report.tables[0]?.error).toMatchObject({ code: 'TABLE_NOT_FOUND', hint: 'Nearest: rec.orders.' });
  });

  it('by pattern', async () => {
    await onBoth(
      'CREATE TABLE rec.p_one (id int PRIMARY KEY); CREATE TABLE rec.p_two (id int PRIMARY KEY); CREATE TABLE rec.other (id int)',
    );
    const report = await compare(source, target, ['rec.p_*']);
    expect(report.tables.map((table) => [table.source, table.verdict])).toEqual([
      ['rec.p_one', 'equal'],
      ['rec.p_two', 'equal'],
    ]);
  });

  it('one that cannot be read is reported, and the next one still compared', async () => {
    await onBoth(`${ORDERS}; CREATE TABLE rec.good (id int PRIMARY KEY, v int); INSERT INTO rec.good VALUES (1, 1)`);
    const report = await compare(source, target, ['rec.orders', 'rec.good'], { where: 'v > 0' });
    expect(report.tables.map((table) => [table.verdict, table.error?.code])).toEqual([
      ['failed', 'DATABASE_REJECTED'],
      ['equal', undefined],
    ]);
    // Nothing was counted of the one, and everything of the other.
    expect(report.tables.map(({ missing, extra, different }) => [missing, extra, different])).toEqual([
      [null, null, null],
      [0, 0, 0],
    ]);
  });
});
