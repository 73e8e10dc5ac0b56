import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import type { KafkaPort } from '../../../src/ports/kafka.ts';

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
