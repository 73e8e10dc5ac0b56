import { describe, expect, it } from 'vitest';
import { LastRecords } from '../../../src/sources/heartbeats.ts';
import { heartbeat, schemaTopic } from '../../../src/topology/topic-names.ts';
import { MemoryKafka } from '../../helpers/memory-records.ts';

const postgres = { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'topic.prefix': 'shop' };

describe('LastRecords', () => {
  function setting() {
    const memory = new MemoryKafka();
    const ends: Record<string, number[]> = {};
    const kafka = {
      partitionCounts: async (topics: readonly string[]) =>
        new Map(topics.flatMap((name) => (ends[name] === undefined ? [] : [[name, ends[name].length] as const]))),
      offsetsAt: async (partitions: readonly { topic: string; partition: number }[]) =>
        partitions.map(({ topic, partition }) => ends[topic]?.[partition] ?? -1),
    };
    const of = (...topics: string[]) => new LastRecords(memory).of(topics, kafka);
    return { memory, ends, of };
  }

  it('is the last of all partitions, and none of topics that are empty or do not exist', async () => {
    const { memory, ends, of } = setting();
    memory.create('a', 2);
    for (const [partition, timestamp] of [
      [0, 10],
      [0, 30],
      [1, 20],
    ])
      memory.add('a', { partition: partition as number, timestamp: timestamp as number });
    memory.create('empty', 1);
    Object.assign(ends, { a: [2, 1], empty: [0] });
    expect([...(await of('a', 'empty', 'none'))]).toEqual([['a', 30]]);
    expect([...(await of())]).toEqual([]);
  });

  it('is the one before the end of a transaction', async () => {
    const { memory, ends, of } = setting();
    memory.create('a', 1);
    memory.add('a', { timestamp: 10 });
    // The end of a transaction takes an offset, and is no record.
    ends['a'] = [2];
    expect([...(await of('a'))]).toEqual([['a', 10]]);
  });
});

describe('heartbeat', () => {
  it.each<[Record<string, string>, { topic: string; everyMs: number } | undefined]>([
    [{ 'heartbeat.interval.ms': '5000' }, { topic: '__debezium-heartbeat.shop', everyMs: 5000 }],
    [
      { 'heartbeat.interval.ms': '5000', 'topic.heartbeat.prefix': 'beat', 'topic.delimiter': '-' },
      { topic: 'beat-shop', everyMs: 5000 },
    ],
    [{ 'heartbeat.interval.ms': '0' }, undefined],
    [{}, undefined],
    [{ 'heartbeat.interval.ms': '5000', 'connector.class': 'x.Other' }, undefined],
    [{ 'heartbeat.interval.ms': '${file:/a:b}' }, undefined],
  ])('of %j', (more, expected) => expect(heartbeat({ ...postgres, ...more })).toEqual(expected));
});

describe('schemaTopic', () => {
  const mysql = { ...postgres, 'connector.class': 'io.debezium.connector.mysql.MySqlConnector' };
  it.each<[Record<string, string>, string | undefined]>([
    [{}, 'shop'],
    [{ 'include.schema.changes': 'false' }, undefined],
    [{ 'topic.prefix': '' }, undefined],
    [postgres, undefined],
  ])('of %j', (more, expected) => expect(schemaTopic({ ...mysql, ...more })).toBe(expected));
});
