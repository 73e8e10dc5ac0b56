import { configSecrets } from '../schemas/secrets.ts';
import type { Consequence } from './consequences.ts';
import type { KeyChange } from './diff.ts';
import { type ShownKey, showKeys } from './show.ts';
import type { DesiredTopic } from './topic-names.ts';

/** A topic as the cluster has it. */
export interface LiveTopic {
  name: string;
  partitions: number;
  replicationFactor: number;
  /** Every value in effect, the broker's defaults included. */
  configs: Readonly<Record<string, string>>;
}

/** `refused` wants what Kafka cannot do to a topic that is there. */
export type TopicAction = 'create' | 'update' | 'refused' | 'unchanged';

export interface TopicChange {
  name: string;
  declaredBy: string;
  action: TopicAction;
  /** Null where it stays; `before` is null for a create, `after` where the broker's default is taken. */
  partitions: { before: number | null; after: number | null } | null;
  replicationFactor: { before: number | null; after: number | null } | null;
  configs: KeyChange[];
  consequences: Consequence[];
  desired: DesiredTopic;
  live: LiveTopic | undefined;
}

export type TopicCounts = Record<TopicAction, number>;

/** What it takes to make a topic what sluice.yaml says; what that leaves out is left alone. Pure. */
export function diffTopic(desired: DesiredTopic, live: LiveTopic | undefined): TopicChange {
  const common = { name: desired.name, declaredBy: desired.declaredBy, desired, live };
  if (live === undefined) {
    return {
      ...common,
      action: 'create',
      partitions: { before: null, after: desired.partitions ?? null },
      replicationFactor: { before: null, after: desired.replicationFactor ?? null },
      configs: Object.entries(desired.configs).map(([key, after]) => ({ key, before: null, after })),
      consequences: [],
    };
  }
  const partitions = differs(live.partitions, desired.partitions);
  const replicationFactor = differs(live.replicationFactor, desired.replicationFactor);
  const configs = Object.entries(desired.configs)
    .map(([key, after]) => ({ key, before: live.configs[key] ?? null, after }))
    .filter(({ key, before, after }) => !sameValue(key, before, after));
  const refusals = [...partitionRefusal(partitions), ...replicationRefusal(replicationFactor)];
  const changed = partitions !== null || replicationFactor !== null || configs.length > 0;
  return {
    ...common,
    action: refusals.length > 0 ? 'refused' : changed ? 'update' : 'unchanged',
    partitions,
    replicationFactor,
    configs,
    consequences: [...refusals, ...partitionConsequence(partitions), ...configs.flatMap(configConsequence)],
  };
}

function differs(before: number, after: number | undefined): { before: number; after: number } | null {
  return after === undefined || after === before ? null : { before, after };
}

/** Policies are a list whose order means nothing. */
function sameValue(key: string, before: string | null, after: string): boolean {
  if (key !== 'cleanup.policy') return before === after;
  const sorted = (text: string | null) =>
    (text ?? '')
      .split(',')
      .map((one) => one.trim())
      .sort()
      .join();
  return sorted(before) === sorted(after);
}

type Count = { before: number; after: number } | null;

function partitionRefusal(partitions: Count): Consequence[] {
  if (partitions === null || partitions.after > partitions.before) return [];
  return [
    {
      key: 'partitions',
      message: `Kafka cannot take partitions away: the topic has ${partitions.before}, ${partitions.after} are declared`,
      todo: `declare ${partitions.before}, or copy the records into a new topic`,
    },
  ];
}

function replicationRefusal(factor: Count): Consequence[] {
  if (factor === null) return [];
  return [
    {
      key: 'replicationFactor',
      message: `the replicas of a topic change only by a reassignment: it has ${factor.before}, ${factor.after} are declared`,
      todo: 'move them with kafka-reassign-partitions, or declare what is there',
    },
  ];
}

function partitionConsequence(partitions: Count): Consequence[] {
  if (partitions === null || partitions.after <= partitions.before) return [];
  return [
    {
      key: 'partitions',
      message:
        'keys move: new records of a key may go to another partition than its older ones, and be read before them',
      todo: 'pause what writes to it, let its sinks catch up (sluice status), deploy, resume; a compacted topic is better made anew',
    },
  ];
}

function configConsequence({ key, before, after }: KeyChange): Consequence[] {
  if (key === 'retention.ms' && shorter(before, after)) {
    return [
      {
        key,
        message: 'records that are older are deleted soon, also those that no sink has read yet',
        todo: 'look at the lag of its sinks first: sluice status',
      },
    ];
  }
  if (key === 'cleanup.policy' && after?.includes('compact') && !before?.includes('compact')) {
    return [
      {
        key,
        message: 'only the last record of each key is kept, and records without a key are refused from now on',
        todo: 'make sure that every record has a key',
      },
    ];
  }
  return [];
}

function shorter(before: string | null, after: string | null): boolean {
  const ms = (text: string | null) => (text === null || Number(text) < 0 ? Number.POSITIVE_INFINITY : Number(text));
  return ms(after) < ms(before);
}

/** A change of a topic as it is shown. */
export interface ShownTopic extends Omit<TopicChange, 'configs' | 'desired' | 'live'> {
  configs: ShownKey[];
}

export function showTopic({ desired: _desired, live: _live, configs, ...change }: TopicChange): ShownTopic {
  return { ...change, configs: showKeys(configs, configSecrets({ config: {} })) };
}

export function countTopics(changes: readonly { action: TopicAction }[]): TopicCounts {
  const counts: TopicCounts = { create: 0, update: 0, refused: 0, unchanged: 0 };
  for (const { action } of changes) counts[action] += 1;
  return counts;
}
