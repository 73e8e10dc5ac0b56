import type { Cells, Column, EngineName, Splitting, Statement, TableName } from '../../databases/model.ts';
import type { DigestName, ServerFacts, Session } from '../../databases/session.ts';
import type { LogPosition } from '../live/log-position.ts';
import type { ColumnPair, Form, Half, Side } from '../model.ts';

/**
 * The SQL of one engine, as pure text; every engine gives the same numbers for the same values. docs/new-database.md
 * explains how to write one.
 */
export interface Dialect extends Names, ValueTexts, RowHashes, RowLookup, TableParts, RepairSql, SourceLog {}

export interface Names {
  readonly engine: EngineName;
  quote(identifier: string): string;
  table(name: TableName): string;
}

/** How values become texts. */
export interface ValueTexts {
  /** The value in its canonical text, NULL staying NULL; equal values of any two engines give equal texts. */
  canonical(column: Column, form: Form): string;
  /** The value as text for people and for repair. */
  value(column: Column, form: Form): string;
  /** The ways in which `canonical` can round a half of a timestamp's last digit, the server's own way first. */
  readonly halves: readonly Half[];
  /** Why no column can hold a text; undefined if a text column can. Missing if there is no such text. */
  readonly textRefusal?: (text: string) => string | undefined;
  /** Bytes that the canonical text of a text column has at most for each of its characters. */
  characterBytes(column: Pick<Column, 'charset'>): number;
}

/** One column's part of a row's text. */
export interface RowPart {
  /** The canonical text. */
  sql: string;
  /** May contain any character or be empty: its length precedes it. */
  free: boolean;
}

/** How rows are hashed, and how hashes are combined. */
export interface RowHashes {
  /** All values of a row in one unambiguous text, never NULL: see `rowPieces`; lengths in UTF-8 bytes. */
  rowText(parts: readonly RowPart[]): string;
  /** What is computed with this hash function. */
  digests(by: DigestName): Digests;
  /** A hash of the server's own, cheaper than a digest; missing if the engine has none. */
  readonly ownHash?: OwnHash | undefined;
  /** A bucket from integer key columns. */
  integerBucket(columns: readonly string[], buckets: number): string;
  /** A bucket from a 64-bit hash. */
  hashBucket(hash: string, buckets: number): string;
  /** A hash as a signed integer, so that its text is the same on every engine. */
  signed(hash: string): string;
  /** Counts rows in 64 bits. */
  readonly count: string;
  /** Aggregates that `sumOf` turns into the sum of `hash` modulo 2^64. */
  sum(hash: string): string[];
  /** An aggregate cheaper than a sum and as good if no row is read twice; undefined if the engine has none. */
  readonly xor: ((hash: string) => string) | undefined;
  sumOf(cells: Cells): bigint;
  /** All sums of a scan in few rows, if the engine can pack them. */
  readonly pack: ((scan: string, columns: readonly string[]) => string) | undefined;
}

/** What is computed with MD5, or with SHA-256. */
export interface Digests {
  /** The first 64 bits of a text's digest as an integer (signed or not); with `strong` the next 64 bits too. */
  hash(text: string, strong: boolean): string[];
  /** A bucket from the first 28 bits of a text's digest. */
  textBucket(text: string, buckets: number): string;
  /**
   * `[rows, digest]` over the texts of at most so many rows of `from` (FROM and WHERE) in key order, possibly truncated
   * by the server; undefined if the engine has no tested way.
   */
  readonly digest?: (rows: { text: string; key: string; from: string; most: number }) => string;
}

/** A hash of rows whose values are not converted to text: for two servers of one engine only. */
export interface OwnHash {
  /** Columns of a row that a statement can hash. */
  readonly maxColumns: number;
  /** Whether two servers may give the same hashes; what `probe` returns tells for sure. */
  mayAgree(one: ServerFacts, other: ServerFacts): boolean;
  /** One value of each kind, hashed: equal on both servers if all others are. */
  probe(server: ServerFacts): string;
  /** 64 bits as a signed integer. @param options `unique`: no two rows have one key */
  hash(
    pairs: readonly ColumnPair[],
    key: readonly ColumnPair[],
    options: { side: Side; canonical: (pair: ColumnPair) => string; unique: boolean },
  ): { row: string /** Of the key alone, for buckets. */; key: string };
}

/** How all keys of a request are found in one column: see `keyMatch`. `null`: all of them are NULL there. */
export type FetchMatch = 'native' | 'canonical' | 'null';

export interface FetchRequest {
  table: TableName;
  key: readonly { column: Column; form: Form; match: FetchMatch }[];
  /** Canonical texts. */
  keys: readonly Cells[];
  /**
   * The name of the keys and, followed by a number, of each of their columns; neither the table nor its columns have
   * such a name.
   */
  keyName: string;
  select: readonly string[];
  /** Condition on the table's rows, or none. */
  where?: string | undefined;
  /** Locks the rows until the transaction ends, for the check before a repair. */
  lock?: boolean;
}

/** How rows are found by their keys. */
export interface RowLookup {
  /**
   * Rows of the given keys, each once: the key's canonical texts, then `select`. At most `maxKeys` at a time.
   * A row is found by the canonical text that it was compared by, byte for byte. The table has no alias, since a condition may
   * call it by its name.
   */
  fetch(request: FetchRequest): Statement;
  /**
   * A condition true only for rows with this canonical text: the column's own equality may treat several texts as
   * equal. Uses an index on the column if possible.
   */
  exactly(column: Column, form: Form, text: string | null): string;
  /** `expression IN (numbers)`, for lists of any length. */
  among(expression: string, numbers: readonly number[]): Statement;
  readonly maxKeys: number;
  /** Limits of one statement; each column of each key counts as one. */
  readonly maxParameters: number;
  /** Many texts in one cell, as a JSON array; undefined if a result can have twice as many columns as a table. */
  readonly together?: (texts: readonly string[]) => string;
  /** In `fetch`: row version (e.g. xmin), which changes on every update; undefined if the engine has none. */
  readonly rowVersion?: (table: TableName) => string;
  /** In `fetch`: the row's address while it is locked, as text; undefined if the engine does not show it. */
  readonly rowAddress?: (table: TableName) => string;
  /** A condition on a table for the row at an address. */
  readonly addressCondition?: (address: string) => string;
}

/** How a table is read in parts. */
export interface TableParts {
  /** The same SELECT, cut after some rows. */
  limit(sql: string, rows: number): string;
  /** Rows in [from, to); an undefined bound is open. */
  partCondition(splitting: Splitting, from: string | undefined, to: string | undefined): string | undefined;
  /** The key some rows after another, by the index; no row if there is none. */
  keyAfter(table: TableName, column: string, from: string | undefined, rows: number): string;
  /**
   * For tables read by ranges of blocks, where an updated row may move into blocks already read. `moment` selects the
   * snapshot's moment. `since` is the condition for rows before a block (or all rows) that are newer than such a
   * moment, undefined if that is too long ago.
   */
  readonly newer?: {
    readonly moment: string;
    since(moment: string, now: string, block: string | undefined): string | undefined;
  };
}

/** How rows are written: by a script that people run, or in a session. */
export interface RepairSql {
  /** A literal that the target accepts for this column. */
  literal(column: Column, form: Form, text: string | null): string;
  /** Whether the server would store a different value; missing if it stores or refuses every value as it is. */
  readonly misreads?: (column: Column, form: Form, text: string) => boolean;
  /** An UPDATE may set an identity column. */
  readonly updatesIdentity: boolean;
  /** What INSERT needs before VALUES for identity columns. */
  readonly insertOverride: string;
  /** An INSERT for identity columns with the statements that it needs around it, in one line; missing if it needs none. */
  readonly insertIdentity?: (insert: string, table: TableName) => string;
  /** Each value in an INSERT of several rows is converted as in an INSERT of its row alone. */
  readonly insertsSeveral: boolean;
  /** What a SELECT without a table has before WHERE. */
  readonly fromNothing: string;
  /**
   * At most this many rows of a SELECT, in a form that a statement changing the same table may read. Missing if the
   * statement may read the table as it was before.
   */
  readonly setAside?: (rows: string, most: number) => string;
  /** A unique key usually treats texts as equal that differ in case. */
  readonly foldsCase: boolean;
  /**
   * Statements that lock a table against other writers until the transaction ends, if a DELETE would not wait for a row
   * being inserted; undefined if it would.
   */
  readonly lockTable?: (table: TableName) => string[];
  /**
   * Locks a row before a statement that checks what refers to it; undefined if that statement waits itself and sees
   * later changes.
   */
  readonly lockRow?: (table: TableName, condition: string) => string;
  /** Runs now what the database would do at commit. */
  readonly doNow?: string;
  readonly begin: string;
  readonly commit: string;
  /** Session settings that the literals rely on, as statements at the head of a repair script. */
  readonly scriptHead: readonly string[];
  /** What its transaction begins with. */
  readonly scriptInside?: readonly string[];
  /** Codes of `details.code` with which the server refuses a row because of another row. */
  readonly conflicts: RegExp;
  /** Codes after which the same statement may succeed in a moment. */
  readonly passing: RegExp;
}

/** The source's log, which a Debezium connector reads. */
export interface SourceLog {
  /**
   * The log's current position: every row visible to the session was written before it.
   * @returns a reason if the database does not show it
   */
  logPosition(session: Session): Promise<LogPosition | { reason: string }>;
  /** Writes the one row of a marker table (`id`, `at`) again. @param table quoted */
  markerRow(table: string): string;
  /** Writes a message to the log, if the engine has log messages. */
  readonly logMessage?: (prefix: string) => string;
  /** The table's name in Debezium's signals. */
  signalCollection(table: TableName, database: string): string;
  /** Why no signal can name rows by this column of their key; missing if all can. */
  readonly signalRefusal?: (column: Column) => string | undefined;
  /**
   * A literal of a text with backslashes that has the same meaning whether or not the connector's session takes a backslash
   * as an escape; missing if it is always an ordinary character.
   */
  readonly backslashLiteral?: (text: string) => string;
}
