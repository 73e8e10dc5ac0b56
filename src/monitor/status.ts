import type { ConnectClient } from '../connect/client.ts';
import type { ListedConnector, Listing, UnreadableConnector } from '../connect/types.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { tried } from '../operate/poll.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupReader } from './group-reader.ts';
import { byUrgency, type ConnectorReport, isDoubtful, judgeConnector } from './health.ts';

export interface StatusOptions {
  client: Pick<ConnectClient, 'listing' | 'get' | 'find'>;
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  /** The context's name, for the report. */
  context: string;
  /** Only this connector. */
  name?: string | undefined;
  /** How long what looks wrong, but may only be new, is looked at again (ms). */
  settleMs?: number;
}

export interface StatusReport {
  context: string;
  connectors: ConnectorReport[];
  /** There, but the worker does not show them. */
  unreadable: { name: string; error: ErrorDocument }[];
  summary: Record<'total' | 'healthy' | 'unhealthy' | 'unknown' | 'inactive', number>;
  kafka: {
    /** False where the context names no Kafka: then no group was checked. */
    configured: boolean;
    error: ErrorDocument | null;
  };
}

const SETTLE_MS = 3_000;
const LOOK_EVERY_MS = 300;

/**
 * The state and health of connectors, what needs a person first.
 * @throws CONNECTOR_NOT_FOUND for a name that is not there; the client's errors. That Kafka cannot be asked is no
 *   error here: it stands in the report, and the sinks are of unknown health.
 */
export async function readStatus(options: StatusOptions): Promise<StatusReport> {
  const { client, clock, groups } = options;
  const { connectors, unreadable }: Listing =
    options.name === undefined
      ? await client.listing()
      : { connectors: [await client.get(options.name)], unreadable: [] };
  let { reports, error } = await judge(connectors, groups);
  const deadline = clock.now().getTime() + (options.settleMs ?? SETTLE_MS);
  while (reports.some(isDoubtful) && clock.now().getTime() < deadline) {
    await clock.sleep(LOOK_EVERY_MS, options.signal);
    const doubtful = reports.filter(isDoubtful);
    const again = await Promise.all(doubtful.map((report) => tried(() => client.find(report.name), options.signal)));
    const fresh = await judge(
      again.flatMap(({ seen }) => seen ?? []),
      groups,
    );
    error = fresh.error;
    const settled = new Map(fresh.reports.map((report) => [report.name, report]));
    // One that is gone by now is not reported at all; of one that could not be looked at again the first look counts.
    const gone = new Set(doubtful.filter((_, index) => again[index]?.error === undefined).map(({ name }) => name));
    reports = reports.flatMap((report) => settled.get(report.name) ?? (gone.has(report.name) ? [] : report));
  }
  return toReport(options, reports, unreadable, error);
}

async function judge(
  listed: readonly ListedConnector[],
  groups: GroupReader,
): Promise<{ reports: ConnectorReport[]; error: SluiceError | undefined }> {
  const { facts, error } = await groups.read(listed);
  return { reports: listed.map((connector) => judgeConnector(connector, facts.get(connector.name))), error };
}

function toReport(
  { context, groups }: StatusOptions,
  reports: ConnectorReport[],
  unreadable: readonly UnreadableConnector[],
  error: SluiceError | undefined,
): StatusReport {
  const count = (health: ConnectorReport['health']) => reports.filter((report) => report.health === health).length;
  return {
    context,
    connectors: reports.sort(byUrgency),
    unreadable: unreadable.map(({ name, error }) => ({ name, error: toErrorDocument(error) })),
    summary: {
      total: reports.length,
      healthy: count('healthy'),
      unhealthy: count('unhealthy'),
      unknown: count('unknown'),
      inactive: count('inactive'),
    },
    kafka: { configured: groups.configured, error: error === undefined ? null : toErrorDocument(error) },
  };
}

/** One look of a watch: a report, or why there is none this time. */
export type Look = { at: string } & ({ report: StatusReport } | { error: SluiceError });

/**
 * Looks again and again; ends, without an error, when the signal aborts. A failure of the first look is thrown; later ones are looks too, since
 * a watch is there for the times when something is wrong.
 */
export async function* watchStatus(options: StatusOptions & { everyMs: number }): AsyncGenerator<Look> {
  for (let first = true; ; first = false) {
    const at = options.clock.now().toISOString();
    try {
      // No settling: the next look comes anyway.
      yield { at, report: await readStatus({ ...options, settleMs: 0 }) };
    } catch (error) {
      if (options.signal.aborted) return;
      if (first || !(error instanceof SluiceError)) throw error;
      yield { at, error };
    }
    try {
      await options.clock.sleep(options.everyMs, options.signal);
    } catch (error) {
      if (options.signal.aborted) return;
      throw error;
    }
  }
}
