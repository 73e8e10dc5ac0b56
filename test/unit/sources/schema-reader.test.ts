import { describe, expect, it, vi } from 'vitest';
import type { Cells } from '../../../src/databases/model.ts';
import type { Session } from '../../../src/databases/session.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { decodePlain } from '../../../src/records/decode.ts';
import { SchemaReader } from '../../../src/sources/schema-reader.ts';
import type { SchemaPosition } from '../../../src/store/schema-changes.ts';
import { MemoryKafka } from '../../helpers/memory-records.ts';

const mariadb = {
  name: 'shop',
  config: { 'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector', 'topic.prefix': 'shop' },
};
const change = (name: string) =>
  JSON.stringify({
    tableChanges: [{ type: 'ALTER', id: `"shop"."${name}"`, table: { columns: [], primaryKeyColumnNames: [] } }],
  });

function setting(more: { position?: SchemaPosition; takesMs?: number } = {}) {
  const kafka = new MemoryKafka();
  let now = 1000;
  const shapes = vi.fn(async (): Promise<Cells[]> => {
    now += more.takesMs ?? 0;
    return [['shop', 'orders', 'id', 'int', '0', '0', '1']];
  });
  const reader = new SchemaReader({
    reader: {
      databasesOf: async () => ({
        endpoints: [{ engine: 'mysql', url: 'mysql://h', display: 'h' } as never],
        isNamed: false,
      }),
    },
    pool: { use: async (_endpoint, read) => read({ query: shapes } as unknown as Session) },
    records: async () => kafka,
    decoder: async () => ({
      decode: async (bytes) => (bytes === null ? { format: 'null', value: null } : decodePlain(bytes)),
    }),
    position: () => more.position,
    now: () => now,
  });
  return {
    kafka,
    reader,
    shapes,
    pass: (ms: number) => {
      now += ms;
    },
    add: (text: string) => kafka.add('shop', { value: Buffer.from(text), timestamp: 7 }),
  };
}

describe('SchemaReader', () => {
  it('takes all that is in the topic at first, and then what follows', async () => {
    const { kafka, reader, add } = setting();
    const { id } = kafka.create('shop', 1);
    add(change('orders'));
    add(change('users'));
    expect(await reader.read(mariadb)).toMatchObject({
      ...{ by: 'topic', topic: id, next: 2, isFirst: true },
      events: [{ table: { schema: 'shop', name: 'orders' }, at: 7 }, { table: { name: 'users' } }],
    });
    const later = setting({ position: { topic: 'shop-0', next: 1 } });
    later.kafka.create('shop', 1);
    later.add(change('orders'));
    expect(await later.reader.read(mariadb)).toBeUndefined();
    later.add(change('users'));
    expect(await later.reader.read(mariadb)).toMatchObject({
      next: 2,
      isFirst: false,
      events: [{ table: { name: 'users' } }],
    });
  });

  it('begins again with another topic of that name', async () => {
    for (const position of [
      { topic: 'other-id', next: 0 },
      { topic: 'shop-0', next: 99 },
    ]) {
      const { kafka, reader, add } = setting({ position });
      kafka.create('shop', 1);
      add(change('orders'));
      expect(await reader.read(mariadb)).toMatchObject({ isFirst: true, next: 1 });
    }
  });

  it.each<[string, Record<string, string>]>([
    ['the source writes none', { 'include.schema.changes': 'false' }],
    ['there is no topic', {}],
    ['it is PostgreSQL', { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector' }],
  ])('asks the catalog where %s', async (_what, more) => {
    const { reader } = setting();
    expect(await reader.read({ ...mariadb, config: { ...mariadb.config, ...more } })).toMatchObject({
      by: 'catalog',
      tables: [{ table: { schema: 'shop', name: 'orders' }, shape: { primaryKey: ['id'] } }],
    });
  });

  it('asks the catalog where it cannot read what is in the topic, or may not', async () => {
    const { kafka, reader, add } = setting();
    kafka.create('shop', 1);
    add('no JSON');
    expect(await reader.read(mariadb)).toMatchObject({ by: 'catalog' });
    vi.spyOn(kafka, 'topic').mockRejectedValue(new SluiceError('KAFKA_UNAUTHORIZED', 'no'));
    expect(await setting().reader.read(mariadb)).toMatchObject({ by: 'catalog' });
  });

  it('fails while Kafka is away: the catalog would look as if all had changed', async () => {
    const { kafka, reader } = setting();
    vi.spyOn(kafka, 'topic').mockRejectedValue(new SluiceError('KAFKA_UNREACHABLE', 'away'));
    await expect(reader.read(mariadb)).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
  });

  it('reads a catalog that takes long less often', async () => {
    const { reader, shapes, pass } = setting({ takesMs: 500 });
    await reader.read(mariadb);
    pass(5_000);
    expect(await reader.read(mariadb)).toBeUndefined();
    expect(shapes).toHaveBeenCalledTimes(1);
    pass(5_000);
    expect(await reader.read(mariadb)).toMatchObject({ by: 'catalog' });
  });

  it('leaves out tables that are not captured', async () => {
    const { reader } = setting();
    const config = { ...mariadb.config, 'table.include.list': 'shop\\.users' };
    expect(await reader.read({ ...mariadb, config })).toMatchObject({ tables: [] });
  });
});
