import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeOwnFolder } from '../account.ts';
import { LOOPBACK } from '../ports.ts';
import { type Component, type Layout, PROBE_MS, type Probe } from './component.ts';
import { DATABASE_NAME, DATABASE_PASSWORD, DATABASE_USER } from './postgres.ts';

/** In this order, as mariadb-install-db feeds them to the server. */
const BOOTSTRAP = [
  'mariadb_system_tables.sql',
  'mariadb_performance_tables.sql',
  'mariadb_system_tables_data.sql',
  'fill_help_tables.sql',
  'maria_add_gis_sp_bootstrap.sql',
  'mariadb_sys_schema.sql',
];

/** A MariaDB server with a row-based binary log and global transaction ids. */
export function mariadbComponent(layout: Layout): Component {
  const bundle = layout.bundles.mariadb as string;
  const data = path.join(layout.databaseFolder, 'mariadb');
  const url = mariadbUrl(layout.ports.mariadb);
  const server = path.join(bundle, 'bin', 'mariadbd');
  const environment = {
    PATH: layout.environment.PATH,
    LC_ALL: 'C',
    TZ: 'UTC',
    LD_LIBRARY_PATH: path.join(bundle, 'libs'),
  };
  return {
    name: 'mariadb',
    address: url,
    data: {
      folder: data,
      account: layout.account,
      async prepare(folder, run) {
        for (const one of ['data', 'tmp']) makeOwnFolder(path.join(folder, one), layout.account);
        await run({
          command: server,
          args: [...serverOptions(bundle, folder), '--bootstrap', '--skip-networking'],
          env: environment,
          cwd: folder,
          account: layout.account,
          input: bootstrapScript((file) => readFileSync(path.join(bundle, 'share', file), 'utf8')),
        });
      },
    },
    launch: () => ({
      command: server,
      args: [...serverOptions(bundle, data), ...networkOptions(layout.ports.mariadb)],
      env: environment,
      cwd: data,
      account: layout.account,
      log: path.join(layout.folder, 'logs', 'mariadb.log'),
    }),
  };
}

function serverOptions(bundle: string, folder: string): string[] {
  const temporary = path.join(folder, 'tmp');
  return [
    // Must be first: ignore the machine's own /etc/my.cnf.
    '--no-defaults',
    `--basedir=${bundle}`,
    `--datadir=${path.join(folder, 'data')}`,
    // At startup a server deletes all temporary tables that it finds, even another server's.
    ...(existsSync(temporary) ? [`--tmpdir=${temporary}`] : []),
    `--lc-messages-dir=${path.join(bundle, 'share')}`,
    '--character-set-server=utf8mb4',
    '--default-time-zone=+00:00',
  ];
}

function networkOptions(port: number): string[] {
  return [
    `--port=${port}`,
    `--bind-address=${LOOPBACK}`,
    // Relative to the data folder: an absolute path may exceed the system's limit of 107 bytes.
    '--socket=mariadb.sock',
    '--skip-name-resolve',
    // Otherwise it generates a certificate, which takes 4 s or more at each start, for local connections only.
    '--skip-ssl',
    '--server-id=1',
    '--log-bin=binlog',
    '--binlog-format=ROW',
    '--binlog-row-image=FULL',
    '--gtid-strict-mode=ON',
    '--gtid-domain-id=0',
    '--max-allowed-packet=64M',
  ];
}

/** The system tables, the user and the database. The server's bootstrap reads one statement per line. */
export function bootstrapScript(read: (file: string) => string): string {
  const user = `'${DATABASE_USER}'@'%'`;
  return [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    ...BOOTSTRAP.map(read),
    // The root accounts without a password that the scripts create.
    "DELETE FROM global_priv WHERE User IN ('root', '');",
    'DELETE FROM proxies_priv;',
    'FLUSH PRIVILEGES;',
    `CREATE USER ${user} IDENTIFIED BY '${DATABASE_PASSWORD}';`,
    `GRANT ALL PRIVILEGES ON *.* TO ${user} WITH GRANT OPTION;`,
    `CREATE DATABASE ${DATABASE_NAME};`,
    '',
  ].join('\n');
}

function mariadbUrl(port: number): string {
  return `mysql://${DATABASE_USER}:${DATABASE_PASSWORD}@${LOOPBACK}:${port}/${DATABASE_NAME}`;
}

/** A query to check that the server uses this sandbox's files. */
export function mariadbProbe(url: string, data: string): Probe {
  return async () => {
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection({ uri: url, connectTimeout: PROBE_MS });
    try {
      const [rows] = await connection.query({
        sql: 'select @@datadir as folder, version() as version',
        timeout: PROBE_MS,
      });
      const [row] = rows as { folder: string; version: string }[];
      if (row === undefined || path.resolve(row.folder) !== path.join(data, 'data')) {
        throw new Error('another MariaDB server answers on the port');
      }
      return `MariaDB ${row.version.replace(/-MariaDB.*/, '')}`;
    } finally {
      connection.destroy();
    }
  };
}
