import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { type Component, type Layout, PROBE_MS, type Probe } from './component.ts';

/** One set of credentials for every database of a sandbox: it listens on the loopback interface only. */
export const DATABASE_USER = 'sluice';
export const DATABASE_PASSWORD = 'sluice';
export const DATABASE_NAME = 'sluice';

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: LOOPBACK,
  // No socket file: its path may exceed the system's limit of 107 bytes.
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

/** A forgotten replication slot retains WAL forever: beyond this limit the slot is lost instead of filling the disk. */
const SOURCE_SETTINGS: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_replication_slots: '64',
  max_wal_senders: '64',
  max_slot_wal_keep_size: '16GB',
};

/** A PostgreSQL server: the `source` writes a logical WAL, the `target` has default settings. */
export function postgresComponent(component: 'source' | 'target', layout: Layout): Component {
  const bin = path.join(layout.bundles.postgres, 'bin');
  const data = path.join(layout.databaseFolder, component);
  const url = postgresUrl(layout.ports[component]);
  const environment = { PATH: layout.environment.PATH, LC_ALL: 'C', TZ: 'UTC' };
  return {
    name: component,
    address: url,
    data: {
      folder: data,
      account: layout.account,
      async prepare(folder, run) {
        const spec = { env: environment, cwd: folder, account: layout.account };
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
        ...Object.entries(postgresSettings(component, layout.ports[component])).flatMap(([name, value]) => [
          '-c',
          `${name}=${value}`,
        ]),
      ],
      env: environment,
      cwd: data,
      account: layout.account,
      log: path.join(layout.folder, 'logs', `${component}.log`),
    }),
  };
}

export function postgresSettings(component: 'source' | 'target', port: number): Record<string, string> {
  return { ...SETTINGS, ...(component === 'source' ? SOURCE_SETTINGS : {}), port: String(port) };
}

function postgresUrl(port: number): string {
  return `postgres://${DATABASE_USER}:${DATABASE_PASSWORD}@${LOOPBACK}:${port}/${DATABASE_NAME}`;
}

/** A query to check that the server uses this sandbox's files. */
export function postgresProbe(url: string, data: string): Probe {
  return async () => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PROBE_MS, query_timeout: PROBE_MS });
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
