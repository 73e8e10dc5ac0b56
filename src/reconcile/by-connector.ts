import type { Context, Database, Targets } from '../config/targets.ts';
import { NO_KAFKA } from '../config/without-kafka.ts';
import { openSession } from '../databases/open.ts';
import type { Session } from '../databases/session.ts';
import { existingTableText, parseTable } from '../databases/table-names.ts';
import type { KnownTable } from '../databases/tables.ts';
import { SluiceError } from '../errors/error.ts';
import { firstNames, listItems } from '../text/lists.ts';
import { setting } from '../text/settings.ts';
import { connectorClass, isNamedSource, mayBeJdbcSink } from '../topology/connector-class.ts';
import { sinkGroup } from '../topology/consumer-groups.ts';
import {
  otherSinkTopics,
  type Pipeline,
  type PipelineConnector,
  type PipelineTable,
  readPipeline,
  type SharedWith,
  sinkUrl,
  sourceUrl,
  topicsRead,
  type UnknownTopic,
} from '../topology/pipeline.ts';
import {
  chooseSource,
  parseArgument,
  resolveTables,
  type SilentTable,
  silentTables,
} from '../topology/pipeline-tables.ts';
import { databases } from '../topology/topic-names.ts';
import { both } from './compare/rows.ts';
import { dialectFor } from './dialects/index.ts';
import { connectorFence } from './live/fence.ts';
import { type Marker, openMarker, planMarker } from './live/marker.ts';
import type { ReconcilePorts } from './options.ts';
import { openSignals, type SignalChannel } from './repair/signal-channel.ts';
import { assertUpserts, planSignals } from './repair/signal-plan.ts';
import type { FullRequest, ReconcileAccess } from './request.ts';
import type { SkippedTable, TablePairReference } from './tables.ts';

/** What to compare with what, and how to release it. */
export interface NamedTables {
  source: Database;
  target: Database;
  tables: TablePairReference[];
  /** What the sink reads, but cannot be compared because of its configuration. */
  skipped?: SkippedTable[] | undefined;
  /** To the source connector, for a repair by signals. */
  signals?: SignalChannel | undefined;
  close(): Promise<void>;
}

export type ConnectorRequest = FullRequest & { connector: string };

/** A marker or signal is one small statement: if it takes longer, something is locked. */
const ONE_ROW_MS = 10_000;

/** Tables, databases and fence of a sink, from its configuration and those of the sources. */
export async function connectorTables(
  request: ConnectorRequest,
  pairContext: string | undefined,
  { targets, connect }: { targets: Targets; connect: ReconcileAccess['connect'] },
  ports: ReconcilePorts,
): Promise<NamedTables> {
  const { connector } = request;
  const cluster = await connect(pairContext);
  const { context, client } = cluster;
  try {
    const listed = await client.listExpanded();
    const sink = await client.get(connector);
    const kafka = await cluster.kafka();
    const there = kafka === undefined ? await client.topics(connector) : await kafka.topics();
    const topics = [...new Set([...there, ...listItems(sink.info.config.topics)])];
    const connectors = listed.map(({ name, info }) => ({ name, config: info.config }));
    const wanted = request.tables.map(parseArgument);
    const config = { name: sink.name, config: sink.info.config };
    refuseSource(config, connectors, topics);
    const pipeline = readPipeline(config, connectors, topics);
    const chosen = chooseSource(pipeline, wanted);
    const source = await databaseOf(
      request.source,
      chosen.source.name,
      sourceUrl(inDatabase(chosen.source.config, chosen.database)),
      'source',
      targets,
    );
    const target = await databaseOf(request.target, sink.name, sinkUrl(sink.info.config), 'target', targets);
    const [from, to] = await catalogs(source, target, request, ports);
    assertDatabase(chosen, source, from.database);
    const { silent, empty } = await withRows(
      silentTables({ ...chosen, sink: config, from: from.tables, topics: there }),
      source,
      request,
      ports,
    );
    const { tables, unknown } = resolveTables({
      ...chosen,
      topics: [...new Set([...chosen.topics, ...silent.map(({ topic }) => topic)])],
      empty,
      others: connectors.filter(({ name }) => name !== chosen.source.name),
      sink: config,
      read: [
        ...topicsRead(pipeline).map((topic) => ({ topic, sink: config })),
        ...otherSinkTopics(config, connectors, topics),
      ],
      from: from.tables,
      to: to.tables,
      targetEngine: to.engine,
      targetSchema: to.schema,
      wanted,
    });
    if (request.repair !== undefined) {
      refuseShared(tables);
      refuseLeftOut(tables, request.repair);
    }
    // Naming tables excludes the others.
    const left = wanted.length > 0 ? [] : [...unknownTopics(pipeline, chosen), ...unknown];
    for (const { topic, reason } of left) ports.logger.warn(`topic ${topic} is skipped: ${reason}`);
    if (kafka === undefined) ports.logger.warn(`${NO_KAFKA}: differences are not fenced by the sink’s offsets`);
    const fence = {
      connect: client,
      source: chosen.source.name,
      sink: sink.name,
      group: sinkGroup(sink.name, sink.info.config),
      marker: markerOf(request, chosen.source, connectors, source, ports),
      timeout: request.fenceTimeout,
    };
    const signals = signalsOf(request, chosen.source, sink, source, context, ports);
    return {
      source,
      signals,
      target,
      tables: tables.map(({ topic, from: { schema, name }, to: into, changes, rows, sharedWith = [] }) => ({
        source: { schema, name, quoted: { schema: true, name: true } },
        database: chosen.database,
        target: into,
        known: changes,
        notes: [...(sharedWith.length === 0 ? [] : [sharedNote(sharedWith)]), ...rowNotes(rows)],
        fence:
          kafka === undefined
            ? undefined
            : connectorFence(
                { ...fence, kafka, records: () => cluster.records(), topics: topic === '' ? chosen.topics : [topic] },
                ports,
              ),
      })),
      skipped: left.map(({ topic, reason }) => ({ table: topic, kind: 'topic', reason })),
      close: async () => {
        await signals?.close();
        await cluster[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

const MAX_NAMED = 5;

/** @throws REQUEST_INVALID that names the sinks to use instead */
function refuseSource(
  { name, config }: PipelineConnector,
  connectors: readonly PipelineConnector[],
  topics: readonly string[],
): void {
  const type = config['connector.class'];
  if (connectorClass(type).role !== 'source' && !isNamedSource(type)) return;
  const sinks = connectors.filter(
    (one) =>
      mayBeJdbcSink(one.config['connector.class']) &&
      readPipeline(one, connectors, topics).fed.some(({ source }) => source.name === name),
  );
  const named = sinks.slice(0, MAX_NAMED).map((sink) => setting('connector', sink.name));
  throw new SluiceError('REQUEST_INVALID', `${name} is a source connector: name the sink that writes its rows`, {
    hint:
      named.length > 0
        ? `Use ${named.join(', or ')}.`
        : `No JDBC sink of this cluster reads its topics. To compare any two databases, use ${setting('source')} and ${setting('target')}.`,
    details: { sinks: sinks.map((sink) => sink.name) },
  });
}

function sharedNote(others: readonly SharedWith[]): string {
  const named = firstNames(
    others.map(({ name }) => name),
    MAX_NAMED,
    'more',
  );
  const goes = others.every(({ known }) => known) ? 'go' : 'go or may go';
  return `rows of ${named} ${goes} to the same table: here they count as extra, or as different if their keys match`;
}

/**
 * Rows that are extra for one table may be valid rows of another.
 * @throws REQUEST_INVALID
 */
function refuseShared(tables: readonly PipelineTable[]): void {
  const shared = tables.find(({ sharedWith = [] }) => sharedWith.length > 0);
  if (shared === undefined) return;
  const from = existingTableText(shared.from);
  throw new SluiceError(
    'REQUEST_INVALID',
    `${existingTableText(shared.to)} cannot be repaired from ${from} alone: ${sharedNote(shared.sharedWith ?? [])}`,
    {
      hint: `Name other tables; or use ${setting('source')}, ${setting('target')}, the tables, and a ${setting('where')} that matches only the rows of this table.`,
      details: { source: from, sharedWith: shared.sharedWith?.map(({ name }) => name) },
    },
  );
}

function rowNotes({ leftOutBy, unfollowed }: PipelineTable['rows']): string[] {
  return [
    ...(leftOutBy.length === 0
      ? []
      : [
          `the pipeline may leave out rows or changes, by ${leftOutBy.join(', ')}: here they count as missing or different`,
        ]),
    ...(unfollowed.length === 0
      ? []
      : [`what ${unfollowed.join(', ')} does to rows is unknown: it may be the cause of differences`]),
  ];
}

/**
 * A repair would write what a pipeline leaves out or changes on purpose. After a signal the pipeline itself writes, but
 * without what the source leaves out as it reads.
 * @throws REQUEST_INVALID
 */
function refuseLeftOut(tables: readonly PipelineTable[], repair: NonNullable<FullRequest['repair']>): void {
  const reasonOf = ({ leftOutBy, unfollowed, bypassed }: PipelineTable['rows']) => {
    if (repair === 'signal' && !bypassed) return undefined;
    if (leftOutBy.length > 0)
      return `the pipeline may leave out rows or changes on purpose, by ${leftOutBy.join(', ')}`;
    return unfollowed.length > 0 ? `what ${unfollowed.join(', ')} does to rows is unknown` : undefined;
  };
  for (const { from, to, rows } of tables) {
    const reason = reasonOf(rows);
    if (reason === undefined) continue;
    const signal = rows.bypassed ? '' : `Use ${setting('repair', 'signal')}, or name other tables. `;
    throw new SluiceError('REQUEST_INVALID', `${existingTableText(to)} cannot be repaired: ${reason}`, {
      hint: `${signal}To write the source's rows anyway, use ${setting('source')}, ${setting('target')} and the tables, with a ${setting('where')} that matches only rows that belong there.`,
      details: { source: existingTableText(from) },
    });
  }
}

/** Topics that belong to no source, or to none of its databases. */
function unknownTopics(
  { unknown, fed }: Pipeline,
  chosen: { source: PipelineConnector; topics: readonly string[] },
): UnknownTopic[] {
  const stray = fed.filter(({ topic, source }) => source === chosen.source && !chosen.topics.includes(topic));
  return [
    ...unknown.filter(({ topic }) => !fed.some((one) => one.topic === topic)),
    ...stray.map(({ topic }) => ({ topic, reason: `it contains no database name of ${chosen.source.name}` })),
  ];
}

interface Catalog {
  tables: KnownTable[];
  engine: Session['engine'];
  database: string;
  /** The first schema searched for unqualified names. */
  schema: string | undefined;
}

/** A short session: the sessions that compare are opened later, with the options of the run. */
async function shortly<T>(
  database: Database,
  request: ConnectorRequest,
  { signal }: ReconcilePorts,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(database, {
    statementTimeout: request.statementTimeout,
    connectTimeout: request.connectTimeout,
    signal,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The catalogs of both databases. */
async function catalogs(
  source: Database,
  target: Database,
  request: ConnectorRequest,
  ports: ReconcilePorts,
): Promise<[Catalog, Catalog]> {
  const read = (database: Database) =>
    shortly(database, request, ports, async (session): Promise<Catalog> => {
      const { server, engine } = session;
      const tables = await session.tables();
      const schema = server.schemas?.[0] ?? tables.find(({ visible }) => visible)?.schema;
      return { tables, engine, database: server.database, schema };
    });
  return both(read(source), read(target));
}

/**
 * Tables without a topic that should have one, and the topics of those that have no rows. A table needs no topic if
 * all its rows are in the tables that inherit from it. The comparison reports tables that cannot be read.
 */
async function withRows(
  tables: readonly SilentTable[],
  source: Database,
  request: ConnectorRequest,
  ports: ReconcilePorts,
): Promise<{ silent: SilentTable[]; empty: Set<string> }> {
  const silent: SilentTable[] = [];
  const empty = new Set<string>();
  if (tables.length === 0) return { silent, empty };
  await shortly(source, request, ports, async (session) => {
    const dialect = dialectFor(session);
    for (const one of tables) {
      // Only PostgreSQL has inheritance.
      const from = `${one.inherited ? 'ONLY ' : ''}${session.table(one.table)}`;
      const rows = await session.query(dialect.limit(`SELECT 1 AS one FROM ${from}`, 1)).catch(() => undefined);
      if (rows?.length === 0 && one.inherited) continue;
      if (rows?.length === 0) empty.add(one.topic);
      silent.push(one);
    }
  });
  return { silent, empty };
}

/** The configuration of a source that reads several databases, as if it read one. */
function inDatabase(config: PipelineConnector['config'], database: string | undefined): PipelineConnector['config'] {
  return database === undefined ? config : { ...config, 'database.names': database };
}

/** @throws REQUEST_INVALID if --source is not the database of the tables */
function assertDatabase(
  chosen: { source: PipelineConnector; database: string | undefined },
  source: Database,
  database: string,
): void {
  if (databases(chosen.source.config).length < 2 || chosen.database?.toLowerCase() === database.toLowerCase()) return;
  throw new SluiceError(
    'REQUEST_INVALID',
    `the tables are in the database ${chosen.database}, but ${source.name} is ${database}`,
    {
      hint: `Set ${setting('source')} to ${chosen.database}, or name tables of ${database}.`,
    },
  );
}

function markerOf(
  request: ConnectorRequest,
  source: PipelineConnector,
  connectors: readonly PipelineConnector[],
  database: Database,
  { signal }: ReconcilePorts,
): Marker | undefined {
  const table = request.markerTable;
  if (!request.marker && table === undefined) return undefined;
  const plan = planMarker(source, connectors, table === undefined ? undefined : parseTable(table));
  return openMarker(database, plan, {
    statementTimeout: ONE_ROW_MS,
    connectTimeout: request.connectTimeout,
    signal,
  });
}

function signalsOf(
  request: ConnectorRequest,
  source: PipelineConnector,
  sink: { name: string; info: { config: Record<string, string> } },
  database: Database,
  context: Context,
  { signal }: ReconcilePorts,
): SignalChannel | undefined {
  if (request.repair !== 'signal') return undefined;
  assertUpserts({ name: sink.name, config: sink.info.config });
  return openSignals(planSignals(source), database, context, {
    statementTimeout: ONE_ROW_MS,
    connectTimeout: request.connectTimeout,
    signal,
  });
}

/** The database of a connector: the given one, else that of its configuration. @throws REQUEST_INVALID */
export async function databaseOf(
  given: string | undefined,
  connector: string,
  url: string | undefined,
  name: 'source' | 'target',
  targets: Targets,
): Promise<Database> {
  if (given !== undefined) return targets.database(given);
  if (url !== undefined) return { name: connector, url };
  throw new SluiceError('REQUEST_INVALID', `the configuration of ${connector} does not say how to reach its database`, {
    hint: `Its password may be masked or a worker's reference. Set ${setting(name, 'DB')}.`,
  });
}
