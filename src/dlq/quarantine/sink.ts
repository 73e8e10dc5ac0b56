import type { ConnectClient } from '../../connect/client.ts';
import { mapBounded } from '../../connect/concurrency.ts';
import type { ConnectorConfig, ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import { refusalOf } from '../../monitor/refusal.ts';
import type { Journal } from '../../operate/journal.ts';
import { type SinkPosition, sinkPositions } from '../../operate/sink-positions.ts';
import { awaitStatus, countTasks, describe, endOf } from '../../operate/state.ts';
import type { OperateOptions, TargetResult } from '../../operate/targets.ts';
import { stop, stopFully } from '../../operate/while-stopped.ts';
import type { LeadGroup } from '../../ports/group-member.ts';
import type { KafkaPort } from '../../ports/kafka.ts';
import type { KafkaRecord, PartitionBounds, RecordPort, RecordTopic } from '../../ports/records.ts';
import { secretValues } from '../../text/redact.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { sinkGroup } from '../../topology/consumer-groups.ts';
import type { Head } from './search.ts';

export type SinkClient = Pick<
  ConnectClient,
  | 'get'
  | 'find'
  | 'status'
  | 'server'
  | 'require'
  | 'supports'
  | 'config'
  | 'patchConfig'
  | 'putConfig'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'offsets'
  | 'alterOffsets'
  | 'urls'
>;

export interface SinkPorts {
  client: SinkClient;
  kafka: KafkaPort;
  records: RecordPort;
  lead: LeadGroup;
  options: OperateOptions;
}

export interface JournalPorts extends SinkPorts {
  journal: Journal;
  /** Name of the context. */
  context: string;
}

/** The record at which a partition continues. */
export interface NextRecord extends Head {
  record: KafkaRecord;
  /** The offset that the sink has committed; null if it has committed none. */
  committed: number | null;
  /** The first that is retained. */
  earliest: number;
  /** Why the sink may read another one instead; undefined if it reads this one. */
  doubt: string | undefined;
}

/** A failed task, or none if the sink has run all the time. */
export type Outcome = { task: number; trace: string } | undefined;

/** How long a sink that does not fail is watched, ms. */
const QUIET_MS = 4_000;
/** Beyond `offset.flush.interval.ms` of most workers, by its default a minute. */
const PATIENT_MS = 75_000;
const POLL_MS = 150;
const CONCURRENCY = 8;
const ISOLATION = 'consumer.override.isolation.level';
const RESET = 'consumer.override.auto.offset.reset';

/**
 * The next record of every partition that a sink has not read to its end. Offsets alone do not tell: the end of a
 * transaction, and what compaction has removed, have offsets too. They stand still only while the sink is stopped.
 */
export async function nextRecords(
  connector: ListedConnector,
  { client, kafka, records }: Pick<SinkPorts, 'client' | 'kafka' | 'records'>,
): Promise<NextRecord[]> {
  const positions = await sinkPositions(connector, client, kafka);
  const open = positions.filter(({ committed, earliest, end }) => (committed ?? earliest) < end);
  const topics = new Map<string, Promise<{ topic: RecordTopic; bounds: PartitionBounds[] } | undefined>>();
  const opened = (name: string) => {
    const known = topics.get(name) ?? openTopic(records, name);
    topics.set(name, known);
    return known;
  };
  const found = await mapBounded(open, CONCURRENCY, async (position) => {
    const known = await opened(position.topic);
    return known && nextRecord(position, known, connector.info.config, records);
  });
  return found.filter((one) => one !== undefined);
}

async function openTopic(records: RecordPort, name: string) {
  const topic = await records.topic(name);
  return topic === undefined ? undefined : { topic, bounds: await records.bounds(topic) };
}

async function nextRecord(
  { topic: name, partition, committed, earliest }: SinkPosition,
  { topic, bounds }: { topic: RecordTopic; bounds: PartitionBounds[] },
  config: ConnectorConfig,
  records: RecordPort,
): Promise<NextRecord | undefined> {
  const { end = 0, written = 0 } = bounds[partition] ?? {};
  // What retention has deleted, the sink skips, too.
  const from = Math.max(committed ?? earliest, earliest);
  const first = async (uncommitted: boolean) => {
    const range = { partition, from, to: uncommitted ? written : end };
    for await (const chunk of records.read(topic, { ...range, uncommitted })) {
      if (chunk.records[0] !== undefined) return chunk.records[0];
    }
    return undefined;
  };
  const isolation = config[ISOLATION]?.trim();
  const level = isolation === 'read_committed' || isolation === 'read_uncommitted' ? isolation : undefined;
  const record = await first(level !== 'read_committed');
  if (record === undefined) return undefined;
  const isLevelKnown = level !== undefined || (await first(false))?.offset === record.offset;
  const doubt =
    startDoubt(committed, earliest, config) ??
    (isLevelKnown
      ? undefined
      : `after offset ${committed ?? 'none'} there are records of an aborted or open transaction, and ${ISOLATION} does not say whether the sink reads them`);
  return { topic: name, partition, offset: record.offset, record, committed, earliest, doubt };
}

/** Why a sink may not begin at the earliest record: `latest` begins at what is written while it is watched. */
function startDoubt(committed: number | null, earliest: number, config: ConnectorConfig): string | undefined {
  const reset = config[RESET]?.trim().toLowerCase() || 'earliest';
  if (reset === 'earliest' || (committed !== null && committed >= earliest)) return undefined;
  const why = committed === null ? 'the sink has committed no offset' : `offset ${committed} is deleted`;
  return `${why}, so ${RESET}=${reset} decides where it begins`;
}

/**
 * Lets a stopped sink run with these partitions and no other ones, until it fails or has run for a while, and stops it again.
 * @throws GROUP_ACTIVE if something else may have been in its group, so that the outcome proves nothing
 */
export async function runWith(
  connector: ListedConnector,
  given: readonly Head[],
  patient: boolean,
  { client, kafka, lead, options }: SinkPorts,
): Promise<Outcome> {
  const { name, info } = connector;
  const group = sinkGroup(name, info.config);
  const topics = [...new Set(given.map(({ topic }) => topic))];
  let doubt: string | undefined;
  let outcome: Outcome;
  {
    await using leader = await lead(group, topics, given);
    await client.resume(name);
    outcome = await watch(name, () => leader.isGiven, patient, client, options);
    await stop(name, { client, options });
    doubt = leader.doubt;
  }
  await stopFully(connector, { client, kafka, options });
  if (doubt === undefined) return outcome;
  throw new SluiceError('GROUP_ACTIVE', `something else has to do with the consumer group ${group}: ${doubt}`, {
    hint: 'End other programs that use this group, then run the command again.',
    details: { name, group },
  });
}

async function watch(
  name: string,
  isGiven: () => boolean,
  patient: boolean,
  client: SinkClient,
  { clock, signal, timeoutMs }: OperateOptions,
): Promise<Outcome> {
  const now = () => clock.now().getTime();
  const quietMs = patient ? PATIENT_MS : QUIET_MS;
  const deadline = now() + timeoutMs + quietMs;
  let quietSince: number | undefined;
  for (;;) {
    const status = await client.status(name);
    const failed = status?.tasks.find(({ state }) => state === 'FAILED');
    if (failed !== undefined) return { task: failed.id, trace: failed.trace ?? '' };
    if (status?.connector.state === 'FAILED') return { task: 0, trace: status.connector.trace ?? '' };
    const runs = isGiven() && status?.tasks.length === 1 && status.tasks[0]?.state === 'RUNNING';
    quietSince = runs ? (quietSince ?? now()) : undefined;
    if (quietSince !== undefined && now() - quietSince >= quietMs) return undefined;
    if (now() >= deadline)
      throw new SluiceError('TIMED_OUT', `"${name}" did not begin to read within ${timeoutMs / 1000} s`, {
        hint: `Its consumer may be kept out of the group, or a topic that it names may not exist. See: ${command(`status ${shellWord(name)}`)}`,
        details: { name },
      });
    await clock.sleep(POLL_MS, signal);
  }
}

/** How a sink goes on that was resumed. */
export interface GoneOn {
  /** Why its tasks fail; null if they do not. */
  failsAgain: string | null;
  /** It was seen to run, or to fail. */
  isSettled: boolean;
  tasks: TargetResult['tasks'];
  notes: string[];
}

/** The state that a sink was brought back to, in words. @param outcome of `restore`, which did not wait */
export function stateText(outcome: string, tasks: GoneOn['tasks']): string {
  if (tasks !== null && tasks.total > 0 && tasks.running === tasks.total) return 'running again';
  return outcome === 'resume accepted' ? 'resumed' : outcome;
}

/** Waits until it runs, or has failed. It has been resumed already, so an error is only a note. */
export async function goesOn(
  { name, info }: ListedConnector,
  client: Pick<SinkClient, 'status' | 'get'>,
  options: OperateOptions,
): Promise<GoneOn> {
  try {
    const { seen, reached } = await awaitStatus(client, name, endOf, options);
    const failsAgain = refusalOf(seen, secretValues(info.config))?.cause ?? null;
    const late = failsAgain === null && !reached;
    return {
      failsAgain,
      isSettled: !late,
      tasks: seen === undefined ? null : countTasks(seen),
      notes: late ? [`it was not running after ${options.timeoutMs / 1000} s: ${describe(seen)}`] : [],
    };
  } catch (error) {
    if (!(error instanceof SluiceError) || options.signal.aborted) throw error;
    return { failsAgain: null, isSettled: false, tasks: null, notes: [error.message] };
  }
}
