import type { Database } from '../config/targets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import type { ColumnOptions } from './columns.ts';
import type { Session } from './dialects/dialect.ts';
import type { HashName } from './queries.ts';
import type { SignalChannel } from './signal-channel.ts';
import type { TablePairReference } from './tables.ts';

/** What is to be done about differences. */
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
      /** Asked once, before the first row is written; rejects where the answer is no. */
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

/**
 * `rows`: every row and column, differences by key. `checksums`: every row and column, but only whether they differ.
 * `counts`: numbers of rows. `schema`: columns, types, nullability and keys, no rows.
 */
export const MODES = ['rows', 'checksums', 'counts', 'schema'] as const;
export type Mode = (typeof MODES)[number];

/** One of several shares of a table's rows that are compared apart from each other. */
export interface Shard {
  /** 1 to `of`. */
  index: number;
  of: number;
}

/** Waits until what the source has now has reached the target. */
export interface Fence {
  kind: 'connector' | 'time';
  /** Resolves to a reason where it was given up, to undefined when the pipeline has passed. */
  pass(source: Session): Promise<string | undefined>;
}

export interface ReconcileOptions extends ColumnOptions {
  source: Database;
  target: Database;
  tables: readonly TablePairReference[];
  mode?: Mode | undefined;
  /** SQL condition on the rows of both sides. */
  where?: string | undefined;
  /** Default: `fast` where both servers hash alike, else `md5`. `fast` is taken only where it may be, `sha256` in place of `md5` where a server has no MD5. */
  hash?: HashName | undefined;
  /** Connections a side that read parts of a large table side by side; 1 by default. */
  parallel?: number | undefined;
  /** Rows that one query reads, about; by default some millions. */
  partRows?: number | undefined;
  /** Times the quickest small read that one may take before the scan holds back. */
  maxLoad?: number | undefined;
  /** Folder in which a large scan is noted down, so that another run can take it up; none by default. */
  stateFolder?: string | undefined;
  /** Take up what a run that was killed has left there. */
  resume?: boolean | undefined;
  /** Compare only these rows of every table: those whose key falls to one of several shards. */
  shard?: Shard | undefined;
  /** Rows that a bucket should hold; few make more result rows of a scan, and less to read again. */
  rowsPerBucket?: number | undefined;
  /** Rows from which on a table whose ends are alike is compared as a whole before it is in buckets. */
  lookFrom?: number | undefined;
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
   * Repair from a source that is a replica. It is safe where the pipeline reads that very replica; otherwise what the
   * pipeline has written may be newer than what the replica shows.
   */
  fromReplica?: boolean | undefined;
  /** With one, a difference is a suspicion until it has been seen again behind the fence. */
  fence?: Fence | undefined;
}

export interface ReconcilePorts {
  clock: Clock;
  logger: Logger;
  progress: Progress;
  signal?: AbortSignal | undefined;
}
