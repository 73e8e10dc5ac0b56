import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../../src/databases/model.ts';
import { settingsOf } from '../../../../src/databases/sqlserver/connection.ts';
import { counted } from '../../../../src/databases/sqlserver/session.ts';
import { declaredType, sqlserverType } from '../../../../src/databases/sqlserver/types.ts';
import { sqlserver } from '../../../../src/reconcile/dialects/sqlserver/dialect.ts';
import { floatLiteral, textLiteral } from '../../../../src/reconcile/dialects/sqlserver/literals.ts';
import type { Form } from '../../../../src/reconcile/model.ts';

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
    // As decimal(38,20) a number of 38 digits would have no room.
    ['decimal(12,2)', { kind: 'decimal', scale: 4 }, "CONVERT(varchar(41), [c]) + '00'"],
    [
      'decimal(38,0)',
      { kind: 'decimal', scale: 20 },
      "CAST(CONVERT(varchar(41), [c]) AS varchar(max)) + '.00000000000000000000'",
    ],
    ['int', { kind: 'decimal', scale: 2 }, "CONVERT(varchar(41), [c]) + '.00'"],
    ['money', { kind: 'decimal', scale: 4 }, 'CONVERT(varchar(41), [c], 2)'],
    ['smallmoney', { kind: 'decimal', scale: 5 }, "CONVERT(varchar(41), [c], 2) + '0'"],
    ['money', { kind: 'native' }, 'CONVERT(varchar(50), [c], 2)'],
    [
      'float',
      { kind: 'float', bits: 64 },
      'LOWER(CONVERT(char(16), CAST(CAST([c] AS float(53)) + 0 AS binary(8)), 2))',
    ],
    [
      'decimal(9,2)',
      { kind: 'float', bits: 32 },
      'LOWER(CONVERT(char(16), CAST(CAST(CAST([c] AS real) AS float(53)) + 0 AS binary(8)), 2))',
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
      "TRANSLATE(LTRIM(RTRIM(CAST(CAST([c] AS nvarchar(5)) COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(8000)))), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')",
    ],
    [
      'decimal(12,4)',
      { kind: 'decimal', scale: 2, rounded: true },
      'CONVERT(varchar(41), CAST([c] AS decimal(38, 2)))',
    ],
    ['uniqueidentifier', { kind: 'uuid' }, 'LOWER(CONVERT(char(36), [c]))'],
    ['varbinary(20)', { kind: 'bytes' }, 'LOWER(CONVERT(varchar(40), [c], 2))'],
    ['varbinary(max)', { kind: 'bytes' }, 'LOWER(CONVERT(varchar(max), CAST([c] AS varbinary(max)), 2))'],
    ['image', { kind: 'bytes' }, 'LOWER(CONVERT(varchar(max), CAST([c] AS varbinary(max)), 2))'],
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
    expect(sqlserver.digests('md5').hash('x', false)).toEqual(["CAST(SUBSTRING(HASHBYTES('MD5', x), 1, 8) AS bigint)"]);
    expect(sqlserver.digests('md5').hash('x', true)[1]).toBe("CAST(SUBSTRING(HASHBYTES('MD5', x), 9, 8) AS bigint)");
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
    expect(sqlserver.digests('md5').textBucket('k', 97)).toBe(
      "(CAST(SUBSTRING(HASHBYTES('MD5', k), 1, 4) AS bigint) & CAST(4294967295 AS bigint)) / 16 % 97",
    );
    expect(sqlserver.hashBucket('h', 97)).toBe('(h & CAST(4294967295 AS bigint)) % 97');
  });
});

describe('parts in T-SQL', () => {
  const table = { schema: 'dbo', name: 'T' };
  it('bounds are taken from the index, and only integers are accepted from a file', () => {
    expect(sqlserver.keyAfter(table, 'id', undefined, 500)).toBe(
      'SELECT [id] FROM [dbo].[T] ORDER BY [id] OFFSET 500 ROWS FETCH NEXT 1 ROWS ONLY',
    );
    expect(sqlserver.keyAfter(table, 'id', '-7', 500)).toContain('WHERE [id] >= -7 ORDER BY');
    expect(sqlserver.partCondition({ by: 'key', column: 'id' }, '1', '9')).toBe('[id] >= 1 AND [id] < 9');
    expect(sqlserver.partCondition({ by: 'key', column: 'id' }, undefined, undefined)).toBeUndefined();
    expect(() => sqlserver.partCondition({ by: 'key', column: 'id' }, '1; DROP', undefined)).toThrow(SyntaxError);
    // As a decimal, the column would be converted, and the index of no use.
    expect(sqlserver.partCondition({ by: 'key', column: 'id' }, '2147483647', '5000000000')).toBe(
      '[id] >= 2147483647 AND [id] < CAST(5000000000 AS bigint)',
    );
  });
});

describe('rows are found by the text that they were compared by', () => {
  const text: Form = { kind: 'text', trim: false };
  const table = { schema: 'dbo', name: 'T]x' };
  const id = { column: column('bigint', 'id'), form: { kind: 'integer' } as Form };
  const name = { column: { ...column('nvarchar(20)', 'odd]name', true) }, form: text };
  const same = (canonical: string, marked: string) =>
    `CAST(${canonical} AS nvarchar(4000)) COLLATE Latin1_General_100_BIN2 + N'.' = ${marked}`;
  const utf8 = (quoted: string, length = 20) =>
    `CAST(CAST(${quoted} AS nvarchar(${length})) COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(8000))`;

  it('integers by the column alone, names in brackets', () => {
    expect(
      sqlserver.fetch({
        table,
        keyName: 'sluice_k',
        key: [{ ...id, match: 'native' }],
        keys: [['1'], ['2']],
        select: ['[v]'],
      }),
    ).toEqual({
      sql:
        'SELECT CONVERT(varchar(20), [id]), [v] FROM (VALUES (@p1), (@p2)) AS sluice_k(sluice_k1) JOIN [dbo].[T]]x] ' +
        'ON [T]]x].[id] = TRY_CONVERT(bigint, CAST(sluice_k.sluice_k1 AS nvarchar(4000)))',
      parameters: ['1', '2'],
    });
  });

  it('text by the column, whose collation takes several for one, and by its code points, blanks at the end too', () => {
    const key = 'CAST(sluice_k.sluice_k1 AS nvarchar(4000))';
    const { sql } = sqlserver.fetch({
      table,
      keyName: 'sluice_k',
      key: [{ ...name, match: 'native' }],
      keys: [['A']],
      select: [],
    });
    expect(/ ON (.*)$/.exec(sql)?.[1]).toBe(
      `[T]]x].[odd]]name] = TRY_CONVERT(nvarchar(20), ${key}) AND ${same(utf8('[odd]]name]'), `${key} + N'.'`)}`,
    );
  });

  it('varchar in the code page of its collation, or without the index where that is not known', () => {
    const varchar = column('varchar(20)');
    expect(sqlserver.exactly?.({ ...varchar, collation: 'Greek_CI_AS' }, text, 'Ω')).toBe(
      `[c] = TRY_CONVERT(varchar(20), (N'Ω') COLLATE Greek_CI_AS) AND ${same(utf8('[c]'), "N'Ω.'")}`,
    );
    expect(sqlserver.exactly?.(varchar, text, 'Ω')).toBe(same(utf8('[c]'), "N'Ω.'"));
    expect(sqlserver.exactly?.({ ...varchar, collation: 'x; DROP' }, text, 'a')).toBe(same(utf8('[c]'), "N'a.'"));
  });

  it('only by the texts of all rows where nothing else can tell', () => {
    const { sql } = sqlserver.fetch({
      table,
      keyName: 'sluice_k',
      key: [{ ...name, match: 'canonical' }],
      keys: [['A']],
      select: [],
    });
    expect(sql).not.toContain('TRY_CONVERT');
  });

  it('NULL by IS NULL, and locked for a repair', () => {
    const key = [
      { ...id, match: 'native' as const },
      { ...name, match: 'null' as const },
    ];
    const { sql, parameters } = sqlserver.fetch({
      table,
      keyName: 'sluice_k',
      key,
      keys: [['1', null]],
      select: [],
      lock: true,
    });
    expect(sql).toContain(
      ' AS sluice_k(sluice_k1) JOIN [dbo].[T]]x] WITH (UPDLOCK, HOLDLOCK, ROWLOCK) ON [T]]x].[id] = ',
    );
    expect(sql).toMatch(/ AND \[T\]\]x\]\.\[odd\]\]name\] IS NULL$/);
    expect(parameters).toEqual(['1']);
    expect(sqlserver.fetch({ table, keyName: 'sluice_k', key: key.slice(1), keys: [[null]], select: [] }).sql).toMatch(
      / FROM \[dbo\]\.\[T\]\]x\] WHERE \[T\]\]x\]\.\[odd\]\]name\] IS NULL$/,
    );
  });

  it('a text that no value of the column can have is not cut to one that has', () => {
    const long = `${'a'.repeat(4000)}b`;
    const key = [{ ...name, match: 'native' as const }];
    expect(sqlserver.fetch({ table, keyName: 'sluice_k', key, keys: [[long], ['a']], select: [] }).parameters).toEqual([
      'a',
    ]);
    expect(sqlserver.fetch({ table, keyName: 'sluice_k', key, keys: [[long]], select: [] })).toMatchObject({
      sql: expect.stringMatching(/ FROM \[dbo\]\.\[T\]\]x\] WHERE 1 = 0$/),
      parameters: [],
    });
    // Of (max) the whole of it is compared.
    const wide = [{ column: column('nvarchar(max)'), form: text, match: 'canonical' as const }];
    const { sql, parameters } = sqlserver.fetch({ table, keyName: 'sluice_k', key: wide, keys: [[long]], select: [] });
    expect(sql).toContain(' AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 + ');
    expect(sql).not.toContain('nvarchar(4000)');
    expect(parameters).toEqual([long]);
    const bytes = [{ column: column('varbinary(3000)'), form: { kind: 'bytes' } as Form, match: 'native' as const }];
    expect(
      sqlserver.fetch({ table, keyName: 'sluice_k', key: bytes, keys: [['00'.repeat(3000)]], select: [] }).sql,
    ).toContain('CAST(LOWER(CONVERT(varchar(6000), [c], 2)) AS nvarchar(max))');
  });

  it('a value that does not fit the column has no row, and does not fail', () => {
    for (const [type, form] of [
      ['int', { kind: 'integer' }],
      ['uniqueidentifier', { kind: 'uuid' }],
      ['decimal(9,2)', { kind: 'decimal', scale: 2 }],
      ['datetime', { kind: 'timestamp', precision: 3 }],
      ['date', { kind: 'date' }],
      ['varbinary(9)', { kind: 'bytes' }],
    ] as [string, Form][]) {
      const key = [{ column: column(type), form, match: 'native' as const }];
      const { sql } = sqlserver.fetch({ table, keyName: 'sluice_k', key, keys: [['x']], select: [] });
      expect(sql).toContain(`= TRY_CONVERT(${type}, CAST(sluice_k.sluice_k1 AS nvarchar(4000))`);
      expect(sql).not.toMatch(/(?<!TRY_)CONVERT\([a-z(),0-9]+, CAST\(k\./);
    }
  });

  it.each<[string, Form, string | null, string]>([
    ['int', { kind: 'integer' }, '5', '[c] = 5'],
    ['int', { kind: 'integer' }, null, '[c] IS NULL'],
    // A larger constant is a decimal, which outranks bigint.
    ['bigint', { kind: 'integer' }, '5000000000', '[c] = CAST(5000000000 AS bigint)'],
    ['bigint', { kind: 'integer' }, '-2147483648', '[c] = CAST(-2147483648 AS bigint)'],
    ['bigint', { kind: 'integer' }, '99999999999999999999', '1 = 0'],
    [
      'uniqueidentifier',
      { kind: 'uuid' },
      'a',
      `[c] = TRY_CONVERT(uniqueidentifier, (N'a')) AND ${same('LOWER(CONVERT(char(36), [c]))', "N'a.'")}`,
    ],
    // Trailing zero bytes do not count for = either.
    [
      'varbinary(4)',
      { kind: 'bytes' },
      '0100',
      `[c] = TRY_CONVERT(varbinary(4), (N'0100'), 2) AND ${same('LOWER(CONVERT(varchar(8), [c], 2))', "N'0100.'")}`,
    ],
    // 1.505 would be rounded to 1.51, which is another row.
    [
      'decimal(9,2)',
      { kind: 'decimal', scale: 3 },
      '1.505',
      `[c] = TRY_CONVERT(decimal(9,2), (N'1.505')) AND ${same("CONVERT(varchar(41), [c]) + '0'", "N'1.505.'")}`,
    ],
    [
      'float',
      { kind: 'float', bits: 64 },
      '3ff8000000000000',
      same('LOWER(CONVERT(char(16), CAST(CAST([c] AS float(53)) + 0 AS binary(8)), 2))', "N'3ff8000000000000.'"),
    ],
  ])('exactly %s as %o: %s', (type, form, value, expected) => {
    expect(sqlserver.exactly?.(column(type), form, value)).toBe(expected);
  });

  it('no index where the canonical text is a rounded value', () => {
    const cases: [string, Form][] = [
      ['datetime2(7)', { kind: 'timestamp', precision: 3 }],
      ['datetime2(3)', { kind: 'timestamp', precision: 3, step: 'tick' }],
      ['decimal(9,4)', { kind: 'decimal', scale: 2, rounded: true }],
      ['nvarchar(9)', { kind: 'text', trim: true }],
      ['nvarchar(9)', { kind: 'text', trim: false, ignoreCase: true }],
      ['nvarchar(max)', text],
      ['text', text],
    ];
    for (const [type, form] of cases) expect(sqlserver.exactly?.(column(type), form, 'x')).not.toContain('TRY_CONVERT');
  });

  it('passes any number of buckets in one parameter', () => {
    expect(sqlserver.among('b', [1, -2])).toEqual({
      sql: 'b IN (SELECT CAST([value] AS int) FROM OPENJSON(@p1))',
      parameters: ['[1,-2]'],
    });
  });
});

/** What the server makes of a literal of these forms. */
function meaningOf(sql: string): string {
  const hex = /^CAST\(0x([0-9a-f]*) AS nvarchar\(max\)\)$/.exec(sql);
  if (hex) return Buffer.from(hex[1] ?? '', 'hex').toString('utf16le');
  const piece = String.raw`N'(?:[^']|'')*'|NCHAR\(\d+\)|CAST\((?:N'(?:[^']|'')*'|NCHAR\(\d+\)) AS nvarchar\(max\)\)`;
  expect(sql).toMatch(new RegExp(`^(?:${piece})(?: \\+ (?:${piece}))*$`));
  return [...sql.matchAll(/N'((?:[^']|'')*)'|NCHAR\((\d+)\)/g)]
    .map(([, text, code]) =>
      code === undefined ? (text ?? '').replaceAll("''", "'") : String.fromCharCode(Number(code)),
    )
    .join('');
}

describe('literals', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('\\', '\n', '\r', "'", '$', '(', ')', 'GO', 'a', '\0', '\t', '\ud83d', '😀'),
    }),
  );

  it('a text of any characters is itself', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(meaningOf(textLiteral(text))).toBe(text);
      }),
    );
  });

  it('in one line: a backslash before the end of one would be taken out with it, and GO in a line of its own is a command', () => {
    expect(textLiteral('abc\\\ndef')).toBe("N'abc\\' + NCHAR(10) + N'def'");
    expect(textLiteral('abc\\\r\ndef')).toBe("N'abc\\' + NCHAR(13) + NCHAR(10) + N'def'");
    fc.assert(
      fc.property(any, (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
        expect(textLiteral(text)).not.toMatch(/[\0-\x08\x0a-\x1f]|\$\(/);
        expect(textLiteral(text).isWellFormed()).toBe(true);
      }),
    );
  });

  it('with no variable of sqlcmd in it', () => {
    expect(textLiteral('$(x)')).toBe("N'$' + N'(x)'");
  });

  it('longer than 8000 bytes in pieces is not cut, and of very many pieces does not nest', () => {
    const long = 'a'.repeat(4000);
    expect(textLiteral(`${long}\nb`)).toBe(`CAST(N'${long}' AS nvarchar(max)) + NCHAR(10) + N'b'`);
    const lines = 'line\n'.repeat(1000);
    expect(textLiteral(lines)).toMatch(/^CAST\(0x[0-9a-f]+ AS nvarchar\(max\)\)$/);
    expect(meaningOf(textLiteral(lines))).toBe(lines);
  });

  it('every double comes back from its text for people', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const sql = floatLiteral(String(number));
        expect(sql).toMatch(/^-?\d(\.\d+)?E[+-]\d+$/);
        expect(Number(sql)).toBe(number + 0);
      }),
      // As many digits as the bits of a double have in hexadecimal, of an integer from the other side.
      { examples: [[3250956112148985]] },
    );
  });

  it.each<[string, Form, string | null, string]>([
    ['nvarchar(9)', { kind: 'text', trim: false }, "it's 😀", "N'it''s 😀'"],
    ['varbinary(9)', { kind: 'bytes' }, '00ff', '0x00ff'],
    ['varbinary(9)', { kind: 'bytes' }, '', '0x'],
    ['int', { kind: 'integer' }, null, 'NULL'],
    ['int', { kind: 'integer' }, '-5', '-5'],
    ['decimal(38,0)', { kind: 'decimal', scale: 20 }, `${'9'.repeat(38)}.00000000000000000000`, '9'.repeat(38)],
    ['decimal(9,2)', { kind: 'decimal', scale: 2 }, '100.50', '100.5'],
    ['decimal(9,2)', { kind: 'decimal', scale: 2 }, '100', '100'],
    // What the type cannot hold is for the server to refuse, and is never a name or an expression.
    ['decimal(9,2)', { kind: 'decimal', scale: 2 }, 'NaN', "N'NaN'"],
    ['decimal(9,2)', { kind: 'decimal', scale: 2 }, '1; DROP', "N'1; DROP'"],
    ['float', { kind: 'float', bits: 64 }, '3250956112148985', '3.250956112148985E+15'],
    ['float', { kind: 'float', bits: 64 }, '1.5000000000000000e+000', '1.5E+0'],
    ['float', { kind: 'float', bits: 64 }, 'NaN', "CAST(N'NaN' AS float)"],
    ['float', { kind: 'float', bits: 64 }, 'Infinity', "CAST(N'Infinity' AS float)"],
    ['money', { kind: 'decimal', scale: 4 }, '1.2345', '1.2345'],
    [
      'datetime2(7)',
      { kind: 'timestamp', precision: 7 },
      '2024-02-29 10:00:00.1234567',
      "N'2024-02-29 10:00:00.1234567'",
    ],
    [
      'datetime',
      { kind: 'timestamp', precision: 6 },
      '2024-02-29 10:00:00.123456',
      "CONVERT(datetime, N'2024-02-29 10:00:00.123', 121)",
    ],
    [
      'smalldatetime',
      { kind: 'timestamp', precision: 6 },
      '2024-02-29 10:00:31.5',
      "CONVERT(smalldatetime, N'2024-02-29 10:01:00', 121)",
    ],
  ])('%s as %o: %s', (type, form, text, expected) => {
    expect(sqlserver.literal(column(type), form, text)).toBe(expected);
  });

  it('a script says how sqlcmd must be run', () => {
    expect(sqlserver.scriptHead[0]).toMatch(/^-- .*sqlcmd.* -x.*-f 65001/);
  });
});

describe('statements as one batch', () => {
  it('each is followed by the number of its own rows, without those of triggers', () => {
    expect(counted(['UPDATE t SET a = 1;', 'DELETE FROM t;'])).toBe(
      'UPDATE t SET a = 1;\nSELECT @@ROWCOUNT AS sluice_rows_0;\nDELETE FROM t;\nSELECT @@ROWCOUNT AS sluice_rows_1;',
    );
  });

  it('of an identity the number is taken before SET resets it', () => {
    const insert = "INSERT INTO [t] VALUES (1, N'SET IDENTITY_INSERT [t] OFF;');";
    expect(counted([`SET IDENTITY_INSERT [t] ON; ${insert} SET IDENTITY_INSERT [t] OFF;`])).toBe(
      `SET IDENTITY_INSERT [t] ON; ${insert} \nSELECT @@ROWCOUNT AS sluice_rows_0; SET IDENTITY_INSERT [t] OFF;`,
    );
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
    'jdbc:sqlserver://;serverName=db;portNumber=1444;database=shop;userName=sa;password={p@ss};trustServerCertificate=true',
  ])('%s', (url) => {
    expect(settingsOf(url, options)).toMatchObject({
      server: 'db',
      authentication: { options: { userName: 'sa', password: 'p@ss' } },
      options: { port: 1444, database: 'shop', encrypt: true, trustServerCertificate: true, readOnlyIntent: true },
    });
  });

  it.each<[string, boolean | 'strict']>([
    ['', true],
    ['?encrypt=true', true],
    ['?encrypt=mandatory', true],
    ['?encrypt=Strict', 'strict'],
    ['?encrypt=false', false],
    ['?encrypt=optional', false],
  ])('encrypts by the word that it is given: %s', (query, expected) => {
    expect(settingsOf(`mssql://db/shop${query}`, options).options.encrypt).toBe(expected);
  });

  it('asks for the port of a named instance, unless it has one', () => {
    const named = settingsOf('jdbc:sqlserver://db\\inst;databaseName=x', options).options;
    expect([named.port, named.instanceName]).toEqual([undefined, 'inst']);
    const both = settingsOf('jdbc:sqlserver://db\\inst:7;databaseName=x', options).options;
    expect([both.port, both.instanceName]).toEqual([7, undefined]);
  });

  it('an IPv6 address has no brackets', () => {
    expect(settingsOf('mssql://sa:p@[::1]:1/x', options)).toMatchObject({ server: '::1', options: { port: 1 } });
  });

  it('asks for the primary only where it writes, and runs nothing behind a statement that failed', () => {
    expect(settingsOf('mssql://db/shop', { ...options, write: true }).options).toMatchObject({
      readOnlyIntent: false,
      abortTransactionOnError: true,
    });
  });

  it('the older types hold steps', () => {
    expect(sqlserverType('smalldatetime', 0)).toMatchObject({ step: 'minute' });
    expect(sqlserverType('datetime', 3)).toMatchObject({ precision: 3, step: 'tick' });
  });
});
