import { parseDatabaseUrl } from '../config/database-url.ts';
import { mapBounded } from '../connect/concurrency.ts';
import { connectorType } from '../connect/connector.ts';
import type { ListedConnector, Listing } from '../connect/types.ts';
import { type QueueDepth, queueDepths } from '../dlq/depths.ts';
import { queuesOf } from '../dlq/queues.ts';
import { SluiceError, toErrorDocument } from '../errors/error.ts';
import { fromListing } from '../inspect/describe.ts';
import { neighboursOf } from '../inspect/neighbours.ts';
import type { ConnectorReport, GroupFacts as GroupOfKafka } from '../monitor/health.ts';
import { cannotReach } from '../monitor/known-causes.ts';
import { readStatus } from '../monitor/status.ts';
import type { PartitionLag } from '../ports/kafka.ts';
import { ENGINE_CHECKS } from '../preflight/engines.ts';
import type { LogFacts } from '../preflight/live-checks.ts';
import type { Endpoint } from '../topology/model.ts';
import { readPipeline } from '../topology/pipeline.ts';
import { topicUser } from '../topology/topics.ts';
import { bothHere, type Databases, databasesOf, untilAborted, type Visit, visit } from './databases.ts';
import { type NotRead, type Stage, type StageName, type StageVerdict, verdict, type Walk } from './model.ts';
import { outcomeOf } from './outcome.ts';
import type { DoctorPorts } from './ports.ts';
import { DEFAULTS } from './request.ts';
import { connectorVerdict } from './stages/connector.ts';
import { databaseVerdict } from './stages/database.ts';
import { groupVerdict } from './stages/group.ts';
import { logVerdict } from './stages/log.ts';
import { recordsVerdict } from './stages/records.ts';
import { type TargetSample, targetVerdict } from './stages/target.ts';
import { type TopicsFacts, topicsVerdict } from './stages/topics.ts';
import {
  missingTopics,
  oldestWaiting,
  type Partition,
  partitionsOf,
  topicFacts,
  topicsOfSink,
  withLastRecords,
} from './topics.ts';

/** Connectors at the other end that are walked, too. */
const MAX_NEIGHBOURS = 8;
const SECONDS = DEFAULTS.pause / 1000;
/** Tables of a target whose writes are read. */
const MAX_TABLES = 50;

/**
 * Walks a pipeline from its source tables to its target tables. What cannot be read is a stage that is unknown.
 * @throws CONNECTOR_NOT_FOUND, the client's errors
 */
export async function walkPipeline(
  name: string,
  ports: DoctorPorts,
): Promise<{ walk: Walk; notRead: NotRead[]; connectors: ListedConnector[] }> {
  const { client, signal, clock } = ports;
  const listing = await client.listing();
  const own = await fromListing(listing, client).get(name);
  const notRead: NotRead[] = listing.unreadable.map(({ name: other, error }) => ({
    what: `connector ${other}`,
    reason: error.message,
    error: toErrorDocument(error),
  }));
  const attempt = <T>(what: string, read: () => Promise<T>) => attempted(what, read, notRead, signal);
  const { kafka } = ports;
  if (kafka === undefined) notRead.push(NO_KAFKA);
  const existing = kafka === undefined ? undefined : await attempt('Kafka', async () => (await kafka()).topics());
  const chain = await chainOf(own, listing, existing ?? [], ports, notRead);
  const connectors = [...chain.sources, ...chain.sinks];
  const pause = async (stop: AbortSignal) => clock.sleep(DEFAULTS.pause, stop);
  const [status, topics, sides, offsets] = await Promise.all([
    readStatus({
      ...ports,
      client: fromListing(listing, client),
      selection: { names: connectors.map((one) => one.name) },
    }),
    existing === undefined ? undefined : attempt('topics', () => readTopics(chain, existing, ports)),
    Promise.all(connectors.map((one) => databasesOf(configOf(one), ports))),
    Promise.all(chain.sources.map((one) => attempt(`offsets of ${one.name}`, () => client.offsets(one.name)))),
  ]);
  const reportOf = (one: ListedConnector) => status.connectors.find((report) => report.name === one.name);
  const stages: Stage[] = [];
  const add = (stage: StageName, connector: string | null, of: StageVerdict) =>
    stages.push({ stage, connector, ...of });
  const source = async (one: ListedConnector, index: number) => {
    const report = reportOf(one);
    const visits = await eachVisit(sides[index], signal, (session, endpoint, stop) =>
      twice(
        () => ENGINE_CHECKS[endpoint.engine].live.log(session, one.info.config, offsets[index] ?? undefined),
        () => pause(stop),
      ),
    );
    return { one, report, visits };
  };
  const sink = async (one: ListedConnector, index: number) => {
    const wanted = tablesOf(one, chain.sources, topics?.ofSink.get(one.name) ?? []);
    const visits = await eachVisit(sides[chain.sources.length + index], signal, (session, endpoint, stop) => {
      const { live } = ENGINE_CHECKS[endpoint.engine];
      const user = endpoint.user || (parseDatabaseUrl(endpoint.url).user ?? '');
      return twice(
        async (): Promise<TargetSample> => ({
          waits: await live.lockWaits(session, user),
          writes: await live.writes(session, wanted),
        }),
        () => pause(stop),
      );
    });
    return { one, report: reportOf(one), visits };
  };
  const [sources, sinks] = await Promise.all([
    Promise.all(chain.sources.map(source)),
    Promise.all(chain.sinks.map(sink)),
  ]);
  for (const { one, report, visits } of sources) {
    const state = stateOf(one.name, report);
    for (const { endpoint, visited, reason, known } of visits) {
      const near = endpoint !== undefined && bothHere(endpoint, client.urls);
      const where = endpoint?.display ?? 'its database';
      add('source database', one.name, databaseVerdict(where, visited?.reached ?? skipped(reason), state, near));
      if (known) add('log', one.name, ofLog(visited, state));
    }
    add('source connector', one.name, ofConnector(one.name, report));
  }
  add('topics', null, topics === undefined ? notOfKafka(kafka === undefined) : topicsVerdict(topics.facts));
  for (const { one, report, visits } of sinks) {
    const state = stateOf(one.name, report);
    const group = topics?.groups.get(one.name);
    add('sink connector', one.name, ofConnector(one.name, report));
    add(
      'consumer group',
      one.name,
      report === undefined || group === undefined
        ? notOfKafka(kafka === undefined)
        : groupVerdict({ report, partitions: group.partitions, waitingSince: group.waitingSince, seconds: SECONDS }),
    );
    const queue = queuesOf(listing.connectors).find((queued) => queued.sink === one.name);
    const depth = queue?.queue == null ? undefined : topics?.queues.get(queue.queue);
    add(
      'records',
      one.name,
      recordsVerdict({
        name: one.name,
        taskList: report?.taskList ?? [],
        partitions: group?.partitions[1],
        waitingSince: group?.waitingSince ?? null,
        queue:
          queue?.queue == null
            ? null
            : { topic: queue.queue, records: depth?.records ?? null, lastHour: depth?.recent ?? null },
        problems: queue?.problems ?? [],
      }),
    );
    for (const { endpoint, visited, reason } of visits) {
      const near = endpoint !== undefined && bothHere(endpoint, client.urls);
      const where = endpoint?.display ?? 'its database';
      const answers = databaseVerdict(where, visited?.reached ?? skipped(reason), state, near);
      const [first, last] = visited?.value ?? [];
      add(
        'target database',
        one.name,
        first === undefined ? unreadTarget(answers, visited) : targetVerdict(answers, first, last, SECONDS),
      );
    }
  }
  for (const { visits } of [...sources, ...sinks])
    for (const { endpoint, visited } of visits)
      if (visited?.error != null && endpoint !== undefined)
        notRead.push({ what: `database ${endpoint.display}`, reason: visited.error.message, error: visited.error });
  const names = (those: readonly ListedConnector[]) => those.map((one) => one.name);
  const walk = { connector: name, sources: names(chain.sources), sinks: names(chain.sinks), stages };
  return { walk: { ...walk, ...outcomeOf(stages) }, notRead, connectors };
}

export const NO_KAFKA: NotRead = {
  what: 'topics, consumer groups and dead letters',
  reason: 'the context has no kafka.bootstrapServers',
  error: null,
};

/** Reads something; if it cannot be read, that is noted. */
async function attempted<T>(
  what: string,
  read: () => Promise<T>,
  notRead: NotRead[],
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    const isOld = error.code === 'CONNECT_UNSUPPORTED';
    notRead.push({ what, reason: error.message, error: isOld ? null : toErrorDocument(error) });
    return undefined;
  }
}

interface Chain {
  own: ListedConnector;
  sources: ListedConnector[];
  sinks: ListedConnector[];
  /** Topics in use, by Connect; empty if it does not track them. */
  used: string[];
}

async function chainOf(
  own: ListedConnector,
  { connectors }: Listing,
  existing: readonly string[],
  ports: DoctorPorts,
  notRead: NotRead[],
): Promise<Chain> {
  const used =
    (await attempted('topics in use', () => ports.client.topicsInUse(own.name), notRead, ports.signal)) ?? [];
  const neighbours = neighboursOf(own, connectors, existing, used);
  const others = neighbours.flatMap(({ connector }) => connectors.find(({ name }) => name === connector) ?? []);
  const walked = others.slice(0, MAX_NEIGHBOURS);
  if (others.length > walked.length)
    notRead.push({
      what: `${others.length - walked.length} more connectors at the other end`,
      reason: `at most ${MAX_NEIGHBOURS} are walked; name one of them`,
      error: null,
    });
  const isSink = connectorType(own) === 'sink';
  return { own, used, sources: isSink ? walked : [own], sinks: isSink ? [own] : walked };
}

function configOf({ name, info }: ListedConnector) {
  return { name, config: info.config };
}

interface TopicsRead {
  facts: TopicsFacts;
  ofSink: ReadonlyMap<string, string[]>;
  groups: ReadonlyMap<
    string,
    { partitions: readonly [readonly PartitionLag[], readonly PartitionLag[]]; waitingSince: string | null }
  >;
  queues: ReadonlyMap<string, QueueDepth>;
}

/** What Kafka knows of the topics and groups of a pipeline, in two samples. */
async function readTopics(chain: Chain, existing: readonly string[], ports: DoctorPorts): Promise<TopicsRead> {
  const { own, sources, sinks, used } = chain;
  const isSink = connectorType(own) === 'sink';
  const ofSink = new Map(sinks.map(({ name, info }) => [name, topicsOfSink(info.config, existing, used)]));
  const isWritten = topicUser(own.info.config);
  const wanted = isSink
    ? (ofSink.get(own.name) ?? [])
    : existing.filter((topic) => isWritten(topic) || used.includes(topic));
  const kafka = await ports.kafka?.();
  if (kafka === undefined) throw new SluiceError('REQUEST_INVALID', NO_KAFKA.reason);
  const groupsOf = async () => {
    const { facts, error } = await ports.groups.read(sinks);
    if (error !== undefined) throw error;
    return facts;
  };
  const sample = () => Promise.all([partitionsOf(kafka, wanted), groupsOf()]);
  const queues = sinks.flatMap(({ info }) => info.config['errors.deadletterqueue.topic.name']?.trim() || []);
  const since = ports.clock.now().getTime() - HOUR_MS;
  const [[first, last], depths] = await Promise.all([
    twice(sample, () => ports.clock.sleep(DEFAULTS.pause, ports.signal)),
    queueDepths(kafka, [...new Set(queues)], since),
  ]);
  const facts = topicFacts(first[0], last[0]);
  const lagOf = (of: ReadonlyMap<string, GroupOfKafka>, name: string) => of.get(name)?.lag?.partitions ?? [];
  const { dated, waiting } = await withRecords(facts, last[0], sinks, (name) => lagOf(last[1], name), ports);
  return {
    facts: {
      ...missingTopics(
        isSink ? [own.info.config] : sinks.map(({ info }) => info.config),
        existing,
        isSink || sources.length === 0 ? () => true : isWritten,
      ),
      found: dated,
      seconds: SECONDS,
    },
    ofSink,
    groups: new Map(
      sinks.map(({ name }) => [
        name,
        { partitions: [lagOf(first[1], name), lagOf(last[1], name)], waitingSince: waiting.get(name) ?? null },
      ]),
    ),
    queues: depths,
  };
}

const HOUR_MS = 3_600_000;

/** Times of records. They only explain: without the right to read records, or in too long a time, they are left out. */
async function withRecords(
  facts: TopicsFacts['found'],
  partitions: readonly Partition[],
  sinks: readonly ListedConnector[],
  lagOf: (name: string) => readonly PartitionLag[],
  { records, signal, logger }: DoctorPorts,
): Promise<{ dated: TopicsFacts['found']; waiting: ReadonlyMap<string, string | null> }> {
  const none = { dated: facts, waiting: new Map<string, string | null>() };
  if (records === undefined) return none;
  const deadline = AbortSignal.timeout(DEFAULTS.recordsDeadline);
  try {
    const read = async () => {
      const port = await records();
      const dated = await withLastRecords(facts, partitions, port);
      const waiting = await mapBounded(
        sinks,
        2,
        async ({ name }) => [name, await oldestWaiting(lagOf(name), port)] as const,
      );
      return { dated, waiting: new Map(waiting) };
    };
    return await untilAborted(read(), AbortSignal.any([signal, deadline]));
  } catch (error) {
    if (signal.aborted || (!(error instanceof SluiceError) && !deadline.aborted)) throw error;
    logger.debug(`times of records were not read: ${(error as Error).message}`);
    return none;
  }
}

async function twice<T>(sample: () => Promise<T>, pause: () => Promise<void>): Promise<[T, T]> {
  const first = await sample();
  await pause();
  return [first, await sample()];
}

interface Visited<T> {
  endpoint: Endpoint | undefined;
  visited: Visit<T> | undefined;
  reason: string;
  /** False if nothing is known of the connector's class. */
  known: boolean;
}

/** One result for each database of a connector; one without an endpoint if there is none to ask. */
async function eachVisit<T>(
  databases: Databases | undefined,
  signal: AbortSignal,
  read: (session: Parameters<Parameters<typeof visit>[2]>[0], endpoint: Endpoint, signal: AbortSignal) => Promise<T>,
): Promise<Visited<T>[]> {
  if (databases === undefined || 'reason' in databases)
    return [
      { endpoint: undefined, visited: undefined, reason: databases?.reason ?? '', known: databases?.known ?? false },
    ];
  return Promise.all(
    databases.endpoints.map(async (endpoint) => ({
      endpoint,
      visited: await visit(endpoint, signal, (session, stop) => read(session, endpoint, stop)),
      reason: '',
      known: true,
    })),
  );
}

function skipped(reason: string) {
  return { outcome: 'skipped', reason } as const;
}

function stateOf(name: string, report: ConnectorReport | undefined) {
  const active = report !== undefined && report.state !== 'PAUSED' && report.state !== 'STOPPED';
  const failed = report?.taskList.filter(({ state }) => state === 'FAILED') ?? [];
  const away = failed.find(({ trace }) => cannotReach(trace ?? ''));
  const own = report?.state === 'FAILED' && cannotReach(report.trace ?? '') ? report.cause : null;
  const runs = report?.state === 'RUNNING' && report.tasks.total > 0 && report.tasks.running === report.tasks.total;
  return { name, active, runs, cannotReach: away?.cause ?? own };
}

function ofConnector(name: string, report: ConnectorReport | undefined): StageVerdict {
  return report === undefined ? verdict('unknown', `${name} was deleted meanwhile`) : connectorVerdict(report);
}

function ofLog(visited: Visit<[LogFacts, LogFacts]> | undefined, state: ReturnType<typeof stateOf>): StageVerdict {
  if (visited?.value !== undefined) return logVerdict(...visited.value, state);
  if (visited?.reached.outcome === 'reached' && visited.error !== null)
    return verdict('unknown', 'not read', { cause: visited.error.message });
  return verdict('unknown', 'not read: only the database knows');
}

function unreadTarget(answers: StageVerdict, visited: Visit<unknown> | undefined): StageVerdict {
  if (visited?.error == null || visited.reached.outcome !== 'reached') return answers;
  return verdict('unknown', `${answers.message}, but its locks and tables could not be read`, {
    cause: visited.error.message,
  });
}

function notOfKafka(isAbsent: boolean): StageVerdict {
  return verdict('unknown', isAbsent ? `not read: ${NO_KAFKA.reason}` : 'not read: Kafka could not be asked');
}

/** Tables that a sink writes, if the settings determine them. */
function tablesOf(sink: ListedConnector, sources: readonly ListedConnector[], topics: readonly string[]) {
  try {
    const { tables } = readPipeline(configOf(sink), sources.map(configOf), topics);
    return tables.slice(0, MAX_TABLES).map(({ to }) => ({ schema: to.schema, name: to.name }));
  } catch (error) {
    if (error instanceof SluiceError) return [];
    throw error;
  }
}
