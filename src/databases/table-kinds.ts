/** What catalogs call a table, or something that can be read like one. */
export type TableKind =
  | 'table'
  /** PostgreSQL: its rows are lost in a crash, and no connector captures them. */
  | 'unlogged table'
  | 'partitioned table'
  | 'partition'
  /** PostgreSQL: other tables inherit from it, and a read of it reads their rows too. */
  | 'inheritance parent'
  /** MySQL: the rows of several MyISAM tables. */
  | 'merge table'
  | 'system-versioned table'
  /** SQL Server: former rows of a system-versioned table. */
  | 'history table'
  /** SQL Server: rows are kept in memory, with separate versions. */
  | 'memory-optimized table'
  /** SQL Server: nodes or edges. */
  | 'graph table'
  | 'view'
  | 'materialized view'
  /** The rows are kept by another server or in a file. */
  | 'foreign table'
  /** MySQL: takes rows and keeps none. */
  | 'blackhole table'
  | 'sequence'
  | 'temporary table';

/** Why tables of these kinds cannot be compared at all. */
const REFUSED: Partial<Record<TableKind, string>> = {
  sequence: 'it has no rows to compare',
  'temporary table': 'only the session that created it can read it',
  'blackhole table': 'it keeps no rows',
};

/** Why a pattern leaves tables of these kinds out; a name does not. */
const BY_NAME_ONLY: Partial<Record<TableKind, string>> = {
  view: 'views are compared by name only',
  'materialized view': 'materialized views are compared by name only',
  'foreign table': 'foreign tables are compared by name only',
  'merge table': 'its rows are those of other tables; it is compared by name only',
  'history table': 'history tables are compared by name only',
};

/** Notes on tables of these kinds for readers of the result. */
const NOTES: Partial<Record<TableKind, string>> = {
  view: 'a view: it may hide rows of its tables',
  'materialized view': 'a materialized view: its rows are those of the last refresh',
  'foreign table': 'a foreign table: its rows are read from elsewhere, outside the snapshot',
  'merge table': 'a merge table: includes the rows of all its tables; no key is unique across them',
  'inheritance parent': 'includes the rows of all tables that inherit from it; no key is unique across them',
  partition: 'a partition: the other rows of its table are not compared here',
  'system-versioned table': 'a system-versioned table: its current rows are compared, not its history',
  'history table': 'a history table: past rows of a system-versioned table',
};

/** Undefined if tables of this kind can be compared. */
export function refusal(kind: TableKind): string | undefined {
  return REFUSED[kind];
}

/** Undefined if patterns include tables of this kind. */
export function patternRefusal(kind: TableKind): string | undefined {
  return REFUSED[kind] ?? BY_NAME_ONLY[kind];
}

export function kindNote(kind: TableKind): string | undefined {
  return NOTES[kind];
}

export function isView(kind: TableKind): boolean {
  return kind === 'view' || kind === 'materialized view';
}

/**
 * Whether each row has a version that changes with every write. In PostgreSQL not for views and foreign tables, which
 * have no system columns.
 */
export function hasRowVersions(kind: TableKind): boolean {
  return !isView(kind) && kind !== 'foreign table';
}
