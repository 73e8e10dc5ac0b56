import type { DatabaseSync } from 'node:sqlite';
import { ChangeHistory } from './changes.ts';
import { type Lease, Leases } from './lease.ts';
import { inTransaction } from './transaction.ts';

/** A table of a source as it was seen last; both as JSON. */
export interface KeptTable {
  table: string;
  /** Where the shape comes from. */
  origin: string;
  shape: string;
}

/** Where in a topic of schema changes the next record is. */
export interface SchemaPosition {
  /** Its id. */
  topic: string;
  next: number;
}

/** Changes of one table of a source, and what they do. */
export interface SchemaChangeSeen {
  connector: string;
  /** For people. */
  table: string;
  /** When it happened, or was seen first, and when it was seen (ms since 1970). */
  at: number;
  seenAt: number;
  /** In clauses. */
  changes: readonly string[];
  consequences: readonly { sink: string; effect: string; text: string }[];
}

/** What is to be kept of one source. */
export interface SourceTables {
  connector: string;
  /** Tables that are new, or are not as they were. */
  changed: readonly KeptTable[];
  /** Tables that are gone; as JSON. */
  gone: readonly string[];
  /** Undefined: as it was; null: none. */
  position?: SchemaPosition | null;
  seen: readonly SchemaChangeSeen[];
}

/** Changes are kept for this long (ms). */
const KEEP_MS = 90 * 24 * 3_600_000;

/** The columns of sources' tables as they were seen last, and the changes that were seen. */
export class SchemaChanges {
  readonly #database: DatabaseSync;
  readonly #file: string;

  /** @param file for messages */
  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
  }

  tables(context: string, connector: string): KeptTable[] {
    return this.#database
      .prepare('SELECT source_table, origin, shape FROM source_table WHERE context = ? AND connector = ?')
      .all(context, connector)
      .map((row) => ({
        table: String(row['source_table']),
        origin: String(row['origin']),
        shape: String(row['shape']),
      }));
  }

  position(context: string, connector: string): SchemaPosition | undefined {
    const row = this.#database
      .prepare('SELECT topic, next FROM schema_position WHERE context = ? AND connector = ?')
      .get(context, connector);
    return row === undefined ? undefined : { topic: String(row['topic']), next: Number(row['next']) };
  }

  /**
   * Keeps what was seen, and each change in the history, together.
   * @param who user@machine
   * @returns false if the lease has been taken over: nothing is kept then
   */
  keep(context: string, sources: readonly SourceTables[], { lease, who }: { lease: Lease; who: string }): boolean {
    return inTransaction(this.#database, () => {
      if (!new Leases(this.#database).isHeld(lease)) return false;
      for (const source of sources) this.#keepSource(context, source, who);
      return true;
    });
  }

  #keepSource(context: string, { connector, changed, gone, position, seen }: SourceTables, who: string): void {
    const write = this.#database.prepare(
      'INSERT OR REPLACE INTO source_table (context, connector, source_table, origin, shape) VALUES (?, ?, ?, ?, ?)',
    );
    for (const { table, origin, shape } of changed) write.run(context, connector, table, origin, shape);
    const remove = this.#database.prepare(
      'DELETE FROM source_table WHERE context = ? AND connector = ? AND source_table = ?',
    );
    for (const table of gone) remove.run(context, connector, table);
    if (position === null)
      this.#database.prepare('DELETE FROM schema_position WHERE context = ? AND connector = ?').run(context, connector);
    else if (position !== undefined)
      this.#database
        .prepare('INSERT OR REPLACE INTO schema_position (context, connector, topic, next) VALUES (?, ?, ?, ?)')
        .run(context, connector, position.topic, position.next);
    const history = new ChangeHistory(this.#database, this.#file);
    const insert = this.#database.prepare(
      `INSERT INTO schema_change (context, connector, source_table, at, seen_at, changes, consequences)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    for (const { table, at, seenAt, changes, consequences } of seen) {
      insert.run(...[context, connector, table, at, seenAt], JSON.stringify(changes), JSON.stringify(consequences));
      const id = history.begin({ at: new Date(at).toISOString(), who, verb: 'schema-change', context });
      const outcomes = [{ name: connector, outcome: `${table}: ${changes.join('; ')}`, error: null }];
      history.finish(id, {
        connectors: outcomes,
        topics: [],
        tables: [],
        loggers: [],
        alerts: [],
        exitCode: 0,
        error: null,
      });
      this.#database.prepare('DELETE FROM schema_change WHERE seen_at < ?').run(seenAt - KEEP_MS);
    }
  }

  /** Forgets the tables of connectors that do not exist any more. @param names of those that do */
  keepOnly(context: string, names: readonly string[]): void {
    for (const table of ['source_table', 'schema_position'])
      this.#database
        .prepare(`DELETE FROM ${table} WHERE context = ? AND connector NOT IN (SELECT value FROM json_each(?))`)
        .run(context, JSON.stringify(names));
  }

  /** When the last change of each connector was seen (ms since 1970). */
  last(context: string): Map<string, number> {
    return new Map(
      this.#database
        .prepare('SELECT connector, MAX(seen_at) AS seen_at FROM schema_change WHERE context = ? GROUP BY connector')
        .all(context)
        .map((row) => [String(row['connector']), Number(row['seen_at'])]),
    );
  }

  /** Those seen since a time, in the order in which they were seen. @param since ms since 1970 */
  seen(context: string, since: number): SchemaChangeSeen[] {
    return this.#database
      .prepare('SELECT * FROM schema_change WHERE context = ? AND seen_at >= ? ORDER BY id')
      .all(context, since)
      .map((row) => ({
        connector: String(row['connector']),
        table: String(row['source_table']),
        at: Number(row['at']),
        seenAt: Number(row['seen_at']),
        changes: JSON.parse(String(row['changes'])) as string[],
        consequences: JSON.parse(String(row['consequences'])) as SchemaChangeSeen['consequences'],
      }));
  }
}
