import type { ErrorDocument } from '../errors/error.ts';
import type { Count } from '../text/numbers.ts';

/** Where a source is in the log of one of its databases. Null: not known, or the engine has no such thing. */
export interface SourceLog {
  /** Which database, for people. */
  database: string;
  /** In words: `the slot orders`, `the binary log`. */
  log: string;
  /** Whether the server has it; null if it could not be asked. */
  exists: boolean | null;
  /** Why the source cannot read on; null if it can, or that is not known. */
  broken: string | null;
  /** SQL that repairs it; null if none does. */
  statement: string | null;
  /** Whether somebody reads it. */
  active: boolean | null;
  /** What the server says of the log that it retains, in its own word: `reserved`, `extended`, `unreserved`, `lost`. */
  status: string | null;
  /** The end of the log, in the server's words: what is written moves it. */
  end: string | null;
  /** The log after what the source has confirmed, or what Connect has committed for it. */
  behindBytes: Count | null;
  /** Files of the log after the one of that position. */
  behindFiles: Count | null;
  /** What the server retains for it. */
  retainedBytes: Count | null;
  /** What can be written before the server gives up what it retains; null without a limit. */
  safeBytes: Count | null;
  /** How long the server's own capture took to see its last change (ms). */
  captureMs: Count | null;
  /** Its snapshot, which is only asked for while its log is not read; see SnapshotState. */
  snapshot: 'none' | 'running' | 'done' | 'never' | null;
  /** Why the position is not known; null if it is. */
  unknown: string | null;
  /** What went wrong, if the database could not be read. */
  error: ErrorDocument | null;
}

/** What is known of the logs of one source. */
export interface SourceReading {
  /** One for each database. */
  logs: readonly SourceLog[];
  /** Why no database of it is watched; null if one is. */
  reason: string | null;
}

/** Reads where sources are, by name; those that read no log that is known are left out. A failure is a reading. */
export type ReadSources = (
  sources: readonly { name: string; config: Readonly<Record<string, string>> }[],
) => Promise<ReadonlyMap<string, SourceReading>>;
