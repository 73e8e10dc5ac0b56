import type { TopicRule } from '../config/topics.ts';
import { listItems } from '../connect/lists.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import { globExpression, isGlob } from './glob.ts';
import { takesTopic } from './order.ts';

/** A topic as sluice.yaml wants it. */
export interface DesiredTopic extends Omit<TopicRule, 'match'> {
  name: string;
  /** The entry that says so: the name itself, or a pattern. */
  declaredBy: string;
}

const REGEX_LETTERS = /[*+?()[\]{}|^$]/;

/**
 * Topics that a connector is known to use by name: what it reads or writes, where its dead letters go, and what Debezium
 * makes of literally named tables unless a router sends the records elsewhere. Pure.
 */
export function namedTopics(config: ConnectorConfig): string[] {
  const plain = [config['topics'], config['topic'], config['kafka.topic'], config['errors.deadletterqueue.topic.name']];
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

/** Whether a connector has to do with a topic: by name, by the prefix of its tables, or by `topics.regex`. Pure. */
export function usesTopic(config: ConnectorConfig, topic: string): boolean {
  if (namedTopics(config).includes(topic)) return true;
  const prefix = config['topic.prefix'];
  if (prefix && (topic === prefix || topic.startsWith(`${prefix}.`))) return true;
  return takesTopic(config['topics.regex'], topic);
}

/**
 * The topics that the rules are about. A name is wanted whether it exists or not; a pattern stands for the topics that
 * exist and for those that connectors name. Of several rules for one topic the exact one counts, else the first. Pure.
 * @param existing names of all topics; internal ones left out
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
    .sort((a, b) => a.name.localeCompare(b.name));
}
