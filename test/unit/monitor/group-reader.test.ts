import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { WaitingRecords } from '../../../src/monitor/waiting.ts';
import type { KafkaPort } from '../../../src/ports/kafka.ts';
import type { RecordTopic } from '../../../src/ports/records.ts';
import { MemoryKafka } from '../../helpers/memory-records.ts';

const sink = {
  name: 'a',
  info: { name: 'a', config: { 'connector.class': 'X' }, tasks: [], type: 'sink' },
  status: null,
} as unknown as ListedConnector;

// A busy machine takes longer for the first look, and waits longer until the next.
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

it('does not wait for Kafka at each look if it does not answer, and asks again later', async () => {
  let asked = 0;
  const groups = new GroupReader(async () => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 30));
    throw new SluiceError('KAFKA_UNREACHABLE', 'silent');
  });
  for (let look = 0; look < 3; look += 1) {
    const reading = groups.read([sink]);
    await vi.advanceTimersByTimeAsync(30);
    const { error } = await reading;
    expect(error?.code).toBe('KAFKA_UNREACHABLE');
  }
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(4 * 30);
  const later = groups.read([sink]);
  await vi.advanceTimersByTimeAsync(30);
  await later;
  expect(asked).toBe(2);
});

it('opens one client for calls at the same time, and closes it', async () => {
  let [opened, closed] = [0, 0];
  const groups = new GroupReader(async () => {
    opened += 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
    const kafka: Partial<KafkaPort> = {
      describeGroups: async () => new Map(),
      lag: async () => new Map(),
      topics: async () => ['t', 'u'],
      partitionCounts: async (names) => new Map(names.map((name) => [name, 3])),
      close: async () => {
        closed += 1;
      },
    };
    return kafka as KafkaPort;
  });
  const both = Promise.all([groups.read([sink]), groups.topicPartitions((topic) => topic === 't')]);
  await vi.advanceTimersByTimeAsync(10);
  expect((await both)[1]).toEqual(new Map([['t', 3]]));
  await groups.close();
  expect([opened, closed]).toEqual([1, 1]);
});

describe('the next record of a partition', () => {
  const reading = async (
    config: Record<string, string>,
    prepare: (memory: MemoryKafka) => unknown,
    committed: number | null = 1,
  ) => {
    const memory = new MemoryKafka();
    memory.create('t', 1);
    memory.add('t', { timestamp: 10 });
    await prepare(memory);
    const end = (await memory.bounds({ name: 't' } as RecordTopic))[0]?.written ?? 0;
    const one = { topic: 't', partition: 0, committed, end, lag: end - (committed ?? 0) };
    const kafka: Partial<KafkaPort> = {
      describeGroups: async () => new Map(),
      lag: async ([id = '']) => new Map([[id, { group: id, total: end - 1, partitions: [one] }]]),
    };
    const groups = new GroupReader(
      async () => kafka as KafkaPort,
      async () => new WaitingRecords(memory),
    );
    const { facts } = await groups.read([
      { ...sink, info: { ...sink.info, config: { ...sink.info.config, ...config } } },
    ]);
    return { lag: facts.get('a')?.lag, unread: groups.unread?.message };
  };

  it('is no lag if only the marker of a transaction follows what was committed', async () => {
    const { lag } = await reading({}, (memory) => memory.mark('t'));
    expect(lag).toMatchObject({ total: 0, partitions: [{ committed: 1, end: 2, lag: 0 }] });
  });

  it('is counted from where it is, beyond markers and what was deleted', async () => {
    const { lag } = await reading({}, async (memory) => {
      memory.mark('t');
      memory.add('t', { timestamp: 20 });
      memory.add('t', { timestamp: 30 });
    });
    expect(lag).toMatchObject({ total: 2, partitions: [{ lag: 2, next: { offset: 2, at: 20 } }] });
  });

  it('of an aborted transaction counts unless the sink reads only what is committed', async () => {
    const abort = async (memory: MemoryKafka) => {
      const transaction = await memory.transactions('x');
      await transaction.write([{ topic: 't', key: null, value: null, headers: [], timestamp: 20 }]);
      await transaction.abort();
    };
    expect((await reading({}, abort)).lag?.total).toBe(1);
    const careful = { 'consumer.override.isolation.level': 'read_committed' };
    expect((await reading(careful, abort)).lag?.total).toBe(0);
  });

  it('is not known if no broker sends it, and the number still is', async () => {
    const { lag, unread } = await reading({}, (memory) => {
      memory.add('t', { timestamp: 20 });
      memory.topic = () => Promise.reject(new SluiceError('KAFKA_UNREACHABLE', 'away'));
    });
    expect(lag).toMatchObject({ total: 1, partitions: [{ lag: 1 }] });
    expect(unread).toBe('away');
  });

  it.each([
    ['latest', []],
    ['by_duration:PT1H', []],
    ['earliest', [1]],
    ['', [1]],
  ])('is not known of a partition without a commit if the sink begins at %s', async (reset, lags) => {
    const { lag } = await reading({ 'consumer.override.auto.offset.reset': reset }, () => undefined, null);
    expect(lag?.partitions.map((one) => one.lag)).toEqual(lags);
    expect(lag?.total).toBe(lags[0] ?? 0);
  });
});

/** It was stalled for good as soon as something was written to a topic that it had been told not to read any more. */
it('does not count what waits in topics that a sink no longer reads, whose offsets its group keeps', async () => {
  const partition = (topic: string, lag: number) => ({ topic, partition: 0, committed: 10, end: 10 + lag, lag });
  const partitions = [partition('shop.items', 7), partition('shop.orders', 2)];
  const groups = new GroupReader(
    async () =>
      ({
        describeGroups: async () => new Map(),
        lag: async (ids: string[]) => new Map(ids.map((group) => [group, { group, total: 9, partitions }])),
      }) as unknown as KafkaPort,
  );
  const lagWith = async (config: Record<string, string>) => {
    const { facts } = await groups.read([
      { ...sink, info: { ...sink.info, config: { 'connector.class': 'X', ...config } } },
    ]);
    return facts.get('a')?.lag;
  };
  expect(await lagWith({ topics: 'shop.orders' })).toMatchObject({ total: 2, partitions: [{ topic: 'shop.orders' }] });
  expect(await lagWith({ 'topics.regex': 'shop\\.ord.*' })).toMatchObject({ total: 2 });
  expect(await lagWith({ 'topics.regex': 'shop\\..*' })).toMatchObject({ total: 9 });
  expect(await lagWith({ topics: '${file:/etc/topics:orders}' })).toMatchObject({ total: 9 });
});
