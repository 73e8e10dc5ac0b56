import { describe, expect, it } from 'vitest';
import type { ColumnShape } from '../../../src/preflight/table-shapes.ts';
import {
  type Consequence,
  consequenceOf,
  consequencesOf,
  type Effect,
  type SinkWays,
  worst,
} from '../../../src/sources/consequences.ts';
import type { ShapeChange } from '../../../src/sources/shape.ts';

const column = (more: Partial<ColumnShape> = {}): ColumnShape => ({
  name: 'note',
  type: 'text',
  nullable: true,
  defaulted: false,
  ...more,
});
const sink = (more: Partial<SinkWays> = {}): SinkWays => ({
  isJdbc: true,
  evolves: true,
  evolution: 'schema.evolution=basic',
  columnOf: (name) => name,
  ...more,
});
const required = column({ nullable: false });
const defaulted = column({ nullable: false, defaulted: true });
const added = (one: ColumnShape): ShapeChange => ({ change: 'column added', column: one });
const dropped = (one: ColumnShape): ShapeChange => ({ change: 'column dropped', column: one });
const renamed = (one: ColumnShape): ShapeChange => ({ change: 'column renamed', from: 'old', column: one });
const retyped = (way: 'wider' | 'narrower' | 'other'): ShapeChange => ({
  change: 'type changed',
  column: column({ name: 'v' }),
  from: 'x',
  way,
});
const ROWS: readonly [what: string, ShapeChange, evolves: Effect, doesNot: Effect][] = [
  ['an optional column added', added(column()), 'followed', 'fails'],
  ['a required column with a default added', added(defaulted), 'may fail', 'fails'],
  ['a required column without a default added', added(required), 'fails', 'fails'],
  ['an optional column dropped', dropped(column()), 'differs', 'differs'],
  ['a required column with a default dropped', dropped(defaulted), 'differs', 'differs'],
  ['a required column dropped', dropped(required), 'may fail', 'may fail'],
  ['an optional column renamed', renamed(column()), 'differs', 'fails'],
  ['a required column renamed', renamed(required), 'fails', 'fails'],
  ['a wider type', retyped('wider'), 'may fail', 'may fail'],
  ['another type', retyped('other'), 'may fail', 'may fail'],
  ['a narrower type', retyped('narrower'), 'none', 'none'],
  ['a column made nullable', { change: 'made nullable', column: column() }, 'may fail', 'may fail'],
  ['a column made required', { change: 'made required', column: required }, 'none', 'none'],
  ['a default set', { change: 'default set', column: defaulted }, 'none', 'none'],
  ['a default dropped', { change: 'default dropped', column: column() }, 'none', 'none'],
  ['another key', { change: 'key changed', from: ['id'], key: ['id', 'v'] }, 'may fail', 'may fail'],
  ['a dropped table', { change: 'table dropped' }, 'differs', 'differs'],
  ['an altered table of which nothing was known', { change: 'table altered' }, 'unknown', 'unknown'],
];

describe('consequenceOf', () => {
  it.each(ROWS)('%s', (_what, change, evolves, doesNot) => {
    expect(consequenceOf(change, sink()).effect).toBe(evolves);
    expect(consequenceOf(change, sink({ evolves: false })).effect).toBe(doesNot);
  });

  it('says what to do where a task fails, with the setting of the sink', () => {
    expect(consequenceOf(added(column()), sink({ evolves: false, evolution: 'auto.evolve=true' })).text).toBe(
      'It fails at the next record of the table unless the target has note: it may not add columns. Add it there, or set auto.evolve=true.',
    );
    expect(consequenceOf(renamed(column()), sink()).text).toBe(
      'It adds note at the next record; rows written before have NULL there. The target keeps old: rows written before keep their value, new ones get the default or NULL.',
    );
  });

  it('does not know what the worker fills in, and what other sinks do', () => {
    expect(consequenceOf(added(column()), sink({ evolves: 'unknown' })).effect).toBe('unknown');
    expect(consequenceOf(added(column()), sink({ isJdbc: false })).effect).toBe('unknown');
  });

  it.each(ROWS.filter(([, change]) => 'column' in change))('a column that is not written: %s', (_what, change) => {
    const found: Consequence = consequenceOf(change, sink({ columnOf: () => undefined }));
    expect(found.effect).toBe('none');
  });

  it('uses the name that the column has in the target', () => {
    const found = consequenceOf(added(column()), sink({ columnOf: () => 'remark' }));
    expect(found.text).toContain('It adds remark');
  });
});

it('the worst of several effects counts', () => {
  expect(worst(['none', 'fails', 'differs'])).toBe('fails');
  expect(worst([])).toBe('none');
});

describe('consequencesOf', () => {
  const source = {
    name: 'shop-source',
    config: {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'topic.prefix': 'shop',
      'database.dbname': 'shop',
    },
  };
  const debezium = {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'connection.url': 'jdbc:postgresql://h/t',
    'topics.regex': 'shop\\.public\\..*',
    'collection.name.format': '${source.table}',
  };
  const table = { schema: 'public', name: 'orders' };
  const sinks = (...configs: Record<string, string>[]) => [
    source,
    ...configs.map((config, index) => ({ name: `sink-${index}`, config })),
  ];
  const effects = (connectors: ReturnType<typeof sinks>) =>
    consequencesOf([added(column())], { source, table, connectors })[0]?.map(({ sink: name, effect }) => [
      name,
      effect,
    ]);

  it('takes the settings of each sink that writes the table, and no other', () => {
    expect(
      effects(
        sinks(
          { ...debezium, 'schema.evolution': 'basic' },
          { ...debezium },
          { ...debezium, 'schema.evolution': '${file:/x:y}' },
          { ...debezium, 'topics.regex': 'shop\\.public\\.users' },
          {
            'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
            topics: 'shop.public.orders',
            'auto.evolve': 'true',
            'table.name.format': 'orders',
          },
        ),
      ),
    ).toEqual([
      ['sink-0', 'followed'],
      ['sink-1', 'fails'],
      ['sink-2', 'unknown'],
      ['sink-4', 'followed'],
    ]);
  });

  it('follows the transforms of the sink', () => {
    const config = {
      ...debezium,
      transforms: 'unwrap,drop',
      'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
      'transforms.drop.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
      'transforms.drop.exclude': 'note',
    };
    expect(effects(sinks(config))).toEqual([['sink-0', 'none']]);
  });
});
