import type { Database } from '../config/targets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import type { ColumnOptions } from './columns/plan.ts';
import type { Fence, HashName, Mode, Shard } from './model.ts';
import type { SignalChannel } from './repair/signal-channel.ts';
import type { ListedTables, TablePairReference } from './tables.ts';

/** What to do about differences. */
export type RepairOptions =
  | {
      mode: 'sql';
      allowDelete: boolean;
      /** Takes the script, line by line. */
      write(line: string): void;
    }
  | {
      mode: 'apply';
      allowDelete: boolean;
      /** Asked once before the first row is written; rejects if declined. */
      confirm(plan: RepairPlan): Promise<void>;
    }
  | {
      /** The source connector reads the rows again; extra ones are deleted as by `apply`. */
      mode: 'signal';
      allowDelete: boolean;
      channel: SignalChannel;
      /** Longest wait for the next row to arrive, in ms. */
      timeout: number;
      confirm(plan: RepairPlan): Promise<void>;
    };

/** What a repair is about to write. */
export interface RepairPlan {
  rows: number;
  tables: string[];
  deletes: number;
}

export interface ReconcileOptions extends ColumnOptions {
  source: Database;
  target: Database;
  tables: readonly TablePairReference[];
  /** Settings of tables that a pattern may expand to. */
  listed?: ListedTables | undefined;
  mode?: Mode | undefined;
  /** SQL condition on the rows of both sides. */
  where?: string | undefined;
  /**
   * Default: `fast` if both servers hash the same, else `md5`. `fast` is used only if possible, and `sha256` replaces
   * `md5` if a server has no MD5.
   */
  hash?: HashName | undefined;
  /** Connections per side that read parts of a large table in parallel; 1 by default. */
  parallel?: number | undefined;
  /** Approximate rows per query; several million by default. */
  partRows?: number | undefined;
  /** How many times slower than the fastest a small read may be before the scan slows down. */
  maxLoad?: number | undefined;
  /** Folder for the progress of large scans, so that another run can resume them; none by default. */
  stateFolder?: string | undefined;
  /** Resume what an interrupted run left there. */
  resume?: boolean | undefined;
  /** Compare only these rows of every table: those whose key falls into one of several shards. */
  shard?: Shard | undefined;
  /** Target rows per bucket; fewer mean more result rows in a scan, but less to reread. */
  rowsPerBucket?: number | undefined;
  /** Minimum rows for comparing a table as a whole first, if its ends match. */
  minCandidateRows?: number | undefined;
  /** Differences that are listed per table; all are counted. */
  limit: number;
  /** ms; 0 for none. */
  statementTimeout: number;
  /** ms */
  connectTimeout: number;
  /** Errors of the databases quote no values. */
  maskErrors?: boolean | undefined;
  repair?: RepairOptions | undefined;
  /**
   * Allow repairing from a replica. Safe if the pipeline reads that replica; otherwise what the pipeline has written
   * may be newer than what the replica shows.
   */
  fromReplica?: boolean | undefined;
  /** With a fence, a difference is only suspected until seen again after it. */
  fence?: Fence | undefined;
}

export interface ReconcilePorts {
  clock: Clock;
  logger: Logger;
  progress: Progress;
  signal?: AbortSignal | undefined;
}
