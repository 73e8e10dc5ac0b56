import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../src/cli/style.ts';
import { topicsView } from '../../../src/cli/views/topics.ts';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { readTopics, type TopicPorts } from '../../../src/inspect/topics.ts';
import type { LiveTopic, TopicPort } from '../../../src/ports/topics.ts';
import { sizeText } from '../../../src/text/size.ts';

const signal = new AbortController().signal;
const live = (name: string, configs: Record<string, string>): LiveTopic => ({
  name,
  partitions: 3,
  replicationFactor: 2,
  configs,
});
const LIVE = new Map([
  ['a', live('a', { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'retention.bytes': '-1' })],
  ['b', live('b', { 'cleanup.policy': 'compact,delete', 'retention.ms': '-1', 'retention.bytes': '1048576' })],
  ['c', live('c', { 'cleanup.policy': 'compact', 'retention.ms': 'x' })],
]);

function ports(more: Partial<Record<'topics' | 'inspection', SluiceError>> = {}): TopicPorts {
  const open = <T extends object>(port: T, error: SluiceError | undefined) => {
    if (error !== undefined) throw error;
    return { ...port, [Symbol.asyncDispose]: async () => {} };
  };
  return {
    topics: async () => open({ describe: async () => LIVE }, more.topics) as unknown as TopicPort,
    inspection: async () =>
      open(
        {
          connectGroups: async () => [],
          topicSizes: async () =>
            new Map([
              ['a', 1536],
              ['b', 0],
            ]),
        },
        more.inspection,
      ),
    signal,
  };
}

const client = (topics: string[] | undefined) => ({
  get: async () => ({}) as ListedConnector,
  topicsInUse: async () => topics,
  resetTopics: async () => {},
});
const target = { context: 'x', name: 'orders' };

describe('topics in use', () => {
  it('have what Kafka knows of them', async () => {
    const { topics, unread } = await readTopics(client(['c', 'gone', 'b', 'a']), target, ports());
    expect(unread).toEqual([]);
    expect(topics).toEqual([
      {
        name: 'a',
        exists: true,
        partitions: 3,
        replicationFactor: 2,
        sizeBytes: 1536,
        cleanupPolicy: 'delete',
        retentionMs: 604800000,
        retentionBytes: -1,
      },
      {
        name: 'b',
        exists: true,
        partitions: 3,
        replicationFactor: 2,
        sizeBytes: 0,
        cleanupPolicy: 'compact,delete',
        retentionMs: -1,
        retentionBytes: 1048576,
      },
      {
        name: 'c',
        exists: true,
        partitions: 3,
        replicationFactor: 2,
        sizeBytes: null,
        cleanupPolicy: 'compact',
        retentionMs: null,
        retentionBytes: null,
      },
      {
        name: 'gone',
        exists: false,
        partitions: null,
        replicationFactor: null,
        sizeBytes: null,
        cleanupPolicy: null,
        retentionMs: null,
        retentionBytes: null,
      },
    ]);
  });

  it.each<[string, TopicPorts, object[], string | null]>([
    [
      'without Kafka',
      { topics: undefined, inspection: undefined, signal },
      [{ what: 'details of topics', error: null }],
      null,
    ],
    [
      'with a Kafka that is away',
      ports({ topics: new SluiceError('KAFKA_UNREACHABLE', 'away') }),
      [{ what: 'details of topics', reason: 'away', error: { code: 'KAFKA_UNREACHABLE' } }],
      null,
    ],
    [
      'without the right to see sizes',
      ports({ inspection: new SluiceError('KAFKA_REJECTED', 'no right') }),
      [{ what: 'sizes of topics', reason: 'no right' }],
      'delete',
    ],
  ])('are listed %s, which is said', async (_why, given, unread, policy) => {
    const report = await readTopics(client(['a']), target, given);
    expect(report.topics).toMatchObject([{ name: 'a', sizeBytes: null, cleanupPolicy: policy }]);
    expect(report.unread).toMatchObject(unread);
  });

  it('are unknown where the worker does not track them', async () => {
    const report = await readTopics(client(undefined), target, ports());
    expect(report).toMatchObject({ topics: null, unread: [] });
    expect(topicsView.table(report, plainStyle)).toContain('topic.tracking.enable is false');
  });

  it('are those of a connector that exists: of any other name, Connect says that it uses none', async () => {
    const missing = { ...client([]), get: async () => Promise.reject(new SluiceError('CONNECTOR_NOT_FOUND', 'none')) };
    await expect(readTopics(missing, target, ports())).rejects.toMatchObject({ code: 'CONNECTOR_NOT_FOUND' });
  });

  it('are shown with their retention in words', async () => {
    const report = await readTopics(client(['a', 'b', 'c', 'gone']), target, ports());
    const lines = topicsView
      .table(report, plainStyle)
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' '));
    expect(lines).toEqual([
      'TOPIC PARTITIONS REPLICAS SIZE RETENTION',
      'a 3 2 1.5 KiB 7d',
      'b 3 2 0 B 1.0 MiB per partition, compact,delete',
      'c 3 2 ? compact',
      'gone missing ? ? ?',
    ]);
  });
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [150 * 1024, '150 KiB'],
  [5 * 1024 ** 3, '5.0 GiB'],
  [3000 * 1024 ** 4, '3000 TiB'],
])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));
