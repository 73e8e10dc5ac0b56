import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeOwnFolder } from '../account.ts';
import { LOOPBACK } from '../ports.ts';
import type { Part, Probe, Site } from './part.ts';
import { DATABASE_NAME, DATABASE_PASSWORD, DATABASE_USER } from './postgres.ts';

/** In this order; what mariadb-install-db feeds to the server. */
const BOOTSTRAP = [
  'mariadb_system_tables.sql',
  'mariadb_performance_tables.sql',
  'mariadb_system_tables_data.sql',
  'fill_help_tables.sql',
  'maria_add_gis_sp_bootstrap.sql',
  'mariadb_sys_schema.sql',
];

/** A MariaDB server that writes its binary log by row, with global transaction ids. */
export function mariadbPart(site: Site): Part {
  const bundle = site.bundles.mariadb as string;
  const data = path.join(site.databaseFolder, 'mariadb');
  const url = mariadbUrl(site.ports.mariadb);
  const server = path.join(bundle, 'bin', 'mariadbd');
  const environment = {
    PATH: site.environment.PATH,
    LC_ALL: 'C',
    TZ: 'UTC',
    LD_LIBRARY_PATH: path.join(bundle, 'libs'),
  };
  return {
    part: 'mariadb',
    address: url,
    data: {
      folder: data,
      account: site.account,
      async prepare(folder, run) {
        for (const one of ['data', 'tmp']) makeOwnFolder(path.join(folder, one), site.account);
        await run({
          command: server,
          args: [...serverOptions(bundle, folder), '--bootstrap', '--skip-networking'],
          env: environment,
          cwd: folder,
          account: site.account,
          input: bootstrapScript((file) => readFileSync(path.join(bundle, 'share', file), 'utf8')),
        });
      },
    },
    launch: () => ({
      command: server,
      args: [...serverOptions(bundle, data), ...networkOptions(site.ports.mariadb)],
      env: environment,
      cwd: data,
      account: site.account,
      log: path.join(site.folder, 'logs', 'mariadb.log'),
    }),
  };
}

function serverOptions(bundle: string, folder: string): string[] {
  const temporary = path.join(folder, 'tmp');
  return [
    // First: the machine's own /etc/my.cnf is no matter of the sandbox's.
    '--no-defaults',
    `--basedir=${bundle}`,
    `--datadir=${path.join(folder, 'data')}`,
    // A server that starts deletes the temporary tables that it finds there, those of another one too.
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
    // Relative to the data folder: a whole path may be longer than the 107 bytes the system allows.
    '--socket=mariadb.sock',
    '--skip-name-resolve',
    // Or it makes itself a certificate, 4 s and more of computing at each start, for connections that stay on this machine.
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

/** The system tables, the user and the database. The server's bootstrap reads one statement a line. */
export function bootstrapScript(read: (file: string) => string): string {
  const user = `'${DATABASE_USER}'@'%'`;
  return [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    ...BOOTSTRAP.map(read),
    // The root accounts without a password that the scripts make.
    "DELETE FROM global_priv WHERE User IN ('root', '');",
    'DELETE FROM proxies_priv;',
    'FLUSH PRIVILEGES;',
    `CREATE USER ${user} IDENTIFIED BY '${DATABASE_PASSWORD}';`,
    `GRANT ALL PRIVILEGES ON *.* TO ${user} WITH GRANT OPTION;`,
    `CREATE DATABASE ${DATABASE_NAME};`,
    '',
  ].join('\n');
}

export function mariadbUrl(port: number): string {
  return `mysql://${DATABASE_USER}:${DATABASE_PASSWORD}@${LOOPBACK}:${port}/${DATABASE_NAME}`;
}

/** A query answered by the server whose files are this sandbox's. */
export function mariadbProbe(url: string, data: string): Probe {
  return async () => {
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection({ uri: url, connectTimeout: 3000 });
    try {
      const [rows] = await connection.query({ sql: 'select @@datadir as folder, version() as version', timeout: 3000 });
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
