import { expect, it } from 'vitest';
import { readFacts } from '../../../../src/operate/offsets/facts.ts';
import type { KafkaPort } from '../../../../src/ports/kafka.ts';

/** Kafka has other meanings for negative times, the latest offset among them: -1 ms must not skip everything. */
it.each([-1, -2, -3, -1e15])('asks Kafka for the first record since 1970 for %d ms', async (at) => {
  const times: number[] = [];
  const kafka = {
    partitionCounts: async () => new Map([['t', 1]]),
    offsetsAt: async (_partitions: readonly unknown[], time: number) => {
      times.push(time);
      return [time === -1 ? 10 : time === -2 ? 3 : 5];
    },
  } as unknown as KafkaPort;
  const request = { where: { kind: 'time', at } as const, topics: [], partitions: [] };
  const [facts] = await readFacts({ topics: 't' }, [], kafka, request);
  expect(facts).toMatchObject({ earliest: 3n, end: 10n, at: new Map([[at, 5n]]) });
  expect(times.sort((a, b) => a - b)).toEqual([-2, -1, 0]);
});

it('takes the topics that an expression fits, and not others that the sink once read', async () => {
  const kafka = {
    topics: async () => ['shop.orders', 'shop.items'],
    partitionCounts: async (names: readonly string[]) => new Map(names.map((name) => [name, 1])),
    offsetsAt: async () => [0, 0],
  } as unknown as KafkaPort;
  const live = [{ partition: { kafka_topic: 'shop.items', kafka_partition: 0 }, offset: { kafka_offset: 3 } }];
  const topicsOf = async (regex: string) =>
    (await readFacts({ 'topics.regex': regex }, live, kafka)).map(({ topic }) => topic);
  expect(await topicsOf('shop\\.ord.*')).toEqual(['shop.orders']);
  // JavaScript may read it in another way than Java: then the offsets are all that tells.
  expect(await topicsOf('\\p{javaLowerCase}.*')).toEqual(['shop.items']);
});
