import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { LOOPBACK } from '../ports.ts';
import type { Part, Probe, Site } from './part.ts';

/** One set of credentials for every database of a sandbox: it listens on the loopback interface only. */
export const DATABASE_USER = 'sluice';
export const DATABASE_PASSWORD = 'sluice';
export const DATABASE_NAME = 'sluice';

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: LOOPBACK,
  // No socket file: its path may be longer than the 107 bytes the system allows.
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

/** A forgotten replication slot holds WAL back for ever: past this it loses it instead of filling the disk. */
const SOURCE_SETTINGS: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_replication_slots: '64',
  max_wal_senders: '64',
  max_slot_wal_keep_size: '16GB',
};

/** A PostgreSQL server: the `source` writes a logical WAL, the `target` is as the defaults have it. */
export function postgresPart(part: 'source' | 'target', site: Site): Part {
  const bin = path.join(site.bundles.postgres, 'bin');
  const data = path.join(site.databaseFolder, part);
  const url = postgresUrl(site.ports[part]);
  const environment = { PATH: site.environment.PATH, LC_ALL: 'C', TZ: 'UTC' };
  return {
    part,
    address: url,
    data: {
      folder: data,
      account: site.account,
      async prepare(folder, run) {
        const spec = { env: environment, cwd: folder, account: site.account };
        const cluster = path.join(folder, 'cluster');
        const password = path.join(folder, 'password');
        writeFileSync(password, `${DATABASE_PASSWORD}\n`, { mode: 0o644 });
        await run({
          ...spec,
          command: path.join(bin, 'initdb'),
          args: [
            ...['-D', cluster, '-U', DATABASE_USER, `--pwfile=${password}`, '--auth=scram-sha-256', '--no-sync'],
            // The builtin provider is the same on every platform and needs no locale of the system.
            ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
          ],
        });
        await run({
          ...spec,
          command: path.join(bin, 'postgres'),
          args: ['--single', '-D', cluster, 'postgres'],
          input: `CREATE DATABASE ${DATABASE_NAME};\n`,
        });
      },
    },
    launch: () => ({
      command: path.join(bin, 'postgres'),
      args: [
        '-D',
        path.join(data, 'cluster'),
        ...Object.entries(postgresSettings(part, site.ports[part])).flatMap(([name, value]) => [
          '-c',
          `${name}=${value}`,
        ]),
      ],
      env: environment,
      cwd: data,
      account: site.account,
      log: path.join(site.folder, 'logs', `${part}.log`),
    }),
  };
}

export function postgresSettings(part: 'source' | 'target', port: number): Record<string, string> {
  return { ...SETTINGS, ...(part === 'source' ? SOURCE_SETTINGS : {}), port: String(port) };
}

export function postgresUrl(port: number): string {
  return `postgres://${DATABASE_USER}:${DATABASE_PASSWORD}@${LOOPBACK}:${port}/${DATABASE_NAME}`;
}

/** A query answered by the server whose files are this sandbox's. */
export function postgresProbe(url: string, data: string): Probe {
  return async () => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000, query_timeout: 3000 });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query(
        "select current_setting('data_directory') as folder, current_setting('server_version') as version",
      );
      if (rows[0].folder !== path.join(data, 'cluster'))
        throw new Error('another PostgreSQL server answers on the port');
      return `PostgreSQL ${rows[0].version}`;
    } finally {
      await client.end().catch(() => {});
    }
  };
}
