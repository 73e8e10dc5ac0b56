import { listItems } from '../connect/lists.ts';
import type { Report, Scope } from './problem.ts';

/** Keys whose value is the name of a topic; of `topics` each item is one. */
const NAMES = new Set([
  ...['topics', 'topic', 'kafka.topic', 'errors.deadletterqueue.topic.name', 'schema.history.internal.kafka.topic'],
  ...['signal.kafka.topic', 'notification.sink.topic.name', 'transaction.topic'],
]);
const LEGAL = /^[A-Za-z0-9._-]{1,249}$/;

/** Kafka refuses other names: a connector fails when it first asks for the topic. */
export function checkTopicNames(scope: Scope, report: Report): void {
  for (const key in scope.config) {
    if (!NAMES.has(key) || scope.unknown(key)) continue;
    const value = scope.config[key] ?? '';
    for (const name of key === 'topics' ? listItems(value) : [value.trim()]) {
      if (name === '' || name.includes('${') || (LEGAL.test(name) && !/^\.{1,2}$/.test(name))) continue;
      report({
        rule: 'illegal-topic-name',
        severity: 'error',
        message: `${key}: ${JSON.stringify(name)} is not a valid name of a topic`,
        hint: 'Use up to 249 letters of ASCII, digits, dots, hyphens and underscores.',
        key,
        part: 'value',
      });
    }
  }
}
