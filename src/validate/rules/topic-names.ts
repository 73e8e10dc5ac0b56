import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { listItems } from '../../text/lists.ts';
import { own } from '../../text/own.ts';
import { isNamedSource } from '../../topology/connector-class.ts';
import { compiledSchema } from './compiled.ts';
import type { Report, RuleFinding, Scope } from './scope.ts';

/** Keys whose value is a topic name; each item of `topics` is one. */
const NAMES = [
  ...['topics', 'topic', 'kafka.topic', 'errors.deadletterqueue.topic.name', 'schema.history.internal.kafka.topic'],
  ...['signal.kafka.topic', 'notification.sink.topic.name', 'transaction.topic', 'database.history.kafka.topic'],
];
/** Keys whose value is part of topic names. */
const PARTS = ['topic.prefix', 'topic.transaction', 'topic.heartbeat.prefix', 'kafka.topic.prefix'];
const KINDS: ReadonlyMap<string, 'name' | 'part'> = new Map([
  ...NAMES.map((key) => [key, 'name'] as const),
  ...PARTS.map((key) => [key, 'part'] as const),
]);
const LEGAL = /^[A-Za-z0-9._-]{1,249}$/;

/** Kafka refuses other names: a connector fails when it first uses the topic. */
export function checkTopicNames(scope: Scope, schema: PluginSchema | undefined, report: Report): void {
  for (const key of scope.keys) {
    const kind = KINDS.get(key);
    if (kind === undefined || scope.unknown(key)) continue;
    const part = kind === 'part';
    // A source has patterns of its own there.
    if (key === 'topics' && isNamedSource(scope.config['connector.class'])) continue;
    // An unknown key is another finding, and uses no topic.
    if (schema && !compiledSchema(schema).reads(key)) continue;
    // If the plugin defines a pattern, it has been checked already.
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

export function illegalTopicName(key: string, name: string): RuleFinding {
  return {
    rule: 'illegal-topic-name',
    severity: 'error',
    message: `${key}: ${JSON.stringify(name)} is not a valid topic name`,
    hint: 'Use up to 249 characters: ASCII letters, digits, dots, hyphens and underscores.',
    key,
    part: 'value',
  };
}
