import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { certificateEnd } from '../../src/connect/certificate.ts';
import { ENGINES } from '../../src/databases/engines.ts';
import { openSession } from '../../src/databases/open.ts';
import type { Session } from '../../src/databases/session.ts';
import { SluiceError } from '../../src/errors/error.ts';
import { type TestDatabase, useMariadb, usePostgres } from '../helpers/databases.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { tdsServer } from '../helpers/tds-server.ts';

/** What is interrupted would take this long: a test of it times out unless it ends before. */
const HOUR = 3600;

/** The built binary, which is sent a signal once `started` is true. */
async function interrupted(
  args: readonly string[],
  started: () => Promise<boolean>,
  signal: NodeJS.Signals = 'SIGINT',
) {
  const child = spawn(process.execPath, [packagePath('bin', 'run.js'), 'reconcile', ...args], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close');
  await until(started, () => `it never came to that; it said:\n${output}`);
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return { code, output };
}

async function until(met: () => Promise<boolean> | boolean, otherwise: () => string, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await met())) {
    if (Date.now() > deadline) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('an interruption of a comparison', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');
  const mariadb = useMariadb();

  beforeAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side.run('DROP TABLE IF EXISTS rec_slow, rec_slow_too');
      await side.run('CREATE TABLE rec_slow (id bigint PRIMARY KEY, v int)');
      await side.run('INSERT INTO rec_slow VALUES (1, 1), (2, 2)');
    }
  });

  afterAll(async () => {
    for (const side of [source, target, mariadb]) {
      await side.run('DROP TABLE IF EXISTS rec_slow, rec_slow_too');
    }
  });

  const ours = async (side: TestDatabase) => {
    const rows = await side.run(
      side === mariadb
        ? "SELECT id FROM information_schema.processlist WHERE command <> 'Sleep' AND info LIKE '%rec_slow%' AND id <> CONNECTION_ID()"
        : "SELECT pid FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%rec_slow%' AND pid <> pg_backend_pid()",
    );
    return rows.length;
  };

  /** The server has the request by now; it takes a moment to show. */
  const stopped = (side: TestDatabase) =>
    until(
      async () => (await ours(side)) === 0,
      () => `${side.name} runs on`,
    );

  it.each<[string, NodeJS.Signals, number]>([
    ['Ctrl-C', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
  ])('by %s stops what both PostgreSQL servers run', async (_name, signal, code) => {
    const where = `pg_sleep(${HOUR}) IS NOT NULL`;
    const args = ['rec_slow', '--source', source.url, '--target', target.url, '--where', where];
    const bothRun = async () => (await ours(source)) > 0 && (await ours(target)) > 0;
    const result = await interrupted(args, bothRun, signal);
    expect(result).toMatchObject({ code });
    await stopped(source);
    await stopped(target);
  });

  it('by Ctrl-C stops what MariaDB runs', async () => {
    await mariadb.run('CREATE OR REPLACE TABLE rec_slow_too AS SELECT * FROM rec_slow');
    const tables = 'rec_slow=rec_slow_too';
    const args = [
      tables,
      '--source',
      mariadb.url,
      '--target',
      mariadb.url,
      '--where',
      `SLEEP(${HOUR}) = 0`,
      '--key',
      'id',
    ];
    const result = await interrupted(args, async () => (await ours(mariadb)) > 1);
    expect(result).toMatchObject({ code: 130 });
    await stopped(mariadb);
  });

  it('by Ctrl-C stops what SQL Server runs, of which a double stands for the server', async () => {
    const server = await tdsServer({
      encryption: 'none',
      answer(sql) {
        if (sql.includes('ProductVersion')) return { columns: ['v'], rows: [['15.0.1', 'd', 'srv', '1', '150']] };
        if (sql.includes('FROM sys.objects')) {
          return { columns: ['s'], rows: [['dbo', 'rec_slow', 'table', '7', '1', '2']] };
        }
        if (sql.includes('FROM sys.columns')) {
          const types = { id: 'bigint', v: 'int' };
          const rows = Object.entries(types).map(([name, type]) => [name, type, '8', '19', '0', '0', '0', '0', null]);
          return { columns: ['n'], rows };
        }
        if (sql.includes('sys.indexes')) return { columns: ['i'], rows: [['pk', '1', 'id']] };
        if (sql.includes('sys.security')) return { columns: ['p'], rows: [] };
        if (sql.includes('VIEW DEFINITION')) return { columns: ['s'], rows: [['1']] };
        return /TRANSACTION/.test(sql) ? {} : 'never';
      },
    });
    try {
      const url = `mssql://sa:p@127.0.0.1:${server.port}/d?encrypt=false`;
      const scans = async () => server.requests.some((sql) => /COUNT_BIG|MAX\(/.test(sql));
      const result = await interrupted(['rec_slow', '--source', url, '--target', target.url], scans);
      expect(result).toMatchObject({ code: 130 });
      expect(server.attentions).toBeGreaterThan(0);
    } finally {
      await server.close();
    }
  });

  it.each(['query', 'each', 'stream', 'execute'] as const)(
    'stops %s on either engine, and says what it was',
    async (way) => {
      for (const [side, sleep] of [
        [source, `SELECT id FROM public.rec_slow WHERE pg_sleep(${HOUR}) IS NOT NULL`],
        [mariadb, `SELECT id FROM rec_slow WHERE SLEEP(${HOUR}) = 0`],
      ] as const) {
        const reason = new SluiceError('INTERRUPTED', 'interrupted');
        const controller = new AbortController();
        const options = { statementTimeout: 0, connectTimeout: 5000, signal: controller.signal };
        const session: Session = await openSession(side, { ...options, write: way === 'execute' });
        const statement = { sql: sleep, parameters: [] };
        const running = {
          query: () => session.query(statement),
          each: () => session.each(statement, () => {}),
          stream: () => session.stream(statement)[Symbol.asyncIterator]().next(),
          execute: () => session.execute(sleep),
        }[way]();
        const outcome = expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
        await until(
          async () => (await ours(side)) > 0,
          () => `${side.name} never began`,
        );
        controller.abort(reason);
        await outcome;
        await session.close();
        await stopped(side);
      }
    },
  );

  it('does not touch connections that run nothing', async () => {
    for (const side of [source, mariadb]) {
      const controller = new AbortController();
      const session = await openSession(side, { statementTimeout: 0, connectTimeout: 5000, signal: controller.signal });
      expect(await session.query('SELECT 1')).toEqual([['1']]);
      controller.abort(new SluiceError('INTERRUPTED', 'interrupted'));
      await session.close();
      await expect(session.query('SELECT 1')).rejects.toMatchObject({ code: 'INTERRUPTED' });
    }
  });

  it('is not waited for if PostgreSQL is gone between the last row and its goodbye', async () => {
    // The driver asks for the cursor to be closed once it has the last row: only then does the connection end.
    const proxy = createServer((socket) => {
      const onward = connect(Number(new URL(source.url).port), '127.0.0.1');
      onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      onward.pipe(socket).on('error', () => onward.destroy());
      socket.on('data', (data) => {
        if (/C\0\0\0.PC_/s.test(data.toString('latin1'))) onward.destroy();
        else onward.write(data);
      });
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = new URL(source.url);
    address.port = String((proxy.address() as AddressInfo).port);
    try {
      const database = { name: 'cut', url: address.toString() };
      const session = await openSession(database, { statementTimeout: 0, connectTimeout: 5000 });
      const read = async () => {
        const rows: unknown[] = [];
        for await (const batch of session.stream({ sql: 'SELECT 1', parameters: [] })) rows.push(batch);
      };
      await expect(read()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
      await session.close();
    } finally {
      proxy.close();
    }
  });

  it.each(['postgres', 'mysql', 'mssql'])(
    'by Ctrl-C while %s connects ends at once, not after --connect-timeout',
    async (scheme) => {
      const sockets: Socket[] = [];
      const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const url = `${scheme}://u:p@127.0.0.1:${(silent.address() as AddressInfo).port}/d`;
      try {
        const args = ['rec_slow', '--source', url, '--target', target.url, '--connect-timeout', '1h'];
        const result = await interrupted(args, async () => sockets.length > 0);
        expect(result).toMatchObject({ code: 130 });
      } finally {
        for (const socket of sockets) socket.destroy();
        silent.close();
      }
    },
  );
});

describe('a connection by TLS', () => {
  let server: PostgresServer;
  let sockets: Socket[] = [];
  let proxy: Server;
  /** What each connection began with. */
  const beginnings: string[] = [];

  beforeAll(async () => {
    server = await startPostgres({ fsync: 'off' });
    const [[folder = ''] = []] = await server.run('SHOW data_directory');
    for (const file of ['certificate.pem', 'key.pem']) {
      const lines = readFileSync(packagePath('test', 'fixtures', 'tls', file), 'utf8')
        .trim()
        .replaceAll("'", '');
      await server.run(`COPY (SELECT unnest(string_to_array('${lines}', E'\n'))) TO '${folder}/${file}'`);
      chmodSync(`${folder}/${file}`, 0o600);
      await server.run(`ALTER SYSTEM SET ssl_${file.startsWith('key') ? 'key' : 'cert'}_file = '${file}'`);
    }
    await server.run("ALTER SYSTEM SET ssl = 'on'");
    await server.restart();
    proxy = createServer((socket) => {
      const onward = connect(server.port, '127.0.0.1');
      sockets.push(socket, onward);
      socket.once('data', (data) => beginnings.push(data.subarray(0, 8).toString('hex')));
      socket.on('error', () => onward.destroy()).pipe(onward);
      onward.on('error', () => socket.destroy()).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
  }, 120_000);

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    proxy?.close();
    await server?.remove();
  });

  const url = (mode: string) => {
    const address = new URL(server.url);
    address.port = String((proxy.address() as AddressInfo).port);
    address.searchParams.set('sslmode', mode);
    return address.toString();
  };

  it('is cancelled by TLS, too: the secret that stops a statement is never sent in clear', async () => {
    const controller = new AbortController();
    const options = { statementTimeout: 0, connectTimeout: 5000, signal: controller.signal };
    const session = await openSession({ name: 'tls', url: url('require') }, options);
    expect(await session.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([['t']]);
    const outcome = expect(session.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const asleep = async () =>
      (await server.run("SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"))
        .length;
    await until(
      async () => (await asleep()) > 0,
      () => 'it never began',
    );
    controller.abort(new SluiceError('INTERRUPTED', 'interrupted'));
    await outcome;
    await session.close();
    await until(
      async () => (await asleep()) === 0,
      () => 'it runs on',
      2000,
    );
    // Each asks for TLS first (80877103), the cancel request (80877102) as well.
    expect(beginnings).toEqual(['0000000804d2162f', '0000000804d2162f']);
  });

  it('shows when its certificate ends', async () => {
    const address = { host: '127.0.0.1', port: server.port, begin: ENGINES.postgresql.beginTls };
    expect(new Date(await certificateEnd(address, AbortSignal.timeout(10_000))).getUTCFullYear()).toBe(2126);
  });

  it('with an unknown certificate says what to do', async () => {
    const options = { statementTimeout: 0, connectTimeout: 5000 };
    await expect(openSession({ name: 'tls', url: url('verify-full') }, options)).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('self-signed certificate'),
      hint: expect.stringContaining('sslrootcert=FILE'),
    });
    const root = encodeURIComponent(packagePath('test', 'fixtures', 'tls', 'certificate.pem'));
    for (const mode of ['verify-full', 'verify-ca']) {
      const session = await openSession({ name: 'tls', url: `${url(mode)}&sslrootcert=${root}` }, options);
      await session.close();
    }
  });
});
