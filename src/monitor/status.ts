import type { ConnectClient } from '../connect/client.ts';
import { tried } from '../connect/poll.ts';
import type { Selection } from '../connect/selection.ts';
import type { ListedConnector, UnreadableConnector } from '../connect/types.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupLag } from '../ports/kafka.ts';
import type { Count } from '../text/numbers.ts';
import { maskRowValues } from '../text/row-values.ts';
import { chosenConnectors } from './chosen.ts';
import type { GroupReader } from './group-reader.ts';
import { byUrgency, type ConnectorReport, HEALTHS, type Health, isDoubtful, judgeConnector } from './health.ts';
import { type LagOptions, withLag } from './lag.ts';
import { Movement } from './movement.ts';
import { HealthSince } from './since.ts';

export interface StatusOptions extends LagOptions {
  client: Pick<ConnectClient, 'listing' | 'get' | 'find'>;
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  /** The context's name, for the report. */
  context: string;
  /** Only these connectors; all of them if nothing is selected. */
  selection?: Selection;
  /** Shows the values of rows that databases quote in errors; masked otherwise. */
  showValues?: boolean;
  /** How long to recheck what looks wrong but may only be starting (ms). */
  settleMs?: number;
}

export interface StatusReport {
  context: string;
  connectors: ConnectorReport[];
  /** Connectors that exist, but that the worker does not show. */
  unreadable: { name: string; error: ErrorDocument }[];
  summary: Record<'total' | Health, Count>;
  kafka: {
    /** False: no consumer group was checked. */
    configured: boolean;
    /** Why the consumer groups could not be checked. */
    error: ErrorDocument | null;
  };
}

const SETTLE_MS = 3_000;
const POLL_MS = 300;

/** A report, and what it was made of. */
export interface StatusReading {
  report: StatusReport;
  listed: ListedConnector[];
  /** Of each sink whose group was asked for, by connector. */
  lags: Map<string, GroupLag>;
}

/** The state and health of connectors, problems first. @throws what `readWithLags` throws */
export async function readStatus(options: StatusOptions): Promise<StatusReport> {
  return (await readWithLags(options)).report;
}

/**
 * The same, with what it was made of.
 * @throws CONNECTOR_NOT_FOUND for an unknown name; the client's errors. Failing to query Kafka is not an error here: it is
 *   in the report, and the health of the sinks is unknown.
 */
export async function readWithLags(options: StatusOptions): Promise<StatusReading> {
  const { client, clock, groups } = options;
  const lags = new Map<string, GroupLag>();
  const shown = options.showValues === true ? (one: ListedConnector) => one : withoutRowValues;
  const { connectors: listed, unreadable } = await chosenConnectors(options.client, options.selection);
  const connectors = listed.map(shown);
  const latest = new Map(connectors.map((connector) => [connector.name, connector]));
  let { reports, error } = await judge(connectors, groups, lags);
  const deadline = clock.now().getTime() + (options.settleMs ?? SETTLE_MS);
  while (reports.some(isDoubtful) && clock.now().getTime() < deadline) {
    await clock.sleep(POLL_MS, options.signal);
    const doubtful = reports.filter(isDoubtful);
    const again = await Promise.all(doubtful.map((report) => tried(() => client.find(report.name), options.signal)));
    const found = again.flatMap(({ seen }) => (seen === undefined ? [] : [shown(seen)]));
    for (const connector of found) latest.set(connector.name, connector);
    const fresh = await judge(found, groups, lags);
    error = fresh.error;
    const settled = new Map(fresh.reports.map((report) => [report.name, report]));
    // A connector that is gone now is not reported; if one cannot be read again, its first sample counts.
    const gone = new Set(doubtful.filter((_, index) => again[index]?.error === undefined).map(({ name }) => name));
    reports = reports.flatMap((report) => settled.get(report.name) ?? (gone.has(report.name) ? [] : report));
  }
  if (error === undefined) ({ reports, error } = await withLag([...latest.values()], reports, options, lags));
  return { report: toReport(options, reports, unreadable, error), listed: [...latest.values()], lags };
}

function withoutRowValues(listed: ListedConnector): ListedConnector {
  const { status } = listed;
  if (status === null) return listed;
  const masked = <Part extends { trace?: string }>(part: Part): Part =>
    part.trace === undefined ? part : { ...part, trace: maskRowValues(part.trace) };
  return { ...listed, status: { ...status, connector: masked(status.connector), tasks: status.tasks.map(masked) } };
}

async function judge(
  listed: readonly ListedConnector[],
  groups: GroupReader,
  lags: Map<string, GroupLag>,
): Promise<{ reports: ConnectorReport[]; error: SluiceError | undefined }> {
  const { facts, error } = await groups.read(listed);
  for (const [name, { lag }] of facts) if (lag !== undefined) lags.set(name, lag);
  return { reports: listed.map((connector) => judgeConnector(connector, facts.get(connector.name))), error };
}

function toReport(
  { context, groups }: StatusOptions,
  reports: ConnectorReport[],
  unreadable: readonly UnreadableConnector[],
  error: SluiceError | undefined,
): StatusReport {
  return {
    context,
    connectors: reports.sort(byUrgency),
    unreadable: unreadable.map(({ name, error }) => ({ name, error: toErrorDocument(error) })),
    summary: summaryOf(reports),
    kafka: { configured: groups.configured, error: error === undefined ? null : toErrorDocument(error) },
  };
}

function summaryOf(reports: readonly ConnectorReport[]): StatusReport['summary'] {
  const count = (health: Health) => reports.filter((report) => report.health === health).length;
  const counts = Object.fromEntries(HEALTHS.map((health) => [health, count(health)])) as Record<Health, Count>;
  return { total: reports.length, ...counts };
}

/** One sample of a watch: a report, or why there is none this time. */
export type StatusSample = { at: string } & ({ report: StatusReport } | { error: SluiceError });

/**
 * Polls until the signal aborts, and ends without an error then. A failure of the first poll is thrown; later ones are
 * samples too, since a watch is for the times when something is wrong.
 */
export async function* watchStatus(options: StatusOptions & { everyMs: number }): AsyncGenerator<StatusSample> {
  const movement = new Movement();
  const since = new HealthSince();
  for (let first = true; ; first = false) {
    const at = options.clock.now().toISOString();
    try {
      // No settling: the next poll comes anyway.
      const report = await readStatus({ ...options, movement, settleMs: 0 });
      yield { at, report: { ...report, connectors: since.observe(report.connectors, at) } };
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
