import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import { type ConnectClient, createConnectClient } from '../../src/connect/client.ts';
import { mapBounded } from '../../src/connect/concurrency.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { readClientSchemas } from '../../src/schemas/generate/client-configs.ts';
import { collectSchemas } from '../../src/schemas/generate/collect.ts';
import { readSupplements } from '../../src/schemas/generate/supplements.ts';
import type { PluginSchema } from '../../src/schemas/plugin-schema.ts';
import { SchemaStore } from '../../src/schemas/store.ts';
import { schemaFiles } from '../../src/schemas/write.ts';
import { workFolder } from '../helpers/connectors.ts';
import { query } from '../helpers/query.ts';
import { dropReplication } from '../helpers/replication.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';
import { type Config, ours, theirs, unusualValues } from '../helpers/truth.ts';

const DEBEZIUM = 'io.debezium.connector.';

const store = new SchemaStore();
let client: ConnectClient;
beforeAll(() => {
  client = createConnectClient(
    { name: 'sandbox', urls: [sandbox.connectUrl], connect: {}, kafka: undefined, protected: false },
    { clock: systemClock, signal: AbortSignal.timeout(600_000), logger: silentLogger },
  );
});

describe('schemas/plugins', () => {
  it('is what this worker says (npm run schemas writes it)', async () => {
    const schemas = await collectSchemas(client, { supplements: readSupplements(), documented: true });
    schemas.push(...(await readClientSchemas(userFolders().cache)));
    const stale = [...schemaFiles(schemas)].filter(
      ([name, text]) => readFileSync(packagePath('schemas', 'plugins', name), 'utf8') !== text,
    );
    expect(stale.map(([name]) => name)).toEqual([]);
  }, 300_000);
});

describe('sluice schemas pull', () => {
  it("writes the same from any worker, and validate reads it from the project's folder", async () => {
    const folder = workFolder('pull');
    try {
      const pulled = await sluiceOnSandbox(['schemas', 'pull', '--json'], { cwd: folder.path() });
      expect(pulled.code).toBe(0);
      expect(parseDocument<{ plugins: object[] }>(pulled.stdout, 'schemas-pull').plugins.length).toBeGreaterThan(60);
      const own = new SchemaStore([folder.path('.sluice', 'schemas')]);
      const name = `${DEBEZIUM}postgresql.PostgresConnector`;
      expect(own.schema(name)).toEqual(store.schema(name));
    } finally {
      folder.remove();
    }
  }, 120_000);
});

describe('sluice validate --remote', () => {
  it('adds what only the worker knows, and tells a failed connection apart', async () => {
    const folder = workFolder('remote');
    try {
      const config = {
        'connector.class': `${DEBEZIUM}postgresql.PostgresConnector`,
        'topic.prefix': 'remote',
        'database.hostname': '127.0.0.1',
        'database.port': '1',
        'database.user': 'u',
        'database.password': 'hunter2',
        'database.dbname': 'd',
        'plugin.name': 'pgoutput',
        'key.converter': 'com.acme.NoConverter',
      };
      const file = folder.write('remote.json', JSON.stringify({ name: 'remote', config }));
      const { code, stdout } = await sluiceOnSandbox(['validate', file, '--remote', '--json']);
      expect(code).toBe(11);
      expect(stdout).not.toContain('hunter2');
      const { findings } = parseDocument<{ findings: { rule: string; key: string }[] }>(stdout, 'validate');
      const remote = findings.filter(({ rule }) => rule.startsWith('worker-')).map(({ rule, key }) => `${rule} ${key}`);
      expect(remote).toContain('worker-error key.converter');
      expect(remote.some((one) => one.startsWith('worker-connection database.'))).toBe(true);
    } finally {
      folder.remove();
    }
  });
});

const history = {
  'schema.history.internal.kafka.bootstrap.servers': 'kafka:9092',
  'schema.history.internal.kafka.topic': 'history',
};
/** Complete but for what a connection needs: a probe must not open any. */
const BASES: Record<string, Config> = {
  postgres: {
    'connector.class': `${DEBEZIUM}postgresql.PostgresConnector`,
    'topic.prefix': 'p',
    'database.user': 'u',
    'database.dbname': 'd',
  },
  mysql: {
    'connector.class': `${DEBEZIUM}mysql.MySqlConnector`,
    'topic.prefix': 'p',
    'database.user': 'u',
    'database.server.id': '5',
    ...history,
  },
  mariadb: {
    'connector.class': `${DEBEZIUM}mariadb.MariaDbConnector`,
    'topic.prefix': 'p',
    'database.user': 'u',
    'database.server.id': '5',
    ...history,
  },
  sqlserver: {
    'connector.class': `${DEBEZIUM}sqlserver.SqlServerConnector`,
    'topic.prefix': 'p',
    'database.names': 'd',
    ...history,
  },
  mongodb: { 'connector.class': `${DEBEZIUM}mongodb.MongoDbConnector`, 'topic.prefix': 'p' },
  jdbc: {
    'connector.class': `${DEBEZIUM}jdbc.JdbcSinkConnector`,
    topics: 'a',
    'connection.url': 'jdbc:postgresql://h/d',
    'connection.username': 'u',
  },
  'file source': { 'connector.class': 'FileStreamSource', topic: 'a', file: '/tmp/a' },
  'file sink': { 'connector.class': 'FileStreamSink', topics: 'a', file: '/tmp/a' },
};
const POLLING = { timeout: 60_000, interval: 500 };
const CONNECTION = new Set(['database.hostname', 'mongodb.connection.string']);
const UNTOUCHED = /^(?:name|connector\.class|.*plugin\.version)$/;

function mutations(base: Config, schema: PluginSchema): Config[] {
  const without = Object.keys(base)
    .filter((key) => key !== 'connector.class')
    .map((key) => Object.fromEntries(Object.entries(base).filter(([one]) => one !== key)));
  const changed = Object.entries(schema.properties)
    .filter(([key]) => !CONNECTION.has(key) && !UNTOUCHED.test(key))
    .flatMap(([key, known]) => unusualValues(known).map((value) => ({ ...base, [key]: value })));
  return [base, ...without, ...changed];
}

describe("every config error of the worker's validate is found offline", () => {
  it.each(Object.entries(BASES))(
    '%s, each key with wrong and unusual values',
    async (_name, base) => {
      const resolution = store.resolve(base['connector.class'] ?? '', ['source', 'sink']);
      const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
      if (!schema) throw new Error(`no schema of ${base['connector.class']}`);
      const missed: string[] = [];
      let errors = 0;
      await mapBounded(mutations(base, schema), 4, async (config) => {
        const found = await ours(config, store);
        for (const [key, error] of await theirs(config, client)) {
          if (CONNECTION.has(key)) continue;
          errors += 1;
          if (!found.has(key)) missed.push(`${key}=${config[key]}: ${error}`);
        }
      });
      expect(missed).toEqual([]);
      expect(errors).toBeGreaterThan(20);
    },
    300_000,
  );
});

describe("every error of the worker's validate about what hangs on a connector is found offline", () => {
  const lines = { 'connector.class': 'FileStreamSource', topic: 'a', file: '/tmp/a' };
  const plugins = store
    .list()
    .filter(({ origin, types }) => origin === 'worker' && !types.some((type) => /^(?:source|sink|client)$/.test(type)));

  it.each(plugins.map((plugin) => [plugin.class, plugin.types] as const))('%s', async (name, types) => {
    const schema = store.schema(name);
    if (!schema) throw new Error(`no schema of ${name}`);
    const [prefix, base] = types.includes('transformation')
      ? ['transforms.p.', { transforms: 'p', 'transforms.p.type': name }]
      : types.includes('predicate')
        ? ['predicates.p.', { predicates: 'p', 'predicates.p.type': name }]
        : types.includes('converter')
          ? ['value.converter.', { 'value.converter': name }]
          : ['header.converter.', { 'header.converter': name }];
    const required = Object.fromEntries(
      schema.required.map((key) => [prefix + key, schema.properties[key]?.['x-type'] === 'INT' ? '1' : 'string']),
    );
    const changed = Object.entries(schema.properties).flatMap(([key, known]) =>
      unusualValues(known).map((value) => ({ ...lines, ...base, ...required, [prefix + key]: value })),
    );
    const missed: string[] = [];
    await mapBounded([{ ...lines, ...base }, ...changed], 4, async (config: Config) => {
      const found = await ours(config, store);
      for (const [key, error] of await theirs(config, client)) {
        if (!found.has(key)) missed.push(`${key}=${config[key]}: ${error}`);
      }
    });
    expect(missed).toEqual([]);
  });
});

describe('what really starts is no error, and what we call an error does not start', () => {
  const lines = { 'connector.class': 'FileStreamSource', file: packagePath('LICENSE') };
  const sink = () => ({
    'connector.class': `${DEBEZIUM}jdbc.JdbcSinkConnector`,
    topics: 'truth-none',
    'connection.url': `jdbc:postgresql://${sandbox.target.host}:${sandbox.target.port}/${sandbox.target.database}`,
    'connection.username': sandbox.target.user,
    'connection.password': sandbox.target.password,
    // Its pool would try for half a minute before the task fails.
    'hibernate.c3p0.acquireRetryAttempts': '1',
  });
  const FILTERED = { 'publication.autocreate.mode': 'filtered' };
  // Offsets outlive a connector: in a sandbox that is used again names must be new.
  const run = Date.now().toString(36);
  let slots = 0;
  const source = (more: Config): Config => {
    slots += 1;
    return {
      'connector.class': `${DEBEZIUM}postgresql.PostgresConnector`,
      'topic.prefix': `truth_${run}_${slots}`,
      'database.hostname': sandbox.source.host,
      'database.port': String(sandbox.source.port),
      'database.user': sandbox.source.user,
      'database.password': sandbox.source.password,
      'database.dbname': sandbox.source.database,
      'plugin.name': 'pgoutput',
      'slot.name': `truth_${run}_${slots}`,
      'slot.drop.on.stop': 'true',
      ...more,
    };
  };
  const transform = (type: string, keys: Config): Config => ({
    ...lines,
    transforms: 't',
    'transforms.t.type': type,
    ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`transforms.t.${key}`, value])),
  });
  const cases: [what: string, config: () => Config][] = [
    ['an orphan transform', () => ({ ...lines, 'transforms.z.type': 'X' })],
    ['a converter key without converter', () => ({ ...lines, 'key.converter.schemas.enable': 'maybe' })],
    ['more tasks than one', () => ({ ...lines, 'tasks.max': '5' })],
    ['an unknown key', () => ({ ...lines, 'batch.sise': '5' })],
    ['an unknown override', () => ({ ...lines, 'producer.override.lingr.ms': '5' })],
    ['a wrong override', () => ({ ...lines, 'producer.override.acks': 'most' })],
    ['an incomplete topic.creation', () => ({ ...lines, 'topic.creation.default.partitions': '3' })],
    ['an undefined predicate', () => transform('HoistField$Value', { field: 'a', predicate: 'p' })],
    ['a text timestamp without format', () => transform('TimestampConverter$Value', { 'target.type': 'string' })],
    ['a static field without value', () => transform('InsertField$Value', { 'static.field': 'a' })],
    [
      'a wrong choice of a Debezium transform',
      () => transform('io.debezium.transforms.ExtractNewRecordState', { 'delete.tombstone.handling.mode': 'bogus' }),
    ],
    ['a Debezium transform without its keys', () => transform('io.debezium.transforms.ByLogicalTableRouter', {})],
    [
      'a hash function that does not exist',
      () =>
        transform('io.debezium.transforms.partitions.PartitionRouting', {
          'partition.payload.fields': 'a',
          'partition.topic.num': '2',
          'partition.hash.function': 'bogus',
        }),
    ],
    ['a sink', sink],
    ['a wrong insert.mode', () => ({ ...sink(), 'insert.mode': 'bogus' })],
    ['upsert without a key', () => ({ ...sink(), 'insert.mode': 'upsert' })],
    ['upsert with a key', () => ({ ...sink(), 'insert.mode': 'upsert', 'primary.key.mode': 'record_key' })],
    ['deletes without record keys', () => ({ ...sink(), 'delete.enabled': 'true' })],
    ['a batch size below one', () => ({ ...sink(), 'batch.size': '-1' })],
    ['both field lists', () => ({ ...sink(), 'field.include.list': 'a', 'field.exclude.list': 'b' })],
    ["Confluent's names", () => ({ ...sink(), 'pk.mode': 'record_key', 'auto.create': 'true' })],
    ['old names that still work', () => ({ ...sink(), 'table.name.format': 'x' })],
    [
      'a port of a sink that there is not',
      () => ({ ...sink(), 'connection.url': 'jdbc:postgresql://127.0.0.1:70000/x' }),
    ],
    ['both field lists, one empty', () => ({ ...sink(), 'field.include.list': '', 'field.exclude.list': 'b' })],
    ['a replacement without its group', () => transform('RegexRouter', { regex: '(.*)', replacement: 'x-$2' })],
    ['a replacement that ends in $', () => transform('RegexRouter', { regex: '(.*)', replacement: 'x-$' })],
    [
      'a replacement that is no name of a topic',
      () => transform('RegexRouter', { regex: '(.*)', replacement: 'x $1' }),
    ],
    ['a replacement with its group', () => transform('RegexRouter', { regex: '(.*)', replacement: '$1-x' })],
    [
      'a filtered publication',
      () => source({ ...FILTERED, 'publication.name': 'truth_pub', 'table.include.list': 'public.truth_rows' }),
    ],
    [
      'a filtered publication whose name needs quotes',
      () => source({ ...FILTERED, 'publication.name': 'truth-pub', 'table.include.list': 'public.truth_rows' }),
    ],
    [
      'no table in a filtered publication',
      () => source({ ...FILTERED, 'publication.name': 'truth_none', 'table.include.list': 'truth_rows' }),
    ],
    [
      'signals from a port that there is not',
      () =>
        source({
          ...FILTERED,
          'publication.name': 'truth_signals',
          'table.include.list': 'public.truth_rows',
          'signal.enabled.channels': 'kafka',
          'signal.kafka.bootstrap.servers': 'kafka:99999',
        }),
    ],
  ];
  /** What starts all the same, and fails at the first record that it concerns. */
  const LATER = ['deletes without record keys', 'a replacement that is no name of a topic'];
  const names = cases.map((_case, index) => `truth-${index}`);
  const onSource = (...statements: string[]) => query(sandbox.source, ...statements);
  beforeAll(() => onSource('create table if not exists truth_rows (id int primary key)'));
  afterAll(async () => {
    await Promise.all(names.map((name) => client.delete(name)));
    await dropReplication(sandbox.source, 'truth');
    await onSource('drop table truth_rows');
  });

  // Side by side, as each has a connector of its own and waits for it.
  it.concurrent.each(cases.map(([what, config], index) => [what, config, names[index] ?? ''] as const))(
    '%s',
    async (what, config, name) => {
      const full = { topic: name, ...config() };
      if ('topics' in full) delete (full as Config)['topic'];
      const wrong = await ours(full, store);
      expect({ starts: await starts(name, full), wrong: [...wrong] }).toEqual({
        starts: wrong.size === 0 || LATER.includes(what),
        wrong: LATER.includes(what) ? [expect.any(String)] : [...wrong],
      });
    },
  );

  it('JSON without schemas into a JDBC sink fails at the first record', async () => {
    const text = 'org.apache.kafka.connect.storage.StringConverter';
    const folder = workFolder('truth-json');
    const topic = `truth-json-${run}`;
    const config = {
      ...sink(),
      topics: topic,
      // It would make the table, were there a schema.
      'schema.evolution': 'basic',
      'key.converter': text,
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
    };
    try {
      expect([...(await ours(config, store))]).toEqual(['value.converter.schemas.enable']);
      const file = folder.write('lines.json', '{"id":1}\n');
      await client.putConfig(`${topic}-source`, {
        'connector.class': 'FileStreamSource',
        topic,
        file,
        'key.converter': text,
        'value.converter': text,
      });
      await client.putConfig(`${topic}-sink`, config);
      await expect
        .poll(async () => (await client.status(`${topic}-sink`))?.tasks.map(({ state }) => state), POLLING)
        .toEqual(['FAILED']);
      expect((await client.status(`${topic}-sink`))?.tasks[0]?.trace).toContain('is null');
    } finally {
      await Promise.all(['source', 'sink'].map((part) => client.delete(`${topic}-${part}`)));
      folder.remove();
    }
  });

  /** Whether the connector comes to run a task; false where it is refused or fails. */
  async function starts(name: string, config: Config): Promise<boolean> {
    try {
      await client.putConfig(name, config);
    } catch {
      return false;
    }
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const status = await client.status(name);
      const states = [status?.connector.state, ...(status?.tasks ?? []).map((task) => task.state)];
      if (states.includes('FAILED')) return false;
      // A task may run for a moment before it fails: it must have come to poll.
      if (states.length > 1 && states.every((state) => state === 'RUNNING')) {
        const again = await settled(name);
        if (again !== undefined) return again;
      }
      await systemClock.sleep(200);
    }
    throw new Error(`${name} neither runs nor fails`);
  }

  async function settled(name: string): Promise<boolean | undefined> {
    await systemClock.sleep(1500);
    const status = await client.status(name);
    if (status?.tasks.some((task) => task.state === 'FAILED')) return false;
    return status?.tasks.some((task) => task.state === 'RUNNING') ? true : undefined;
  }
});
