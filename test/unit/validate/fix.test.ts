import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixFiles, fixText } from '../../../src/validate/fix.ts';
import { BASES, store } from './check.ts';

async function fix(text: string, file: string, unsafe = false) {
  return fixText(text, file, store, { environment: {}, unsafe });
}

const JSON_TEXT = `{
  "name": "one",
  "config": {
    "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
    "topics": "a",   "dialect.name": "x",
    "connection.url": "jdbc:postgresql://h/d",
    "connection.username": "u",
    "table.name.format": "\${topic}",
    "pk.mode": "record_key",
    "primary.key.mode": "record_key",
    "insert.mod": "upsert",
    "connection.attempts": 3
  }
}
`;

describe('--fix in JSON', () => {
  it('removes dead keys and writes successors, and nothing else', async () => {
    const { text, applied } = await fix(JSON_TEXT, 'a.json');
    expect(applied.map(({ change }) => change)).toEqual([
      'removed dialect.name',
      'renamed table.name.format to collection.name.format',
      'removed pk.mode',
      'removed connection.attempts',
    ]);
    expect(text).toBe(
      `{
  "name": "one",
  "config": {
    "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
    "topics": "a",   ${''}
    "connection.url": "jdbc:postgresql://h/d",
    "connection.username": "u",
    "collection.name.format": "\${topic}",
    "primary.key.mode": "record_key",
    "insert.mod": "upsert"
  }
}
`,
    );
  });

  it('brings a misspelt key alive only with --fix-unsafe', async () => {
    expect((await fix(JSON_TEXT, 'a.json')).text).toContain('"insert.mod"');
    expect((await fix(JSON_TEXT, 'a.json', true)).text).toContain('"insert.mode": "upsert"');
  });

  it.each([
    ['excludes another one', '"topics": "a",', '"topics": "a", "topics.regexx": "b.*",'],
    ['has a wrong value', '"insert.mod": "upsert"', '"insert.mod": "upsrt"'],
  ])('leaves a misspelt key alone that, alive, %s', async (_case, from, to) => {
    const text = JSON_TEXT.replace(from, to);
    const key = /"(\S+)": "[^"]+"[,\n]?$/.exec(to)?.[1] as string;
    expect((await fix(text, 'a.json', true)).text).toContain(`"${key}"`);
  });
});

describe('--fix in YAML', () => {
  const yaml = `# the shop's source
name: one
config:
  connector.class: io.debezium.connector.postgresql.PostgresConnector  # Debezium
  topic.prefix: shop
  database.server.name: old   # from 1.x
  database.hostname: db
  database.user: u
  database.dbname: shop
  'snapshot.mode': "never"
  tasks.max: 4 # too many
  # keep me
  plugin.name: pgoutput
`;

  it('keeps comments, quotes and order', async () => {
    const { text, applied } = await fix(yaml, 'a.yaml');
    expect(applied).toHaveLength(3);
    expect(text).toBe(
      yaml
        .replace('  database.server.name: old   # from 1.x\n', '')
        .replace('"never"', '"no_data"')
        .replace('tasks.max: 4 #', 'tasks.max: 1 #'),
    );
  });

  it.each([
    ['a first entry', '{source.struct.version: v1, topic: t, file: f}', '{topic: t, file: f}'],
    ['one in the middle', '{topic: t, source.struct.version: v1, file: f}', '{topic: t, file: f}'],
    ['a last entry', '{topic: t, file: f, source.struct.version: v1}', '{topic: t, file: f}'],
    [
      'one on a line of its own',
      '{\n  topic: t,\n  source.struct.version: v1,\n  file: f\n}',
      '{\n  topic: t,\n  file: f\n}',
    ],
    ['a last one on its line', '{\n  topic: t,\n  source.struct.version: v1\n}', '{\n  topic: t\n}'],
    ['a value', '{topic: t, tasks.max: 4}', '{topic: t, tasks.max: 1}'],
    [
      'none where it would break',
      '{topic: t, source.struct.version: v1 # c\n}',
      '{topic: t, source.struct.version: v1 # c\n}',
    ],
  ])('fixes %s of a flow map', async (_what, before, after) => {
    const text = (map: string) =>
      `name: one\nconfig: ${map.replace('{', '{connector.class: io.debezium.connector.postgresql.PostgresConnector, ')}\n`;
    expect((await fix(text(before), 'a.yaml')).text).toBe(text(after));
  });

  it('leaves silenced findings and broken files alone', async () => {
    const silenced = yaml.replace('# too many', '# sluice-ignore idle-tasks: kept');
    expect((await fix(silenced, 'a.yaml')).text).toContain('tasks.max: 4');
    const double = yaml.replace('topic.prefix: shop', 'topic.prefix: shop\n  topic.prefix: shop');
    expect((await fix(double, 'a.yaml')).text).toBe(double);
  });
});

describe('properties of fixing', () => {
  const dead = { 'source.struct.version': 'v1', 'snapshot.new.tables': 'off', 'database.server.name': 'x' };
  it('a second time changes nothing, and what was no part of a finding stays', async () => {
    const key = fc.constantFrom(...Object.keys(dead));
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(Object.keys(dead)),
        key,
        fc.nat(3),
        fc.boolean(),
        async (keys, extra, indent, wrapped) => {
          const config = { ...BASES.postgres, ...Object.fromEntries([...keys, extra].map((one) => [one, 'x'])) };
          const document = wrapped ? { name: 'one', config } : { name: 'one', ...config };
          const { text } = await fix(JSON.stringify(document, null, indent), 'a.json');
          expect(JSON.parse(text)).toEqual(
            wrapped ? { name: 'one', config: BASES.postgres } : { name: 'one', ...BASES.postgres },
          );
          expect((await fix(text, 'a.json')).applied).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('properties', () => {
  const text = (keys: string) =>
    `# A connector of a standalone worker.\nname=shop\nconnector.class=io.debezium.connector.mongodb.MongoDbConnector\ntopic.prefix : shop\nmongodb.connection.string=mongodb://db/?replicaSet\\=rs0\n${keys}`;

  it('are changed in place, value and all', async () => {
    const before = text(
      'tasks.max = 3\nmongodb.poll.interval.sec=30\nmembers.auto.discover=\\\n  true\nheartbeat.interval.ms=5\n',
    );
    const { text: after, applied } = await fix(before, 'a.properties', true);
    expect(after).toBe(text('tasks.max = 1\nmongodb.poll.interval.ms=30000\nheartbeat.interval.ms=5\n'));
    expect(applied).toHaveLength(3);
  });
});

describe('a pipe', () => {
  it('is not waited for', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-fix-'));
    try {
      const pipe = path.join(folder, 'a.json');
      expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
      expect(await fixFiles([pipe], store, { environment: {}, unsafe: true })).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a text that is nested too deep', () => {
  it('is not checked', async () => {
    const deep = `{"name":"a","config":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    expect(await fix(deep, 'a.json')).toEqual({ text: deep, applied: [] });
  });
});

describe('--fix where an anchor is shared', () => {
  const item = (name: string, type: string, config: string) =>
    `  - kind: KafkaConnector\n    apiVersion: kafka.strimzi.io/v1\n    metadata: {name: ${name}}\n    spec:\n      class: ${type}\n      config: ${config}\n`;

  it.each([true, false])(
    'leaves a key that another connector needs under its old name (unsafe: %s)',
    async (unsafe) => {
      const shared = Object.entries({ ...BASES.sink, 'table.name.format': 'x' })
        .filter(([key]) => key !== 'connector.class')
        .map(([key, value]) => `\n        ${key}: ${value}`)
        .join('');
      const one = item('one', 'io.debezium.connector.jdbc.JdbcSinkConnector', `&c${shared}`);
      const two = item('two', 'io.confluent.connect.jdbc.JdbcSinkConnector', '*c');
      const text = `apiVersion: v1\nkind: List\nitems:\n${one}${two}`;
      const { text: fixed, applied } = await fix(text, 'a.yaml', unsafe);
      expect(fixed).toBe(text);
      expect(applied).toEqual([]);
    },
  );

  it('leaves a value that another key has, too', async () => {
    const config = Object.entries({ ...BASES.postgres, 'tasks.max': '&n 4', 'max.batch.size': '*n' });
    const text = `name: a\nconfig:\n${config.map(([key, value]) => `  ${key}: ${value}\n`).join('')}`;
    expect(await fix(text, 'a.yaml')).toEqual({ text, applied: [] });
  });

  it('fixes one that only one connector has', async () => {
    const config = Object.entries({ ...BASES.sink, 'table.name.format': 'x' });
    const text = `shared: &c\n${config.map(([key, value]) => `  ${key}: ${value}\n`).join('')}name: a\nconfig: *c\n`;
    const { text: fixed } = await fix(text, 'a.yaml');
    expect(fixed).toBe(text.replace('table.name.format', 'collection.name.format'));
  });
});
