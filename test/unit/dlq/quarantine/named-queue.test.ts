import { describe, expect, it } from 'vitest';
import type { ListedConnector } from '../../../../src/connect/types.ts';
import { assertQueue } from '../../../../src/dlq/quarantine/named-queue.ts';
import { MemoryKafka } from '../../../helpers/memory-records.ts';

const TOPIC = 'dead';

function connector(name: string, type: 'source' | 'sink', config: Record<string, string>): ListedConnector {
  return { name, info: { name, config: { name, ...config }, tasks: [], type }, status: null };
}

const sink = (config: Record<string, string>) => connector('other', 'sink', config);
const source = (config: Record<string, string>) => connector('shop', 'source', config);
const HEADER = [Buffer.from('__connect.errors.topic'), Buffer.from('orders')] as const;
const QUEUE = { 'errors.deadletterqueue.topic.name': TOPIC };

/** What is said against a topic as the queue of orders-sink; undefined if it may be one. */
async function against(
  others: readonly ListedConnector[],
  { inUse = [], last }: { inUse?: string[] | undefined; last?: 'dead letter' | 'other' } = {},
): Promise<string | undefined> {
  const kafka = new MemoryKafka();
  const topic = kafka.create(TOPIC, 2);
  if (last !== undefined) kafka.add(TOPIC, { partition: 1, headers: last === 'other' ? [] : [HEADER] });
  const client = {
    listing: async () => ({
      connectors: [connector('orders-sink', 'sink', { topics: 'orders' }), ...others],
      unreadable: [],
    }),
    topicsInUse: async () => inUse,
  };
  return assertQueue(topic, { client, records: kafka }).then(
    () => undefined,
    ({ code, message }) => `${code}: ${message}`,
  );
}

describe('a topic that is named as the queue', () => {
  it.each([
    ['an empty topic', [], {}],
    ['one with dead letters', [], { last: 'dead letter' }],
    ['the queue of another sink', [sink({ topics: 'x', ...QUEUE })], { last: 'other' }],
    [
      'the queue of another sink, which a third one archives',
      [sink({ topics: 'x', ...QUEUE }), sink({ topics: TOPIC })],
      {},
    ],
    ['one beside those of a source', [source({ topic: 'dead-too' })], { inUse: ['dead.too'] }],
  ] as const)('may be %s', async (_name, others, holds) => {
    expect(await against(others, { ...holds, inUse: 'inUse' in holds ? [...holds.inUse] : [] })).toBeUndefined();
  });

  it.each([
    ['a topic of another sink', [sink({ topics: `a, ${TOPIC}` })], {}, 'other reads it'],
    ['one that its expression takes', [sink({ 'topics.regex': 'de.*' })], {}, 'other reads it'],
    ['one that a source writes by its configuration', [source({ topic: TOPIC })], {}, 'shop writes to it'],
    ['one that a source has written', [source({ 'topic.prefix': 'p' })], { inUse: [TOPIC] }, 'shop writes to it'],
    ['one with other records', [], { last: 'other' }, 'offset 0 of partition 1 has no error headers'],
  ] as const)('is not %s', async (_name, others, holds, why) => {
    const said = await against(others, { ...holds, inUse: 'inUse' in holds ? [...holds.inUse] : [] });
    expect(said).toContain('REQUEST_INVALID: dead is no dead letter queue: ');
    expect(said).toContain(why);
  });
});
