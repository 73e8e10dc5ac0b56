import { listItems } from '../connect/lists.ts';
import type { PluginSchema } from '../schemas/plugin-schema.ts';
import { own } from '../text/own.ts';
import { compiledSchema } from './compiled.ts';
import type { Problem, Report, Scope } from './problem.ts';

/** Keys whose value is the name of a topic; of `topics` each item is one. */
const NAMES = new Set([
  ...['topics', 'topic', 'kafka.topic', 'errors.deadletterqueue.topic.name', 'schema.history.internal.kafka.topic'],
  ...['signal.kafka.topic', 'notification.sink.topic.name', 'transaction.topic', 'database.history.kafka.topic'],
]);
/** Keys whose value is a part of the names of topics. */
const PARTS = new Set(['topic.prefix', 'topic.transaction', 'topic.heartbeat.prefix', 'kafka.topic.prefix']);
const LEGAL = /^[A-Za-z0-9._-]{1,249}$/;

/** Kafka refuses other names: a connector fails when it first asks for the topic. */
export function checkTopicNames(scope: Scope, schema: PluginSchema | undefined, report: Report): void {
  for (const key in scope.config) {
    const part = PARTS.has(key);
    if (!(part || NAMES.has(key)) || scope.unknown(key)) continue;
    // What nobody reads is another finding, and asks for no topic.
    if (schema && !compiledSchema(schema).reads(key)) continue;
    // Where a plugin says itself what it takes, that was looked at.
    if (part && own(schema?.properties, key)?.pattern !== undefined) continue;
    const value = scope.config[key] ?? '';
    for (const name of key === 'topics' ? listItems(value) : [value.trim()]) {
      if (name === '' || name.includes('${')) continue;
      if (part ? isLegalInTopic(name) : LEGAL.test(name) && !/^\.{1,2}$/.test(name)) continue;
      report(illegalTopicName(key, name));
    }
  }
}

export function isLegalInTopic(text: string): boolean {
  return text === '' || LEGAL.test(text);
}

export function illegalTopicName(key: string, name: string): Problem {
  return {
    rule: 'illegal-topic-name',
    severity: 'error',
    message: `${key}: ${JSON.stringify(name)} is not a valid topic name`,
    hint: 'Use up to 249 characters: ASCII letters, digits, dots, hyphens and underscores.',
    key,
    part: 'value',
  };
}
