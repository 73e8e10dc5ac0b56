/**
 * The oracle's own picture of types, tables and cases. It has nothing in common with src/reconcile: that is the point of it.
 * All of it is plain data, so that a case can be printed, cut down and run again.
 */
export interface Engine {
  name: 'postgresql' | 'mariadb' | 'mysql';
  family: 'postgresql' | 'mysql';
}

export const POSTGRESQL: Engine = { name: 'postgresql', family: 'postgresql' };
export const MARIADB: Engine = { name: 'mariadb', family: 'mysql' };
export const MYSQL: Engine = { name: 'mysql', family: 'mysql' };

export type OracleType =
  | { kind: 'integer'; min: string; max: string; display?: 'year' | 'zerofill' }
  /** PostgreSQL's boolean, BIT(1). */
  | { kind: 'boolean' }
  | { kind: 'decimal'; precision?: number; scale?: number; money?: true }
  | { kind: 'float'; bits: 32 | 64 }
  /** `vague`: its limit is in bytes, or beside the point here, so that the docs do not say what holds less. */
  | { kind: 'text'; fixed?: true; length?: number; latin1?: true; vague?: true }
  | { kind: 'uuid' }
  | { kind: 'json' }
  | { kind: 'bytes'; fixed?: true; length?: number; vague?: true }
  | { kind: 'date' }
  | { kind: 'time'; zone: boolean; precision: number }
  | { kind: 'timestamp'; zone: boolean; precision: number }
  | { kind: 'interval'; precision: number }
  /** Compared by the engine's own text: enums, arrays, ranges, … */
  | { kind: 'own'; name: string }
  /** Never comparable, by the docs. */
  | { kind: 'opaque'; name: string };

export interface Column {
  name: string;
  /** As in CREATE TABLE, with length and collation, without NOT NULL. */
  declared: string;
  type: OracleType;
  nullable: boolean;
  generated?: string;
  identity?: 'always' | 'default';
  /** Drives what is inserted. */
  kind: string;
  /** Types that must be created first. */
  before?: string[];
  /** May be part of a key. */
  keyable: boolean;
}

export interface Table {
  schema: string;
  name: string;
  columns: Column[];
  primaryKey: string[];
  unique: string[][];
  /** Not unique. */
  indexes: string[][];
  /** Behind CREATE TABLE's columns: PARTITION BY, ENGINE. */
  suffix?: string;
  /** After CREATE TABLE and before the rows: partitions, children. */
  parts: string[];
  /** After the rows: triggers, rules, policies, foreign keys. */
  after: string[];
  /** SQL literals, by column; undefined for what the database computes. */
  rows: (string | undefined)[][];
  /** Name of a child by inheritance, and which rows lie in it. */
  child?: { name: string; from: number };
}

export interface OwnOptions {
  key?: string[];
  columns?: string[];
  ignore?: string[];
  rename?: Record<string, string>;
  rules?: Record<string, Rule>;
  where?: string;
}

/** As src/reconcile/columns/rules.ts has it, in the words of docs/reconcile.md. */
export interface Rule {
  tolerance?: string;
  relative?: number;
  precision?: number;
  scale?: number;
  trim?: true;
  ignoreCase?: true;
}

export interface PairCase {
  source: Table;
  target: Table;
  own: OwnOptions;
  /** Why it must not be compared at all. */
  refuse?: string;
}

export interface Case {
  seed: number;
  index: number;
  engines: readonly [Engine, Engine];
  tables: PairCase[];
  /** What is special about it, for messages and for what may be expected of a repair. */
  features: string[];
}

/** Every value as the driver gives it; `null` is NULL. */
export type Cell = string | null;
export type Row = readonly Cell[];

export interface Mismatch {
  /** A short name of what is wrong, the same for all mismatches of one kind. */
  kind: string;
  /** The same for mismatches that have one cause, most likely. */
  signature: string;
  table: string;
  detail: string;
}

/** Where the tables of both sides are made. */
export interface Schemas {
  source: string;
  target: string;
}
