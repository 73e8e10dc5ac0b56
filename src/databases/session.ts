import type { Cells, EngineName, Statement, TableInfo, TableName } from './model.ts';
import type { TableReference } from './table-names.ts';
import type { KnownTable } from './tables.ts';

/** The function that hashes texts; if all bits are compared, the first half of SHA-256 is used. */
export type DigestName = 'md5' | 'sha256';

export interface ForeignKey {
  child: TableName;
  childColumns: string[];
  parent: TableName;
  parentColumns: string[];
  /** Comparison operators of the key, parent's column first, if they may differ from the plain `=`. */
  operators?: string[];
  /** Columns whose change may move a row to another partition, which is for this key as if it were deleted. */
  movedBy?: string[];
  /** There may be such keys that this user is not shown; nothing is known of them. */
  unseen?: true;
  /** `act`: the database itself deletes or changes the child's rows (CASCADE, SET NULL, SET DEFAULT). */
  onDelete: 'refuse' | 'act';
  onUpdate: 'refuse' | 'act';
}

/** Stands for keys that refer to a table, and that this user is not shown. */
export function unseenKey({ schema, name }: TableName): ForeignKey {
  const table = { schema, name };
  return {
    unseen: true,
    child: table,
    childColumns: [],
    parent: table,
    parentColumns: [],
    onDelete: 'act',
    onUpdate: 'act',
  };
}

/** One connection, read-only unless it was opened to repair. */
export interface Session {
  readonly engine: EngineName;
  /** Quotes a name, with any characters, for a statement. */
  quote(identifier: string): string;
  table(name: TableName): string;
  readonly server: ServerFacts;
  query(statement: Statement | string): Promise<Cells[]>;
  /**
   * Starts a new snapshot; does nothing in a session that writes.
   * @param shared from another session's `share`, to use its snapshot
   */
  snapshot(shared?: string): Promise<void>;
  /**
   * Keeps a table from being truncated or rewritten until the next `snapshot`. False if that has happened since this
   * one: the old rows are gone, and the new ones not visible. Engines that refuse such reads return true.
   */
  hold(table: TableName): Promise<boolean>;
  /** Shares this snapshot with other sessions while it lasts; missing if the engine cannot. */
  share?(): Promise<string | undefined>;
  /** Calls back with each row as it arrives; nothing is kept. */
  each(statement: Statement, onRow: (row: Cells) => void): Promise<void>;
  /** Rows in batches, with no more than a few batches in memory. */
  stream(statement: Statement): AsyncIterable<Cells[]>;
  /** Tables and views that the user may see. */
  tables(): Promise<KnownTable[]>;
  /** @throws TABLE_NOT_FOUND with the nearest names; TABLE_NOT_COMPARABLE for objects without rows, naming the kind. */
  describe(name: TableReference): Promise<TableInfo>;
  /** The statement text to run for INSERT, UPDATE, DELETE; returns the number of rows changed. */
  execute(sql: string): Promise<number>;
  /**
   * Runs writing statements in order, in one round trip if the engine can.
   * @returns the number of matched rows per statement, changed or not
   * @throws at the first one that fails
   */
  executeAll(statements: readonly string[]): Promise<number[]>;
  /**
   * Foreign keys that refer to the table's rows, including its own and those naming another table that contains the
   * rows; `parent` is always the given table.
   */
  references(table: TableName): Promise<ForeignKey[]>;
  /** Why data read here may be older than on another server; undefined if there is no sign of that. */
  replica(): Promise<string | undefined>;
  /**
   * Transactions that may be in the log, and read by a pipeline, but are hidden from snapshots until a standby has
   * answered. As of a new `snapshot`; empty if the engine has no such wait.
   */
  pending?(): Promise<string[]>;
  /**
   * Restores the user's own search path: for statements that users wrote, and for triggers, which may name tables and
   * functions without a schema. Missing if the session has the user's search path anyway.
   */
  restorePath?(): Promise<void>;
  close(): Promise<void>;
}

export interface ServerFacts {
  product: string;
  /** As the server says it. */
  version: string;
  major: number;
  database: string;
  /** Tells whether two sessions are on the same database of the same server. */
  identity: string;
  /** An identity that survives a server restart; undefined if `identity` does. */
  installation?: string | undefined;
  /** PostgreSQL's server encoding, else undefined. */
  encoding?: string | undefined;
  /** Maximum bytes of text that the server aggregates from many rows; undefined if unlimited. */
  longestText?: number | undefined;
  /** Maximum bytes of a statement; undefined if no value comes close. */
  longestStatement?: number | undefined;
  /** All statements of the session share one snapshot. */
  snapshot: boolean;
  /**
   * PostgreSQL's search path when the session began, as SHOW prints it: the session itself only searches pg_catalog,
   * but triggers and users' statements need theirs.
   */
  searchPath?: string | undefined;
  /** The schemas of that path that exist, in their order. */
  schemas?: readonly string[] | undefined;
  /** Functions that give the digests of `DigestName` on this server. */
  digests: readonly DigestName[];
}

export interface SessionOptions {
  /** Opened to repair: statements may write. */
  write?: boolean;
  /** Longest time of one statement in ms; 0 for no limit. */
  statementTimeout: number;
  /** Longest wait for the connection in ms. */
  connectTimeout: number;
  signal?: AbortSignal | undefined;
  /** Errors show their kind and quote no row values. */
  maskErrors?: boolean | undefined;
}
