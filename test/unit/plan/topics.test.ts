import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDrift, toPlan } from '../../../src/plan/plan.ts';
import { assertCurrent, type SavedPlan, saveTopics } from '../../../src/plan/saved.ts';
import { diffTopic } from '../../../src/plan/topics.ts';
import type { DesiredTopic, LiveTopic, TopicRule } from '../../../src/ports/topics.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { desiredTopics, namedTopics, usesTopic } from '../../../src/topology/topics.ts';
import { savedPlan } from '../../helpers/saved-plan.ts';

const rule = (match: string, more: Partial<TopicRule> = {}): TopicRule => ({ match, configs: {}, ...more });
const desired = (more: Partial<DesiredTopic> = {}): DesiredTopic => ({
  name: 't',
  declaredBy: 't',
  configs: {},
  ...more,
});
const live = (more: Partial<LiveTopic> = {}): LiveTopic => ({
  name: 't',
  partitions: 3,
  replicationFactor: 1,
  configs: { 'retention.ms': '604800000', 'cleanup.policy': 'delete' },
  ...more,
});

describe('topics that connectors name', () => {
  it.each([
    ['what a sink reads', { topics: 'a, b' }, ['a', 'b']],
    [
      'none of what MirrorMaker copies from elsewhere',
      { 'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector', topics: 'orders.*,payments' },
      [],
    ],
    ['what a file source writes', { topic: 'a' }, ['a']],
    ['dead letters', { topics: 'a', 'errors.deadletterqueue.topic.name': 'dlq' }, ['a', 'dlq']],
    [
      'tables that are named literally',
      { 'topic.prefix': 'shop', 'table.include.list': 'public\\.orders, public.lines,public.x_.*' },
      ['shop.public.orders', 'shop.public.lines'],
    ],
    [
      'no tables where a router sends them elsewhere',
      {
        'topic.prefix': 'shop',
        'table.include.list': 'public.orders',
        transforms: 'route',
        'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      },
      [],
    ],
  ])('%s', (_name, config, names) => {
    expect(namedTopics(config)).toEqual(names);
  });

  it('also by prefix and pattern', () => {
    expect(usesTopic({ 'topic.prefix': 'shop' }, 'shop.public.orders')).toBe(true);
    expect(usesTopic({ 'topic.prefix': 'shop' }, 'shopping.public.orders')).toBe(false);
    expect(usesTopic({ 'topics.regex': 'shop\\..*' }, 'shop.public.orders')).toBe(true);
    expect(usesTopic({ 'topics.regex': '(?i)[' }, 'shop')).toBe(false);
    expect(usesTopic({ topics: 'other' }, 'shop')).toBe(false);
  });
});

describe('which rule is about which topic', () => {
  const connectors = [{ config: { topics: 'shop.a,shop.b' } }];

  it('a name is always wanted; a pattern takes existing topics and those that connectors name', () => {
    const found = desiredTopics([rule('dlq'), rule('shop.*', { partitions: 3 })], ['shop.old', 'other'], connectors);
    expect(found.map(({ name, declaredBy, partitions }) => [name, declaredBy, partitions])).toEqual([
      ['dlq', 'dlq', undefined],
      ['shop.a', 'shop.*', 3],
      ['shop.b', 'shop.*', 3],
      ['shop.old', 'shop.*', 3],
    ]);
  });

  it('the exact name comes before patterns, the first pattern before others', () => {
    const found = desiredTopics([rule('shop.*'), rule('*'), rule('shop.a')], ['shop.a', 'shop.b', 'x'], []);
    expect(found.map((topic) => topic.declaredBy)).toEqual(['shop.a', 'shop.*', '*']);
  });

  it('no pattern takes internal topics', () => {
    expect(desiredTopics([rule('*')], ['__consumer_offsets'], [])).toEqual([]);
  });
});

describe('a topic', () => {
  it('that does not exist is created as declared', () => {
    expect(diffTopic(desired({ partitions: 3, configs: { 'retention.ms': '1' } }), undefined)).toMatchObject({
      action: 'create',
      partitions: { before: null, after: 3 },
      replicationFactor: { before: null, after: null },
      configs: [{ key: 'retention.ms', before: null, after: '1' }],
    });
  });

  it('stays unchanged in undeclared settings, and if only the order of policies differs', () => {
    expect(diffTopic(desired(), live()).action).toBe('unchanged');
    const both = live({ configs: { 'cleanup.policy': 'delete,compact' } });
    expect(diffTopic(desired({ configs: { 'cleanup.policy': 'compact,delete' } }), both).action).toBe('unchanged');
  });

  it('gets more partitions with the warning that keys move', () => {
    const change = diffTopic(desired({ partitions: 6 }), live());
    expect(change).toMatchObject({ action: 'update', partitions: { before: 3, after: 6 } });
    expect(change.consequences[0]?.message).toContain('keys move');
  });

  it.each([
    [{ partitions: 1 }, 'cannot remove partitions: the topic has 3, 1 are declared'],
    [{ replicationFactor: 3 }, 'only a reassignment can change'],
  ])('is refused %j', (more, said) => {
    const change = diffTopic(desired(more), live());
    expect(change.action).toBe('refused');
    expect(change.consequences[0]?.message).toContain(said);
  });

  it.each([
    ['a shorter retention', { 'retention.ms': '1000' }, 'older records are deleted'],
    ['an end to keeping them for ever', { 'retention.ms': '604800000' }, 'are deleted', { 'retention.ms': '-1' }],
    ['compaction', { 'cleanup.policy': 'compact' }, 'records without a key are rejected'],
  ])(
    'says what %s brings',
    (_name, configs: Record<string, string>, said, before: Record<string, string> = live().configs) => {
      expect(diffTopic(desired({ configs }), live({ configs: before })).consequences[0]?.message).toContain(said);
    },
  );

  it('does not differ from what it was created as', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 5 }),
        fc.dictionary(fc.constantFrom('retention.ms', 'segment.ms', 'compression.type'), fc.string()),
        (partitions, replicationFactor, configs) => {
          const wanted = desired({ partitions, replicationFactor, configs });
          const made = live({ partitions, replicationFactor, configs: { ...live().configs, ...configs } });
          expect(diffTopic(wanted, made).action).toBe('unchanged');
        },
      ),
    );
  });
});

describe('in a plan', () => {
  const plan = (topics: ReturnType<typeof diffTopic>[]) =>
    toPlan(
      'dev',
      { changes: [], unreadable: [] },
      { connectors: [], unreadable: [] },
      new Set(),
      configSecrets,
      topics,
    );

  it('refused changes come first, and are drift as well', () => {
    const changes = [diffTopic(desired(), live()), diffTopic(desired({ name: 'u', partitions: 1 }), live())];
    expect(plan(changes).topics.map((topic) => topic.name)).toEqual(['u', 't']);
    expect(plan(changes).summary.topics).toEqual({ create: 0, update: 0, refused: 1, unchanged: 1 });
    expect(hasDrift(plan(changes))).toBe(true);
    expect(hasDrift(plan([diffTopic(desired(), live())]))).toBe(false);
  });

  const key = Buffer.from('key');
  const saved = (topics: ReturnType<typeof diffTopic>[]): SavedPlan =>
    savedPlan(key, { connectors: [], topics: saveTopics(topics, key), plan: plan(topics) });
  const wanted = desired({ partitions: 6, configs: { 'retention.ms': '5' } });

  it.each([
    ['nothing moved', wanted, live(), undefined],
    ['what is not declared moved', wanted, live({ configs: { ...live().configs, 'segment.ms': '7' } }), undefined],
    ['its partitions moved', wanted, live({ partitions: 4 }), 'topic t has changed on the cluster'],
    ['it went', wanted, undefined, 'topic t has changed on the cluster'],
    ['a key moved', wanted, live({ configs: { 'retention.ms': '9' } }), 'topic t has changed on the cluster'],
    ['the project moved', { ...wanted, partitions: 7 }, live(), 'topic t has changed in sluice.yaml'],
  ])('saved, and %s', (_name, then, now, said) => {
    const check = () => assertCurrent(saved([diffTopic(wanted, live())]), [], key, [diffTopic(then, now)]);
    if (said === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(said);
  });

  it('saved before there were topics, is out of date if some are declared', () => {
    const { topics: _topics, ...old } = saved([]);
    expect(() => assertCurrent(old, [], key, [])).not.toThrow();
    expect(() => assertCurrent(old, [], key, [diffTopic(wanted, live())])).toThrow('topic t is new');
  });
});
