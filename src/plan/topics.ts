import type { DesiredTopic, LiveTopic } from '../ports/topics.ts';
import { configSecrets } from '../schemas/secrets.ts';
import { listItems } from '../text/lists.ts';
import type { Count, Integer } from '../text/numbers.ts';
import type { Consequence } from './consequences.ts';
import type { KeyChange } from './diff.ts';
import { type ShownKey, showKeys } from './show.ts';

/** `refused`: Kafka cannot make this change to an existing topic. */
export type TopicAction = 'create' | 'update' | 'refused' | 'unchanged';

/** A number of a topic that changes. */
export interface NumberChange {
  /** Null for a new topic. */
  before: Integer | null;
  /** Null for the broker's default. */
  after: Integer | null;
}

export interface TopicChange {
  name: string;
  /** The entry of topics in sluice.yaml. */
  declaredBy: string;
  action: TopicAction;
  /** Null if unchanged. */
  partitions: NumberChange | null;
  /** Null if unchanged. */
  replicationFactor: NumberChange | null;
  configs: KeyChange[];
  /** Consequences of the change. */
  consequences: Consequence[];
  desired: DesiredTopic;
  live: LiveTopic | undefined;
}

export type TopicCounts = Record<TopicAction, Count>;

/** The change that makes a topic match sluice.yaml; undeclared settings stay unchanged. Pure. */
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

/** Policies are an unordered list. */
function sameValue(key: string, before: string | null, after: string): boolean {
  if (key !== 'cleanup.policy') return before === after;
  const sorted = (text: string | null) =>
    listItems(text ?? undefined)
      .sort()
      .join();
  return sorted(before) === sorted(after);
}

type Change = { before: number; after: number } | null;

function partitionRefusal(partitions: Change): Consequence[] {
  if (partitions === null || partitions.after > partitions.before) return [];
  return [
    {
      key: 'partitions',
      message: `Kafka cannot remove partitions: the topic has ${partitions.before}, ${partitions.after} are declared`,
      todo: `declare ${partitions.before}, or copy the records into a new topic`,
    },
  ];
}

function replicationRefusal(factor: Change): Consequence[] {
  if (factor === null) return [];
  return [
    {
      key: 'replicationFactor',
      message: `only a reassignment can change the number of replicas: the topic has ${factor.before}, ${factor.after} are declared`,
      todo: 'move them with kafka-reassign-partitions, or declare the current number',
    },
  ];
}

function partitionConsequence(partitions: Change): Consequence[] {
  if (partitions === null || partitions.after <= partitions.before) return [];
  return [
    {
      key: 'partitions',
      message:
        'keys move: new records of a key may go to a different partition than its older ones, and be read before them',
      todo: 'pause its writers, let its sinks catch up (sluice status), deploy, resume; recreate a compacted topic instead',
    },
  ];
}

function configConsequence({ key, before, after }: KeyChange): Consequence[] {
  if (key === 'retention.ms' && shorter(before, after)) {
    return [
      {
        key,
        message: 'older records are deleted soon, including those that no sink has read yet',
        todo: 'check the lag of its sinks first: sluice status',
      },
    ];
  }
  if (key === 'cleanup.policy' && after?.includes('compact') && !before?.includes('compact')) {
    return [
      {
        key,
        message: 'only the last record of each key is kept, and records without a key are rejected from now on',
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

/** A change with secrets masked. */
export interface ShownTopic extends Omit<TopicChange, 'configs' | 'desired' | 'live'> {
  /** What differs; secrets masked. */
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
