import type { TableSettings } from '../config/reconcile-settings.ts';
import type { Context } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import type { RecordPort } from '../ports/records.ts';
import type { RowRules } from './columns/rules.ts';
import type { Mode, Shard } from './model.ts';

/** What to compare, and how. Settings not given come from the pair, then from `DEFAULTS`. */
export interface ReconcileRequest extends Partial<ReconcileDefaults> {
  /** Name of a pair of sluice.yaml. */
  pair?: string | undefined;
  /** Name of a sink connector, in place of source, target and tables. */
  connector?: string | undefined;
  /** A database of sluice.yaml or of the sandbox, or its URL. */
  source?: string | undefined;
  target?: string | undefined;
  tables?: readonly string[] | undefined;
  key?: readonly string[] | undefined;
  columns?: readonly string[] | undefined;
  ignoreColumns?: readonly string[] | undefined;
  /** Target name by source name. */
  renameColumns?: Readonly<Record<string, string>> | undefined;
  /** SQL condition for the rows of both sides. */
  where?: string | undefined;
  marker?: boolean | undefined;
  markerTable?: string | undefined;
  /** Fraction of the value, from 0 to 1. */
  floatTolerance?: number | undefined;
  maskValues?: boolean | undefined;
  /** Approximate rows per query. */
  partRows?: number | undefined;
  /** How many times slower than the fastest a small read may be; above 1. */
  maxLoad?: number | undefined;
  resume?: boolean | undefined;
  shard?: Shard | undefined;
  repair?: 'sql' | 'apply' | 'signal' | undefined;
  /** File for the script of `repair: sql`; without one it is in the report. */
  repairFile?: string | undefined;
  fromReplica?: boolean | undefined;
}

export interface ReconcileDefaults {
  mode: Mode;
  /** Compare by 128 bits of a cryptographic hash. */
  strong: boolean;
  /** Recheck differences after this time, ms; 0 for tables that are not being written to. */
  settle: number;
  /** Longest wait for the pipeline, ms. */
  fenceTimeout: number;
  /** Differences that are listed for each table. */
  limit: number;
  /** Connections per side. */
  parallel: number;
  /** Longest time of one statement, ms; 0 for none. */
  statementTimeout: number;
  /** Longest wait for a connection, ms. */
  connectTimeout: number;
  /** A repair may delete rows that only the target has. */
  allowDelete: boolean;
}

export const DEFAULTS: Readonly<ReconcileDefaults> = {
  mode: 'rows',
  strong: false,
  settle: 0,
  fenceTimeout: 120_000,
  limit: 100,
  parallel: 2,
  statementTimeout: 0,
  connectTimeout: 10_000,
  allowDelete: false,
};

/** Defaults of a schedule itself; its comparisons have those above. */
export const SCHEDULE_DEFAULTS = {
  /** Address of /metrics and /health. */
  listen: '127.0.0.1:9464',
  /** How long running comparisons may take to finish when stopped, ms. */
  grace: 20_000,
  /** Pairs compared in parallel. */
  parallel: 1,
} as const;

/** Whether a relative tolerance is valid: a fraction of the value. */
export function isTolerance(part: number): boolean {
  return part >= 0 && part < 1;
}

/** A request with all defaults filled in. */
export type FullRequest = ReconcileRequest & ReconcileDefaults & { tables: readonly string[] };

/** A pair's settings beyond those of a request. */
export interface PairTables {
  /** The cluster of the pair's connector. */
  context?: string | undefined;
  /** Of all tables. */
  rules?: RowRules | undefined;
  /** Per table, by its text; for one listed by name alone, only the text. */
  tableSettings: readonly TableSettings[];
}

/** The Connect cluster of a connector, and its Kafka, if the context names it. */
export interface OpenCluster extends AsyncDisposable {
  context: Context;
  client: ConnectClient;
  kafka(): Promise<KafkaPort | undefined>;
  /** Records of its topics, if the context names Kafka. */
  records(): Promise<RecordPort>;
}

/** What a comparison needs from its caller. */
export interface ReconcileAccess {
  /** @param context the pair's, if it names one */
  connect(context?: string): Promise<OpenCluster>;
  /** Asked before rows are written; rejects if declined. */
  confirm(question: string): Promise<void>;
  /** Folder for this machine's run state; without one nothing is kept. */
  stateFolder?: string | undefined;
}
