import { randomUUID } from 'node:crypto';
import type { Database, Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { openSession } from '../databases/open.ts';
import type { Session, SessionOptions } from '../databases/session.ts';
import { existingTableText, parseTable, type TableReference, tableText } from '../databases/table-names.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import type { Logger } from '../ports/logger.ts';
import type { PartitionBounds, RecordPort } from '../ports/records.ts';
import { databaseOf } from '../reconcile/by-connector.ts';
import { durationText } from '../text/duration.ts';
import { firstNames, listItems } from '../text/lists.ts';
import type { Count } from '../text/numbers.ts';
import { command, setting } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { mayBeJdbcSink } from '../topology/connector-class.ts';
import {
  type PipelineConnector,
  readPipeline,
  sinkUrl,
  sourceUrl,
  subscribedTopics,
  targetTable,
} from '../topology/pipeline.ts';
import { databases, isCaptured, type SourceTable, sourceEngine, topicOfTable } from '../topology/topic-names.ts';

export interface ProbeRequest {
  sink: string;
  /** A table of the source that exists for this, captured by the connector. */
  table: string;
  /** A database of sluice.yaml or of the sandbox, or its URL; by default those of the connectors. */
  source?: string | undefined;
  target?: string | undefined;
  timeoutMs: number;
}

/** What a probe is going to do. */
export interface ProbePlan {
  sink: string;
  connector: string;
  source: Database;
  target: Database;
  from: { schema: string; name: string };
  topic: string;
  to: TableReference;
  /** Other sinks that read the topic: they write the row, too. */
  others: string[];
}

export interface ProbeReport {
  sink: string;
  connector: string;
  /** Tables, with their schemas. */
  from: string;
  topic: string;
  to: string;
  /** From the commit at the source until a query of the target saw the row. */
  visibleAfterMs: Count;
  /** How the row has gone from the target: with its deletion at the source, or by a DELETE from here; `no`: it is still there. */
  removed: 'by the sink' | 'from here' | 'no';
}

export interface ProbePorts {
  client: Pick<ConnectClient, 'listExpanded' | 'get' | 'topics'>;
  kafka: KafkaPort | undefined;
  /** Undefined if the context has no Kafka. */
  records: (() => Promise<RecordPort>) | undefined;
  targets: Pick<Targets, 'database'>;
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
}

const FORM = 'CREATE TABLE sluice_marker (id varchar(64) PRIMARY KEY, at varchar(40) NOT NULL)';
const COLUMNS = ['id', 'at'];

/** Each takes one row: if it takes longer, something is locked. */
const SESSION: SessionOptions = { statementTimeout: 10_000, connectTimeout: 10_000 };
/** Between two looks at the target: what is measured is at most this much too long. */
const LOOK_MS = 50;
/** The least time that the deletion of the row is waited for; else thrice as long as the row took. */
const REMOVAL_MS = 2_000;

/**
 * Finds out where a row written to the table would arrive; writes nothing.
 * @throws REQUEST_INVALID if it would not arrive, or nobody can tell where
 */
export async function planProbe(request: ProbeRequest, ports: ProbePorts): Promise<ProbePlan> {
  const { client, kafka, targets, signal } = ports;
  const sink = await client.get(request.sink);
  const config = sink.info.config;
  if (!mayBeJdbcSink(config['connector.class']))
    throw refused(`${sink.name} is not a JDBC sink: a probe is for the end of a pipeline`, 'Name the sink.');
  const connectors = (await client.listExpanded()).map(({ name, info }) => ({ name, config: info.config }));
  const there = kafka === undefined ? await client.topics(sink.name) : await kafka.topics();
  const source = oneSource({ name: sink.name, config }, connectors, [...there, ...listItems(config.topics)]);
  const database = await databaseOf(
    request.source,
    source.name,
    sourceUrl(source.config),
    'source',
    targets as Targets,
  );
  await using session = await opened(database, { ...SESSION, signal });
  const table = await session.describe(parseTable(request.table));
  const lacking = COLUMNS.filter((name) => !table.columns.some((column) => column.name.toLowerCase() === name));
  const from = { schema: table.schema, name: table.name };
  if (lacking.length > 0)
    throw refused(
      `${tableText(from)} has no column ${lacking.join(', ')}: it is not a table for probes`,
      `Create one: ${FORM}`,
    );
  const captured: SourceTable =
    databases(source.config).length > 0 ? { ...from, database: session.server.database } : from;
  if (!isCaptured(source.config, captured))
    throw refused(`${source.name} does not capture ${tableText(from)}`, 'Add it to table.include.list of the source.');
  const topic = topicOfTable(source.config, captured);
  if (topic === undefined)
    throw refused(`the configuration of ${source.name} does not determine the topic of ${tableText(from)}`);
  if (!subscribedTopics(config)(topic))
    throw refused(`${sink.name} does not read ${topic}`, 'Add it to topics or topics.regex of the sink.');
  const to = targetTable(config, topic);
  if ('reason' in to) throw refused(`it is not known where ${sink.name} writes ${topic}: ${to.reason}`);
  const others = connectors.filter((one) => one.name !== sink.name && mayRead(one, topic)).map(({ name }) => name);
  const target = await databaseOf(request.target, sink.name, sinkUrl(config), 'target', targets as Targets);
  return { sink: sink.name, connector: source.name, source: database, target, from, topic, to, others };
}

/** A sink whose regular expression cannot be evaluated here may read it. */
function mayRead({ config }: PipelineConnector, topic: string): boolean {
  try {
    return sourceEngine(config) === undefined && subscribedTopics(config)(topic);
  } catch {
    return true;
  }
}

function refused(message: string, hint?: string): SluiceError {
  return new SluiceError('REQUEST_INVALID', message, hint === undefined ? {} : { hint });
}

/** The only Debezium source that feeds the sink. */
function oneSource(
  sink: PipelineConnector,
  connectors: readonly PipelineConnector[],
  topics: readonly string[],
): PipelineConnector {
  const { fed } = readPipeline(sink, connectors, [...new Set(topics)]);
  const feeding = [...new Set(fed.map(({ source }) => source))];
  // Before the first record there is no topic.
  const [only, ...more] =
    feeding.length > 0
      ? feeding
      : connectors.filter(({ config }) => sourceEngine(config) !== undefined && config['topic.prefix']);
  if (only !== undefined && more.length === 0) return only;
  throw refused(
    only === undefined
      ? `no Debezium source feeds ${sink.name}`
      : `${sink.name} is fed by several sources: ${[only, ...more].map(({ name }) => name).join(', ')}`,
    'A probe needs a sink with one source.',
  );
}

async function opened(database: Database, options: SessionOptions): Promise<Session & AsyncDisposable> {
  const session = await openSession(database, options);
  return Object.assign(session, { [Symbol.asyncDispose]: () => session.close() });
}

/** What is written, for the question before it. */
export function probeText({ from, source, to, target, others }: ProbePlan): string {
  const also =
    others.length === 0 ? '' : `; ${firstNames(others, 5)} ${others.length === 1 ? 'reads' : 'read'} it, too`;
  return `write one row to ${tableText(from)} of ${source.name}, wait for it in ${tableText(to)} of ${target.name}, and delete it from both${also}`;
}

/**
 * Writes a row at the source, waits until the target shows it, and deletes it again, even if it does not arrive.
 * @throws TIMED_OUT, with how far it came; DATABASE_*
 */
export async function runProbe(
  plan: ProbePlan,
  { timeoutMs }: Pick<ProbeRequest, 'timeoutMs'>,
  ports: ProbePorts,
): Promise<ProbeReport> {
  const { clock, signal } = ports;
  const id = `sluice-probe-${randomUUID()}`;
  const ends = await endsOf(plan.topic, ports);
  await using target = await opened(plan.target, { ...SESSION, signal });
  const isThere = rowFinder(target, plan.to, id);
  let arrived = false;
  let visibleAfterMs = 0;
  try {
    const began = await write(
      plan.source,
      plan.from,
      (table) => `INSERT INTO ${table} (id, at) VALUES ('${id}', '${clock.now().toISOString()}')`,
      signal,
    );
    arrived = await until(isThere, timeoutMs, ports);
    visibleAfterMs = Math.round(performance.now() - began);
    if (!arrived) throw await stuck(plan, id, ends, timeoutMs, ports);
  } finally {
    await deleted(plan.source, plan.from, id, ports);
    if (!arrived)
      ports.logger.warn(
        `the row ${id} may still arrive in ${tableText(plan.to)} of ${plan.target.name}, and stays there if the sink does not delete`,
      );
  }
  const { sink, connector, from, topic, to } = plan;
  return {
    ...{ sink, connector, from: existingTableText(from), topic, to: tableText(to), visibleAfterMs },
    removed: await removedFromTarget(plan, isThere, { id, waitMs: Math.max(REMOVAL_MS, 3 * visibleAfterMs) }, ports),
  };
}

/** A sink that does not delete leaves it: then it is deleted from here. */
async function removedFromTarget(
  plan: ProbePlan,
  isThere: () => Promise<boolean>,
  { id, waitMs }: { id: string; waitMs: number },
  ports: ProbePorts,
): Promise<ProbeReport['removed']> {
  let bySink = false;
  try {
    bySink = await until(async () => !(await isThere()), waitMs, ports);
  } finally {
    if (!bySink) await deleted(plan.target, plan.to, id, ports);
  }
  if (bySink) return 'by the sink';
  return (await isThere()) ? 'no' : 'from here';
}

/** Also after Ctrl-C. A failure is a warning: it must not hide what went wrong before. */
async function deleted(database: Database, table: TableReference, id: string, { logger }: ProbePorts): Promise<void> {
  try {
    await write(database, table, (name) => `DELETE FROM ${name} WHERE id = '${id}'`);
  } catch (error) {
    const { message } = error as Error;
    logger.warn(`the row ${id} could not be deleted from ${tableText(table)} of ${database.name}: ${message}`);
  }
}

/** @returns when it was committed (`performance.now`) */
async function write(
  database: Database,
  reference: TableReference,
  sql: (table: string) => string,
  signal?: AbortSignal,
): Promise<number> {
  await using session = await opened(database, { ...SESSION, write: true, signal });
  const table = session.table(await session.describe(reference));
  await session.restorePath?.();
  await session.execute(sql(table));
  return performance.now();
}

async function until(
  holds: () => Promise<boolean>,
  timeoutMs: number,
  { clock, signal }: ProbePorts,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() >= deadline) return false;
    await clock.sleep(LOOK_MS, signal);
  }
}

/** Whether the table has the row, each time it is called. One that the sink has not created yet has none. */
function rowFinder(session: Session, reference: TableReference, id: string): () => Promise<boolean> {
  let table: string | undefined;
  return async () => {
    await session.snapshot();
    try {
      table ??= session.table(await session.describe(reference));
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'TABLE_NOT_FOUND') return false;
      throw error;
    }
    return (await session.query(`SELECT 1 FROM ${table} WHERE id = '${id}'`)).length > 0;
  };
}

/** Where the topic's partitions end before the row is written; undefined if Kafka cannot be read. */
async function endsOf(topic: string, { records, signal }: ProbePorts): Promise<PartitionBounds[] | undefined> {
  if (records === undefined) return undefined;
  try {
    const port = await records();
    const found = await port.topic(topic);
    return found === undefined ? [] : await port.bounds(found);
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    return undefined;
  }
}

async function stuck(
  { sink, connector, topic, to, target }: ProbePlan,
  id: string,
  before: readonly PartitionBounds[] | undefined,
  timeoutMs: number,
  ports: ProbePorts,
): Promise<SluiceError> {
  const reached = before === undefined ? null : await hasReached(topic, id, before, ports);
  const where = {
    true: `it has reached the topic ${topic}, but ${sink} has not written it`,
    false: `${connector} has not written it to the topic ${topic}`,
    null: `it is not known whether it has reached the topic ${topic}`,
  }[String(reached) as 'true' | 'false' | 'null'];
  return new SluiceError(
    'TIMED_OUT',
    `the row is not in ${tableText(to)} of ${target.name} after ${durationText(timeoutMs)}: ${where}`,
    {
      hint: `See: ${command(`doctor ${shellWord(sink)}`)}. Wait longer: ${setting('timeout', '5m')}`,
      details: { reachedTopic: reached, topic, id },
    },
  );
}

/** Whether a record since then holds the id, in any format; null if the topic cannot be read. */
async function hasReached(
  name: string,
  id: string,
  before: readonly PartitionBounds[],
  { records, signal }: ProbePorts,
): Promise<boolean | null> {
  try {
    const port = await (records as () => Promise<RecordPort>)();
    const topic = await port.topic(name);
    if (topic === undefined) return false;
    const from = new Map(before.map(({ partition, end }) => [partition, end]));
    for (const { partition, start, end } of await port.bounds(topic)) {
      const first = from.get(partition) ?? start;
      if (first >= end) continue;
      for await (const chunk of port.read(topic, { partition, from: first, to: end }))
        if (chunk.records.some(({ key, value }) => key?.includes(id) || value?.includes(id))) return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    return null;
  }
}
