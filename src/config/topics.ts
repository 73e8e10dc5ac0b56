import { SluiceError } from '../errors/error.ts';
import type { TopicRule } from '../ports/topics.ts';
import { durationMs } from '../text/duration.ts';
import type { TopicSettings } from './project.ts';

const DAY_MS = 86_400_000;

/** @throws PROJECT_INVALID for what the schema cannot check: values of references, a key given in two ways. */
export function topicRules(settings: Readonly<Record<string, TopicSettings>>): TopicRule[] {
  return Object.entries(settings).map(([match, topic]) => {
    const partitions = count(match, 'partitions', topic.partitions);
    const replicationFactor = count(match, 'replicationFactor', topic.replicationFactor);
    const configs = Object.fromEntries(Object.entries(topic.configs ?? {}).map(([key, value]) => [key, String(value)]));
    setConfig(match, configs, 'retention', 'retention.ms', retention(match, topic.retention));
    setConfig(match, configs, 'cleanupPolicy', 'cleanup.policy', topic.cleanupPolicy);
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
  throw invalid(match, key, `must be a whole number of at least 1, not "${value}"`);
}

function retention(match: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value === 'unlimited') return '-1';
  const days = /^(\d+)d$/.exec(value)?.[1];
  const ms = days === undefined ? durationMs(value) : Number(days) * DAY_MS;
  if (ms === undefined)
    throw invalid(match, 'retention', `"${value}" is not a valid duration; write it as 30d, 12h or unlimited`);
  return String(ms);
}

function setConfig(
  match: string,
  configs: Record<string, string>,
  key: string,
  kafkaKey: string,
  value?: string,
): void {
  if (value === undefined) return;
  if (kafkaKey in configs) throw invalid(match, key, `has the same meaning as configs.${kafkaKey}: remove one of them`);
  configs[kafkaKey] = value;
}

function invalid(match: string, key: string, message: string): SluiceError {
  return new SluiceError('PROJECT_INVALID', `topics.${match}.${key}: ${message}`, {
    hint: 'Correct sluice.yaml; its keys are described in schemas/project.json.',
  });
}
