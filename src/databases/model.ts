import type { TableKind } from './table-kinds.ts';

/** The meaning of an engine's column type, independent of its spelling. */
export type ColumnType =
  | { family: 'integer'; bits: 8 | 16 | 24 | 32 | 64; unsigned?: boolean }
  /** `scale` undefined: the column holds any number of fractional digits. */
  | { family: 'decimal'; scale?: number }
  | { family: 'float'; bits: 32 | 64 }
  | { family: 'boolean' }
  /** `fixed`: padded with blanks to its length, as CHAR(n) is. */
  | { family: 'text'; fixed?: boolean }
  | { family: 'uuid' }
  | { family: 'json' }
  | { family: 'bytes' }
  | { family: 'date' }
  | { family: 'time'; zone: boolean; precision: number }
  /** `precision`: fractional digits of a second; `step`: set if the column cannot hold all of these values. */
  | { family: 'timestamp'; zone: boolean; precision: number; step?: Step }
  | { family: 'interval' }
  /** Has a stable text form, comparable with the same type of the same engine, or with text. */
  | { family: 'other' }
  | { family: 'opaque'; reason: string };

/** SQL Server's coarse types hold whole minutes (smalldatetime) or 1/300 of a second, shown in milliseconds (datetime). */
export type Step = 'minute' | 'tick';

export interface Column {
  name: string;
  /** As the engine declares it, for people: `numeric(12,2)`. */
  nativeType: string;
  type: ColumnType;
  nullable: boolean;
  /** Maximum length, if limited: characters of text, bytes of bytes. */
  length?: number | undefined;
  /** Character set of text, if the engine has one per column. */
  charset?: string | undefined;
  /** SQL Server: the collation of text, which determines equality and the code page of varchar. */
  collation?: string | undefined;
  /** Computed by the database: compared, but never written by a repair. */
  generated: boolean;
  /** Numbered by the database: a repair must override it explicitly. */
  identity: boolean;
  /** Has a default other than NULL. */
  defaulted?: true | undefined;
  /** PostgreSQL: numbered by the database, and no UPDATE sets it (GENERATED ALWAYS AS IDENTITY). */
  always?: true | undefined;
  /** PostgreSQL: a domain of any base type: users may have defined operators and functions for it. */
  domain?: true | undefined;
  /** Values that the engine distinguishes, as a key does, may have the same text. */
  ambiguous?: boolean | undefined;
  /** PostgreSQL: text of a database without an encoding (SQL_ASCII): its bytes may not be valid characters. */
  unchecked?: true | undefined;
  /** MySQL: every UPDATE that does not set it sets it to the time (ON UPDATE CURRENT_TIMESTAMP). */
  touched?: boolean | undefined;
}

export interface TableName {
  schema: string;
  name: string;
}

/**
 * By ranges of the heap's blocks, or of the key's first column, an indexed integer. `file` changes when the heap is
 * rewritten (CLUSTER, VACUUM FULL), which moves rows to other blocks.
 */
export type Splitting = { by: 'blocks'; blocks: number; file: string } | { by: 'key'; column: string };

export interface Hidden {
  what: 'rows' | 'columns';
  reason: string;
  /** What to do about it. */
  hint: string;
}

export interface TableInfo extends TableName {
  kind: TableKind;
  /** The engine keeps row versions: all reads in a snapshot are consistent, and writes can be rolled back. */
  transactional: boolean;
  /** What is hidden from this user, so that the table cannot be called equal; undefined if nothing is known to be. */
  hidden?: Hidden | undefined;
  columns: Column[];
  /** Catalog ids of the tables whose rows it includes, if there may be several. */
  reads?: readonly string[] | undefined;
  /** Empty if there is none. */
  primaryKey: string[];
  /** Column sets that the engine keeps unique over all rows that are read, the primary key included. */
  uniqueKeys: string[][];
  /** Unique key columns in which two NULLs count as equal; none if undefined. */
  oneNull?: string[] | undefined;
  /** From the engine's statistics: a guess, good enough to size buckets. */
  estimatedRows: number;
  /** A note for readers of the result. */
  note?: string | undefined;
  /** How the table can be split into parts for reading; undefined if it cannot. */
  splitting?: Splitting | undefined;
}

/** A row of a result: every value as the engine's text. */
export type Cells = readonly (string | null)[];

export interface Statement {
  sql: string;
  parameters: readonly unknown[];
}

// Not derived from the registry (engines.ts): what that imports uses this name.
export type EngineName = 'postgresql' | 'mysql' | 'sqlserver';
