import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/connectors/files.ts';
import { validateConnectors } from '../../../src/validate/validate.ts';
import { BASES, check, store } from './check.ts';

const rulesOf = async (...given: Parameters<typeof check>) =>
  (await check(...given)).map(({ severity, rule, key }) => `${severity} ${rule} ${key}`);

/** All that is found in a text: by the reader, and by the rules. */
async function whole(text: string, file = 'one.json') {
  const { connectors, findings } = await readText(text, { file, origin: 'named' }, { environment: {} });
  return [...findings, ...(await validateConnectors(connectors, store))];
}

describe('comments', () => {
  it.each([
    ['one.json', '{"name":"f","config":{"_comment":"a","_comment":"b","//":"c","//":"d",%}}'],
    ['one.yaml', 'name: f\nconfig:\n  _comment: a\n  _comment: b\n  connector.class: FileStreamSource\n  topic: t\n'],
  ])('may stand twice: %s', async (file, text) => {
    expect(await whole(text.replace('%', '"connector.class":"FileStreamSource","topic":"t"'), file)).toEqual([]);
  });

  it('are the only keys that may', async () => {
    expect((await whole('{"name":"f","config":{"topic":"a","topic":"b"}}')).map(({ rule }) => rule)).toContain(
      'duplicate-key',
    );
  });
});

describe("properties of the driver below Debezium's database.", () => {
  it('are a note, with --strict too', async () => {
    const expected = ['note driver-property database.encrypt'];
    expect(await rulesOf('sqlserver', { 'database.encrypt': 'false' })).toEqual(expected);
    expect(await rulesOf('sqlserver', { 'database.encrypt': 'false' }, { strict: true })).toEqual(expected);
  });

  it('are not taken for a misspelt key', async () => {
    expect(await rulesOf('sqlserver', { 'database.instanc': 'db' })).toEqual(['warning unknown-key database.instanc']);
  });
});

describe('openlineage.integration.*', () => {
  it("is known to Debezium's sinks", async () => {
    expect(await check('sink', { 'openlineage.integration.enabled': 'true' })).toEqual([]);
  });
});

describe('a key of another plugin or client', () => {
  it.each([
    ['sink', 'topic.prefix'],
    ['file', 'batch.max.rows'],
    ['sink', 'linger.ms'],
  ] as const)('is no slip of one that this one has: %s %s', async (base, key) => {
    const findings = await check(base, { [key]: '1' });
    expect(findings.map(({ rule }) => rule)).toEqual(['unknown-key']);
    expect(findings[0]?.hint).not.toContain('Did you mean');
    expect(findings[0]?.fix).toBeUndefined();
  });

  it('leaves the slips of all others alone', async () => {
    const [slip] = await check('confluentSource', { 'poll.interval': '5' });
    expect(slip?.hint).toBe('Did you mean poll.interval.ms?');
    // Near batch.max.rows, and a key of Debezium's.
    const [copied] = await check('confluentSource', { 'max.batch.size': '5' });
    expect(copied?.hint).not.toContain('Did you mean');
  });
});

describe('a key next to the one it resembles', () => {
  it('must not take its place', async () => {
    const [finding] = await check('postgres', { 'slot.name': 'a', 'slot.nam': 'b' });
    expect(finding).toMatchObject({ rule: 'unknown-key', hint: 'Did you mean slot.name? It is already set.' });
    expect(finding?.fix).toBeUndefined();
  });
});

describe('a list or an object instead of text', () => {
  it.each([
    ['topics', ['a', 'b']],
    ['connector.class', {}],
    ['connection.url', { host: 'db' }],
    ['transforms', ['a']],
    ['tasks.max', [1]],
    ['no.key', [1]],
  ])('is one finding: %s', async (key, value) => {
    const config = { ...BASES.sink, [key]: value };
    const findings = await whole(JSON.stringify({ name: 'one', config }));
    expect(findings.map(({ severity, rule, key: about }) => `${severity} ${rule} ${about}`)).toEqual([
      `error value-not-text ${key}`,
    ]);
  });
});

describe('one finding a cause', () => {
  it('a required key under its old name is one error, with the change', async () => {
    const [finding, ...more] = await check('postgres', { 'topic.prefix': undefined, 'database.server.name': 'shop' });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      rule: 'missing-key',
      severity: 'error',
      key: 'topic.prefix',
      hint: 'Write topic.prefix instead of database.server.name, its old name.',
      fix: { kind: 'rename-key', key: 'database.server.name', to: 'topic.prefix', safe: false },
      message: 'topic.prefix is missing: database.server.name is its old name',
      excerpt: { text: expect.stringContaining('database.server.name') },
    });
  });

  it('a required key that is misspelt is one error, with the change', async () => {
    const misspelt = { 'database.hostname': undefined, 'database.hostnam': 'db' };
    expect(await check('postgres', misspelt)).toMatchObject([
      {
        rule: 'missing-key',
        key: 'database.hostname',
        hint: 'Did you mean database.hostname instead of database.hostnam?',
        fix: { kind: 'rename-key', key: 'database.hostnam', to: 'database.hostname', safe: false },
      },
    ]);
    expect(await rulesOf('sink', { 'connection.url': undefined, 'conection.url': 'jdbc:postgresql://db/a' })).toEqual([
      'error missing-key connection.url',
    ]);
  });

  it('a schema history under its old name is two errors for two lines', async () => {
    const findings = await check('mysql', {
      'schema.history.internal.kafka.bootstrap.servers': undefined,
      'schema.history.internal.kafka.topic': undefined,
      'database.history.kafka.bootstrap.servers': 'kafka:9092',
      'database.history.kafka.topic': 'h',
    });
    expect(findings.map(({ rule, key }) => `${rule} ${key}`)).toEqual([
      'schema-history-incomplete schema.history.internal.kafka.bootstrap.servers',
      'schema-history-incomplete schema.history.internal.kafka.topic',
    ]);
    expect(findings.map(({ excerpt }) => excerpt?.text.trim().split(':')[0])).toEqual([
      '"database.history.kafka.bootstrap.servers"',
      '"database.history.kafka.topic"',
    ]);
  });

  it('nothing follows from a value that is refused', async () => {
    expect(await rulesOf('sink', { 'errors.tolerance': 'ALL' }, { advice: true })).toEqual([
      'error invalid-value errors.tolerance',
    ]);
  });

  it('a list of schemas is not called none of tables', async () => {
    const findings = await check('postgres', { 'schema.include.list': 'sales' }, { advice: true });
    expect(findings.map(({ rule }) => rule)).not.toContain('everything-captured');
  });

  it('a list of tables under its old name is not also called missing', async () => {
    const findings = await check('postgres', { 'table.whitelist': 'public.a' }, { advice: true });
    expect(findings.map(({ rule }) => rule)).not.toContain('everything-captured');
    expect(findings.map(({ rule }) => rule)).toContain('renamed-key');
  });
});

describe('neither topics nor topics.regex, or both', () => {
  it('is one finding about both keys', async () => {
    for (const changes of [{ topics: undefined }, { 'topics.regex': 'a.*' }])
      expect(await check('sink', changes)).toMatchObject([{ key: 'topics', also: ['topics.regex'] }]);
  });
});

describe('a rename that also changes the value', () => {
  const unwrap = { transforms: 't', 'transforms.t.type': 'io.debezium.transforms.ExtractNewRecordState' };
  it.each([
    ['mongodb', { 'mongodb.poll.interval.sec': '30' }, 'mongodb.poll.interval.ms=30000'],
    ['postgres', { 'truncate.handling.mode': 'skip' }, 'skipped.operations=t'],
    ['postgres', { 'sanitize.field.names': 'true' }, 'field.name.adjustment.mode=avro'],
    [
      'postgres',
      { ...unwrap, 'transforms.t.drop.tombstones': 'false' },
      'transforms.t.delete.tombstone.handling.mode=tombstone',
    ],
    [
      'postgres',
      { ...unwrap, 'transforms.t.delete.handling.mode': 'rewrite' },
      'transforms.t.delete.tombstone.handling.mode=rewrite',
    ],
    [
      'postgres',
      { ...unwrap, 'transforms.t.drop.tombstones': 'false', 'transforms.t.delete.handling.mode': 'rewrite' },
      'transforms.t.delete.tombstone.handling.mode=rewrite-with-tombstone',
    ],
  ] as const)('%s %j: says the new one', async (base, changes, entry) => {
    const [finding] = await check(base, changes);
    expect(finding?.hint).toBe(`Write ${entry} instead.`);
    const [to, value] = entry.split('=');
    expect(finding?.fix).toMatchObject({ kind: 'rename-key', to, value });
  });

  it('says the form of MongoDB’s connection string', async () => {
    const [finding, ...more] = await check('mongodb', {
      'mongodb.connection.string': undefined,
      'mongodb.hosts': 'rs0/a:27017,b:27017',
    });
    expect(more).toEqual([]);
    expect(finding?.hint).toBe(
      'Write mongodb.connection.string=mongodb://a:27017,b:27017/?replicaSet=rs0 instead of mongodb.hosts, its old name.',
    );
  });

  it('shows a list of servers, which is not a secret', async () => {
    const findings = await check('mongodb', { 'mongodb.connection.string': 'rs0/a:27017,b:27017' }, { advice: true });
    expect(findings.filter(({ rule }) => rule === 'secret-in-clear')).toEqual([]);
    const [refused] = findings.filter(({ severity }) => severity === 'error');
    expect(refused?.message).toContain('"rs0/a:27017,b:27017"');
  });

  it('has no fix if the new value is unknown', async () => {
    const [finding] = await check('mongodb', { 'mongodb.poll.interval.sec': 'soon' });
    expect(finding?.fix).toBeUndefined();
  });
});

describe('include and exclude', () => {
  it.each([
    ['postgres', 'table'],
    ['postgres', 'schema'],
    ['postgres', 'column'],
    ['mysql', 'database'],
    ['mongodb', 'collection'],
  ] as const)('%s %s: exclude each other with one of them empty', async (base, kind) => {
    const [include, exclude] = [`${kind}.include.list`, `${kind}.exclude.list`];
    expect(await rulesOf(base, { [include]: '', [exclude]: '(a)[.].*[.].*' })).toEqual([
      `error exclusive-keys ${exclude}`,
    ]);
    expect(await rulesOf(base, { [include]: '(a)[.].*[.].*', [exclude]: '' })).toEqual([
      `error exclusive-keys ${exclude}`,
    ]);
  });
});

describe('database.hostname', () => {
  it.each(['db:5432', 'jdbc:postgresql://db', ' db', ' ', '', 'db\\inst', 'a,b', '::1'])(
    'cannot be "%s"',
    async (value) => {
      for (const base of ['postgres', 'mysql', 'sqlserver'] as const)
        expect(await rulesOf(base, { 'database.hostname': value })).toEqual(['error invalid-value database.hostname']);
    },
  );

  it.each(['db', 'db-1.shop_eu.internal', '10.0.0.1', '${file:/a:b}'])('can be "%s"', async (value) => {
    expect(await check('mysql', { 'database.hostname': value })).toEqual([]);
  });
});

describe('publication.name', () => {
  const named = (name: string, mode?: string) =>
    rulesOf('postgres', { 'publication.name': name, ...(mode ? { 'publication.autocreate.mode': mode } : {}) });
  it('is written without quotes', async () => {
    expect(await named('my-pub', 'filtered')).toEqual(['error unquoted-publication publication.name']);
    expect(await named('my-pub')).toEqual(['warning unquoted-publication publication.name']);
    expect(await named('my-pub', 'disabled')).toEqual([]);
    expect(await named('my_pub', 'filtered')).toEqual([]);
  });
});

describe('numbers', () => {
  const cases = store.list().flatMap(({ class: name, origin }) => {
    if (origin !== 'worker') return [];
    return Object.entries(store.schema(name)?.properties ?? {}).flatMap(
      ([key, { 'x-type': type, 'x-renamed': renamed }]) =>
        /^(?:INT|SHORT|LONG)$/.test(type) && !renamed ? [[name, key] as const] : [],
    );
  });
  it('beyond what their type holds are found with every key', async () => {
    const { checkScope } = await import('../../../src/validate/rules/keys.ts');
    const { scopeOf } = await import('../../../src/validate/rules/scope.ts');
    const missed: string[] = [];
    for (const [name, key] of cases) {
      const schema = store.schema(name);
      if (!schema) continue;
      const value = schema.properties[key]?.['x-type'] === 'LONG' ? '9223372036854775808' : '2147483648';
      const config = { [`x.${key}`]: value };
      const outer = {
        config,
        keys: Object.keys(config),
        prefix: '',
        unknown: () => false,
        written: () => value,
        show: () => value,
        families: () => new Map([['x', Object.keys(config)]]),
      };
      const found: (string | undefined)[] = [];
      checkScope(scopeOf(outer, 'x.'), schema, ({ rule, key: about }) => found.push(`${rule} ${about}`), { store });
      if (!found.includes(`invalid-value x.${key}`)) missed.push(`${name} ${key}`);
    }
    expect(missed).toEqual([]);
    expect(cases.length).toBeGreaterThan(200);
  });
});

describe('MongoDB', () => {
  it('runs one task', async () => {
    expect(await rulesOf('mongodb', { 'tasks.max': '4' })).toEqual(['warning idle-tasks tasks.max']);
    // One finding for one cause.
    expect(await rulesOf('mongodb', { 'tasks.max': '99999999999' })).toEqual(['error invalid-value tasks.max']);
  });
});

describe('a chain of thousands', () => {
  const aliases = Array.from({ length: 6000 }, (_, at) => `a.t${at}`);
  const each = (keys: (alias: string) => Record<string, string>) => Object.assign({}, ...aliases.map(keys));

  // Reading every key again for each alias took minutes.
  it.each([
    [
      'transforms and predicates',
      {
        transforms: aliases.join(','),
        predicates: aliases.join(','),
        ...each((alias) => ({
          [`transforms.${alias}.type`]: 'org.apache.kafka.connect.transforms.InsertField$Value',
          [`transforms.${alias}.static.field`]: 'f',
          [`transforms.${alias}.static.value`]: 'v',
          [`transforms.${alias}.predicate`]: alias,
          [`predicates.${alias}.type`]: 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
        })),
      },
      [],
    ],
    [
      'converters',
      {
        converters: aliases.join(','),
        ...each((alias) => ({ [`${alias}.type`]: 'example.Converter', [`${alias}.format`]: 'x' })),
      },
      [],
    ],
    [
      'groups that nothing names',
      each((alias) => ({ [`topic.creation.x${alias.slice(2)}.include`]: 'x' })),
      ['missing-key', 'orphan-alias'],
    ],
  ])('is checked before the test times out: %s', async (_, changes, rules) => {
    expect([...new Set((await check('postgres', changes)).map(({ rule }) => rule))]).toEqual(rules);
  });

  it('has each key below its own alias, in any order', async () => {
    const found = await check('postgres', {
      transforms: aliases.join(','),
      ...each((alias) => ({
        [`transforms.${alias}.static.fild`]: 'f',
        [`transforms.${alias}.type`]: 'org.apache.kafka.connect.transforms.InsertField$Value',
      })),
    });
    expect(found.filter(({ rule }) => rule === 'unknown-key').map(({ key }) => key)).toEqual(
      aliases.map((alias) => `transforms.${alias}.static.fild`),
    );
  });
});

describe('a value with credentials, under a key that should have none', () => {
  it.each([
    ['topic', 'http://u:hunter2@h'],
    ['topic', '[{"name":"X-Api-Key","value":"hunter2"}]'],
    ['key.converter', 'http://u:hunter2@h'],
    ['transforms', 'password=hunter2'],
    ['connector.class', 'postgres://u:hun"hunter2@h/'],
  ])('is not quoted: %s=%s', async (key, value) => {
    const findings = await check('file', { [key]: value });
    expect(findings.some((one) => one.key?.startsWith(key.slice(0, 5)))).toBe(true);
    expect(JSON.stringify(findings.map(({ message, hint }) => [message, hint]))).not.toContain('hunter2');
  });
});
