import type { Cells, Column, EngineName, Form, Splitting, Statement, TableInfo, TableName } from '../model.ts';
import type { KnownTable, TableReference } from '../tables.ts';

/** The function that texts are hashed with; of SHA-256 the first half is taken where all bits are asked for. */
export type DigestName = 'md5' | 'sha256';

/** One column's part of a row's text. */
export interface RowPart {
  /** The canonical text. */
  sql: string;
  /** May contain any character, or none: its length goes before it. */
  free: boolean;
}

/**
 * What a row's text is put together from, in which a NULL leaves nothing: values have a separator behind them, and free
 * text its length before it. That no value but free text can be empty tells a NULL from all of them.
 */
export function rowPieces(
  parts: readonly RowPart[],
  pieces: { length: (sql: string) => string; separator: string; value?: (sql: string) => string },
): string[] {
  const { length, separator, value = (sql) => sql } = pieces;
  return parts.flatMap(({ sql, free }, at) => {
    if (free) return [length(sql), separator, sql];
    return at === parts.length - 1 ? [value(sql)] : [value(sql), separator];
  });
}

/** One expression of many: `join` takes no more than `most` at a time. */
export function inGroups(pieces: readonly string[], most: number, join: (group: readonly string[]) => string): string {
  if (pieces.length <= most) return join(pieces);
  const groups = Array.from({ length: Math.ceil(pieces.length / most) }, (_, at) =>
    join(pieces.slice(at * most, (at + 1) * most)),
  );
  return inGroups(groups, most, join);
}

/**
 * Letters whose case a checksum ignores where that is asked for. Databases do not agree on those beyond ASCII, so rows in
 * which these differ in case are read and compared here.
 */
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The SQL of one engine, as pure text; every engine gives the same numbers for the same values. */
export interface Dialect {
  readonly engine: EngineName;
  quote(identifier: string): string;
  table(name: TableName): string;
  /** The value in its canonical text, NULL staying NULL; equal values of any two engines give equal texts. */
  canonical(column: Column, form: Form): string;
  /** The value as text for people and for repair. */
  value(column: Column, form: Form): string;
  /** All values of a row in one unambiguous text, never NULL: see `rowPieces`; lengths are bytes of UTF-8. */
  rowText(parts: readonly RowPart[]): string;
  /** The same dialect, whose `hash`, `digest` and `textBucket` are made with this function; MD5 where it was not called. */
  digesting(by: DigestName): Dialect;
  /** The first 64 bits of a text's digest as an integer (signed or not); with `strong` the next 64 bits too. */
  hash(text: string, strong: boolean): string[];
  /**
   * `[rows, digest]` of the texts of the rows of `from` (FROM and WHERE) in the order of their key, of so many rows at most,
   * or of a text that the server cuts off; undefined where the engine has none that is tried.
   */
  readonly digest?: (rows: { text: string; key: string; from: string; most: number }) => string;
  /** A bucket from integer key columns. */
  integerBucket(columns: readonly string[], buckets: number): string;
  /** A bucket from the first 28 bits of a text's digest. */
  textBucket(text: string, buckets: number): string;
  /** A bucket from a 64-bit hash. */
  hashBucket(hash: string, buckets: number): string;
  /** A hash as a signed integer, so that its text is the same in every engine. */
  signed(hash: string): string;
  /** Counts rows in 64 bits. */
  readonly count: string;
  /** Aggregates that `sumOf` turns into the sum of `hash` modulo 2^64. */
  sum(hash: string): string[];
  /** The aggregate that is cheaper than a sum, and as good where no row is there twice; undefined where the engine has none. */
  readonly xor: ((hash: string) => string) | undefined;
  sumOf(cells: Cells): bigint;
  /** `expression IN (numbers)`, for lists of any length. */
  among(expression: string, numbers: readonly number[]): Statement;
  /**
   * Rows of the given keys, each once: the key's canonical texts, then `select`. At most `maxKeys` at a time.
   * A row is found by the canonical text that it was compared by, byte for byte.
   */
  fetch(request: FetchRequest): Statement;
  /**
   * A condition that is true for rows with this canonical text and for no other: the column's own equality may take several
   * texts for one. Written so that an index on the column is used where it can be.
   */
  exactly(column: Column, form: Form, text: string | null): string;
  readonly maxKeys: number;
  /** In `fetch`, a text that is another one after each change of a row, whatever its values; undefined where there is none. */
  readonly rowVersion?: string;
  /** In `fetch`, where a row of a table is as long as it is locked, as text; undefined where the engine does not show it. */
  readonly rowAddress?: string;
  /** A condition on a table for the row at an address. */
  readonly addressCondition?: (address: string) => string;
  /**
   * Statements that keep all others from writing to a table until the transaction ends, where a row that is being inserted
   * does not keep them from deleting it; undefined where it does.
   */
  readonly lockTable?: (table: TableName) => string[];
  /**
   * A statement that waits for whoever holds a row, before another one that asks what refers to it; undefined where that one
   * waits by itself, and sees what came meanwhile.
   */
  readonly lockRow?: (table: TableName, condition: string) => string;
  /** A statement that does at once what the database would do when the transaction is committed. */
  readonly doNow?: string;
  /** The name that `fetch` gives the table. */
  readonly fetchAlias?: string;
  /** Many texts in one cell, as a JSON array; undefined where a result takes as many columns as two of a table's each need. */
  readonly together?: (texts: readonly string[]) => string;
  /** The most that one statement takes; each column of each key is one. */
  readonly maxParameters: number;
  /** The same SELECT, cut after some rows. */
  limit(sql: string, rows: number): string;
  /** The rows of a table from one bound (with it) to another (without it); open where a bound is undefined. */
  partCondition(splitting: Splitting, from: string | undefined, to: string | undefined): string | undefined;
  /**
   * For tables that are read by ranges of blocks, where a row that is updated may move into blocks that have been read.
   * `moment` is the statement for the moment of the snapshot; `since` the condition of all rows before a block (of all, if
   * none is given) that came after such a moment, undefined where that is too long ago to be told.
   */
  readonly newer?: {
    readonly moment: string;
    since(moment: string, now: string, block: string | undefined): string | undefined;
  };
  /** The key that stands some rows behind another, by the index; no row where there is none. */
  keyAfter(table: TableName, column: string, from: string | undefined, rows: number): string;
  /** All sums of a scan in few rows, where the engine can put them together; undefined where it cannot. */
  readonly pack: ((scan: string, columns: readonly string[]) => string) | undefined;
  /** A literal that the target takes for this column. */
  literal(column: Column, form: Form, text: string | null): string;
  /** Session settings that the literals rely on, as statements at the head of a repair script. */
  readonly scriptHead: readonly string[];
  /** What its transaction begins with. */
  readonly scriptInside?: readonly string[];
  readonly begin: string;
  readonly commit: string;
  /** Words between INSERT's columns and VALUES, where the engine wants them for identity columns. */
  readonly insertOverride: string;
}

/** How all keys of a request are found in one column: see `keyMatch`. `null`: all of them are NULL there. */
export type FetchMatch = 'native' | 'canonical' | 'null';

export interface FetchRequest {
  table: TableName;
  key: readonly { column: Column; form: Form; match: FetchMatch }[];
  /** Canonical texts. */
  keys: readonly Cells[];
  /** With a number behind it a name that no column of the table has, for the keys' own columns. */
  keyName: string;
  select: readonly string[];
  /** Condition on the table's rows, or none. */
  where?: string | undefined;
  /** Locks the rows until the transaction ends, for the check before a repair. */
  lock?: boolean;
}

export interface ForeignKey {
  child: TableName;
  childColumns: string[];
  parent: TableName;
  parentColumns: string[];
  /** What the key compares by, parent's column first, where that may be another operator than the one that `=` is. */
  operators?: string[];
  /** There may be such keys that this user is not shown; nothing is known of them. */
  unseen?: true;
  /** `act`: the database deletes or changes the child's rows by itself (CASCADE, SET NULL, SET DEFAULT). */
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
  readonly dialect: Dialect;
  readonly server: ServerFacts;
  query(statement: Statement | string): Promise<Cells[]>;
  /**
   * Ends the moment that reads see, and begins a new one; does nothing in a session that writes.
   * @param shared what another session's `share` gave: to see that one's moment
   */
  snapshot(shared?: string): Promise<void>;
  /**
   * Keeps a table from being emptied or rewritten until the next `snapshot`. False where that has happened since this
   * one: its rows of then are gone, and those of now are not seen. Engines that refuse such a read say true.
   */
  hold(table: TableName): Promise<boolean>;
  /** Lets other sessions see this one's moment, as long as it lasts; undefined where the engine cannot. */
  share(): Promise<string | undefined>;
  /** Calls back with each row as it comes; nothing is kept. */
  each(statement: Statement, onRow: (row: Cells) => void): Promise<void>;
  /** Rows in batches, with no more than a few batches in memory. */
  stream(statement: Statement): AsyncIterable<Cells[]>;
  /** Tables and views that the user may see. */
  tables(): Promise<KnownTable[]>;
  /** @throws TABLE_NOT_FOUND with the nearest names; TABLE_NOT_COMPARABLE for what has no rows, with its kind. */
  describe(name: TableReference): Promise<TableInfo>;
  /** The statement text to run for INSERT, UPDATE, DELETE; returns the number of rows changed. */
  execute(sql: string): Promise<number>;
  /**
   * Writing statements in their order, in one round trip where the engine can.
   * @returns for each the rows that it took, changed or not
   * @throws at the first one that fails
   */
  executeAll(statements: readonly string[]): Promise<number[]>;
  /**
   * Foreign keys of other tables, and of the table itself, that refer to its rows, also where they name a table that the rows
   * are in as well; the parent is the table that was asked for.
   */
  references(table: TableName): Promise<ForeignKey[]>;
  /** Why what is read here may be older than what another server has; undefined where nothing shows that it may. */
  replica(): Promise<string | undefined>;
  /**
   * Transactions that may be in the log, where a pipeline has read them, and that no snapshot shows before a standby has
   * answered. As of a new `snapshot`; none where the engine has no such wait.
   */
  pending?(): Promise<string[]>;
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
  /** The same where it stays when the server is restarted; undefined where `identity` does. */
  installation?: string | undefined;
  /** PostgreSQL's server encoding, else undefined. */
  encoding?: string | undefined;
  /** Bytes of the longest text that the server puts together from many rows; undefined where it has no such limit. */
  longestText?: number | undefined;
  /** Bytes of the longest statement that the server takes; undefined where no value comes near to it. */
  longestStatement?: number | undefined;
  /** All statements of the session see one moment. */
  snapshot: boolean;
  /**
   * PostgreSQL's search path as it was when the session began, as SHOW writes it: the session itself looks for nothing
   * outside pg_catalog, but triggers and statements of users need theirs.
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
  /** Errors say what kind they are, and quote no values of rows. */
  maskErrors?: boolean | undefined;
}

/** Bounds are integers; they may come from a file. */
export function keyCondition(column: string, from: string | undefined, to: string | undefined): string | undefined {
  const bounds = [
    ...(from === undefined ? [] : [`${column} >= ${BigInt(from)}`]),
    ...(to === undefined ? [] : [`${column} < ${BigInt(to)}`]),
  ];
  return bounds.length === 0 ? undefined : bounds.join(' AND ');
}

/** Ordinary modulus for composite integer keys: prime, and small enough that products stay within 64 bits. */
export const KEY_PRIME = 1_000_003;
export const KEY_FACTOR = 7919;

/** `((a % P) * F + b % P) * F + …`, the same in every engine. */
export function combineIntegers(
  reduced: readonly string[],
  modulo: (expression: string, by: number) => string,
): string {
  const [first = '0', ...rest] = reduced;
  return rest.reduce((sum, next) => modulo(`(${sum}) * ${KEY_FACTOR} + ${next}`, KEY_PRIME), first);
}

/** The bucket of an integer key, of one column or several, for engines whose remainder keeps the type of its operand. */
export function integerBucket(
  columns: readonly string[],
  buckets: number,
  modulo: (expression: string, by: number) => string,
): string {
  const [only = '0'] = columns;
  if (columns.length === 1) return modulo(only, buckets);
  const reduced = columns.map((column) => modulo(column, KEY_PRIME));
  return modulo(combineIntegers(reduced, modulo), buckets);
}
