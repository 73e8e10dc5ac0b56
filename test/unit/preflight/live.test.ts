import { describe, expect, it } from 'vitest';
import type { ConnectorOffset } from '../../../src/connect/types.ts';
import type { Cells, EngineName, Statement } from '../../../src/databases/model.ts';
import type { Session } from '../../../src/databases/session.ts';
import { ENGINE_CHECKS } from '../../../src/preflight/engines.ts';
import { placeInFiles } from '../../../src/preflight/mysql/live.ts';
import { unpublishedOperations } from '../../../src/preflight/postgres/live.ts';
import { lsnText } from '../../../src/preflight/sqlserver/live.ts';
import { shapedTables } from '../../../src/preflight/table-shapes.ts';

/*
 * What doctor asks each engine, and what it makes of answers of all kinds, against test/fixtures/golden. Whether servers
 * understand it is tested on servers: test/integration/doctor*.test.ts.
 */
const SERVERS: readonly [name: string, EngineName, product: string, major: number][] = [
  ['postgres', 'postgresql', 'PostgreSQL', 18],
  ['postgres-12', 'postgresql', 'PostgreSQL', 12],
  ['mariadb', 'mysql', 'MariaDB', 11],
  ['mysql', 'mysql', 'MySQL', 9],
  ['sqlserver', 'sqlserver', 'SQL Server', 16],
];
const ANSWERS: Readonly<Record<string, Cells[]>> = {
  nothing: [],
  ones: [Array.from({ length: 12 }, () => '1')],
  nulls: [Array.from({ length: 12 }, () => null)],
};
const CONFIG = {
  'table.include.list': '1.1,s.orders',
  'slot.name': 's',
  'plugin.name': 'pgoutput',
  'publication.name': 'p',
};

describe.each(SERVERS)('doctor asks %s', (name, engine, product, major) => {
  it('the same, and takes the same from it', async () => {
    const { live } = ENGINE_CHECKS[engine];
    const lines = [live.clock];
    for (const [kind, answer] of Object.entries(ANSWERS)) {
      const asked: string[] = [];
      const session = {
        engine,
        server: { product, version: '', major, database: 'shop', schemas: ['public'] },
        async query(statement: Statement | string) {
          const { sql, parameters } = typeof statement === 'string' ? { sql: statement, parameters: [] } : statement;
          asked.push(parameters.length === 0 ? sql : `${sql} <- ${JSON.stringify(parameters)}`);
          return answer;
        },
      } as unknown as Session;
      const tables = [{ schema: 's', name: 'a"b\\' }, { name: 'orders' }];
      const found = {
        log: await live.log(session, CONFIG, []),
        unpublished: await live.unpublished(session, CONFIG),
        retained: await live.retainedLogs(session),
        waits: await live.lockWaits(session, 'sink'),
        shapes: await live.shapes(session),
        writes: await live.writes(session, tables),
      };
      lines.push('', `-- every answer: ${kind}`, ...asked.filter((line) => !lines.includes(line)));
      lines.push(`-- => ${JSON.stringify(found)}`);
    }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../fixtures/golden/doctor.${name}.sql`);
  });
});

it('rows of a catalog are tables, with their key in its own order', () => {
  const rows: Cells[] = [
    ['s', 'a', 'id', 'int', '0', '1', '2'],
    ['s', 'a', 'at', 'date', '0', '0', '1'],
    ['s', 'a', 'v', 'text', '1', '0', null],
    ['s', 'b', 'v', 'text', '1', '0', null],
  ];
  expect(shapedTables(rows)).toEqual([
    {
      schema: 's',
      name: 'a',
      columns: [
        { name: 'id', type: 'int', nullable: false, defaulted: true },
        { name: 'at', type: 'date', nullable: false, defaulted: false },
        { name: 'v', type: 'text', nullable: true, defaulted: false },
      ],
      primaryKey: ['at', 'id'],
    },
    {
      schema: 's',
      name: 'b',
      columns: [{ name: 'v', type: 'text', nullable: true, defaulted: false }],
      primaryKey: [],
    },
  ]);
});

it('PostgreSQL says that a slot is still being created, which waits for open transactions', async () => {
  const session = {
    server: { major: 18 },
    query: async () => [['true', null, '0/2', null, '100', 'reserved', null]],
  } as unknown as Session;
  const { broken, statement } = await ENGINE_CHECKS.postgresql.live.log(session, CONFIG, []);
  expect(broken).toContain('the server still creates the slot s');
  expect(statement).toContain('pg_stat_activity');
});

it.each([
  ['all of them', {}, ['true', 'true', 'true', 'true'], []],
  ['inserts only', {}, ['true', 'false', 'false', 'false'], ['updates', 'deletes']],
  ['no truncations, which are skipped by default', {}, ['true', 'true', 'true', 'false'], []],
  [
    'no truncations, and nothing is skipped',
    { 'skipped.operations': 'none' },
    ['true', 'true', 'true', 'false'],
    ['truncations'],
  ],
  ['no deletes, which are skipped', { 'skipped.operations': 'd, t' }, ['true', 'true', 'false', 'false'], []],
  ['nothing that is known', {}, [null, null, null, null], []],
] as const)('a publication publishes %s', (_what, config, published, missing) => {
  expect(unpublishedOperations(config, published)).toEqual(missing);
});

describe('the place of a source in the files of a binary log', () => {
  const files = [
    { name: 'bin.000007', bytes: 500 },
    { name: 'bin.000008', bytes: 300 },
  ];
  const offset = (more: object): ConnectorOffset[] => [{ partition: { server: 'p' }, offset: { ...more } }];
  it.each<[string, ConnectorOffset[] | undefined, object]>([
    [
      'is at the end',
      offset({ file: 'bin.000008', pos: 300 }),
      { position: 'bin.000008:300', behind: 0, broken: null },
    ],
    ['is in an earlier file', offset({ file: 'bin.000007', pos: 100 }), { behind: 700, broken: null, unknown: null }],
    [
      'was purged',
      offset({ file: 'bin.000006', pos: 4 }),
      { broken: expect.stringContaining('purged the file bin.000006') },
    ],
    [
      'may be found by its GTIDs',
      offset({ file: 'other.000006', pos: 4, gtids: '0-1-5' }),
      { broken: null, unknown: expect.stringContaining('GTIDs') },
    ],
    ['is not committed yet', [], { position: null, unknown: expect.stringContaining('no offset') }],
    ['was reset', [{ partition: {}, offset: null }], { position: null, unknown: expect.stringContaining('no offset') }],
    ['could not be read', undefined, { position: null, unknown: expect.stringContaining('could not be read') }],
  ])('%s', (_what, offsets, expected) => {
    expect(placeInFiles(files, offsets)).toMatchObject({ end: 'bin.000008:300', ...expected });
  });
});

it.each([
  ['0x00000025000004480003', '00000025:00000448:0003'],
  ['0x0000002A0000044800AF', '0000002a:00000448:00af'],
  [null, null],
  ['0x25', null],
])('SQL Server’s LSN %s is Debezium’s %s', (lsn, text) => expect(lsnText(lsn)).toBe(text));
