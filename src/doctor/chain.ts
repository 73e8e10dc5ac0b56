import { connectorType } from '../connect/connector.ts';
import type { ConnectorConfig, ListedConnector, Listing } from '../connect/types.ts';
import { SluiceError, toErrorDocument } from '../errors/error.ts';
import { neighboursOf } from '../inspect/neighbours.ts';
import { readPipeline } from '../topology/pipeline.ts';
import type { NotRead } from './model.ts';
import type { DoctorPorts } from './ports.ts';
import { topicsOfSink } from './topics.ts';

/** Connectors at the other end that are walked, too. */
const MAX_NEIGHBOURS = 8;
/** Tables of a target whose writes are read. */
const MAX_TABLES = 50;

/** Reads something; if it cannot be read, that is noted. */
export async function attempted<T>(
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

/** A pipeline around one connector. */
export interface Chain {
  own: ListedConnector;
  sources: ListedConnector[];
  sinks: ListedConnector[];
  /** Topics in use, by Connect; empty if it does not track them. */
  used: string[];
  /** Existing topics that each sink reads. */
  ofSink: ReadonlyMap<string, string[]>;
}

export async function chainOf(
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
  const sinks = isSink ? [own] : walked;
  const ofSink = new Map(sinks.map(({ name, info }) => [name, topicsOfSink(info.config, existing, used)]));
  return { own, used, sources: isSink ? walked : [own], sinks, ofSink };
}

export function configOf({ name, info }: ListedConnector): { name: string; config: ConnectorConfig } {
  return { name, config: info.config };
}

/** Tables that a sink writes, if the settings determine them. */
export function tablesOf(
  sink: ListedConnector,
  { sources, ofSink }: Chain,
): { schema: string | undefined; name: string }[] {
  try {
    const { tables } = readPipeline(configOf(sink), sources.map(configOf), ofSink.get(sink.name) ?? []);
    return tables.slice(0, MAX_TABLES).map(({ to }) => ({ schema: to.schema, name: to.name }));
  } catch (error) {
    if (error instanceof SluiceError) return [];
    throw error;
  }
}
