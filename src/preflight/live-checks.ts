import type { ConnectorOffset } from '../connect/types.ts';
import type { Session } from '../databases/session.ts';
import type { ShapedTable } from './table-shapes.ts';

type Config = Readonly<Record<string, string>>;

/** The place in its database's log from which a Debezium source reads. */
export interface LogFacts {
  /** In words: `the slot orders`, `the binary log`. */
  name: string;
  exists: boolean;
  /** Why the source cannot read on from there; null if it can, or that is not known. */
  broken: string | null;
  /** SQL that repairs it; null if none does. */
  statement: string | null;
  /** Whether somebody reads it; null if not known. */
  active: boolean | null;
  /** ISO 8601, UTC: since when nobody reads it; null if not known. */
  inactiveSince: string | null;
  /** What the source has confirmed, and the end of the log; null if not known. */
  position: string | null;
  end: string | null;
  /** Bytes of the log after that position; null if not known. */
  behind: number | null;
  /** Files of the log after the one of that position; null if not known, or if its files mean nothing. */
  filesBehind: number | null;
  /** Bytes that the server retains for it; null if it retains none, or not for a reader. */
  retained: number | null;
  /** Bytes that can be written before the server gives up what it retains; null without a limit, or if not known. */
  safe: number | null;
  /** The server's own word for what it retains: `reserved`, `extended`, `unreserved`, `lost`; null if it has none. */
  status: string | null;
  /** How long the server's own capture took to see the last change (ms); null if it captures nothing, or that is not known. */
  captureMs: number | null;
  /** Why the position is not known; null if it is. */
  unknown: string | null;
}

/** A part of the log that a server retains for a reader, who may be anybody. */
export interface RetainedLog {
  /** In words: `the slot orders`. */
  name: string;
  /** Whether a source with this configuration is the reader. */
  isOf(config: Config): boolean;
  /** SQL that ends it. */
  statement: string;
  active: boolean;
  retained: number;
  inactiveSince: string | null;
  /** The reader has lost what it needs. */
  lost: boolean;
}

/** A session that waits for a lock. */
export interface LockWait {
  /** Number of the waiting session, as the server names it. */
  session: string;
  /** The table, if that is known. */
  table: string | null;
  /** ISO 8601, UTC; null if not known. */
  since: string | null;
  /** Who has the lock; null if that is not known. */
  blocker: {
    session: string;
    user: string | null;
    /** What the session calls itself. */
    program: string | null;
    /** In the server's word: `idle in transaction`. */
    state: string | null;
    /** When its transaction began. ISO 8601, UTC. */
    since: string | null;
  } | null;
  /** SQL that ends the session of the blocker; null if it is not known. */
  statement: string | null;
}

/** What a server knows of the writes to a table. */
export interface TableWrites {
  schema: string | null;
  name: string;
  exists: boolean;
  /** Rows inserted, updated and deleted since the server's statistics began; null if it does not count them. */
  written: number | null;
  /** ISO 8601, UTC: the last write; null if the server does not know. */
  lastWritten: string | null;
}

/** Changes that a source never gets although it reads. */
export interface Unpublished {
  message: string;
  /** SQL that repairs it. */
  statement: string | null;
}

/** What `doctor` and the daemon ask a running database. Only reads. docs/new-database.md explains how to add one. */
export interface LiveChecks {
  /** Statement for the server's time: ISO 8601, UTC. */
  clock: string;
  /** Who knows the position of a source: the server, or only the offsets that Connect has committed. */
  position: 'server' | 'committed';
  /**
   * Where in the log a Debezium source is.
   * @param offsets those that Connect keeps for it; undefined if they could not be read
   */
  log(session: Session, config: Config, offsets: readonly ConnectorOffset[] | undefined): Promise<LogFacts>;
  /** Null if the source gets every change that it captures, or the server publishes nothing for it. */
  unpublished(session: Session, config: Config): Promise<Unpublished | null>;
  /** Empty if the engine retains its log by age and size alone. */
  retainedLogs(session: Session): Promise<RetainedLog[]>;
  /** Sessions of a user, on this database, that wait for locks of others; null if this user may not see them. */
  lockWaits(session: Session, user: string): Promise<LockWait[] | null>;
  /** The columns of all ordinary tables that the session may see, of those that are captured if the server knows that. */
  shapes(session: Session): Promise<ShapedTable[]>;
  /** In the order of the tables. @param tables without a schema: in the session's default schema */
  writes(session: Session, tables: readonly { schema?: string | undefined; name: string }[]): Promise<TableWrites[]>;
}

export const NO_LOG: LogFacts = {
  name: '',
  exists: true,
  broken: null,
  statement: null,
  active: null,
  inactiveSince: null,
  position: null,
  end: null,
  behind: null,
  filesBehind: null,
  retained: null,
  safe: null,
  status: null,
  captureMs: null,
  unknown: null,
};

/** Of a cell: a number, or null. */
export function numberOf(cell: string | null | undefined): number | null {
  return cell === null || cell === undefined || cell === '' ? null : Number(cell);
}

/** For those of whom nothing was found. */
export function noWrites({ schema, name }: { schema?: string | undefined; name: string }): TableWrites {
  return { schema: schema ?? null, name, exists: false, written: null, lastWritten: null };
}
