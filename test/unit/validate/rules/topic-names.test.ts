import { describe, expect, it } from 'vitest';
import type { RuleFinding, Scope } from '../../../../src/validate/rules/scope.ts';
import { checkTopicNames } from '../../../../src/validate/rules/topic-names.ts';

function found(config: Record<string, string>): (string | undefined)[] {
  const problems: RuleFinding[] = [];
  checkTopicNames(
    { config, keys: Object.keys(config), unknown: () => false } as unknown as Scope,
    undefined,
    (problem) => void problems.push(problem),
  );
  return problems.map(({ key }) => key);
}

describe('names of topics', () => {
  it.each([
    [{ topics: 'bad topic,ok' }, ['topics']],
    [{ topics: 'a/b, c:d' }, ['topics', 'topics']],
    [{ 'errors.deadletterqueue.topic.name': 'dlq orders/1' }, ['errors.deadletterqueue.topic.name']],
    [{ 'schema.history.internal.kafka.topic': 'hist ory' }, ['schema.history.internal.kafka.topic']],
    [{ topic: '..' }, ['topic']],
    [{ topic: 'ü' }, ['topic']],
    [{ topic: 'x'.repeat(250) }, ['topic']],
    [{ 'topic.prefix': 'shop eu/' }, ['topic.prefix']],
    [{ 'topic.heartbeat.prefix': 'a:b' }, ['topic.heartbeat.prefix']],
  ])('%j', (config, keys) => expect(found(config)).toEqual(keys));

  it.each([
    { topics: 'a, b.c_d-E' },
    { topic: '${file:/x:y}' },
    { 'errors.deadletterqueue.topic.name': '' },
    { file: 'a b' },
    // MirrorMaker's topics are patterns.
    { 'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector', topics: 'orders.*,(a|b)' },
    { 'connector.class': 'MirrorCheckpoint', topics: 'orders.*' },
  ])('%j is none', (config) => expect(found(config)).toEqual([]));
});
