import type { ColumnRule } from './rules.ts';
import type { TableKind } from './table-kinds.ts';

/** What an engine's column type means, apart from how the engine writes it. */
export type ColumnType =
  | { family: 'integer'; bits: 8 | 16 | 32 | 64; unsigned?: boolean }
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
  /** `precision`: fractional digits of a second that the column can hold; `step`: where it holds not all of these. */
  | { family: 'timestamp'; zone: boolean; precision: number; step?: Step }
  | { family: 'interval' }
  /** Has a stable text of its own, comparable with the same type of the same engine, or with text. */
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
  /** The most that it may hold, where the engine has a limit: characters of text, bytes of bytes. */
  length?: number | undefined;
  /** As text is stored, where an engine has more than one for its columns. */
  charset?: string | undefined;
  /** SQL Server: the collation of text, which decides what a comparison takes for equal, and the code page of varchar. */
  collation?: string | undefined;
  /** Computed by the database: compared, but never written by a repair. */
  generated: boolean;
  /** Numbered by the database: a repair that writes it must say so. */
  identity: boolean;
  /** PostgreSQL: numbered by the database, and no UPDATE sets it (GENERATED ALWAYS AS IDENTITY). */
  always?: true | undefined;
  /** PostgreSQL: a domain, whatever its base type: users may have made operators and functions for it. */
  domain?: true | undefined;
  /** Values that the engine tells apart, as a key does, may have one text. */
  ambiguous?: boolean | undefined;
  /** MySQL: every UPDATE that does not set it sets it to the time (ON UPDATE CURRENT_TIMESTAMP). */
  touched?: boolean | undefined;
}

export interface TableName {
  schema: string;
  name: string;
}

/**
 * By ranges of the heap's blocks, or of the key's first column, an integer that an index orders the rows by. `file` is another
 * one after the heap was rewritten (CLUSTER, VACUUM FULL): the rows are in other blocks then.
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
  /** The engine keeps versions of its rows: all reads of a snapshot see one moment, and a write can be taken back. */
  transactional: boolean;
  /** What is hidden of it from this user, so that it cannot be called equal; undefined where nothing is known to be. */
  hidden?: Hidden | undefined;
  columns: Column[];
  /** Empty where there is none. */
  primaryKey: string[];
  /** Column sets that the engine holds unique over all rows that are read, the primary key included. */
  uniqueKeys: string[][];
  /** Columns of unique keys that take two NULLs for equal; none where it is not given. */
  oneNull?: string[] | undefined;
  /** From the engine's statistics: a guess, good enough to size buckets. */
  estimatedRows: number;
  /** What a reader of the result must know of it, if anything. */
  note?: string | undefined;
  /** How the table can be read in parts that together are all of it; undefined where it cannot. */
  splitting?: Splitting | undefined;
}

/** Values that differ by no more than this are alike: either bound suffices. */
export interface Tolerance {
  /** A decimal number; of times a number of microseconds with `us` behind it. */
  absolute?: string | undefined;
  /** Part of the larger value's size. */
  relative?: number | undefined;
}

/** How the values of a column pair are brought to one text on both sides. */
export type Form =
  | { kind: 'integer'; tolerance?: Tolerance }
  /** `rounded`: digits beyond the scale are rounded off; else none is lost. */
  | { kind: 'decimal'; scale?: number; rounded?: true; tolerance?: Tolerance }
  /** The 64 bits of the double in hex (IEEE 754), -0 as 0. `bits`: 32 where a decimal number is rounded to a real first. */
  | { kind: 'float'; bits: 32 | 64; tolerance?: Tolerance }
  /** `trim`: trailing blanks do not count, or those at both ends. */
  | { kind: 'text'; trim: boolean | 'both'; ignoreCase?: true }
  | { kind: 'uuid' }
  | { kind: 'json' }
  | { kind: 'bytes' }
  | { kind: 'date' }
  | { kind: 'time'; zone: boolean; precision: number; tolerance?: Tolerance }
  /** `step`: both sides are rounded to what the target's type can hold. */
  | { kind: 'timestamp'; precision: number; step?: Step; tolerance?: Tolerance }
  | { kind: 'interval' }
  | { kind: 'native' };

export interface ColumnPair {
  source: Column;
  target: Column;
  form: Form;
  /** The column's own rule, which the form has in it already. */
  rule?: ColumnRule;
  /** The form without the rule: values are shown, and written by a repair, as they are. */
  plain?: Form;
  /** What a reader of the result must know: a precision that was cut, a zone that was assumed. */
  note?: string;
}

/** One column that could not be compared, and why. */
export interface UncomparedColumn {
  column: string;
  reason: string;
}

/** A row of a result: every value as the engine's text. */
export type Cells = readonly (string | null)[];

export interface Statement {
  sql: string;
  parameters: readonly unknown[];
}

export type EngineName = 'postgresql' | 'mysql' | 'sqlserver';
export type Side = 'source' | 'target';
