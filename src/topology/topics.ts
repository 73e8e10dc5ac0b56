import type { ConnectorConfig } from '../connect/types.ts';
import type { DesiredTopic, TopicRule } from '../ports/topics.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { globExpression, isGlob } from '../text/glob.ts';
import { listItems } from '../text/lists.ts';
import { isNamedSource } from './connector-class.ts';
import { takesTopic } from './feeds.ts';

const REGEX_LETTERS = /[*+?()[\]{}|^$]/;

/**
 * Topics that a connector is known to use by name: those it reads or writes, its dead letter topic, and Debezium's
 * topics for literally named tables unless a router redirects them. Pure.
 */
export function namedTopics(config: ConnectorConfig): string[] {
  const read = isNamedSource(config['connector.class']) ? undefined : config['topics'];
  const plain = [read, config['topic'], config['kafka.topic'], config['errors.deadletterqueue.topic.name']];
  return [...new Set([...plain.flatMap(listItems), ...tableTopics(config)])];
}

function tableTopics(config: ConnectorConfig): string[] {
  const prefix = config['topic.prefix'];
  const rerouted = listItems(config['transforms']).some((one) =>
    /Router|EventRouter|Routing/.test(config[`transforms.${one}.type`] ?? ''),
  );
  if (!prefix || rerouted) return [];
  return listItems(config['table.include.list']).flatMap((pattern) => {
    const name = pattern.replaceAll('\\.', '.');
    return REGEX_LETTERS.test(name) ? [] : [`${prefix}.${name}`];
  });
}

/** Whether a connector uses a topic: by name, by the prefix of its tables, or by `topics.regex`. Pure. */
export function usesTopic(config: ConnectorConfig, topic: string): boolean {
  return topicUser(config)(topic);
}

/** The same for many topics of one connector. */
export function topicUser(config: ConnectorConfig): (topic: string) => boolean {
  const named = new Set(namedTopics(config));
  const prefix = config['topic.prefix'];
  return (topic) => {
    if (named.has(topic)) return true;
    if (prefix && (topic === prefix || topic.startsWith(`${prefix}.`))) return true;
    return takesTopic(config['topics.regex'], topic);
  };
}

/**
 * The topics that the rules cover. A name is wanted whether it exists or not; a pattern covers existing topics and
 * those named by connectors. The exact rule for a topic wins, else the first. Pure.
 * @param existing names of all topics; internal ones are ignored
 */
export function desiredTopics(
  rules: readonly TopicRule[],
  existing: readonly string[],
  connectors: readonly { config: ConnectorConfig }[],
): DesiredTopic[] {
  const exact = rules.filter((rule) => !isGlob(rule.match));
  const patterns = rules.filter((rule) => isGlob(rule.match)).map((rule) => ({ rule, is: globExpression(rule.match) }));
  const wanted = new Map<string, TopicRule>();
  for (const name of [...existing, ...connectors.flatMap(({ config }) => namedTopics(config))]) {
    const found = name.startsWith('__') ? undefined : patterns.find(({ is }) => is.test(name));
    if (found) wanted.set(name, found.rule);
  }
  for (const rule of exact) wanted.set(rule.match, rule);
  return [...wanted]
    .map(([name, { match, ...rest }]) => ({ name, declaredBy: match, ...rest }))
    .sort((a, b) => compareTexts(a.name, b.name));
}
