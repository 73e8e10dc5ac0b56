import { createConnection } from 'mysql2/promise';
import type { TestProject } from 'vitest/node';
import { setupSandboxes } from '../sandbox-setup.ts';
import { mysqlFiles } from './fetch.ts';
import { mysqlAddress, startMysql } from './server.ts';

/** The sandbox of the run, and a MySQL server where its tests look for MariaDB. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.SLUICE_TEST_MYSQL_URL;
  const server = url ? { address: mysqlAddress(url), stop: async () => {} } : await ownServer();
  const digest = await digestOf(server.address.url);
  try {
    const teardown = await setupSandboxes(
      {
        provide(key, sandboxes) {
          const withMysql = { mariadb: server.address, engine: 'MySQL', digest } as const;
          project.provide(
            key,
            sandboxes.map((sandbox) => ({ ...sandbox, ...withMysql })),
          );
        },
      },
      { mariadb: false, count: 1 },
    );
    return async () => {
      await server.stop();
      await teardown();
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function digestOf(url: string): Promise<'md5' | 'sha256'> {
  const connection = await createConnection({ uri: url, rowsAsArray: true });
  const [[row]] = (await connection.query('SELECT VERSION()')) as unknown as [[[string]], unknown];
  await connection.end();
  const [, major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(row[0]) ?? []).map(Number);
  process.stderr.write(`MySQL ${row[0]}\n`);
  return major > 9 || (major === 9 && minor >= 6) ? 'sha256' : 'md5';
}

async function ownServer() {
  const files = await mysqlFiles();
  if ('reason' in files) throw new Error(`MySQL could not be fetched: ${files.reason}`);
  return startMysql(files);
}
