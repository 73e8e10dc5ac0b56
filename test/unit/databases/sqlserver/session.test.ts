import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqlserver } from '../../../../src/databases/sqlserver/session.ts';
import { SluiceError } from '../../../../src/errors/error.ts';
import { openSignals } from '../../../../src/reconcile/repair/signal-channel.ts';
import { type TdsAnswer, type TdsOptions, type TdsServer, tdsServer } from '../../../helpers/tds-server.ts';

const FACTS = { columns: ['v', 'd', 's', 'i', 'l'], rows: [['15.0.4000.1', 'shop', 'srv', '1', '150']] };
const open = { statementTimeout: 0, connectTimeout: 10_000 };

let server: TdsServer;
afterEach(async () => {
  await server.close();
});

/** The first question is what the server is. */
async function serve(options: TdsOptions = {}, facts: TdsAnswer = FACTS): Promise<string> {
  server = await tdsServer({
    ...options,
    answer: (sql, database) => (sql.includes('ProductVersion') ? facts : (options.answer?.(sql, database) ?? {})),
  });
  return `mssql://sa:geheim@127.0.0.1:${server.port}/shop`;
}

async function until(met: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!met()) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('what was asked for by encrypt', () => {
  it('no password goes to a server that does not encrypt, unless encrypt=false says so', async () => {
    const url = await serve({ encryption: 'none' });
    for (const query of ['', '?encrypt=true']) {
      await expect(openSqlserver(`${url}${query}`, 'shop', open)).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        message: 'shop: the server does not encrypt the connection',
        hint: expect.stringContaining('encrypt=false'),
      });
    }
    expect(server.logins).toEqual([]);
    await (await openSqlserver(`${url}?encrypt=false`, 'shop', open)).close();
    expect(server.logins).toEqual([{ encrypted: false, database: 'shop' }]);
  });

  it('strict is TLS from the first byte on, with no greeting in clear', async () => {
    const url = await serve({ encryption: 'none' });
    await expect(
      openSqlserver(`${url}?encrypt=strict`, 'shop', { ...open, connectTimeout: 1000 }),
    ).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(server.logins).toEqual([]);
    await server.close();
    const strict = await serve({ encryption: 'strict' });
    // Its certificate is checked whatever trustServerCertificate says, as Microsoft's drivers do.
    await expect(
      openSqlserver(`${strict}?encrypt=strict&trustServerCertificate=true`, 'shop', open),
    ).rejects.toMatchObject({ hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  it('an unknown certificate is named, with what to do', async () => {
    const url = await serve({ encryption: 'on' });
    await expect(openSqlserver(url, 'shop', open)).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('self-signed certificate'),
      hint: expect.stringMatching(/NODE_EXTRA_CA_CERTS.*trustServerCertificate=true/),
    });
    expect(server.logins).toEqual([]);
    await (await openSqlserver(`${url}?trustServerCertificate=true`, 'shop', open)).close();
    expect(server.logins).toEqual([{ encrypted: true, database: 'shop' }]);
  });

  it('a server that is named by its address brings no warning of Node.js on stderr', async () => {
    const url = await serve({ encryption: 'on' });
    const script = `
      const { openSqlserver } = await import('./src/databases/sqlserver/session.ts');
      const session = await openSqlserver('${url}?trustServerCertificate=true', 'shop', { statementTimeout: 0, connectTimeout: 10000 });
      await session.close();
      console.log('connected');`;
    const run = await new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
      import('node:child_process').then(({ execFile }) =>
        execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout, stderr) =>
          error ? reject(error) : resolve({ stdout, stderr }),
        ),
      );
    });
    expect(run).toEqual({ stdout: 'connected\n', stderr: '' });
  });
});

describe('a server that cannot be reached', () => {
  it('says what the network said', async () => {
    const url = await serve();
    await server.close();
    for (const host of ['127.0.0.1', 'localhost']) {
      await expect(openSqlserver(url.replace('127.0.0.1', host), 'shop', open)).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        message: expect.stringMatching(new RegExp(`^shop: Failed to connect to ${host}:${server.port}.*ECONNREFUSED`)),
        details: { code: 'ECONNREFUSED' },
      });
    }
    server = await tdsServer();
  });

  it('says nothing: it is given up after the time to connect', async () => {
    const url = await serve({ encryption: 'silent' });
    await expect(openSqlserver(url, 'shop', { ...open, connectTimeout: 100 })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
    });
  });
});

/** What SQL Server Browser says on its port; undefined where something else has it. */
async function browser(answer: string | undefined): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  socket.on('message', (_question, { port, address }) => {
    if (answer === undefined) return;
    const text = Buffer.from(answer, 'ascii');
    const head = Buffer.from([5, text.length & 0xff, text.length >> 8]);
    socket.send(Buffer.concat([head, text]), port, address);
  });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(undefined));
    socket.bind(1434, '127.0.0.1', () => resolve(socket));
  });
}

const probe = await browser(undefined);
probe?.close();

describe.skipIf(probe === undefined)('a named instance (skipped where another program has the UDP port 1434)', () => {
  let socket: Socket | undefined;
  afterEach(() => void socket?.close());

  it('is found by its port, which SQL Server Browser gives', async () => {
    const url = await serve({ encryption: 'none' });
    const port = new URL(url).port;
    socket = await browser(`ServerName;S;InstanceName;INST;IsClustered;No;Version;15.0;tcp;${port};;`);
    const address = 'jdbc:sqlserver://127.0.0.1\\inst;databaseName=shop;user=sa;password=p;encrypt=false';
    await (await openSqlserver(address, 'shop', open)).close();
    expect(server.logins).toEqual([{ encrypted: false, database: 'shop' }]);
  });

  it('that Browser does not know is an error that says so, and the wait can be interrupted', async () => {
    server = await tdsServer();
    socket = await browser(undefined);
    const address = 'mssql://sa:p@127.0.0.1/shop?instanceName=inst';
    await expect(openSqlserver(address, 'shop', { ...open, connectTimeout: 90 })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('SQL Server Browser on 127.0.0.1 did not give the port of the instance inst'),
    });
    const reason = new SluiceError('INTERRUPTED', 'interrupted');
    const signal = AbortSignal.timeout(50);
    const controller = new AbortController();
    signal.addEventListener('abort', () => controller.abort(reason));
    const opening = openSqlserver(address, 'shop', { ...open, connectTimeout: 60_000, signal: controller.signal });
    await expect(opening).rejects.toBe(reason);
  });
});

describe('an interruption', () => {
  const reason = new SluiceError('INTERRUPTED', 'interrupted');

  it('while it connects ends the attempt at once', async () => {
    const url = await serve({ encryption: 'silent' });
    const controller = new AbortController();
    const opening = openSqlserver(url, 'shop', { ...open, connectTimeout: 60_000, signal: controller.signal });
    await until(() => server.connections === 1);
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });

  it.each(['query', 'each', 'stream', 'execute', 'executeAll'] as const)(
    'stops what %s has running on the server',
    async (way) => {
      const url = await serve({ encryption: 'none', answer: (sql) => (/LONG/.test(sql) ? 'never' : {}) });
      const controller = new AbortController();
      const session = await openSqlserver(`${url}?encrypt=false`, 'shop', { ...open, signal: controller.signal });
      const statement = { sql: 'SELECT LONG', parameters: [] };
      const running = {
        query: () => session.query(statement),
        each: () => session.each(statement, () => {}),
        stream: () => session.stream(statement)[Symbol.asyncIterator]().next(),
        execute: () => session.execute('LONG'),
        executeAll: () => session.executeAll?.(['LONG']),
      }[way]();
      const outcome = expect(running).rejects.toBe(reason);
      await until(() => server.requests.some((sql) => /LONG/.test(sql)));
      controller.abort(reason);
      await outcome;
      await session.close();
      expect(server.attentions).toBe(1);
      await expect(session.query('SELECT 1')).rejects.toBe(reason);
    },
  );
});

describe('one connection', () => {
  it('that is lost is not replaced: snapshot, transaction and locks are gone with it', async () => {
    const url = await serve({ encryption: 'none', answer: (sql) => (/LOST/.test(sql) ? 'hang up' : {}) });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
    const lost = { code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('the connection was lost') };
    await expect(session.query('SELECT LOST')).rejects.toMatchObject(lost);
    for (const again of [
      () => session.query('SELECT 1'),
      () => session.execute('COMMIT'),
      () => session.snapshot(),
      () => session.stream({ sql: 'SELECT 1', parameters: [] })[Symbol.asyncIterator]().next(),
    ]) {
      await expect(again()).rejects.toMatchObject(lost);
    }
    expect(server.connections).toBe(1);
    await session.close();
  });

  it('that is lost between two statements is noticed by the next one', async () => {
    const url = await serve({ encryption: 'none' });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
    server.hangUp();
    await expect(session.query('SELECT 1')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(server.connections).toBe(1);
    await session.close();
  });

  it('takes one round trip a statement, and one statement after another', async () => {
    const url = await serve({ encryption: 'none' });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
    const before = server.requests.length;
    await Promise.all([session.query('SELECT A'), session.query('SELECT B')]);
    expect(server.requests.slice(before).map((sql) => /SELECT \w/.exec(sql)?.[0])).toEqual(['SELECT A', 'SELECT B']);
    await session.close();
  });

  it('ends an abandoned stream, and continues with the next statement', async () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => [String(at)]);
    const answer = (sql: string) => (/ROWS/.test(sql) ? { columns: ['n'], rows } : { columns: ['n'], rows: [['1']] });
    const url = await serve({ encryption: 'none', answer });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
    const all: string[] = [];
    for await (const batch of session.stream({ sql: 'ROWS', parameters: [] })) all.push(...batch.map(([n]) => n ?? ''));
    expect(all).toEqual(rows.map(([n]) => n));
    for await (const batch of session.stream({ sql: 'ROWS', parameters: [] })) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    expect(await session.query('SELECT 1')).toEqual([['1']]);
    await session.close();
  });
});

describe('what the server refuses', () => {
  const failing = async (error: number, message = 'no') => {
    const answer = (sql: string): TdsAnswer => (/FAIL/.test(sql) ? { error, message } : {});
    const url = await serve({ encryption: 'none', answer });
    return openSqlserver(`${url}?encrypt=false`, 'shop', { ...open, write: true });
  };

  it('the victim of a deadlock may try again', async () => {
    const session = await failing(1205, 'deadlock victim');
    await expect(session.execute('FAIL')).rejects.toMatchObject({
      code: 'DATABASE_REJECTED',
      retryable: true,
      details: { code: '1205' },
      hint: expect.stringContaining('run the command again'),
    });
    await session.close();
  });

  it('a read that is chosen is run again, at most twice, in a new transaction', async () => {
    let left = 2;
    const answer = (sql: string): TdsAnswer => {
      if (!/READ/.test(sql) || /TRANSACTION/.test(sql)) return {};
      return left-- > 0 ? { error: 1205, message: 'deadlock victim' } : { columns: ['n'], rows: [['7']] };
    };
    const url = await serve({ encryption: 'none', answer });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
    await session.snapshot();
    expect(await session.query('SELECT READ')).toEqual([['7']]);
    expect(server.requests.filter((sql) => /BEGIN TRANSACTION/.test(sql))).toHaveLength(3);
    left = 9;
    await expect(session.query('SELECT READ')).rejects.toMatchObject({ retryable: true });
    await session.close();
  });

  it('other errors may not', async () => {
    const session = await failing(2627, 'duplicate');
    await expect(session.execute('FAIL')).rejects.toMatchObject({ retryable: false, details: { code: '2627' } });
    await session.close();
  });

  it('a statement that takes too long is stopped, and timed out', async () => {
    const url = await serve({ encryption: 'none', answer: (sql) => (/LONG/.test(sql) ? 'never' : {}) });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', { ...open, statementTimeout: 200 });
    await expect(session.query('SELECT LONG')).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(server.attentions).toBe(1);
    await session.close();
  });
});

describe('what the server is', () => {
  const facts = (version: string, level = '150', snapshot = '1') => ({
    columns: ['v', 'd', 's', 'i', 'l'],
    rows: [[version, 'shop', 'srv', snapshot, level]],
  });

  it('older than 2019 is refused by its version', async () => {
    const answer = (sql: string): TdsAnswer =>
      /BIN2_UTF8/.test(sql) ? { error: 448, message: "Invalid collation 'Latin1_General_100_BIN2_UTF8'." } : {};
    const url = await serve({ encryption: 'none', answer }, facts('14.0.3456.2', '140'));
    await expect(openSqlserver(`${url}?encrypt=false`, 'shop', open)).rejects.toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      message: 'shop: SQL Server 14.0.3456.2 is too old: it has no collations in UTF-8',
      hint: expect.stringContaining('2019'),
    });
  });

  it('Azure SQL, which says that it is 12, is taken for what it can do', async () => {
    const url = await serve({ encryption: 'none' }, facts('12.0.2000.8'));
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
    expect(session.server).toMatchObject({ major: 12, snapshot: true });
    await session.close();
  });

  it('a compatibility level that is too low is refused with the statement that raises it', async () => {
    const url = await serve({ encryption: 'none' }, facts('15.0.1', '120'));
    await expect(openSqlserver(`${url}?encrypt=false`, 'shop', open)).rejects.toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      message: 'shop: shop is at compatibility level 120',
      hint: expect.stringContaining('COMPATIBILITY_LEVEL'),
    });
  });

  it.each([
    ['1', 'SNAPSHOT'],
    ['0', 'READ COMMITTED'],
  ])(
    'with snapshot isolation %s a session that reads does so in a transaction that is never committed',
    async (allowed, level) => {
      const url = await serve({ encryption: 'none' }, facts('15.0.1', '150', allowed));
      const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
      await session.snapshot();
      expect(server.requests.at(-1)).toBe(
        `IF @@TRANCOUNT > 0 ROLLBACK; SET TRANSACTION ISOLATION LEVEL ${level}; BEGIN TRANSACTION;`,
      );
      await session.close();
      expect(server.requests.filter((sql) => /COMMIT(?!TED)/.test(sql))).toEqual([]);
    },
  );
});

describe('signals', () => {
  it('go to the database that has the signal table, whichever is compared', async () => {
    const answer = (sql: string): TdsAnswer => {
      if (/sys\.objects/.test(sql)) return { columns: ['s'], rows: [['dbo', 'signals', 'table', '7', '1', '5']] };
      if (/VIEW DEFINITION/.test(sql)) return { columns: ['n'], rows: [['1']] };
      if (/sys\.columns/.test(sql)) {
        const names = ['id', 'type', 'data'];
        return { columns: ['n'], rows: names.map((name) => [name, 'nvarchar', '200', '0', '0', '1', '0', '0', null]) };
      }
      return {};
    };
    const url = await serve({ encryption: 'none', answer });
    const route = { kind: 'table', table: { schema: 'dbo', name: 'signals' }, database: 'other' } as const;
    const signals = openSignals(route, { name: 'shop', url: `${url}?encrypt=false` }, { name: 'dev' }, open);
    await signals.send('log', '{"message":"a\\nb"}');
    await signals.close();
    expect(server.logins).toEqual([{ encrypted: false, database: 'other' }]);
    expect(server.requests.at(-1)).toMatch(
      /^INSERT INTO \[dbo\]\.\[signals\] \(\[id\], \[type\], \[data\]\) VALUES \(N'[0-9a-f-]{36}', N'log', N'\{"message":"a\\nb"\}'\)$/,
    );
  });
});

describe('a memory-optimized table', () => {
  it('is read without snapshot isolation, which it does not allow, and the result says so', async () => {
    let kind = 'memory-optimized table';
    const answer = (sql: string): TdsAnswer => {
      if (/sys\.objects/.test(sql)) return { columns: ['s'], rows: [['dbo', 't', kind, '7', '1', '5']] };
      if (/VIEW DEFINITION/.test(sql)) return { columns: ['n'], rows: [['1']] };
      return /sys\.(columns|indexes|security)/.test(sql) ? { columns: ['n'], rows: [] } : {};
    };
    const url = await serve({ encryption: 'none', answer });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', open);
    await session.describe({ name: 't' });
    await session.snapshot();
    expect(server.requests.at(-1)).toBe('IF @@TRANCOUNT > 0 ROLLBACK; SET TRANSACTION ISOLATION LEVEL READ COMMITTED;');
    expect(session.server.snapshot).toBe(false);
    // The next one is an ordinary table.
    kind = 'table';
    await session.describe({ name: 't' });
    await session.snapshot();
    expect(server.requests.at(-1)).toContain('SNAPSHOT; BEGIN TRANSACTION;');
    expect(session.server.snapshot).toBe(true);
    await session.close();
  });
});

describe('numbers of rows', () => {
  it('are those of the statements, not of triggers, in their order', async () => {
    const answer = (sql: string): TdsAnswer =>
      /sluice_rows_1/.test(sql) ? { counts: [3, 9], columns: ['sluice_rows_1'], rows: [['2']] } : {};
    const url = await serve({ encryption: 'none', answer });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', { ...open, write: true });
    // The first statement's number did not come: it took no row, as far as anybody knows.
    expect(await session.executeAll?.(['UPDATE a;', 'UPDATE b;'])).toEqual([0, 2]);
    expect(await session.executeAll?.([])).toEqual([]);
    await session.close();
  });

  it('of one statement are what it took itself', async () => {
    const url = await serve({ encryption: 'none', answer: (sql) => (/UPDATE/.test(sql) ? { counts: [4] } : {}) });
    const session = await openSqlserver(`${url}?encrypt=false`, 'shop', { ...open, write: true });
    expect(await session.execute('UPDATE a')).toBe(4);
    expect(await session.execute('BEGIN TRANSACTION;')).toBe(0);
    await session.close();
  });
});
