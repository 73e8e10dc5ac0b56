import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../src/config/database-url.ts';
import { isMasked } from '../../../src/text/masks.ts';
import {
  changesOf,
  type PipelineConnector,
  readPipeline,
  sinkUrl,
  sourceDatabases,
  sourceUrl,
} from '../../../src/topology/pipeline.ts';

const source = (name: string, prefix: string, more: Record<string, string> = {}): PipelineConnector => ({
  name,
  config: {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'topic.prefix': prefix,
    'database.hostname': 'db1',
    'database.port': '5433',
    'database.user': 'app',
    'database.password': 'p@ss',
    'database.dbname': 'shop',
    ...more,
  },
});
const sink = (more: Record<string, string>): PipelineConnector => ({
  name: 'sink',
  config: {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'connection.url': 'jdbc:postgresql://db2/warehouse?sslmode=prefer',
    'connection.username': 'w',
    'connection.password': 'x',
    ...more,
  },
});
const ROUTED = {
  'topics.regex': 'shop\\..+',
  transforms: 'table',
  'transforms.table.type': 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.table.regex': '(?:.*\\.)?([^.]+)',
  'transforms.table.replacement': '$1',
  'collection.name.format': 'public.${topic}',
};
const transform = (type: string) => ({ transforms: 't', 'transforms.t.type': type });
const TOPICS = [
  'shop.public.orders',
  'shop.public.lines',
  'shop',
  '__debezium-heartbeat.shop',
  'shop.transaction',
  'other.public.x',
];

const tables = (pipeline: { tables: { from: object; to: object }[] }) =>
  pipeline.tables.map(({ from, to }) => ({ from, to }));

describe('readPipeline', () => {
  it('knows tables by topics, transforms and the name format, and ignores what is not a table', () => {
    const pipeline = readPipeline(sink(ROUTED), [source('src', 'shop')], TOPICS);
    expect(tables(pipeline)).toEqual([
      { from: { schema: 'public', name: 'lines' }, to: { schema: 'public', name: 'lines' } },
      { from: { schema: 'public', name: 'orders' }, to: { schema: 'public', name: 'orders' } },
    ]);
    expect(pipeline.unknown).toEqual([]);
  });

  it.each<[string, Record<string, string>, object]>([
    ['Debezium writes underscores for dots', {}, { name: 'shop_public_orders' }],
    [
      'Confluent takes the dots for schema and table',
      { 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector' },
      { schema: 'public', name: 'orders' },
    ],
    ['a constant name', { 'collection.name.format': 'all_orders' }, { name: 'all_orders' }],
    ['the old key', { 'table.name.format': 'copy_${topic}' }, { name: 'copy_shop_public_orders' }],
  ])('%s', (_name, config, to) => {
    const pipeline = readPipeline(sink({ topics: 'shop.public.orders', ...config }), [source('src', 'shop')], TOPICS);
    expect(pipeline.tables[0]?.to).toEqual(to);
  });

  it('a topic whose table only its records tell is named with the reason', () => {
    const pipeline = readPipeline(
      sink({ topics: 'shop.public.orders', 'collection.name.format': '${source.table}' }),
      [source('src', 'shop')],
      TOPICS,
    );
    expect(pipeline.unknown).toEqual([
      { topic: 'shop.public.orders', reason: 'the name format ${source.table} needs the records themselves' },
    ]);
  });

  it('reads which columns the pipeline drops, adds and renames', () => {
    const pipeline = readPipeline(
      sink({
        ...ROUTED,
        transforms: 'table,fields',
        'transforms.fields.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
        'transforms.fields.exclude': 'secret',
        'transforms.fields.renames': 'note:remark,__op:kind',
        'field.exclude.list': 'a,orders:b,lines:c,shop.public.orders:d',
      }),
      [
        source('src', 'shop', {
          transforms: 'unwrap',
          'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
          'transforms.unwrap.add.fields': 'op,source.ts_ms',
          'column.exclude.list': 'public\\.orders\\.hidden',
        }),
      ],
      ['shop.public.orders'],
    );
    const { changes } = pipeline.tables[0] ?? {};
    expect(changes).toMatchObject({ added: ['kind', '__source_ts_ms'], marks: [] });
    const columns = ['id', 'secret', 'Secret', 'note', 'a', 'A', 'b', 'c', 'd', 'hidden', 'HIDDEN'];
    expect(columns.map((column) => (changes?.drops(column) ? undefined : changes?.fieldOf(column)))).toEqual([
      'id',
      undefined,
      'Secret',
      'remark',
      undefined,
      'A',
      undefined,
      'c',
      'd',
      undefined,
      undefined,
    ]);
  });

  const oneTable = (changes: Record<string, string>, own: Record<string, string> = {}) => {
    const [table] = readPipeline(
      sink({ topics: 'shop.public.orders', ...changes }),
      [source('src', 'shop', own)],
      ['shop.public.orders'],
    ).tables;
    if (table === undefined) throw new Error('no table');
    return table;
  };
  const COLUMNS = ['id', 'hidden', 'HIDDEN', 'old', 'note', 'source', 'remark'];
  const leftOut = (table: ReturnType<typeof oneTable>) => COLUMNS.filter((column) => table.changes.drops(column));

  it.each<[string, string[]]>([
    ['public.orders.hidden', ['hidden', 'HIDDEN']],
    ['public\\.orders\\.(hidden|old)', ['hidden', 'HIDDEN', 'old']],
    ['.*\\.note', ['note']],
    ['public.lines.hidden', []],
    ['other.orders.hidden', []],
    ['orders.hidden', []],
    ['public.orders.hid', []],
    ['public.[a-m].*.hidden,public.(lines|orders).old', ['old']],
  ])('the source leaves out by column.exclude.list %s no column of another table', (list, left) => {
    expect(leftOut(oneTable({}, { 'column.exclude.list': list }))).toEqual(left);
  });

  it('the source leaves out what its column.include.list does not name', () => {
    const list = 'public.orders.(id|note),public.lines.old';
    expect(leftOut(oneTable({}, { 'column.include.list': list }))).toEqual([
      'hidden',
      'HIDDEN',
      'old',
      'source',
      'remark',
    ]);
  });

  it.each(['(?i)public.orders.id', 'public.orders.(id|note)++', 'public.lines.id,${file:/lists:columns}'])(
    'a list of columns that only the worker can evaluate leaves out none: %s',
    (list) => {
      for (const key of ['column.include.list', 'column.exclude.list'])
        expect(leftOut(oneTable({}, { [key]: list }))).toEqual([]);
      const mask = oneTable({}, { 'column.mask.with.3.chars': list }).changes;
      expect(mask.alters('remark')).toMatchObject({ every: false });
    },
  );

  it('a transform or list of fields with a reference may do anything, and leaves out no column', () => {
    const reference = '${file:/lists:columns}';
    for (const option of ['include', 'exclude', 'renames']) {
      const config = dropping({ 'transforms.drop.predicate': '', [`transforms.drop.${option}`]: `old,${reference}` });
      expect(leftOut(oneTable(config))).toEqual([]);
      expect(oneTable(config).rows.unfollowed).toEqual(['ReplaceField (drop)']);
    }
    const pattern = matching(reference, 'true');
    expect(leftOut(oneTable(pattern))).toEqual([]);
    expect(leftOut(oneTable({ 'field.include.list': `id,${reference}` }))).toEqual([]);
    expect(oneTable({}, { 'skipped.operations': reference }).rows.unfollowed).toEqual(['skipped.operations']);
  });

  it('a list of fields by topics leaves out none where the topic is unknown', () => {
    const config = { 'field.include.list': 'shop.public.orders:id' };
    const from = { schema: 'public', name: 'orders' };
    const known = changesOf(sink(config).config, source('src', 'shop').config, 'shop.public.orders', from).changes;
    const unknown = changesOf(sink(config).config, source('src', 'shop').config, undefined, from).changes;
    expect([known.drops('note'), unknown.drops('note')]).toEqual([true, false]);
  });

  it.each(['delete.tombstone.handling.mode', 'delete.handling.mode'])('%s=rewrite marks rows', (key) => {
    const unwrap = (mode: string) =>
      oneTable({ ...transform('io.debezium.transforms.ExtractNewRecordState'), [`transforms.t.${key}`]: mode }).changes
        .marks;
    expect(unwrap('rewrite')).toEqual(['__deleted']);
    expect(unwrap('drop')).toEqual([]);
  });

  const UNWRAP = { 'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState' };
  const dropping = (more: Record<string, string>) => ({
    ...UNWRAP,
    transforms: 'unwrap,drop',
    'transforms.drop.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
    'transforms.drop.exclude': 'note',
    'transforms.drop.predicate': 'p',
    ...more,
  });
  const matching = (pattern: string, negate = 'false') =>
    dropping({
      'transforms.drop.negate': negate,
      'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
      'predicates.p.pattern': pattern,
    });
  it.each<[string, Record<string, string>, string[]]>([
    ['the topic', matching('shop.*'), ['note']],
    ['another topic', matching('shop.public.lines'), []],
    ['all topics but this', matching('.*orders', 'true'), []],
    ['all topics but another', matching('.*lines', 'true'), ['note']],
    ['all topics but this, in other letters', matching('.*orders', ' True'), []],
    [
      'records that are no tombstones',
      dropping({
        'transforms.drop.negate': 'true',
        'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
      }),
      ['note'],
    ],
    [
      'records that have a header',
      dropping({ 'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.HasHeaderKey' }),
      [],
    ],
  ])('a transform that acts on %s', (_what, config, left) => {
    expect(leftOut(oneTable(config))).toEqual(left);
    expect(leftOut(oneTable({}, config))).toEqual(left);
  });

  const replacing = (transforms: string, more: Record<string, string>) => ({
    ...UNWRAP,
    transforms,
    'transforms.after.type': 'org.apache.kafka.connect.transforms.ExtractField$Value',
    'transforms.after.field': 'after',
    'transforms.drop.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
    'transforms.drop.exclude': 'note,source',
    'transforms.rename.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
    'transforms.rename.renames': 'note:remark,source:note',
    ...more,
  });
  it.each<[string, string, Record<string, string>, string[]]>([
    ['of envelopes, which have no fields of columns', 'drop', {}, []],
    ['of envelopes that become rows later', 'drop,unwrap', {}, []],
    ['of rows', 'unwrap,drop', {}, ['note', 'source']],
    ['of rows that were taken out of envelopes', 'after,drop', {}, ['note', 'source']],
    ['of rows by names in another case', 'unwrap,drop', { 'transforms.drop.exclude': 'NOTE,Hidden' }, []],
    [
      'by a key that workers from Kafka 4 on do not know',
      'unwrap,drop',
      { 'transforms.drop.exclude': '', 'transforms.drop.blacklist': 'note' },
      [],
    ],
    [
      'by a list of those that stay',
      'unwrap,drop',
      { 'transforms.drop.exclude': 'note', 'transforms.drop.include': 'id,note,old' },
      ['hidden', 'HIDDEN', 'note', 'source', 'remark'],
    ],
    ['by the names that another has given', 'unwrap,rename,drop', { 'transforms.drop.exclude': 'note' }, ['source']],
    ['before another takes the name', 'unwrap,drop,rename', { 'transforms.drop.exclude': 'note' }, ['note']],
    [
      'of rows, where some records stay envelopes',
      'unwrap,drop',
      { 'transforms.unwrap.predicate': 'p', 'predicates.p.type': 'com.acme.Some' },
      [],
    ],
    [
      'of rows in which the column may have another name',
      'unwrap,rename,drop',
      {
        'transforms.rename.predicate': 'p',
        'predicates.p.type': 'com.acme.Some',
        'transforms.drop.exclude': 'note,remark',
      },
      ['remark'],
    ],
  ])('ReplaceField leaves out columns %s', (_what, transforms, more, left) => {
    expect(leftOut(oneTable(replacing(transforms, more)))).toEqual(left);
    expect(leftOut(oneTable({}, replacing(transforms, more)))).toEqual(left);
  });

  it('follows the names of columns that are made on the way', () => {
    const unwrapped = {
      'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite',
      'transforms.unwrap.add.fields': 'op',
      'transforms.rename.renames': '__deleted:gone,__op:kind,note:remark',
    };
    expect(oneTable(replacing('unwrap,rename', unwrapped)).changes).toMatchObject({ added: ['kind'], marks: ['gone'] });
    expect(oneTable(replacing('rename,unwrap', unwrapped)).changes.fieldOf('note')).toBe('note');
  });

  it('the mark of deleted rows has no other prefix', () => {
    const unwrapped = {
      ...transform('io.debezium.transforms.ExtractNewRecordState'),
      'transforms.t.delete.tombstone.handling.mode': ' REWRITE',
      'transforms.t.add.fields': 'op',
      'transforms.t.add.fields.prefix': 'm_',
    };
    expect(oneTable(unwrapped).changes).toMatchObject({ added: ['m_op'], marks: ['__deleted'] });
  });

  const KAFKA = 'org.apache.kafka.connect.transforms.';
  const chain = (transforms: string, more: Record<string, string>) => ({
    ...UNWRAP,
    transforms,
    'transforms.rename.type': `${KAFKA}ReplaceField$Value`,
    'transforms.rename.renames': 'note:remark',
    ...more,
  });
  const mask = (fields: string) => ({
    'transforms.mask.type': `${KAFKA}MaskField$Value`,
    'transforms.mask.fields': fields,
  });
  const someRecords = {
    'transforms.mask.predicate': 'p',
    'predicates.p.type': 'com.acme.Some',
  };
  it.each<[string, Record<string, string>, Record<string, string>, boolean | undefined]>([
    ['every value', {}, chain('unwrap,mask', mask('id, note')), true],
    ['values of another column', {}, chain('unwrap,mask', mask('NOTE,remark')), undefined],
    ['values by a later name', {}, chain('unwrap,rename,mask', mask('remark')), true],
    ['values by a name that they no longer have', {}, chain('unwrap,rename,mask', mask('note')), undefined],
    ['values of some records', {}, chain('unwrap,mask', { ...mask('note'), ...someRecords }), false],
    ['no envelope', {}, chain('mask,unwrap', mask('note')), undefined],
    [
      'no key',
      {},
      chain('unwrap,mask', { ...mask('note'), 'transforms.mask.type': `${KAFKA}MaskField$Key` }),
      undefined,
    ],
    [
      'a value that is inserted in its place',
      {},
      chain('unwrap,mask', {
        'transforms.mask.type': `${KAFKA}InsertField$Value`,
        'transforms.mask.static.field': 'note!',
      }),
      true,
    ],
    ['texts at the source', { 'column.mask.with.0.chars': 'public.orders.NOTE' }, {}, true],
    ['hashed texts', { 'column.mask.hash.v2.SHA-256.with.salt.S3CRET': '.*\\.note' }, {}, true],
    ['cut texts', { 'column.truncate.to.20.chars': 'public.orders.(note|old)' }, {}, false],
    ['texts of another table', { 'column.mask.with.5.chars': 'public.lines.note' }, {}, undefined],
  ])('knows what alters %s', (_what, own, changes, every) => {
    const altered = oneTable(changes, own).changes.alters('note');
    expect(altered?.every).toBe(every);
    // The salt is a secret.
    expect(JSON.stringify(altered ?? '')).not.toContain('S3CRET');
    if (Object.keys(own).length === 0) expect(oneTable({}, changes).changes.alters('note')?.every).toBe(every);
  });

  it('knows settings by which a source shortens values', () => {
    const { shortens } = oneTable({}, { 'decimal.handling.mode': 'Double', 'time.precision.mode': 'connect' }).changes;
    expect(shortens.map(({ by, only }) => [by, only])).toEqual([
      ['decimal.handling.mode=double', 'decimal'],
      ['time.precision.mode=connect', 'time'],
    ]);
    const others = { 'decimal.handling.mode': 'string', 'time.precision.mode': 'adaptive' };
    expect(oneTable({}, others).changes.shortens).toEqual([]);
  });

  const JSON_CONVERTER = { 'value.converter': 'org.apache.kafka.connect.json.JsonConverter' };
  const KEEPS = { ...JSON_CONVERTER, 'value.converter.replace.null.with.default': 'false' };
  const AVRO = {
    'value.converter': 'io.confluent.connect.avro.AvroConverter',
    'value.converter.ignore.default.for.nullables': 'true',
  };
  // Those of JSON, Debezium's sink and transforms were tried on a worker.
  it.each<[string, Record<string, string>, Record<string, string>, boolean]>([
    ['converters that the worker sets', {}, {}, true],
    ['converters that do', JSON_CONVERTER, JSON_CONVERTER, true],
    ['one that does, where records are read', KEEPS, JSON_CONVERTER, true],
    ['one that does, where records are written', JSON_CONVERTER, KEEPS, true],
    ['none', KEEPS, KEEPS, false],
    ['none, by Avro', AVRO, AVRO, false],
    ['no transform that takes rows as they are', KEEPS, { ...chain('unwrap', {}), ...KEEPS }, false],
    ['a transform that makes rows', KEEPS, { ...chain('unwrap,rename', {}), ...KEEPS }, true],
    [
      'no transform that is told not to',
      KEEPS,
      { ...chain('unwrap,rename', { 'transforms.rename.replace.null.with.default': 'false' }), ...KEEPS },
      false,
    ],
    ['fields that are added', KEEPS, { ...chain('unwrap', { 'transforms.unwrap.add.fields': 'op' }), ...KEEPS }, true],
    ['a sink of others', KEEPS, { ...KEEPS, 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector' }, true],
  ])('a default may take the place of NULL by %s', (_what, own, changes, replaced) => {
    expect(oneTable(changes, own).changes.replacesNulls).toBe(replaced);
  });

  it('knows fields that are inserted, and those that become headers', () => {
    const inserted = chain('unwrap,insert,rename', {
      'transforms.insert.type': `${KAFKA}InsertField$Value`,
      'transforms.insert.static.field': 'remark?',
      'transforms.insert.timestamp.field': 'at',
      'transforms.rename.renames': 'at:seen_at',
    });
    expect(oneTable(inserted).changes.added).toEqual(['seen_at', 'remark']);
    const moved = (operation: string) =>
      chain('unwrap,header', {
        'transforms.header.type': `${KAFKA}HeaderFrom$Value`,
        'transforms.header.fields': 'note',
        'transforms.header.operation': operation,
      });
    expect(leftOut(oneTable(moved('move')))).toEqual(['note']);
    expect(leftOut(oneTable(moved('copy')))).toEqual([]);
  });

  const filter = (type: string, more: Record<string, string> = {}) => ({
    transforms: 'few',
    'transforms.few.type': type,
    ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`transforms.few.${key}`, value])),
  });
  it.each<[string, Record<string, string>, string[], string[]]>([
    ['a filter by content', filter('io.debezium.transforms.Filter'), ['Filter (few)'], []],
    ['one of its own topics', filter('io.debezium.transforms.Filter', { 'topic.regex': '.*lines' }), [], []],
    ['Confluent’s', filter('io.confluent.connect.transforms.Filter$Value'), ['Filter (few)'], []],
    ['Kafka’s, of all records', filter(`${KAFKA}Filter`), ['Filter (few)'], []],
    [
      'Kafka’s, of tombstones',
      { ...filter(`${KAFKA}Filter`, { predicate: 'p' }), 'predicates.p.type': 'RecordIsTombstone' },
      [],
      [],
    ],
    ['a transform of one’s own', filter('com.acme.Pii$Value'), [], ['Pii (few)']],
    ['one that moves times', filter('io.debezium.transforms.TimezoneConverter'), [], ['TimezoneConverter (few)']],
    ['a router', filter(`${KAFKA}RegexRouter`, { regex: '(.*)', replacement: '$1' }), [], []],
    ['what is followed', filter(`${KAFKA}SetSchemaMetadata$Value`), [], []],
  ])('knows which rows are left out: %s', (_what, config, leftOutBy, unfollowed) => {
    expect(oneTable(config).rows).toEqual({ leftOutBy, unfollowed, bypassed: false });
    expect(oneTable({}, config).rows).toEqual({ leftOutBy, unfollowed, bypassed: false });
  });

  it.each<[Record<string, string>, string[]]>([
    [{ 'snapshot.select.statement.overrides': 'public.lines,Public.Orders' }, ['snapshot.select.statement.overrides']],
    [{ 'snapshot.select.statement.overrides': 'public.lines' }, []],
    [{ 'skipped.operations': 'u,d,t' }, ['skipped.operations=u']],
    [{ 'skipped.operations': 't' }, []],
    [{ 'snapshot.mode': 'NO_DATA' }, ['snapshot.mode=NO_DATA']],
    [{ 'snapshot.mode': 'initial' }, []],
    [{ 'snapshot.include.collection.list': 'public.lines' }, ['snapshot.include.collection.list']],
    [{ 'snapshot.include.collection.list': 'public.(lines|Orders)' }, []],
  ])('a source with %j leaves rows or changes out: %j', (own, leftOutBy) => {
    expect(oneTable({}, own).rows).toEqual({ leftOutBy, unfollowed: [], bypassed: leftOutBy.length > 0 });
  });

  it('does not know what converters and processors of one’s own make of values', () => {
    const own = {
      converters: 'tiny,pii',
      'tiny.type': 'io.debezium.connector.binlog.converters.TinyIntOneToBooleanConverter',
      'pii.type': 'com.acme.PiiConverter',
      'post.processors': 'again,more',
      'post.processors.again.type': 'io.debezium.processors.reselect.ReselectColumnsPostProcessor',
      'more.type': 'com.acme.More',
    };
    expect(oneTable({}, own).rows).toEqual({
      leftOutBy: [],
      unfollowed: ['PiiConverter (pii)', 'More (more)'],
      bypassed: false,
    });
  });

  it('a list of transforms that only the worker resolves names no table', () => {
    const { tables: known, unknown } = readPipeline(
      sink({ topics: 'shop.public.orders', transforms: '${file:/etc/c.properties:transforms}' }),
      [source('src', 'shop')],
      ['shop.public.orders'],
    );
    expect(known).toEqual([]);
    expect(unknown[0]?.reason).toContain('only the worker resolves');
    // A source's list may mask values, as far as is known.
    expect(oneTable({}, { transforms: '${env:LIST}' }).rows.unfollowed).toEqual(['reference (transforms)']);
  });

  it('field.include.list of Debezium’s sink leaves out all other fields', () => {
    const list = { 'field.include.list': 'shop.public.orders:id,note,other:old' };
    expect(leftOut(oneTable(list))).toEqual(['hidden', 'HIDDEN', 'old', 'source', 'remark']);
  });

  it('field.exclude.list is a key of Debezium’s sink alone', () => {
    const list = { 'field.exclude.list': 'note' };
    expect(leftOut(oneTable(list))).toEqual(['note']);
    expect(leftOut(oneTable({ ...list, 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector' }))).toEqual(
      [],
    );
  });

  it('a predicate asks for the topic as the transforms before it have made it', () => {
    const routed = {
      ...matching('orders'),
      'transforms.table.type': ROUTED['transforms.table.type'],
      'transforms.table.regex': ROUTED['transforms.table.regex'],
      'transforms.table.replacement': '$1',
    };
    expect(leftOut(oneTable({ ...routed, transforms: 'unwrap,table,drop' }))).toEqual(['note']);
    expect(leftOut(oneTable({ ...routed, transforms: 'unwrap,drop,table' }))).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['a naming strategy', { 'collection.naming.strategy': 'io.debezium.sink.naming.CustomCollectionNamingStrategy' }],
    ['an older one', { 'table.naming.strategy': 'com.acme.Own' }],
    ['a mapping', { 'topics.to.tables.mapping': 'shop.public.orders:o' }],
    ['a transform of names', transform('io.debezium.connector.jdbc.transforms.CollectionNameTransformation')],
    ['a transform by a field', transform('io.confluent.connect.transforms.ExtractTopic$Value')],
    [
      'a field, as ExtractNewRecordState takes it',
      {
        ...transform('io.debezium.transforms.ExtractNewRecordState'),
        'transforms.t.route.by.field': 'region',
      },
    ],
    [
      'a router that acts on some records',
      {
        ...transform('org.apache.kafka.connect.transforms.RegexRouter'),
        'transforms.t.predicate': 'p',
        'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.HasHeaderKey',
      },
    ],
  ])('a topic whose table is named by %s is left to be named', (_what, config) => {
    const { tables: known, unknown } = readPipeline(
      sink({ topics: 'shop.public.orders', ...config }),
      [source('src', 'shop')],
      ['shop.public.orders'],
    );
    expect(known).toEqual([]);
    expect(unknown).toMatchObject([{ topic: 'shop.public.orders' }]);
  });

  it('a transform that chooses partitions names no topics', () => {
    const config = transform('io.debezium.transforms.partitions.PartitionRouting');
    expect(oneTable(config).to).toEqual({ name: 'shop_public_orders' });
    expect(oneTable({}, config).to).toEqual({ name: 'shop_public_orders' });
  });

  it.each([
    ['primary.key.mode', 'record_key', true],
    ['primary.key.mode', 'RECORD_HEADER', true],
    ['pk.mode', 'record_key', true],
    ['primary.key.mode', 'record_value', false],
    ['primary.key.mode', 'none', false],
  ])('%s=%s says whether keys are written', (key, mode, keyed) => {
    expect(oneTable({ [key]: mode }).changes.keyed).toBe(keyed);
  });

  it('a router that acts on other topics routes nothing here', () => {
    const config = {
      ...transform('org.apache.kafka.connect.transforms.RegexRouter'),
      'transforms.t.regex': '.*',
      'transforms.t.replacement': 'all',
      'transforms.t.predicate': 'p',
      'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
      'predicates.p.pattern': '.*lines',
    };
    expect(oneTable(config).to).toEqual({ name: 'shop_public_orders' });
  });

  it.each([
    // Kafka gives the table _copyorders to the first: a part of a topic that fits is found before all of it.
    ['shop\\.public\\.(.*?)', '$1_copy', '_copyorders'],
    ['shop\\.public\\.(.*)', '$1_copy', 'orders_copy'],
    ['shop|shop\\.public\\.orders', 'x', 'x.public.orders'],
    ['.*lines', 'x', 'shop.public.orders'],
  ])('a router puts for %s and %s the table %s', (regex, replacement, name) => {
    const router = transform('org.apache.kafka.connect.transforms.RegexRouter');
    const config = { ...router, 'transforms.t.regex': regex, 'transforms.t.replacement': replacement };
    expect(oneTable(config).to).toEqual({ name: name.replaceAll('.', '_') });
  });

  it('takes the source with the longest prefix', () => {
    const pipeline = readPipeline(
      sink({ topics: 'shop.eu.public.orders' }),
      [source('a', 'shop'), source('b', 'shop.eu')],
      ['shop.eu.public.orders'],
    );
    expect(pipeline.tables[0]).toMatchObject({ source: 'b', from: { schema: 'public', name: 'orders' } });
  });
});

describe('URLs', () => {
  const sqlserver = (config: Record<string, string> = {}) => ({
    'connector.class': 'io.debezium.connector.sqlserver.SqlServerConnector',
    'database.hostname': 'ms',
    'database.user': 'sa',
    'database.password': 'p',
    'database.names': 'db1,db2',
    ...config,
  });

  it('of a source and a sink', () => {
    expect(sourceUrl(source('s', 'p').config)).toBe('postgres://app:p%40ss@db1:5433/shop');
    expect(sinkUrl(sink({}).config)).toBe('postgres://w:x@db2/warehouse');
    expect(sinkUrl(sink({ 'connection.url': 'jdbc:sqlserver://db:1433;databaseName=d' }).config)).toBe(
      'sqlserver://w:x@db:1433/d',
    );
  });

  it('of each of several databases', () => {
    expect(sourceDatabases(sqlserver())).toEqual(['db1', 'db2']);
    expect(sourceUrl(sqlserver())).toBe('sqlserver://sa:p@ms:1433/db1');
    expect(sourceUrl(sqlserver(), 'db2')).toBe('sqlserver://sa:p@ms:1433/db2');
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'the driver’s settings of the template',
      { 'driver.encrypt': 'true', 'driver.trustServerCertificate': 'true' },
      'sqlserver://sa:p@ms:1433/db1?encrypt=true&trustServerCertificate=true',
    ],
    ['those of older connectors', { 'database.encrypt': 'false' }, 'sqlserver://sa:p@ms:1433/db1?encrypt=false'],
    [
      'both, of which the driver’s count',
      { 'driver.encrypt': 'strict', 'database.encrypt': 'false', 'driver.hostNameInCertificate': 'ms.example' },
      'sqlserver://sa:p@ms:1433/db1?encrypt=strict&hostNameInCertificate=ms.example',
    ],
    ['a named instance', { 'database.instance': 'inst' }, 'sqlserver://sa:p@ms/db1?instanceName=inst'],
    ['an IPv6 address', { 'database.hostname': '::1' }, 'sqlserver://sa:p@[::1]:1433/db1'],
  ])('a SQL Server source has %s', (_what, config, expected) => {
    expect(sourceUrl(sqlserver(config))).toBe(expected);
  });

  it('a JDBC sink keeps what its URL says of the server', () => {
    const url =
      'jdbc:sqlserver://;serverName=db\\inst;databaseName={d;1};encrypt=true;trustServerCertificate=true;user=other;password={o;p}';
    expect(parseDatabaseUrl(sinkUrl(sink({ 'connection.url': url }).config) ?? '')).toEqual({
      scheme: 'sqlserver',
      host: 'db',
      port: undefined,
      instance: 'inst',
      database: 'd;1',
      user: 'w',
      password: 'x',
      parameters: new Map([
        ['encrypt', 'true'],
        ['trustServerCertificate', 'true'],
      ]),
    });
  });

  it('a password of any characters comes through both', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('%', ';', '{', '}', '@', '/', ' ', "'", '"', 'a') }),
    );
    // What looks like a mask or a reference is taken for one.
    const password = any.filter((text) => !isMasked(text) && !text.includes('${'));
    const urls = [
      'jdbc:sqlserver://db;databaseName=d',
      'jdbc:postgresql://db/d',
      'jdbc:mysql://db/d',
      'jdbc:mariadb://db/d',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...urls), password, (url, secret) => {
        const sinkAddress = sinkUrl(sink({ 'connection.url': url, 'connection.password': secret }).config);
        expect(parseDatabaseUrl(sinkAddress ?? '')).toMatchObject({ host: 'db', password: secret, database: 'd' });
        const sourceAddress = sourceUrl(sqlserver({ 'database.password': secret }));
        expect(parseDatabaseUrl(sourceAddress ?? '')).toMatchObject({ host: 'ms', password: secret, database: 'db1' });
      }),
    );
  });

  it('a sink whose URL has the user and password', () => {
    const url = 'jdbc:postgresql://db/d?user=u&password=p&sslmode=require';
    const {
      'connection.username': _user,
      'connection.password': _password,
      ...config
    } = sink({ 'connection.url': url }).config;
    expect(sinkUrl(config)).toBe('postgres://u:p@db/d?sslmode=require');
  });

  it.each(['****', '${file:/secrets:pw}'])('none where the password is %s', (password) => {
    expect(sourceUrl(source('s', 'p', { 'database.password': password }).config)).toBeUndefined();
    expect(sinkUrl(sink({ 'connection.password': password }).config)).toBeUndefined();
  });

  it.each(['jdbc:oracle:thin:@db', 'jdbc:sqlserver://db;password={p', ''])('none of %s', (url) => {
    expect(sinkUrl(sink({ 'connection.url': url }).config)).toBeUndefined();
  });
});
