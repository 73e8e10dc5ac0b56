/** What the catalogs call a table or something that can be read like one. */
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
  /** SQL Server: rows are kept in memory, with versions of their own. */
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
  sequence: 'it has a state, and no rows to compare',
  'temporary table': 'only the session that made it can read it',
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

/** What a reader of the result must know about a table of these kinds. */
const NOTES: Partial<Record<TableKind, string>> = {
  view: 'a view: it may hide rows of its tables',
  'materialized view': 'a materialized view: it has the rows of its last refresh',
  'foreign table': 'a foreign table: its rows are read from elsewhere, and not in the snapshot',
  'merge table': 'a merge table: it is read with the rows of all its tables, which hold no key unique together',
  'inheritance parent': 'read with the rows of all tables that inherit from it, which hold no key unique together',
  partition: 'a partition: the other rows of its table are not compared here',
  'system-versioned table': 'a system-versioned table: its current rows are compared, not its history',
  'history table': 'a history table: it has former rows of a system-versioned table',
};

/** Undefined where tables of this kind can be compared. */
export function refusal(kind: TableKind): string | undefined {
  return REFUSED[kind];
}

/** Undefined where a pattern includes tables of this kind. */
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
 * Whether each row has a version of its own that changes with every write. In PostgreSQL: not the rows of a view or a
 * foreign table, which have no system columns.
 */
export function hasRowVersions(kind: TableKind): boolean {
  return !isView(kind) && kind !== 'foreign table';
}
