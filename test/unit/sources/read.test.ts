import { describe, expect, it, vi } from 'vitest';
import type { Targets } from '../../../src/config/targets.ts';
import type { ConnectorOffset } from '../../../src/connect/types.ts';
import type { Cells } from '../../../src/databases/model.ts';
import type { Session } from '../../../src/databases/session.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { SourceReader } from '../../../src/sources/read.ts';

const postgres = {
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'database.hostname': 'pg',
  'database.dbname': 'shop',
  'database.user': 'cdc',
  'database.password': 'x',
  'slot.name': 'orders',
  'topic.prefix': 'shop',
};
const mysql = {
  ...postgres,
  'connector.class': 'io.debezium.connector.mysql.MySqlConnector',
  'database.hostname': 'my',
};
/** active, confirmed, end, behind, retained, status, inactive since, safe */
const SLOT: Cells = ['true', '0/10', '0/20', '16', '4096', 'reserved', null, '1024'];

function reader(answer: (sql: string) => Cells[], offsets: () => Promise<ConnectorOffset[]> = async () => []) {
  const asked = vi.fn(offsets);
  const pool = {
    use: async (_endpoint: unknown, read: (session: Session) => Promise<unknown>) =>
      read({
        server: { major: 18, database: 'shop', product: 'PostgreSQL' },
        query: async (statement: string | { sql: string }) =>
          answer(typeof statement === 'string' ? statement : statement.sql),
      } as unknown as Session),
  };
  const targets = { project: async () => undefined } as unknown as Targets;
  const ports = { pool: pool as never, targets, offsets: asked, signal: new AbortController().signal };
  return { read: new SourceReader(ports).read, asked };
}

async function one(config: Record<string, string>, ...given: Parameters<typeof reader>) {
  const { read, asked } = reader(...given);
  const reading = (await read([{ name: 'source', config }])).get('source');
  return { reading, asked: asked.mock.calls.length };
}

describe('SourceReader', () => {
  it('asks PostgreSQL for the slot, and Connect for nothing while it is read', async () => {
    const { reading, asked } = await one(postgres, (sql) => (sql.includes('pg_replication_slots') ? [SLOT] : [['1']]));
    expect(reading).toMatchObject({
      reason: null,
      logs: [
        {
          ...{ database: 'pg:5432/shop', log: 'the slot orders', exists: true, active: true, status: 'reserved' },
          ...{ behindBytes: 16, retainedBytes: 4096, safeBytes: 1024, snapshot: null, unknown: null, error: null },
        },
      ],
    });
    expect(asked).toBe(0);
  });

  it.each<[string, Cells[], ConnectorOffset[], string]>([
    [
      'nobody reads it, and the source reads the log',
      [['false', ...SLOT.slice(1)]],
      [{ partition: {}, offset: { lsn: 1 } }],
      'done',
    ],
    [
      'nobody reads it before the snapshot ends',
      [['false', ...SLOT.slice(1)]],
      [{ partition: {}, offset: { snapshot: 'INITIAL' } }],
      'running',
    ],
    ['it does not exist, and nothing was committed', [], [], 'none'],
  ])('asks Connect how far the snapshot is where %s', async (_what, slots, offsets, snapshot) => {
    const { reading } = await one(
      postgres,
      (sql) => (sql.includes('pg_replication_slots') ? slots : [['1']]),
      async () => offsets,
    );
    expect(reading?.logs).toMatchObject([{ snapshot }]);
  });

  it('counts bytes and files of a binary log from what Connect has committed', async () => {
    const files = [
      ['bin.7', '500'],
      ['bin.8', '300'],
    ];
    const offset = { partition: {}, offset: { file: 'bin.7', pos: 100 } };
    const { reading, asked } = await one(
      mysql,
      () => files,
      async () => [offset],
    );
    expect(reading?.logs).toMatchObject([{ log: 'the binary log', behindBytes: 700, behindFiles: 1, unknown: null }]);
    expect(asked).toBe(1);
  });

  it('says why a position is not known: offsets that cannot be read, a database that does not answer, none named', async () => {
    const old = async () => Promise.reject(new SluiceError('CONNECT_UNSUPPORTED', 'Connect 3.4 cannot'));
    const { reading } = await one(mysql, () => [['bin.7', '500']], old);
    expect(reading?.logs).toMatchObject([
      { behindBytes: null, unknown: 'the offsets of the connector could not be read' },
    ]);
    const away = await one(postgres, () => {
      throw new SluiceError('DATABASE_UNREACHABLE', 'no answer from pg:5432');
    });
    expect(away.reading?.logs).toMatchObject([
      { exists: null, unknown: 'no answer from pg:5432', error: { code: 'DATABASE_UNREACHABLE' } },
    ]);
    const hidden = await one({ ...postgres, 'database.password': '${file:/secrets:password}' }, () => []);
    expect(hidden.reading).toMatchObject({
      logs: [],
      reason: expect.stringContaining('database.password is filled in'),
    });
  });

  it('asks a database that does not answer once for all of its sources, and again the next time', async () => {
    const ask = vi.fn((): Cells[] => {
      throw new SluiceError('DATABASE_UNREACHABLE', 'no answer');
    });
    const { read } = reader(ask);
    const sources = Array.from({ length: 20 }, (_, index) => ({ name: `s${index}`, config: postgres }));
    const found = await read(sources);
    expect([...found.values()].every(({ logs }) => logs[0]?.unknown === 'no answer')).toBe(true);
    const asked = ask.mock.calls.length;
    // Those that were asked at the same time.
    expect(asked).toBeLessThanOrEqual(8);
    await read(sources);
    expect(ask.mock.calls.length).toBeGreaterThan(asked);
  });

  it('leaves out what is no Debezium source', async () => {
    const { reading } = await one({ 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector' }, () => []);
    expect(reading).toBeUndefined();
  });
});
