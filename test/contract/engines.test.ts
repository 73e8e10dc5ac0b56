import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';
import { ENGINES } from '../../src/databases/engines.ts';

/*
 * A database system is added by folders of its own and a line in each registry (docs/new-database.md). It stays so only if
 * shared code asks an engine or a dialect for what differs, and never which one it is.
 */

const REGISTRIES = [
  'src/databases/engines.ts',
  'src/databases/model.ts',
  'src/preflight/engines.ts',
  'src/reconcile/dialects/index.ts',
  'src/topology/connector-class.ts',
];

/** Rooms with a folder for each engine, of one name in all of them. */
const ROOMS = ['src/databases', 'src/reconcile/dialects', 'src/preflight'];
const FOLDERS = globSync('src/databases/*/engine.ts', { cwd: packageRoot() }).map((file) =>
  path.basename(path.dirname(file)),
);

const sources = globSync('{src,commands}/**/*.ts', { cwd: packageRoot() }).map((file) =>
  file.replaceAll(path.sep, '/'),
);
const read = (file: string) => readFileSync(packagePath(file), 'utf8');

/** The engine whose folder a file is in. */
function folderOf(file: string): string | undefined {
  const room = ROOMS.find((one) => file.startsWith(`${one}/`));
  const [folder = ''] = room === undefined ? [] : file.slice(room.length + 1).split('/');
  return FOLDERS.includes(folder) ? folder : undefined;
}

const NAMES = [
  ...Object.entries(ENGINES).flatMap(([name, { schemes, otherSchemes = [] }]) => [name, ...schemes, ...otherSchemes]),
  ...['PostgreSQL', 'MySQL', 'MariaDB', 'SQL Server'],
];
const NAME = `(?:${[...new Set(NAMES)].join('|')})`;

/** A comparison with an engine's name, a case of it, or an object or a map with one as its key. */
const CHOICES = new RegExp(
  [
    `[!=]==?\\s*(['"])${NAME}\\1`,
    `(['"])${NAME}\\2\\s*[!=]==?`,
    `\\bcase (['"])${NAME}\\3`,
    `(?:^|[{,])\\s*(['"]?)${NAME}\\4:(?![:/])`,
    `\\[(['"])${NAME}\\5,`,
  ].join('|'),
);

function choices(text: string): string[] {
  return text.split('\n').filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line) && CHOICES.test(line));
}

describe('shared code', () => {
  it('never asks which engine it is', () => {
    const shared = sources.filter(
      (file) =>
        folderOf(file) === undefined &&
        !REGISTRIES.includes(file) &&
        // The sandbox has parts of these names.
        !/^(?:commands|src)\/(?:sandbox\/|demo\/|config\/sandbox-record\.ts)/.test(file),
    );
    expect(shared.length).toBeGreaterThan(300);
    const found = shared.flatMap((file) => choices(read(file)).map((line) => `${file}: ${line.trim()}`));
    expect(found).toEqual([]);
  });

  it.each([
    "if (session.engine === 'postgresql') return true;",
    "  return 'mysql' !== engine;",
    "    case 'sqlserver': {",
    '  mysql: (table) => table,',
    "const PORTS = { postgresql: 5432, 'mysql': 3306 };",
    "  ['mariadb', 'mysql'],",
    "if (server.product === 'MariaDB') return 1;",
  ])('would be found out: %s', (line) => {
    expect(choices(line)).toEqual([line]);
  });

  it.each([
    "  // if (engine === 'mysql')",
    ' * mysql: a comment',
    "const url = 'mysql://user@host/name';",
    "  hint: 'Write it as postgres://user@host:5432/name.',",
  ])('may say: %s', (line) => {
    expect(choices(line)).toEqual([]);
  });
});

/** Classes of connectors, in texts and in expressions. */
const CLASSES =
  /\bio\\?\.(?:debezium|confluent)\\?\.connect|(?<!\w)(?:(?:Jdbc|FileStream)S(?:ource|ink)|Mirror(?:Source|Heartbeat|Checkpoint))|(?<!\w)(?:Postgres|MySql|MariaDb|SqlServer|Oracle|MongoDb|Db2|Informix|Vitess)Connector\b/;

/** Lines of code that name a class, but for examples in hints and help. */
function classes(text: string): string[] {
  return text.split('\n').filter((line) => CLASSES.test(line) && !/^\s*(?:\/\/|\/?\*)|such as |config\.bin/.test(line));
}

describe('what a connector class means', () => {
  it('is written only in topology/connector-class.ts', () => {
    const others = sources.filter(
      (file) =>
        file !== 'src/topology/connector-class.ts' &&
        // The plugins that the sandbox installs.
        file !== 'src/sandbox/components/worker.ts',
    );
    expect(others.flatMap((file) => classes(read(file)).map((line) => `${file}: ${line.trim()}`))).toEqual([]);
  });

  it.each([
    "  'io.debezium.connector.mysql.MySqlConnector': lists,",
    'const JDBC = /^(?:io\\.confluent|io\\.debezium)\\..*JdbcSinkConnector$/;',
    "if (name.endsWith('PostgresConnector')) return true;",
    "const FILES = 'org.apache.kafka.connect.file.FileStreamSourceConnector';",
  ])('would be found elsewhere: %s', (line) => {
    expect(classes(line)).toEqual([line]);
  });
});

describe('the folder of an engine', () => {
  const imports = sources.flatMap((file) =>
    [...read(file).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(([, to = '']) => ({
      file,
      to: path.posix.join(path.posix.dirname(file), to),
    })),
  );

  it('is there for each that is registered', () => {
    expect(FOLDERS).toHaveLength(Object.keys(ENGINES).length);
  });

  it('is imported by registries only, and by folders of engines, one of which may build on another', () => {
    const into = imports.filter(({ to }) => folderOf(to) !== undefined);
    expect(into.length).toBeGreaterThan(50);
    const wrong = into.filter(({ file }) => folderOf(file) === undefined && !REGISTRIES.includes(file));
    expect(wrong).toEqual([]);
  });

  it('imports no driver before a session is opened', () => {
    const drivers = ['pg', 'pg-cursor', 'mysql2', 'tedious'];
    const early = sources.flatMap((file) =>
      [...read(file).matchAll(/^(?:import|export) (?!type\b)[^;]*? from '([^.'][^']*)'/gms)]
        .filter(([, name = '']) => drivers.includes(name))
        .map(([, name]) => `${file}: ${name}`),
    );
    expect(early).toEqual([]);
  });
});
