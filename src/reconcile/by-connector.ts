import { durationMs } from '../config/duration.ts';
import type { Context, Database, Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { listItems } from '../connect/lists.ts';
import { SluiceError } from '../errors/error.ts';
import { sinkGroup } from '../kafka/groups.ts';
import { kafkaOpener } from '../kafka/open.ts';
import type { Session } from './dialects/dialect.ts';
import { connectorFence } from './fence.ts';
import { type Marker, openMarker, planMarker } from './marker.ts';
import type { TableName } from './model.ts';
import { openSession } from './open.ts';
import type { ReconcilePorts } from './options.ts';
import {
  type Pipeline,
  type PipelineConnector,
  type PipelineTable,
  readPipeline,
  type SharedWith,
  sinkUrl,
  sourceUrl,
  topicsBeside,
  topicsRead,
  type UnknownTopic,
} from './pipeline.ts';
import { chooseSource, parseArgument, resolveTables, silentTables } from './pipeline-tables.ts';
import { both } from './rows.ts';
import { openSignals, type SignalChannel } from './signal-channel.ts';
import { assertUpserts, planSignals } from './signal-plan.ts';
import {
  existingTableText,
  type KnownTable,
  parseTable,
  type SkippedTable,
  type TablePairReference,
} from './tables.ts';
import { databases } from './topic-names.ts';

/** What is compared with what, and how it is let go. */
export interface NamedTables {
  source: Database;
  target: Database;
  tables: TablePairReference[];
  /** What the sink reads and cannot be compared by its configuration. */
  skipped?: SkippedTable[] | undefined;
  /** To the source connector, for a repair by signals. */
  signals?: SignalChannel | undefined;
  close(): Promise<void>;
}

export interface ConnectorRequest {
  tables: readonly string[];
  source?: string | undefined;
  target?: string | undefined;
  'fence-timeout': string;
  'connect-timeout': string;
  'statement-timeout': string;
  marker?: boolean | undefined;
  'marker-table'?: string | undefined;
  repair?: string | undefined;
  pairRequest?: { context?: string | undefined } | undefined;
  connect(context?: string): Promise<{ context: Context; client: ConnectClient }>;
}

/** A marker or a signal is one small statement: that it takes longer means that something is locked. */
const ONE_ROW_MS = 10_000;

/** Tables, databases and fence of a sink, as its own configuration and those of the sources tell them. */
export async function connectorTables(
  request: ConnectorRequest,
  connector: string,
  targets: Targets,
  ports: ReconcilePorts,
): Promise<NamedTables> {
  const { context, client } = await request.connect(request.pairRequest?.context);
  const listed = await client.listExpanded();
  const sink = await client.get(connector);
  const open = kafkaOpener(context);
  const kafka = open === undefined ? undefined : await open();
  try {
    const there = kafka === undefined ? await client.topics(connector) : await kafka.topics();
    const topics = [...new Set([...there, ...listItems(sink.info.config.topics)])];
    const connectors = listed.map(({ name, info }) => ({ name, config: info.config }));
    const wanted = request.tables.map(parseArgument);
    const config = { name: sink.name, config: sink.info.config };
    const pipeline = readPipeline(config, connectors, topics);
    const chosen = chooseSource(pipeline, wanted);
    const source = await databaseOf(
      request.source,
      chosen.source.name,
      sourceUrl(inDatabase(chosen.source.config, chosen.database)),
      '--source',
      targets,
    );
    const target = await databaseOf(request.target, sink.name, sinkUrl(sink.info.config), '--target', targets);
    const [from, to] = await catalogs(source, target, request, ports);
    assertDatabase(chosen, source, from.database);
    const silent = silentTables({ ...chosen, sink: config, from: from.tables, topics: there });
    const { tables, unknown } = resolveTables({
      ...chosen,
      topics: [...new Set([...chosen.topics, ...silent.map(({ topic }) => topic)])],
      empty: await emptyTopics(silent, source, request, ports),
      others: connectors.filter(({ name }) => name !== chosen.source.name),
      sink: config,
      read: [
        ...topicsRead(pipeline).map((topic) => ({ topic, sink: config })),
        ...topicsBeside(config, connectors, topics),
      ],
      from: from.tables,
      to: to.tables,
      targetEngine: to.engine,
      targetSchema: to.schema,
      wanted,
    });
    if (request.repair !== undefined) refuseShared(tables);
    // Who names tables has left the others out.
    const left = wanted.length > 0 ? [] : [...unknownBeside(pipeline, chosen), ...unknown];
    for (const { topic, reason } of left) ports.logger.warn(`topic ${topic} is left out: ${reason}`);
    if (kafka === undefined)
      ports.logger.warn('the context names no Kafka: differences are not fenced by the sink’s offsets');
    const fence = {
      connect: client,
      source: chosen.source.name,
      sink: sink.name,
      group: sinkGroup(sink.name, sink.info.config),
      marker: markerOf(request, chosen.source, connectors, source, ports),
      timeout: durationMs(request['fence-timeout']) ?? 60_000,
    };
    const signals = signalsOf(request, chosen.source, sink, source, context, ports);
    return {
      source,
      signals,
      target,
      tables: tables.map(({ topic, from: { schema, name }, to: into, changes, sharedWith = [] }) => ({
        source: { schema, name, quoted: { schema: true, name: true } },
        database: chosen.database,
        target: into,
        known: changes,
        notes: sharedWith.length === 0 ? [] : [sharedNote(sharedWith)],
        fence:
          kafka === undefined
            ? undefined
            : connectorFence({ ...fence, kafka, topics: topic === '' ? chosen.topics : [topic] }, ports),
      })),
      skipped: left.map(({ topic, reason }) => ({ table: topic, kind: 'topic', reason })),
      close: async () => {
        await signals?.close();
        await kafka?.close();
      },
    };
  } catch (error) {
    await kafka?.close();
    throw error;
  }
}

const MOST_NAMED = 5;

function sharedNote(others: readonly SharedWith[]): string {
  const named = others
    .slice(0, MOST_NAMED)
    .map(({ name }) => name)
    .join(', ');
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
  const goes = others.every(({ known }) => known) ? 'go' : 'go, or may go,';
  return `rows of ${named}${more} ${goes} to the same table: they are extra here, or different where keys are alike`;
}

/**
 * What is extra for one table may be good rows of another.
 * @throws USAGE
 */
function refuseShared(tables: readonly PipelineTable[]): void {
  const shared = tables.find(({ sharedWith = [] }) => sharedWith.length > 0);
  if (shared === undefined) return;
  const from = existingTableText(shared.from);
  throw new SluiceError(
    'USAGE',
    `${existingTableText(shared.to)} cannot be repaired from ${from} alone: ${sharedNote(shared.sharedWith ?? [])}`,
    {
      hint: 'Name other tables; or give --source, --target, the pair, and a --where that only the rows of this table fit.',
      details: { source: from, sharedWith: shared.sharedWith?.map(({ name }) => name) },
    },
  );
}

/** Topics that are of no source, or of none of its databases. */
function unknownBeside(
  { unknown, fed }: Pipeline,
  chosen: { source: PipelineConnector; topics: readonly string[] },
): UnknownTopic[] {
  const stray = fed.filter(({ topic, source }) => source === chosen.source && !chosen.topics.includes(topic));
  return [
    ...unknown.filter(({ topic }) => !fed.some((one) => one.topic === topic)),
    ...stray.map(({ topic }) => ({ topic, reason: `it has no name of a database of ${chosen.source.name} in it` })),
  ];
}

interface Catalog {
  tables: KnownTable[];
  engine: Session['dialect']['engine'];
  database: string;
  /** The first one that unqualified names are looked for in. */
  schema: string | undefined;
}

/** A short session: those that compare are opened later, with all that belongs to a run. */
async function shortly<T>(
  database: Database,
  request: ConnectorRequest,
  { signal }: ReconcilePorts,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(database, {
    statementTimeout: durationMs(request['statement-timeout']) ?? 0,
    connectTimeout: durationMs(request['connect-timeout']) ?? 10_000,
    signal,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** What both databases have. */
async function catalogs(
  source: Database,
  target: Database,
  request: ConnectorRequest,
  ports: ReconcilePorts,
): Promise<[Catalog, Catalog]> {
  const read = (database: Database) =>
    shortly(database, request, ports, async (session): Promise<Catalog> => {
      const { server, dialect } = session;
      const tables = await session.tables();
      const schema = server.schemas?.[0] ?? tables.find(({ visible }) => visible)?.schema;
      return { tables, engine: dialect.engine, database: server.database, schema };
    });
  return both(read(source), read(target));
}

/** Topics of tables without a row; of one that cannot be read the comparison will tell. */
async function emptyTopics(
  silent: readonly { topic: string; table: TableName }[],
  source: Database,
  request: ConnectorRequest,
  ports: ReconcilePorts,
): Promise<Set<string>> {
  const empty = new Set<string>();
  if (silent.length === 0) return empty;
  await shortly(source, request, ports, async ({ dialect, query }) => {
    for (const { topic, table } of silent) {
      const row = dialect.limit(`SELECT 1 AS one FROM ${dialect.table(table)}`, 1);
      const rows = await query(row).catch(() => undefined);
      if (rows?.length === 0) empty.add(topic);
    }
  });
  return empty;
}

/** The configuration of a source that reads several databases, as if it read one. */
function inDatabase(config: PipelineConnector['config'], database: string | undefined): PipelineConnector['config'] {
  return database === undefined ? config : { ...config, 'database.names': database };
}

/** @throws USAGE where --source is another database than the one that the tables are in */
function assertDatabase(
  chosen: { source: PipelineConnector; database: string | undefined },
  source: Database,
  database: string,
): void {
  if (databases(chosen.source.config).length < 2 || chosen.database?.toLowerCase() === database.toLowerCase()) return;
  throw new SluiceError(
    'USAGE',
    `the tables are in the database ${chosen.database}, and ${source.name} is ${database}`,
    {
      hint: `Give --source with ${chosen.database}, or name tables of ${database}.`,
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
  const table = request['marker-table'];
  if (!request.marker && table === undefined) return undefined;
  const plan = planMarker(source, connectors, table === undefined ? undefined : parseTable(table));
  return openMarker(database, plan, {
    statementTimeout: ONE_ROW_MS,
    connectTimeout: durationMs(request['connect-timeout']) ?? 10_000,
    signal,
  });
}

function signalsOf(
  request: ConnectorRequest,
  source: PipelineConnector,
  sink: { name: string; info: { config: Record<string, string> } },
  database: Database,
  { kafka }: Context,
  { signal }: ReconcilePorts,
): SignalChannel | undefined {
  if (request.repair !== 'signal') return undefined;
  assertUpserts({ name: sink.name, config: sink.info.config });
  return openSignals(planSignals(source), database, kafka, {
    statementTimeout: ONE_ROW_MS,
    connectTimeout: durationMs(request['connect-timeout']) ?? 10_000,
    signal,
  });
}

async function databaseOf(
  given: string | undefined,
  connector: string,
  url: string | undefined,
  flag: string,
  targets: Targets,
): Promise<Database> {
  if (given !== undefined) return targets.database(given);
  if (url !== undefined) return { name: connector, url };
  throw new SluiceError('USAGE', `the configuration of ${connector} does not tell how to reach its database`, {
    hint: `Its password may be masked or a reference of the worker's. Give ${flag} DB.`,
  });
}
