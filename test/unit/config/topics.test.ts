import { describe, expect, it } from 'vitest';
import { topicRules } from '../../../src/config/topics.ts';

describe('topics of sluice.yaml', () => {
  it('come in Kafka’s own keys, every value text', () => {
    expect(
      topicRules({
        'dlq-postgresql-sink': { partitions: 1, retention: '30d', cleanupPolicy: 'delete' },
        'shop.*': {
          partitions: '3',
          replicationFactor: 2,
          configs: { 'max.message.bytes': 1_000_000, preallocate: false },
        },
        kept: { retention: 'unlimited' },
      }),
    ).toEqual([
      {
        match: 'dlq-postgresql-sink',
        partitions: 1,
        configs: { 'retention.ms': '2592000000', 'cleanup.policy': 'delete' },
      },
      {
        match: 'shop.*',
        partitions: 3,
        replicationFactor: 2,
        configs: { 'max.message.bytes': '1000000', preallocate: 'false' },
      },
      { match: 'kept', configs: { 'retention.ms': '-1' } },
    ]);
  });

  it.each([
    [
      'a reference that is no number',
      { partitions: 'many' },
      'topics.t.partitions: must be a whole number of at least 1, not "many"',
    ],
    ['a fraction', { partitions: '1.5' }, 'topics.t.partitions'],
    ['none at all', { replicationFactor: '0' }, 'topics.t.replicationFactor'],
    ['a reference that is not a duration', { retention: 'long' }, 'topics.t.retention: "long" is not a valid duration'],
    [
      'a key that is said twice',
      { retention: '1d', configs: { 'retention.ms': 5 } },
      'topics.t.retention: has the same meaning as configs.retention.ms',
    ],
  ])('%s is an error that names the key', (_name, settings, said) => {
    expect(() => topicRules({ t: settings })).toThrow(said);
  });
});
