import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentProgress } from '../../src/ports/progress.ts';
import { databaseAccount, makeOwnFolder, reachableFolder } from '../../src/sandbox/account.ts';
import { ensureBundle } from '../../src/sandbox/bundles.ts';
import type { Layout } from '../../src/sandbox/components/component.ts';
import { postgresComponent } from '../../src/sandbox/components/postgres.ts';
import { postgresPlatform, thisMachine } from '../../src/sandbox/platform.ts';
import { portIsFree } from '../../src/sandbox/ports.ts';
import { launch, type RunningProcess, stopProcess } from '../../src/sandbox/processes.ts';
import { runProgram } from '../../src/sandbox/programs.ts';
import { eventually } from './connectors.ts';

const FIRST_PORT = 25_432;

/** A PostgreSQL server of the test's own, whose settings it may break and which it may restart. */
export interface PostgresServer {
  port: number;
  url: string;
  run(sql: string): Promise<string[][]>;
  restart(): Promise<void>;
  /** Until it is started again, its port refuses connections. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Restarts it as a standby that replays what there is and follows nobody. */
  becomeStandby(): Promise<void>;
  remove(): Promise<void>;
}

/** @param settings of ALTER SYSTEM, in effect when this returns */
export async function startPostgres(settings: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const account = databaseAccount();
  const postgres = await ensureBundle(
    {
      name: 'postgres',
      cache: reachableFolder(userFolders().cache, '/var/cache/sluice', account),
      properties: { 'postgres.platform': postgresPlatform(thisMachine()) },
    },
    {
      pom: packagePath('sandbox', 'pom.xml'),
      environment: process.env,
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
    },
  );
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-postgres-'));
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, 'logs'));
  // At random, so that no other test takes the port while a server is away.
  let port = FIRST_PORT + Math.floor(Math.random() * 2_000);
  while (!(await portIsFree(port))) port += 1;
  const layout = {
    name: 'test',
    folder,
    databaseFolder: folder,
    bundles: { kafka: '', postgres, mariadb: undefined },
    ports: { target: port },
    account,
    environment: process.env,
  } as unknown as Layout;
  const component = postgresComponent('target', layout);
  if (component.data === undefined) throw new Error('a database without data');
  makeOwnFolder(component.data.folder, account);
  await component.data.prepare(component.data.folder, async (spec) => {
    const { code, output } = await runProgram(spec, new AbortController().signal);
    if (code !== 0) throw new Error(output.join('\n'));
  });
  let running: RunningProcess;
  const start = async () => {
    running = await launch(component.launch());
    await eventually(
      () => query('SELECT 1').catch(() => undefined),
      (rows) => rows !== undefined,
    );
  };
  const query = async (sql: string): Promise<string[][]> => {
    const client = new pg.Client(component.address);
    await client.connect();
    try {
      const result = await client.query({ text: sql, rowMode: 'array' });
      return (result.rows ?? []) as string[][];
    } finally {
      await client.end();
    }
  };
  const stop = () => stopProcess(running, 'SIGINT', 10_000, systemClock);
  const server: PostgresServer = {
    port,
    url: component.address,
    run: query,
    start,
    async kill() {
      await stopProcess(running, 'SIGKILL', 10_000, systemClock);
    },
    async restart() {
      await stop();
      await start();
    },
    async becomeStandby() {
      await stop();
      writeFileSync(path.join(component.data?.folder ?? '', 'cluster', 'standby.signal'), '');
      await start();
    },
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await start();
  for (const [name, value] of Object.entries(settings)) await query(`ALTER SYSTEM SET ${name} = '${value}'`);
  await server.restart();
  return server;
}
