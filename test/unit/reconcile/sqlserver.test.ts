import { describe, expect, it } from 'vitest';
import { sqlserver } from '../../../src/reconcile/dialects/sqlserver.ts';
import { declaredType, settingsOf, sqlserverType } from '../../../src/reconcile/dialects/sqlserver-session.ts';
import type { Column, Form } from '../../../src/reconcile/model.ts';

/** There is no SQL Server on a developer's machine: its SQL is held by these texts, and by the tests that want one. */
function column(nativeType: string, name = 'c', nullable = false): Column {
  const [, type = '', scale] = /^(\w+)(?:\((?:\d+,)?(\w+)\))?$/.exec(nativeType) ?? [];
  return {
    name,
    nativeType,
    nullable,
    generated: false,
    identity: false,
    type: sqlserverType(type, Number(scale ?? 0)),
  };
}

describe('canonical text in T-SQL', () => {
  it.each<[string, Form, string]>([
    ['bigint', { kind: 'integer' }, 'CONVERT(varchar(20), [c])'],
    ['bit', { kind: 'integer' }, 'CONVERT(varchar(20), [c])'],
    ['decimal(12,2)', { kind: 'decimal', scale: 2 }, 'CONVERT(varchar(41), [c])'],
    ['decimal(12,2)', { kind: 'decimal', scale: 4 }, 'CONVERT(varchar(41), CAST([c] AS decimal(38, 4)))'],
    ['money', { kind: 'decimal', scale: 4 }, 'CONVERT(varchar(41), CAST([c] AS decimal(38, 4)))'],
    [
      'float',
      { kind: 'float', bits: 64 },
      'LOWER(CONVERT(char(16), CAST(CAST([c] AS float(53)) + 0 AS binary(8)), 2))',
    ],
    [
      'nvarchar(100)',
      { kind: 'text', trim: false },
      'CAST(CAST([c] AS nvarchar(100)) COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(8000))',
    ],
    [
      'nvarchar(max)',
      { kind: 'text', trim: false },
      'CAST(CAST([c] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(max))',
    ],
    [
      'nchar(5)',
      { kind: 'text', trim: true },
      'RTRIM(CAST(CAST([c] AS nvarchar(5)) COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(8000)))',
    ],
    [
      'nvarchar(5)',
      { kind: 'text', trim: 'both', ignoreCase: true },
      'LOWER(LTRIM(RTRIM(CAST(CAST([c] AS nvarchar(5)) COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(8000)))))',
    ],
    [
      'decimal(12,4)',
      { kind: 'decimal', scale: 2, rounded: true },
      'CONVERT(varchar(41), CAST([c] AS decimal(38, 2)))',
    ],
    ['uniqueidentifier', { kind: 'uuid' }, 'LOWER(CONVERT(char(36), [c]))'],
    ['varbinary(20)', { kind: 'bytes' }, 'LOWER(CONVERT(varchar(max), CAST([c] AS varbinary(max)), 2))'],
    ['date', { kind: 'date' }, 'CONVERT(varchar(10), [c], 23)'],
  ])('%s as %o', (nativeType, form, expected) => {
    expect(sqlserver.canonical(column(nativeType), form)).toBe(expected);
  });

  it('a zoned timestamp is moved to UTC, rounded to what the target holds, its trailing zeros cut', () => {
    const sql = sqlserver.canonical(column('datetimeoffset(7)'), { kind: 'timestamp', precision: 6 });
    const full = "CONVERT(char(27), CAST(CAST(SWITCHOFFSET([c], '+00:00') AS datetime2(6)) AS datetime2(7)), 121)";
    const digits = `REPLACE(RTRIM(REPLACE(RIGHT(${full}, 7), '0', ' ')), ' ', '0')`;
    expect(sql).toBe(`LEFT(${full}, 19) + CASE WHEN ${digits} = '' THEN '' ELSE '.' + ${digits} END`);
  });

  it('never by FORMAT()', () => {
    for (const type of ['datetime', 'datetime2(3)', 'time(7)', 'money', 'float', 'date']) {
      const form: Form = type.startsWith('time')
        ? { kind: 'time', zone: false, precision: 6 }
        : { kind: 'timestamp', precision: 6 };
      expect(sqlserver.canonical(column(type), form)).not.toMatch(/FORMAT\s*\(/i);
    }
  });
});

describe('hashes in T-SQL', () => {
  it('the first eight bytes of an MD5, with no hex between', () => {
    expect(sqlserver.hash('x', false)).toEqual(["CAST(SUBSTRING(HASHBYTES('MD5', x), 1, 8) AS bigint)"]);
    expect(sqlserver.hash('x', true)[1]).toBe("CAST(SUBSTRING(HASHBYTES('MD5', x), 9, 8) AS bigint)");
  });

  it('sums halves, which together are the sum modulo 2^64', () => {
    const low = 'CAST(4294967295 AS bigint)';
    expect(sqlserver.sum('h')).toEqual([`SUM((h - (h & ${low})) / CAST(4294967296 AS bigint))`, `SUM(h & ${low})`]);
    const hashes = [-1n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n, 12_345_678_901n, -4_294_967_296n];
    const lows = hashes.map((hash) => hash & 0xffff_ffffn);
    const highs = hashes.map((hash, index) => (hash - (lows[index] ?? 0n)) / 4_294_967_296n);
    const sum = (list: bigint[]) => list.reduce((a, b) => a + b, 0n);
    expect(sqlserver.sumOf([String(sum(highs)), String(sum(lows))])).toBe(BigInt.asUintN(64, sum(hashes)));
  });

  it('a row is one text with lengths before free text and nothing for NULL, and cannot be cut at 8000 bytes', () => {
    expect(
      sqlserver.rowText([
        { sql: 'a', free: false },
        { sql: 'b', free: true },
        { sql: 'c', free: false },
      ]),
    ).toBe("CONCAT(CAST(a AS varchar(max)), ',', CONVERT(varchar(20), DATALENGTH(b)), ',', b, c)");
  });

  it('values other than free text are too short to be cut', () => {
    expect(sqlserver.rowText([{ sql: 'a', free: false }])).toBe("ISNULL(a, '')");
    expect(sqlserver.rowText(['a', 'b'].map((sql) => ({ sql, free: false })))).toBe("CONCAT(a, ',', b)");
  });

  it('wide rows stay below the 254 arguments of CONCAT, and each of its texts may be long', () => {
    const sql = sqlserver.rowText(Array.from({ length: 900 }, (_, index) => ({ sql: `c${index}`, free: index > 300 })));
    const groups = sql.split('CONCAT(').slice(1);
    expect(groups.length).toBeGreaterThan(10);
    for (const group of groups) expect(group.replaceAll('(20), ', '').split(', ').length).toBeLessThanOrEqual(254);
    expect(sql.split('CONCAT(CAST(').length).toBe(groups.length + 1);
  });

  it('buckets of integer keys, of texts and of hashes', () => {
    expect(sqlserver.integerBucket(['[id]'], 97)).toBe('CAST(([id]) % 97 AS bigint)');
    expect(sqlserver.textBucket('k', 97)).toBe(
      "(CAST(SUBSTRING(HASHBYTES('MD5', k), 1, 4) AS bigint) & CAST(4294967295 AS bigint)) / 16 % 97",
    );
    expect(sqlserver.hashBucket('h', 97)).toBe('(h & CAST(4294967295 AS bigint)) % 97');
  });
});

describe('parts in T-SQL', () => {
  const table = { schema: 'dbo', name: 'T' };
  it('bounds are taken from the index, and are integers whatever a file says', () => {
    expect(sqlserver.keyAfter(table, 'id', undefined, 500)).toBe(
      'SELECT [id] FROM [dbo].[T] ORDER BY [id] OFFSET 500 ROWS FETCH NEXT 1 ROWS ONLY',
    );
    expect(sqlserver.keyAfter(table, 'id', '-7', 500)).toContain('WHERE [id] >= -7 ORDER BY');
    expect(sqlserver.partCondition({ by: 'key', column: 'id' }, '1', '9')).toBe('[id] >= 1 AND [id] < 9');
    expect(sqlserver.partCondition({ by: 'key', column: 'id' }, undefined, undefined)).toBeUndefined();
    expect(() => sqlserver.partCondition({ by: 'key', column: 'id' }, '1; DROP', undefined)).toThrow(SyntaxError);
  });
});

describe('statements in T-SQL', () => {
  const key = [
    { column: column('bigint', 'id'), form: { kind: 'integer' } as Form },
    { column: column('nvarchar(20)', 'odd]name', true), form: { kind: 'text', trim: false } as Form },
  ];

  it('fetches rows by parameters, names in brackets', () => {
    const statement = sqlserver.fetch({
      table: { schema: 'dbo', name: 'T]x' },
      key: key.slice(0, 1),
      keys: [['1'], ['2']],
      select: ['[v]'],
    });
    expect(statement).toEqual({
      sql:
        'SELECT CONVERT(varchar(20), [id]), [v] FROM (VALUES (@p1), (@p2)) AS k(sluice_k1) JOIN [dbo].[T]]x] AS t ' +
        'ON t.[id] = CONVERT(bigint, k.sluice_k1)',
      parameters: ['1', '2'],
    });
  });

  it('locks for a repair, and takes NULL for equal to NULL in a key that may be NULL', () => {
    const { sql, parameters } = sqlserver.fetch({
      table: { schema: 'dbo', name: 't' },
      key,
      keys: [['1', null]],
      select: [],
      lock: true,
    });
    expect(sql).toContain(' AS t WITH (UPDLOCK, HOLDLOCK, ROWLOCK) ON ');
    expect(sql).toContain(
      '(t.[odd]]name] = CONVERT(nvarchar(20), k.sluice_k2) OR (t.[odd]]name] IS NULL AND k.sluice_k2 IS NULL))',
    );
    expect(parameters).toEqual(['1', null]);
  });

  it('passes any number of buckets in one parameter', () => {
    expect(sqlserver.among('b', [1, -2])).toEqual({
      sql: 'b IN (SELECT CAST([value] AS int) FROM OPENJSON(@p1))',
      parameters: ['[1,-2]'],
    });
  });

  it('literals', () => {
    expect(sqlserver.literal(column('nvarchar(9)'), { kind: 'text', trim: false }, "it's 😀")).toBe("N'it''s 😀'");
    expect(sqlserver.literal(column('varbinary(9)'), { kind: 'bytes' }, '00ff')).toBe('0x00ff');
    expect(sqlserver.literal(column('int'), { kind: 'integer' }, null)).toBe('NULL');
  });
});

describe('types and addresses', () => {
  it.each([
    ['nvarchar', 200, 0, 0, 'nvarchar(100)'],
    ['varchar', -1, 0, 0, 'varchar(max)'],
    ['decimal', 9, 12, 2, 'decimal(12,2)'],
    ['datetime2', 8, 27, 7, 'datetime2(7)'],
    ['int', 4, 10, 0, 'int'],
  ])('%s of %i bytes', (type, bytes, precision, scale, expected) => {
    expect(declaredType(type, bytes, precision, scale)).toBe(expected);
  });

  const options = { statementTimeout: 0, connectTimeout: 1000 };

  it.each([
    'sqlserver://sa:p%40ss@db:1444/shop?trustServerCertificate=true',
    'jdbc:sqlserver://db:1444;databaseName=shop;user=sa;password=p@ss;trustServerCertificate=true',
  ])('%s', (url) => {
    expect(settingsOf(url, options)).toMatchObject({
      server: 'db',
      port: 1444,
      user: 'sa',
      password: 'p@ss',
      database: 'shop',
      options: { encrypt: true, trustServerCertificate: true, readOnlyIntent: true },
    });
  });

  it('asks for the primary only where it writes', () => {
    expect(settingsOf('mssql://db/shop', { ...options, write: true }).options?.readOnlyIntent).toBe(false);
  });
});
