import { SluiceError } from '../errors/error.ts';
import { durationMs } from './duration.ts';
import type { TopicSettings } from './project.ts';

/** One entry of `topics` in sluice.yaml, in Kafka's own terms. What it leaves out is left alone. */
export interface TopicRule {
  /** A name, or a pattern with * and ?. */
  match: string;
  partitions?: number;
  replicationFactor?: number;
  /** Kafka's key → value, as text. */
  configs: Record<string, string>;
}

const DAY_MS = 86_400_000;

/** @throws PROJECT_INVALID for what the schema cannot see: references that turned out wrong, a key that is said twice. */
export function topicRules(settings: Readonly<Record<string, TopicSettings>>): TopicRule[] {
  return Object.entries(settings).map(([match, topic]) => {
    const partitions = count(match, 'partitions', topic.partitions);
    const replicationFactor = count(match, 'replicationFactor', topic.replicationFactor);
    const configs = Object.fromEntries(Object.entries(topic.configs ?? {}).map(([key, value]) => [key, String(value)]));
    say(match, configs, 'retention', 'retention.ms', retention(match, topic.retention));
    say(match, configs, 'cleanupPolicy', 'cleanup.policy', topic.cleanupPolicy);
    return {
      match,
      ...(partitions === undefined ? {} : { partitions }),
      ...(replicationFactor === undefined ? {} : { replicationFactor }),
      configs,
    };
  });
}

function count(match: string, key: string, value: number | string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  throw invalid(match, key, `"${value}" is not a number of at least 1`);
}

function retention(match: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value === 'unlimited') return '-1';
  const days = /^(\d+)d$/.exec(value)?.[1];
  const ms = days === undefined ? durationMs(value) : Number(days) * DAY_MS;
  if (ms === undefined)
    throw invalid(match, 'retention', `"${value}" is no duration; write it as 30d, 12h or unlimited`);
  return String(ms);
}

function say(match: string, configs: Record<string, string>, key: string, kafkaKey: string, value?: string): void {
  if (value === undefined) return;
  if (kafkaKey in configs) throw invalid(match, key, `says the same as configs.${kafkaKey}: leave one of them out`);
  configs[kafkaKey] = value;
}

function invalid(match: string, key: string, message: string): SluiceError {
  return new SluiceError('PROJECT_INVALID', `topics.${match}.${key}: ${message}`, {
    hint: 'Correct sluice.yaml; its keys are described in schemas/project.json.',
  });
}
