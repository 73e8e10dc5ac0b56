import { durationMs } from '../config/duration.ts';
import type { Context, Database, Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { SluiceError } from '../errors/error.ts';
import { sinkGroup } from '../kafka/groups.ts';
import { kafkaOpener } from '../kafka/open.ts';
import { connectorFence } from './fence.ts';
import { type Marker, openMarker, planMarker } from './marker.ts';
import type { ReconcilePorts } from './options.ts';
import { choosePipeline, type PipelineConnector, sinkUrl, sourceUrl } from './pipeline.ts';
import { openSignals, type SignalChannel } from './signal-channel.ts';
import { assertUpserts, planSignals } from './signal-plan.ts';
import { parseTable, type TablePairReference } from './tables.ts';

/** What is compared with what, and how it is let go. */
export interface NamedTables {
  source: Database;
  target: Database;
  tables: TablePairReference[];
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
    const topics = kafka === undefined ? await client.topics(connector) : await kafka.topics();
    const connectors = listed.map(({ name, info }) => ({ name, config: info.config }));
    const pipeline = choosePipeline({ name: sink.name, config: sink.info.config }, connectors, topics, request.tables);
    for (const { topic, reason } of pipeline.unknown) ports.logger.warn(`topic ${topic} is left out: ${reason}`);
    if (kafka === undefined)
      ports.logger.warn('the context names no Kafka: differences are not fenced by the sink’s offsets');
    const source = await databaseOf(
      request.source,
      pipeline.source.name,
      sourceUrl(pipeline.source.config),
      '--source',
      targets,
    );
    const fence = {
      connect: client,
      source: pipeline.source.name,
      sink: sink.name,
      group: sinkGroup(sink.name, sink.info.config),
      marker: markerOf(request, pipeline.source, connectors, source, ports),
      timeout: durationMs(request['fence-timeout']) ?? 60_000,
    };
    const signals = signalsOf(request, pipeline.source, sink, source, context, ports);
    return {
      source,
      signals,
      target: await databaseOf(request.target, sink.name, sinkUrl(sink.info.config), '--target', targets),
      tables: pipeline.tables.map(({ topic, from, to, ignore, rename }) => ({
        source: from,
        target: to,
        known: { ignore, rename },
        fence: kafka === undefined ? undefined : connectorFence({ ...fence, kafka, topics: [topic] }, ports),
      })),
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
