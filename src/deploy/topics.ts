import type { Targets } from '../config/targets.ts';
import type { TopicRule } from '../config/topics.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import { SluiceError, toErrorDocument } from '../errors/error.ts';
import type { TopicPort } from '../kafka/topics.ts';
import { isGlob } from '../plan/glob.ts';
import { isNarrowed, type Selection } from '../plan/select.ts';
import { desiredTopics, usesTopic } from '../plan/topic-names.ts';
import { diffTopic, type TopicChange } from '../plan/topics.ts';
import type { Progress } from '../ports/progress.ts';

/** Opens Kafka for its topics; undefined where the context names none. */
export type TopicOpener = (() => Promise<TopicPort>) | undefined;

export interface TopicsWanted {
  rules: readonly TopicRule[];
  connectors: readonly { config: ConnectorConfig }[];
  /** True with --only or --exclude: then only topics of these connectors are meant. */
  narrowed: boolean;
  context: string;
  open: TopicOpener;
}

/** What one run wants of the topics that sluice.yaml declares. @throws PROJECT_INVALID, REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE */
export async function topicsWanted(
  targets: Pick<Targets, 'topics'>,
  connectors: TopicsWanted['connectors'],
  selection: Selection,
  cluster: Pick<TopicsWanted, 'context' | 'open'>,
): Promise<TopicsWanted> {
  return { ...cluster, rules: await targets.topics(), connectors, narrowed: isNarrowed(selection) };
}

/**
 * What differs between declared and live topics; none declared, Kafka is not asked.
 * @throws PROJECT_INVALID where topics are declared and the context names no Kafka; KAFKA_UNREACHABLE, KAFKA_REJECTED.
 */
export async function topicChanges(wanted: TopicsWanted): Promise<TopicChange[]> {
  const { rules, connectors, narrowed } = wanted;
  if (rules.length === 0) return [];
  await using kafka = await opened(wanted);
  const existing = rules.some((rule) => isGlob(rule.match)) ? await kafka.names() : [];
  const desired = desiredTopics(rules, existing, connectors).filter(
    ({ name }) => !narrowed || connectors.some(({ config }) => usesTopic(config, name)),
  );
  const live = await kafka.describe(desired.map((topic) => topic.name));
  return desired.map((topic) => diffTopic(topic, live.get(topic.name)));
}

function opened({ open, context }: Pick<TopicsWanted, 'open' | 'context'>): Promise<TopicPort> {
  if (open !== undefined) return open();
  throw new SluiceError('PROJECT_INVALID', `topics are declared, but the context "${context}" names no Kafka`, {
    hint: `Set contexts.${context}.kafka.bootstrapServers in sluice.yaml; Connect itself cannot tell topics.`,
  });
}

/** @throws VALIDATION_FAILED for topics that would have to be what Kafka cannot make of them. */
export function assertPossible(changes: readonly TopicChange[]): void {
  const refused = changes.filter((change) => change.action === 'refused');
  if (refused.length === 0) return;
  const lines = refused.flatMap(({ name, consequences }) =>
    consequences.map(({ message, todo }) => `topic ${name}: ${message}; ${todo}`),
  );
  throw new SluiceError('VALIDATION_FAILED', ['topics cannot be made what is declared', ...lines].join('\n  '), {
    hint: 'Nothing was sent. Correct topics in sluice.yaml.',
    details: { topics: refused.map(({ name, consequences }) => ({ name, consequences })) },
  });
}

interface ApplyOptions {
  open: TopicOpener;
  context: string;
  signal: AbortSignal;
  progress: Progress;
  /** Names of what was made are added: they are told where the run is interrupted. */
  made: Set<string>;
}

/**
 * Makes topics what is declared, one after the other. Every one is tried; connectors must not come where one failed,
 * since a worker would make the topic its own way.
 * @throws the first failure, naming what was done and what was not.
 */
export async function applyTopics(changes: readonly TopicChange[], options: ApplyOptions): Promise<void> {
  const differing = changes.filter((change) => change.action === 'create' || change.action === 'update');
  if (differing.length === 0) return;
  await options.progress.step(`Make ${differing.length} ${differing.length === 1 ? 'topic' : 'topics'}`, async () => {
    await using kafka = await opened(options);
    const failed = new Map<string, SluiceError>();
    for (const change of differing) {
      options.signal.throwIfAborted();
      try {
        await applyTopic(change, kafka);
        options.made.add(change.name);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        failed.set(change.name, error);
      }
    }
    if (failed.size > 0) throw failure([...options.made], failed);
  });
}

/** Kafka has no compare-and-set either, but refuses what has moved on: a name that is there, fewer partitions. */
async function applyTopic(change: TopicChange, kafka: TopicPort): Promise<void> {
  const { name, desired } = change;
  try {
    if (change.action === 'create') return await kafka.create(desired);
    if (change.partitions?.after != null) await kafka.addPartitions(name, change.partitions.after);
    const configs = Object.fromEntries(change.configs.map(({ key, after }) => [key, after ?? '']));
    if (change.configs.length > 0) await kafka.setConfigs(name, configs);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    // An answer may be lost, and what was tried again then be refused: what is there decides.
    const live = await kafka.describe([name]).catch(() => undefined);
    if (live === undefined || diffTopic(desired, live.get(name)).action !== 'unchanged') throw error;
  }
}

function failure(done: readonly string[], failed: ReadonlyMap<string, SluiceError>): SluiceError {
  const [first] = failed.values();
  const said = [...failed].map(([name, error]) => `topic ${name}: ${error.message}`).join('; ');
  const made = done.length > 0 ? `; done: ${done.join(', ')}` : '';
  return new SluiceError(first?.code ?? 'KAFKA_REJECTED', `${said}${made}; no connector was written`, {
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
    details: {
      topics: done,
      refused: Object.fromEntries([...failed].map(([name, error]) => [name, toErrorDocument(error)])),
    },
  });
}
