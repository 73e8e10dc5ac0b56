import { describe, expect, it } from 'vitest';
import type { Cells, Statement } from '../../../../src/databases/model.ts';
import { describe as describeTable, references } from '../../../../src/databases/sqlserver/catalog.ts';
import { SluiceError } from '../../../../src/errors/error.ts';

interface Catalog {
  kind?: string;
  columns?: (string | null)[][];
  keys?: string[][];
  policy?: string;
  seesPolicies?: boolean;
  /** Names that the server does not have. */
  unknown?: RegExp;
}

/** What the catalog views would answer. */
function catalog(given: Catalog) {
  const asked: Statement[] = [];
  const query = async (statement: Statement | string): Promise<Cells[]> => {
    const full = typeof statement === 'string' ? { sql: statement, parameters: [] } : statement;
    asked.push(full);
    const { sql } = full;
    if (given.unknown?.test(sql))
      throw new SluiceError('DATABASE_REJECTED', 'Invalid name', { details: { code: '207' } });
    if (sql.includes('FROM sys.objects')) return [['dbo', 'orders', given.kind ?? 'table', '77', '1', '9']];
    if (sql.includes('sys.security_predicates')) return given.policy === undefined ? [] : [[given.policy]];
    if (sql.includes('VIEW DEFINITION')) return [[given.seesPolicies === false ? '0' : '1']];
    if (sql.includes('sys.indexes')) return given.keys ?? [['pk', '1', 'id']];
    if (sql.includes('FROM sys.columns')) {
      // Fewer are asked for where the server does not know the rest.
      const width = sql.includes('is_masked') ? 14 : 10;
      return (given.columns ?? [column('id', 'int')]).map((row) => row.slice(0, width));
    }
    return [];
  };
  return { asked, query, read: () => describeTable(query, { name: 'orders' }, 'shop') };
}

interface Facts {
  bytes?: number;
  collation?: string | null;
  identity?: string;
  initial?: string;
  always?: string;
  graph?: string;
  encryption?: string;
  masked?: string;
}

function column(name: string, type: string, facts: Facts = {}): (string | null)[] {
  const {
    bytes = 4,
    collation = null,
    identity = '0',
    initial = '0',
    always = '0',
    graph = '0',
    encryption = '0',
    masked = '0',
  } = facts;
  return [
    name,
    type,
    String(bytes),
    '10',
    '0',
    '1',
    '0',
    identity,
    collation,
    initial,
    always,
    graph,
    encryption,
    masked,
  ];
}

describe('a table of SQL Server', () => {
  it('has columns with lengths in characters, and the collations that comparisons use', async () => {
    const { columns } = await catalog({
      columns: [
        column('id', 'int'),
        column('n', 'nvarchar', { bytes: 40, collation: 'Latin1_General_CI_AS' }),
        column('v', 'varchar', { bytes: -1, collation: 'Greek_CI_AS' }),
        column('b', 'varbinary', { bytes: 7 }),
      ],
    }).read();
    expect(columns.map(({ name, nativeType, length, collation }) => [name, nativeType, length, collation])).toEqual([
      ['id', 'int', undefined, undefined],
      ['n', 'nvarchar(20)', 20, 'Latin1_General_CI_AS'],
      ['v', 'varchar(max)', undefined, 'Greek_CI_AS'],
      ['b', 'varbinary(7)', 7, undefined],
    ]);
  });

  it('knows which columns have a default', async () => {
    const { columns } = await catalog({ columns: [column('a', 'int', { initial: '901' }), column('b', 'int')] }).read();
    expect(columns.map(({ defaulted }) => defaulted)).toEqual([true, undefined]);
  });

  it('reads the base of an alias type, at any depth, which is what the server itself keeps', async () => {
    const { asked, read } = catalog({});
    await read();
    expect(
      asked.some(({ sql }) => sql.includes('COALESCE(TYPE_NAME(c.system_type_id), TYPE_NAME(c.user_type_id))')),
    ).toBe(true);
  });

  it('does not let a repair write what the server writes itself', async () => {
    const { columns } = await catalog({
      columns: [
        column('since', 'datetime2', { always: '1' }),
        column('until', 'datetime2', { always: '2' }),
        column('ledger', 'bigint', { always: '7' }),
        column('version', 'timestamp'),
        column('n', 'int', { identity: '1' }),
      ],
    }).read();
    expect(columns.map(({ name, generated, identity }) => [name, generated, identity])).toEqual([
      ['since', true, false],
      ['until', true, false],
      ['ledger', true, false],
      ['version', true, false],
      ['n', false, true],
    ]);
  });

  it.each<[string, Facts, RegExp]>([
    ['masked', { masked: '1' }, /masked.*UNMASK/],
    ['encrypted', { encryption: '1' }, /Always Encrypted/],
    ['of a graph', { graph: '2' }, /graph/],
  ])('does not compare what the session is not shown: a column %s', async (_what, facts, reason) => {
    const { columns } = await catalog({ columns: [column('c', 'nvarchar', facts)] }).read();
    expect(columns[0]?.type).toEqual({ family: 'opaque', reason: expect.stringMatching(reason) });
  });

  it('leaves out the columns of a graph that cannot be selected', async () => {
    const { columns } = await catalog({
      columns: [column('graph_id', 'bigint', { graph: '1' }), column('id', 'int')],
    }).read();
    expect(columns.map(({ name }) => name)).toEqual(['id']);
  });

  it.each([
    'table',
    'view',
    'system-versioned table',
    'history table',
    'foreign table',
    'memory-optimized table',
    'graph table',
  ])('says that it is a %s', async (kind) => {
    const table = await catalog({ kind }).read();
    expect(table.kind).toBe(kind);
    // Each part of a memory-optimized table would show another moment.
    expect(table.splitting).toEqual(kind === 'memory-optimized table' ? undefined : { by: 'key', column: 'id' });
  });

  it('is read without the views that a server does not have', async () => {
    const { columns, kind } = await catalog({ unknown: /is_masked|is_external|security_predicates/ }).read();
    expect([kind, columns[0]?.name]).toEqual(['table', 'id']);
    await expect(catalog({ unknown: /sys\.columns/ }).read()).rejects.toMatchObject({ code: 'DATABASE_REJECTED' });
  });

  it('is refused by name where a security policy may hide its rows', async () => {
    await expect(catalog({ policy: 'sec.tenants' }).read()).rejects.toMatchObject({
      code: 'ROWS_HIDDEN',
      message: 'shop: the security policy sec.tenants may hide rows of dbo.orders',
      exitCode: 13,
    });
  });

  it('has a note where the user may not see whether there is one', async () => {
    expect((await catalog({ seesPolicies: false }).read()).note).toMatch(/security policy.*VIEW DEFINITION/);
    expect((await catalog({}).read()).note).toBeUndefined();
  });
});

describe('foreign keys of SQL Server', () => {
  it('are put together of their columns, with what the server does by itself', async () => {
    const rows = [
      ['1', 'dbo', 'line', 'order', 'dbo', 'orders', 'id', '0', '0'],
      ['2', 'dbo', 'note', 'a', 'dbo', 'orders', 'x', '1', '2'],
      ['2', 'dbo', 'note', 'b', 'dbo', 'orders', 'y', '1', '2'],
    ];
    const asked: Statement[] = [];
    const orders = { schema: 'dbo', name: 'orders' };
    const read = (sees: string) =>
      references(
        async (statement) => {
          if (typeof statement === 'string') return [[sees]];
          asked.push(statement);
          return rows;
        },
        orders,
        '[dbo].[orders]',
      );
    // Without a right on all tables there may be others.
    expect(await read('0')).toMatchObject([{}, {}, { unseen: true, parent: orders, onDelete: 'act' }]);
    expect(await read('1')).toEqual([
      {
        child: { schema: 'dbo', name: 'line' },
        childColumns: ['order'],
        parent: { schema: 'dbo', name: 'orders' },
        parentColumns: ['id'],
        onDelete: 'refuse',
        onUpdate: 'refuse',
      },
      {
        child: { schema: 'dbo', name: 'note' },
        childColumns: ['a', 'b'],
        parent: { schema: 'dbo', name: 'orders' },
        parentColumns: ['x', 'y'],
        onDelete: 'act',
        onUpdate: 'act',
      },
    ]);
    expect(asked[0]).toMatchObject({
      parameters: ['[dbo].[orders]'],
      sql: expect.stringContaining('f.is_disabled = 0'),
    });
  });
});
