import type { ErrorDocument } from '../errors/error.ts';
import type { ConnectorReport } from '../monitor/health.ts';
import type { SourceReading } from '../monitor/source-reading.ts';
import type { CertificateReading } from './certificates.ts';

/** One connector as a poll saw it. Null: not known, which is never zero. */
export interface ConnectorSnapshot extends ConnectorReport {
  /** How long the oldest record that it has not processed has waited; 0 if none waits (ms). */
  lagMs: number | null;
  recordsPerSecond: number | null;
  /** In the last minute, or since the first poll. */
  errorsPerMinute: number | null;
  /** Its dead letter queue, and the records in it; null if it has none. */
  deadLetters: { queue: string; depth: number | null } | null;
  deadLettersPerMinute: number | null;
  /** Where it is in the logs of its databases; null for sinks, and if that has not been read yet. */
  source: SourceReading | null;
  /** `none` if it is not to write any; null if they have not been read yet. */
  heartbeat: HeartbeatSnapshot | 'none' | null;
  /** Tells within this process whether its configuration has changed; null if it has never failed. */
  configMark: string | null;
}

/** The heartbeats of a source. */
export interface HeartbeatSnapshot {
  /** `heartbeat.interval.ms` */
  everyMs: number;
  /** When the last one was written (ms since 1970); null if there is none. */
  lastAt: number | null;
  /** It writes them while its database does nothing, too. Others may wait for the log to move: */
  beatsWhenIdle: boolean;
  /** Whether that would be noticed. */
  logKnown: boolean;
  /** Since when the log has moved without another heartbeat (ms since 1970). */
  unansweredSince: number | null;
}

/** One poll of one context. */
export interface Snapshot {
  context: string;
  /** ms since 1970 */
  at: number;
  /** How long it took (ms). */
  tookMs: number;
  /** Why the worker could not be asked; null if it could. What follows is then of the last poll that could. */
  error: ErrorDocument | null;
  /** Workers that run something; null if unknown. */
  workers: number | null;
  rebalancing: boolean | null;
  connectors: readonly ConnectorSnapshot[];
  /** Connectors that exist, but that the worker does not show. */
  unreadable: readonly string[];
  /** Of the servers that the context uses by TLS; null until all of those servers are known. */
  certificates: readonly CertificateReading[] | null;
  /** What else could not be asked: Kafka, metrics, databases. */
  failures: readonly ErrorDocument[];
}

/** Why Kafka could not be asked; undefined if it could be, or the context has none. */
export function kafkaFailure({ failures }: Pick<Snapshot, 'failures'>): ErrorDocument | undefined {
  return failures.find(({ code }) => code === 'KAFKA_UNREACHABLE');
}
