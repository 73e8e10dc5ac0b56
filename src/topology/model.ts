import type { EngineName } from '../databases/model.ts';

export type Role = 'source' | 'target';

export interface TableId {
  schema: string;
  name: string;
}

/** A table that a source captures, and the key of its records. */
export interface CapturedTable extends TableId {
  primaryKey: string[];
}

/** A database that a connector works on. */
export interface Endpoint {
  role: Role;
  engine: EngineName;
  /** With credentials: never for display. */
  url: string;
  /** For people. */
  display: string;
  /** The database, for connectors that capture several. */
  database?: string | undefined;
  /** The user that the connector connects as, whose rights count; that of the session may be another. */
  user: string;
  /** A Debezium source, whose requirements are known; of other sources only the connection is tried. */
  debezium: boolean;
}

/** A table that a sink is to write. */
export interface WantedTable {
  /** Undefined: the session's default schema. */
  schema?: string | undefined;
  name: string;
  topic: string;
  /** Key columns of the source's table; undefined if unknown. */
  sourceKey?: readonly string[] | undefined;
}
