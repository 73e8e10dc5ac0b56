import type { Targets } from '../config/targets.ts';
import { kafkaMissing } from '../config/without-kafka.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import { isNarrowed, type Selection } from '../connectors/select.ts';
import { SluiceError, toErrorDocument } from '../errors/error.ts';
import { diffTopic, type TopicChange } from '../plan/topics.ts';
import type { Progress } from '../ports/progress.ts';
import type { TopicPort, TopicRule } from '../ports/topics.ts';
import { isGlob } from '../text/glob.ts';
import { desiredTopics, usesTopic } from '../topology/topics.ts';

/** Opens Kafka for its topics; undefined if the context has no Kafka. The signal aborts reads. */
export type TopicOpener = ((signal?: AbortSignal) => Promise<TopicPort>) | undefined;

export interface TopicsWanted {
  rules: readonly TopicRule[];
  connectors: readonly { config: ConnectorConfig }[];
  /** True with --only or --exclude: then only the topics of these connectors count. */
  narrowed: boolean;
  context: string;
  open: TopicOpener;
  signal: AbortSignal;
}

/** The topics that concern one run. @throws PROJECT_INVALID, REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE */
export async function topicsWanted(
  targets: Pick<Targets, 'topics'>,
  connectors: TopicsWanted['connectors'],
  selection: Selection,
  cluster: Pick<TopicsWanted, 'context' | 'open' | 'signal'>,
): Promise<TopicsWanted> {
  return { ...cluster, rules: await targets.topics(), connectors, narrowed: isNarrowed(selection) };
}

/**
 * Differences between declared and live topics. Without declared topics, Kafka is not contacted.
 * @throws PROJECT_INVALID if topics are declared and the context has no Kafka; KAFKA_UNREACHABLE, KAFKA_REJECTED.
 */
export async function topicChanges(wanted: TopicsWanted): Promise<TopicChange[]> {
  const { rules, connectors, narrowed } = wanted;
  if (rules.length === 0) return [];
  await using kafka = await opened(wanted, wanted.signal);
  const existing = rules.some((rule) => isGlob(rule.match)) ? await kafka.names() : [];
  const desired = desiredTopics(rules, existing, connectors).filter(
    ({ name }) => !narrowed || connectors.some(({ config }) => usesTopic(config, name)),
  );
  const live = await kafka.describe(desired.map((topic) => topic.name));
  return desired.map((topic) => diffTopic(topic, live.get(topic.name)));
}

function opened({ open, context }: Pick<TopicsWanted, 'open' | 'context'>, signal?: AbortSignal): Promise<TopicPort> {
  if (open !== undefined) return open(signal);
  throw kafkaMissing(context, 'topics are declared');
}

/** @throws VALIDATION_FAILED for topic changes that Kafka cannot perform. */
export function assertPossible(changes: readonly TopicChange[]): void {
  const refused = changes.filter((change) => change.action === 'refused');
  if (refused.length === 0) return;
  const lines = refused.flatMap(({ name, consequences }) =>
    consequences.map(({ message, todo }) => `topic ${name}: ${message}; ${todo}`),
  );
  throw new SluiceError('VALIDATION_FAILED', ['topics cannot be changed as declared', ...lines].join('\n  '), {
    hint: 'Nothing was sent. Correct topics in sluice.yaml.',
    details: { topics: refused.map(({ name, consequences }) => ({ name, consequences })) },
  });
}

interface ApplyOptions {
  open: TopicOpener;
  context: string;
  signal: AbortSignal;
  progress: Progress;
  /** Receives the names of finished topics, for the report of an interrupted run. */
  applied: Set<string>;
}

/**
 * Applies topic changes one by one. Each is tried, but if one fails no connector may be deployed: a worker would create
 * the topic its own way.
 * @throws the first failure, naming what was done and what was not.
 */
export async function applyTopics(changes: readonly TopicChange[], options: ApplyOptions): Promise<void> {
  const differing = changes.filter((change) => change.action === 'create' || change.action === 'update');
  if (differing.length === 0) return;
  await options.progress.step(`Update ${differing.length} ${differing.length === 1 ? 'topic' : 'topics'}`, async () => {
    // Without a signal: reads confirm what was written.
    await using kafka = await opened(options);
    const failed = new Map<string, SluiceError>();
    for (const change of differing) {
      options.signal.throwIfAborted();
      try {
        await applyTopic(change, kafka);
        options.applied.add(change.name);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        failed.set(change.name, error);
      }
    }
    if (failed.size > 0) throw failure([...options.applied], failed);
  });
}

/** Kafka has no compare-and-set either, but rejects outdated changes: an existing name, fewer partitions. */
async function applyTopic(change: TopicChange, kafka: TopicPort): Promise<void> {
  const { name, desired } = change;
  try {
    if (change.action === 'create') return await kafka.create(desired);
    if (change.partitions?.after != null) await kafka.addPartitions(name, change.partitions.after);
    const configs = Object.fromEntries(change.configs.map(({ key, after }) => [key, after ?? '']));
    if (change.configs.length > 0) await kafka.setConfigs(name, configs);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    // A response may be lost and the retry rejected: the live topic decides.
    const live = await kafka.describe([name]).catch(() => undefined);
    if (live === undefined || diffTopic(desired, live.get(name)).action !== 'unchanged') throw error;
  }
}

function failure(done: readonly string[], failed: ReadonlyMap<string, SluiceError>): SluiceError {
  const [first] = failed.values();
  const messages = [...failed].map(([name, error]) => `topic ${name}: ${error.message}`).join('; ');
  const finished = done.length > 0 ? `; done: ${done.join(', ')}` : '';
  return new SluiceError(first?.code ?? 'KAFKA_REJECTED', `${messages}${finished}; no connector was written`, {
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
    details: {
      topics: done,
      refused: Object.fromEntries([...failed].map(([name, error]) => [name, toErrorDocument(error)])),
    },
  });
}
