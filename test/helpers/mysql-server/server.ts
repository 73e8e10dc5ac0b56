import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { systemClock } from '../../../src/ports/clock.ts';
import { databaseAccount, makeOwnFolder } from '../../../src/sandbox/account.ts';
import { DATABASE_NAME, DATABASE_PASSWORD, DATABASE_USER } from '../../../src/sandbox/components/postgres.ts';
import { LOOPBACK, portIsFree } from '../../../src/sandbox/ports.ts';
import { isSameProcess, processIdentity } from '../../../src/sandbox/process-identity.ts';
import { launch, type RunningProcess, send, stopProcess } from '../../../src/sandbox/processes.ts';
import { runProgram } from '../../../src/sandbox/programs.ts';
import type { DatabaseAddress } from '../../../src/sandbox/status.ts';
import { type MysqlFiles, programOf } from './fetch.ts';

const FIRST_PORT = 23_306;
const START_MS = 120_000;
const PREFIX = 'sluice-mysql-';
/** Who runs here, and for whom, for the run that comes after one that was killed. */
const RECORD = 'process.json';

interface Record {
  owner: RunningProcess;
  /** Undefined while its data folder is being made. */
  server?: RunningProcess;
}

/** A MySQL server with a data folder of its own, which `stop` removes. */
export interface MysqlServer {
  address: DatabaseAddress;
  stop(): Promise<void>;
}

/** @param settings more of the server's options, such as `--log-bin=other` */
export async function startMysql(files: MysqlFiles, settings: readonly string[] = []): Promise<MysqlServer> {
  await removeLeftOvers();
  const account = databaseAccount();
  const folder = mkdtempSync(path.join(tmpdir(), PREFIX));
  chmodSync(folder, 0o755);
  const owner = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  const record = (what: Record) => writeFileSync(path.join(folder, RECORD), JSON.stringify(what));
  record({ owner });
  const data = path.join(folder, 'data');
  const home = path.join(folder, 'home');
  for (const own of [data, home]) makeOwnFolder(own, account);
  let port = FIRST_PORT;
  while (!(await portIsFree(port))) port += 1;
  const { command, args } = programOf(files.folder);
  const program = (more: readonly string[]) => ({
    command,
    args: [...args, ...options(files, data), ...more],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    cwd: home,
    account,
  });
  const statements = path.join(folder, 'init.sql');
  writeFileSync(statements, INITIAL);
  chmodSync(statements, 0o644);
  const made = await runProgram(
    program(['--initialize-insecure', `--init-file=${statements}`]),
    AbortSignal.timeout(START_MS),
  );
  if (made.code !== 0) throw new Error(`MySQL cannot make its data folder:\n${made.output.slice(-20).join('\n')}`);
  const log = path.join(folder, 'server.log');
  const running = await launch({ ...program([...network(port), ...settings]), log });
  record({ owner, server: running });
  // vitest may end the process without waiting for the teardown.
  const atExit = () => send(running, 'SIGKILL');
  process.once('exit', atExit);
  const address = addressOn(port);
  const stop = async () => {
    process.off('exit', atExit);
    await stopProcess(running, 'SIGTERM', 30_000, systemClock);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(address.url, () => isSameProcess(running.pid, running.identity));
  } catch (error) {
    const written = readFileSync(log, 'utf8').split('\n').slice(-20).join('\n');
    await stop();
    throw new Error(`MySQL does not start: ${(error as Error).message}\n${written}`);
  }
  return { address, stop };
}

/** Root may come from nowhere; the user is the one that the sandbox's databases have. */
const INITIAL = [
  "ALTER USER 'root'@'localhost' ACCOUNT LOCK;",
  `CREATE USER '${DATABASE_USER}'@'%' IDENTIFIED BY '${DATABASE_PASSWORD}';`,
  `GRANT ALL PRIVILEGES ON *.* TO '${DATABASE_USER}'@'%' WITH GRANT OPTION;`,
  `CREATE DATABASE ${DATABASE_NAME};`,
  '',
].join('\n');

function options({ folder }: MysqlFiles, data: string): string[] {
  const share = path.join(folder, 'usr', 'share', 'mysql');
  return [
    // First: the machine's own settings are no matter of the tests'.
    '--no-defaults',
    `--datadir=${data}`,
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${path.join(share, 'charsets')}`,
    `--plugin-dir=${path.join(folder, 'usr', 'lib', 'mysql', 'plugin')}`,
    '--secure-file-priv=NULL',
    '--default-time-zone=+00:00',
    // Small: the machine is shared with a broker, a worker and two other databases.
    '--innodb-buffer-pool-size=128M',
    '--innodb-redo-log-capacity=64M',
    '--performance-schema=OFF',
  ];
}

function network(port: number): string[] {
  return [
    `--port=${port}`,
    `--bind-address=${LOOPBACK}`,
    // Relative to the data folder: a whole path may be longer than the 107 bytes the system allows.
    '--socket=mysql.sock',
    '--pid-file=mysql.pid',
    '--mysqlx=OFF',
    '--skip-name-resolve',
    '--server-id=1',
    '--log-bin=binlog',
    '--gtid-mode=ON',
    '--enforce-gtid-consistency=ON',
    '--sync-binlog=0',
    '--innodb-flush-log-at-trx-commit=2',
  ];
}

function addressOn(port: number): DatabaseAddress {
  return mysqlAddress(`mysql://${DATABASE_USER}:${DATABASE_PASSWORD}@${LOOPBACK}:${port}/${DATABASE_NAME}`);
}

/** @param url with user, password, port and database */
export function mysqlAddress(url: string): DatabaseAddress {
  const { hostname, port, pathname, username, password } = new URL(url);
  const database = { host: hostname, port: Number(port), database: pathname.slice(1), user: username };
  return { name: 'mysql', url, ...database, password: decodeURIComponent(password) };
}

async function answers(url: string, runs: () => boolean): Promise<void> {
  for (const deadline = Date.now() + START_MS; ; ) {
    try {
      const connection = await createConnection({ uri: url, connectTimeout: 3000 });
      await connection.end();
      return;
    } catch (error) {
      if (!runs()) throw new Error('its process has ended');
      if (Date.now() > deadline) throw error;
      await systemClock.sleep(200);
    }
  }
}

/** Servers of test runs that were killed; those of runs that are alive are left alone. */
async function removeLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const folder = path.join(tmpdir(), name);
    const file = path.join(folder, RECORD);
    if (!name.startsWith(PREFIX) || !existsSync(file)) continue;
    const { owner, server } = JSON.parse(readFileSync(file, 'utf8')) as Record;
    if (isSameProcess(owner.pid, owner.identity)) continue;
    if (server !== undefined) await stopProcess(server, 'SIGKILL', 10_000, systemClock);
    rmSync(folder, { recursive: true, force: true });
  }
}
