import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { captured } from '../../../src/preflight/captured-tables.ts';
import { CHECKS } from '../../../src/preflight/model.ts';
import { mysqlSourceFindings } from '../../../src/preflight/mysql/source.ts';
import { publicationFindings } from '../../../src/preflight/postgres/publication.ts';
import { slotFindings } from '../../../src/preflight/postgres/slots.ts';
import { targetFindings, wishesOf } from '../../../src/preflight/target/checks.ts';
import { locate } from '../../../src/topology/endpoints.ts';
import { topicOf, wantedTables } from '../../../src/topology/sink-tables.ts';

const quote = (name: string) => `"${name}"`;
const POSTGRES = 'io.debezium.connector.postgresql.PostgresConnector';
const SINK = 'io.debezium.connector.jdbc.JdbcSinkConnector';

describe('where a connector has its database', () => {
  const source = {
    'connector.class': POSTGRES,
    'database.hostname': 'db',
    'database.dbname': 'shop',
    'database.user': 'debezium',
    'database.password': 'p@ss',
  };

  it.each<[string, Record<string, string>, object]>([
    [
      'a Debezium source',
      source,
      { role: 'source', engine: 'postgresql', display: 'db:5432/shop', user: 'debezium', debezium: true },
    ],
    [
      'a MySQL source, which needs no right on a database to be let in',
      { ...source, 'connector.class': 'io.debezium.connector.mysql.MySqlConnector', 'database.include.list': 'shop' },
      { engine: 'mysql', url: 'mysql://debezium:p%40ss@db:3306/' },
    ],
    [
      'a SQL Server source',
      {
        ...source,
        'connector.class': 'io.debezium.connector.sqlserver.SqlServerConnector',
        'database.names': 'shop,crm',
      },
      { engine: 'sqlserver' },
    ],
    [
      'a Debezium sink',
      {
        'connector.class': SINK,
        'connection.url': 'jdbc:mysql://db:3307/x',
        'connection.username': 'w',
        'connection.password': 'p',
      },
      { role: 'target', engine: 'mysql', display: 'db:3307/x', user: 'w', debezium: false },
    ],
    [
      "Confluent's JDBC source",
      {
        'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
        'connection.url': 'jdbc:sqlserver://db:1433;databaseName=x;encrypt=true',
        'connection.user': 'r',
        'connection.password': 'p',
      },
      { role: 'source', engine: 'sqlserver', display: 'db:1433/x', user: 'r', debezium: false },
    ],
  ])('%s', (_what, config, expected) => {
    expect(locate(config)).toMatchObject({ endpoint: expected });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'another class',
      { 'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector' },
      /the database of its class is not known/,
    ],
    [
      "a reference of the worker's",
      { ...source, 'database.password': '${vault:a/b:c}' },
      /database\.password is filled in by the worker/,
    ],
    ['a host of the worker', { ...source, 'database.hostname': '${env:HOST}' }, /database\.hostname/],
    ['a mask', { ...source, 'database.password': '****' }, /database\.password/],
    ['nothing', { 'connector.class': POSTGRES }, /do not point to a database/],
    [
      'Oracle',
      { 'connector.class': SINK, 'connection.url': 'jdbc:oracle:thin:@db', 'connection.password': 'p' },
      /do not point to a database/,
    ],
  ])('is not known of %s', (_what, config, reason) => {
    expect(locate(config)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  it('is what sluice.yaml names for it, with the rights of its own user', () => {
    const named = { name: 'shop', url: 'postgres://admin:x@other/shop', engine: 'postgresql' as const };
    expect(locate({ ...source, 'database.password': '${file:a:b}' }, named)).toMatchObject({
      endpoint: { display: 'shop', url: named.url, user: 'debezium' },
    });
    expect(locate({ 'connector.class': POSTGRES }, named)).toMatchObject({ endpoint: { user: 'admin' } });
  });
});

describe('what a source captures', () => {
  const there = ['public.orders', 'public.lines', 'crm.orders', 'audit.log'].map((full) => {
    const [schema = '', name = ''] = full.split('.');
    return { schema, name };
  });
  const names = (config: Record<string, string>, key: 'schema' | 'database' = 'schema') =>
    captured(config, there, key).tables.map(({ schema, name }) => `${schema}.${name}`);

  it('are the tables that the lists match, as whole names in any case', () => {
    expect(names({})).toHaveLength(4);
    expect(names({ 'table.include.list': 'PUBLIC\\.(orders|lines)' })).toEqual(['public.orders', 'public.lines']);
    expect(names({ 'table.include.list': 'public.order' })).toEqual([]);
    expect(names({ 'table.include.list': 'public.orders , crm\\..*' })).toEqual(['public.orders', 'crm.orders']);
    expect(names({ 'table.exclude.list': '.*\\.orders' })).toEqual(['public.lines', 'audit.log']);
    expect(names({ 'schema.include.list': 'public,audit', 'table.exclude.list': 'audit.log' })).toHaveLength(2);
    expect(names({ 'schema.exclude.list': 'public' })).toEqual(['crm.orders', 'audit.log']);
    expect(names({ 'database.include.list': 'crm' }, 'database')).toEqual(['crm.orders']);
    expect(names({ 'table.include.list': '.*\\.[a-z]{1\\,5}' })).toEqual(['public.lines', 'audit.log']);
  });

  it('is nothing if a name is misspelt or an expression matches nothing', () => {
    const { findings } = captured({ 'table.include.list': 'public.odrers,shop\\..*,(' }, there, 'schema');
    expect(findings.map(({ severity, check, hint }) => [severity, check, hint])).toEqual([
      ['warning', 'table-missing', 'Did you mean public.orders?'],
      ['warning', 'table-missing', expect.stringContaining('as a whole')],
      ['warning', 'table-missing', expect.stringContaining('as a whole')],
    ]);
    expect(captured({ 'table.exclude.list': '.*' }, there, 'schema').findings).toMatchObject([
      { check: 'nothing-captured' },
    ]);
  });
});

describe('a slot', () => {
  const room = { max: 4, senders: { max: 4, used: 1 } };
  const slot = { name: 's', plugin: 'pgoutput', database: 'shop', active: false, pid: null, lost: null };
  const config = { 'slot.name': 's', 'plugin.name': 'pgoutput' };
  const checks = (slots: (typeof slot)[] | object[], holds?: boolean, facts: object = {}) =>
    slotFindings({ ...room, ...facts, slots: slots as (typeof slot)[] }, config, 'shop', holds).map(
      ({ severity, check }) => `${severity} ${check}`,
    );

  it.each<[string, object[], boolean | undefined, object, string[]]>([
    ['of its own, idle', [slot], false, {}, []],
    ['that does not exist, with room', [], false, {}, []],
    ['that does not exist, without room', [{ ...slot, name: 'a' }], false, { max: 1 }, ['error replication-slots']],
    ['that exists needs no room', [slot], false, { max: 1 }, []],
    ['of another plugin', [{ ...slot, plugin: 'wal2json' }], false, {}, ['error slot-plugin']],
    ['of another database', [{ ...slot, database: 'crm' }], false, {}, ['error slot-database']],
    ['whose log is gone', [{ ...slot, lost: 'lost' }], false, {}, ['error slot-lost']],
    ['whose log is going', [{ ...slot, lost: 'unreserved' }], false, {}, ['warning slot-lost']],
    ['in use by its connector', [{ ...slot, active: true }], true, {}, []],
    ['in use by another', [{ ...slot, active: true }], false, {}, ['error slot-active']],
    ['in use by who knows whom', [{ ...slot, active: true }], undefined, {}, ['note slot-active']],
    ['without a sender', [slot], false, { senders: { max: 1, used: 1 } }, ['error wal-senders']],
    ['in use has its sender', [{ ...slot, active: true }], true, { senders: { max: 1, used: 1 } }, []],
  ])('%s', (_what, there, holds, facts, expected) => {
    expect(checks(there, holds, facts)).toEqual(expected);
  });
});

describe('a publication', () => {
  const orders = { schema: 'public', name: 'orders', owned: false };
  const user = { superuser: false, createsInDatabase: true };
  const covering = { allTables: false, allOperations: true, owned: false, tables: [orders] };
  type Facts = Parameters<typeof publicationFindings>[0];

  it.each<[string, Facts, typeof user, string, boolean, string | null | undefined]>([
    [
      'that is missing and not made',
      undefined,
      user,
      'disabled',
      false,
      'CREATE PUBLICATION "p" FOR TABLE "public"."orders";',
    ],
    [
      'of all tables, which only a superuser makes',
      undefined,
      user,
      'all_tables',
      true,
      'CREATE PUBLICATION "p" FOR ALL TABLES;',
    ],
    ['of all tables, made by a superuser', undefined, { ...user, superuser: true }, 'all_tables', false, undefined],
    [
      'of tables that are not its own',
      undefined,
      user,
      'filtered',
      false,
      'CREATE PUBLICATION "p" FOR TABLE "public"."orders";',
    ],
    ['of its own tables', undefined, user, 'filtered', true, undefined],
    [
      'without the right to create',
      undefined,
      { ...user, createsInDatabase: false },
      'filtered',
      true,
      'CREATE PUBLICATION "p" FOR TABLE "public"."orders";',
    ],
    ['of somebody else, set at every start', covering, user, 'filtered', true, 'ALTER PUBLICATION "p" OWNER TO "d";'],
    ['of its own, with tables that are not', { ...covering, owned: true }, user, 'filtered', false, null],
    ['of its own', { ...covering, owned: true }, user, 'filtered', true, undefined],
    ['that covers the table', covering, user, 'disabled', false, undefined],
    ['for all tables', { ...covering, allTables: true, tables: [] }, user, 'disabled', false, undefined],
    [
      'that leaves the table out',
      { ...covering, tables: [] },
      user,
      'disabled',
      false,
      'ALTER PUBLICATION "p" ADD TABLE "public"."orders";',
    ],
    [
      'that leaves deletes out',
      { ...covering, allOperations: false },
      user,
      'disabled',
      false,
      `ALTER PUBLICATION "p" SET (publish = 'insert, update, delete, truncate');`,
    ],
  ])('%s', (_what, facts, role, mode, owned, statement) => {
    const config = { 'publication.name': 'p', 'publication.autocreate.mode': mode };
    const found = publicationFindings(facts, role, [{ ...orders, owned }], config, 'd', quote);
    expect(found.map((one) => one.statement)).toEqual(statement === undefined ? [] : [statement]);
  });

  it('of the captured tables cannot be created if there are none; one of all tables can', () => {
    const superuser = { superuser: true, createsInDatabase: true };
    const checks = (mode: string) =>
      publicationFindings(undefined, superuser, [], { 'publication.autocreate.mode': mode }, 'd', quote).map(
        ({ severity, check }) => `${severity} ${check}`,
      );
    expect(checks('filtered')).toEqual(['error publication-tables']);
    expect(checks('all_tables')).toEqual([]);
  });
});

describe('a MySQL source', () => {
  const account = { grantee: "'d'@'%'", grants: undefined };
  const on = { log_bin: 'ON', binlog_format: 'ROW', binlog_row_image: 'FULL', server_id: '1' };
  const checks = (variables: Record<string, string>, config: Record<string, string> = {}) =>
    mysqlSourceFindings(
      {
        product: 'MySQL',
        variables: new Map(Object.entries(variables)),
        account,
        tables: [{ schema: 's', name: 't', primaryKey: [] }],
      },
      config,
      quote,
    ).findings.map(({ check }) => check);

  it('is judged by its log; permissions that cannot be read are only a note', () => {
    expect(checks(on)).toEqual(['rights-unknown']);
    expect(checks({ ...on, log_bin: 'OFF', binlog_format: 'MIXED' })).toEqual(['binlog', 'rights-unknown']);
    expect(checks({ ...on, binlog_row_value_options: 'PARTIAL_JSON' })).toEqual([
      'binlog-partial-json',
      'rights-unknown',
    ]);
    // MariaDB 11.8 has an image that is FULL without what did not change.
    expect(checks({ ...on, binlog_row_image: 'FULL_NODUP' })).toEqual(['rights-unknown']);
    expect(checks({ ...on, server_id: '7' }, { 'database.server.id': '7' })).toEqual(['server-id', 'rights-unknown']);
  });
});

describe('a sink', () => {
  const source = { name: 'src', config: { 'connector.class': POSTGRES, 'topic.prefix': 'shop' } };
  const captures = new Map([['shop.public.orders', { schema: 'public', name: 'orders', primaryKey: ['id'] }]]);

  it('wants the tables of its topics, by name or by expression', () => {
    expect(topicOf(source.config, { schema: 'public', name: 'orders', primaryKey: [] })).toBe('shop.public.orders');
    const sql = {
      'connector.class': 'io.debezium.connector.sqlserver.SqlServerConnector',
      'topic.prefix': 's',
      'database.names': 'crm',
    };
    expect(topicOf(sql, { schema: 'dbo', name: 'x', primaryKey: [] })).toBe('s.crm.dbo.x');

    const named = { name: 'sink', config: { 'connector.class': SINK, topics: 'shop.public.orders, other.topic' } };
    expect(wantedTables(named, [source, named], captures)).toEqual([
      { name: 'shop_public_orders', topic: 'shop.public.orders', sourceKey: ['id'] },
      { name: 'other_topic', topic: 'other.topic' },
    ]);
    const matching = { name: 'sink', config: { 'connector.class': SINK, 'topics.regex': 'shop\\..*' } };
    expect(wantedTables(matching, [source, matching], captures).map(({ name }) => name)).toEqual([
      'shop_public_orders',
    ]);
  });

  it('are read as Connect reads them, in any case and with blanks', () => {
    const wishes = wishesOf({
      'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
      'auto.create': ' True',
      'delete.enabled': 'TRUE ',
    });
    expect(wishes).toMatchObject({ creates: true, deletes: true });
  });

  it("reads Debezium's and Confluent's words alike", () => {
    expect(
      wishesOf({ 'connector.class': SINK, 'insert.mode': 'upsert', 'schema.evolution': 'basic', 'tasks.max': '3' }),
    ).toEqual({
      mode: 'upsert',
      deletes: false,
      creates: true,
      tasks: 3,
      keyFields: [],
    });
    expect(
      wishesOf({
        'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
        'auto.create': 'true',
        'delete.enabled': 'true',
        'pk.fields': 'a, b',
      }),
    ).toEqual({ mode: 'insert', deletes: true, creates: true, tasks: 1, keyFields: ['a', 'b'] });
  });

  const statements = {
    user: 'w',
    quote,
    table: ({ schema, name }: { schema: string; name: string }) => `"${schema}"."${name}"`,
    grant: (rights: readonly string[]) => `GRANT ${rights.join(', ')}`,
    grantCreate: (schema: string) => `GRANT CREATE ${schema}`,
    dropForeignKey: (_table: object, key: string) => `DROP ${key}`,
  };
  const table = (more: object = {}) => ({
    wanted: { name: 't', topic: 'x' },
    id: { schema: 'public', name: 't' },
    existing: { kind: 'table' as const, primaryKey: ['id'], uniqueKeys: [['id']] },
    rights: new Set(['INSERT', 'UPDATE', 'DELETE', 'SELECT'] as const),
    foreignKeys: [],
    mayCreate: undefined,
    ...more,
  });
  const wishes = { mode: 'upsert' as const, deletes: true, creates: false, tasks: 1, keyFields: [] };

  it.each<[string, object, object, string[]]>([
    ['with all it needs', {}, {}, []],
    ['whose table is missing', { existing: undefined }, {}, ['error target-table null']],
    ['that may create the table', { existing: undefined, mayCreate: true }, { creates: true }, []],
    [
      'that may not create the table',
      { existing: undefined, mayCreate: false },
      { creates: true },
      ['error create-right GRANT CREATE public'],
    ],
    ['whose rights cannot be seen', { rights: undefined }, {}, []],
    ['without rights', { rights: new Set(['INSERT']) }, {}, ['error target-right GRANT UPDATE, DELETE, SELECT']],
    ['that only inserts needs no more', { rights: new Set(['INSERT']) }, { mode: 'insert', deletes: false }, []],
    ['without any key', { existing: { kind: 'table', primaryKey: [], uniqueKeys: [] } }, {}, ['error target-key null']],
    [
      'that deletes without a key',
      { existing: { kind: 'table', primaryKey: [], uniqueKeys: [] } },
      { mode: 'insert' },
      ['warning target-key null'],
    ],
    ['into a view', { existing: { kind: 'view', primaryKey: [], uniqueKeys: [] } }, {}, []],
    [
      'by other columns than the key',
      {},
      { keyFields: ['a', 'b'] },
      ['error target-key CREATE UNIQUE INDEX "t_key" ON "public"."t" ("a", "b");'],
    ],
    [
      'by the same columns in another order and case',
      { existing: { kind: 'table', primaryKey: ['B', 'A'], uniqueKeys: [['B', 'A']] } },
      { keyFields: ['a', 'b'] },
      [],
    ],
    [
      "by the source's key",
      {
        wanted: { name: 't', topic: 'x', sourceKey: ['k'] },
        existing: { kind: 'table', primaryKey: [], uniqueKeys: [] },
      },
      {},
      ['error target-key ALTER TABLE "public"."t" ADD PRIMARY KEY ("k");'],
    ],
    [
      'with a foreign key on what it writes, one task',
      { foreignKeys: [{ name: 'f', references: { schema: 'public', name: 't' } }] },
      {},
      ['note foreign-key DROP f'],
    ],
    [
      'with a foreign key on what it writes, three tasks',
      { foreignKeys: [{ name: 'f', references: { schema: 'public', name: 't' } }] },
      { tasks: 3 },
      ['warning foreign-key DROP f'],
    ],
    [
      'with a foreign key on what it does not write',
      { foreignKeys: [{ name: 'f', references: { schema: 'public', name: 'z' } }] },
      { tasks: 3 },
      [],
    ],
  ])('%s', (_what, some, other, expected) => {
    const found = targetFindings([table(some) as never], { ...wishes, ...other }, statements);
    expect(found.map(({ severity, check, statement }) => `${severity} ${check} ${statement}`)).toEqual(expected);
  });
});

describe('docs/preflight.md', () => {
  it('has a row for each check, and for no other', () => {
    const documented = [...readFileSync(packagePath('docs', 'preflight.md'), 'utf8').matchAll(/^\| `([a-z-]+)`/gm)].map(
      (match) => match[1],
    );
    expect(documented).toEqual(CHECKS);
  });
});
