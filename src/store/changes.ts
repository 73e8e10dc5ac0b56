import type { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { DEFAULTS } from './request.ts';
import type { ChangeVerb } from './verbs.ts';
import { mayRun } from './who.ts';

/** Result of one connector. */
export interface ChangedConnector {
  name: string;
  outcome: string;
  /** Error code; null on success. */
  error: string | null;
}

/** Rows that a repair changed in one table. */
export interface ChangedTable {
  name: string;
  inserted: Count;
  updated: Count;
  deleted: Count;
  /** Rows that differ and were skipped. */
  left: Count;
  /** Error code; null on success. */
  error: string | null;
}

/** A log level that was changed. */
export interface ChangedLogger {
  name: string;
  outcome: string;
}

/** A rule for alerts that was muted, or a receiver that was tested. */
export interface ChangedAlert {
  name: string;
  outcome: string;
}

/** What a change did. */
export interface ChangeEffects {
  connectors: ChangedConnector[];
  /** Declared topics, if any. */
  topics: { name: string; outcome: string }[];
  /** Tables of the target that a repair changed. */
  tables: ChangedTable[];
  loggers: ChangedLogger[];
  alerts: ChangedAlert[];
}

/** One change of connectors, or repair of a database: names, results and numbers, never a configuration or a value. */
export interface Change extends ChangeEffects {
  id: Integer;
  /** ISO 8601, UTC: when it began. */
  at: string;
  /** user@machine. */
  who: string;
  verb: ChangeVerb;
  /** Where: the context of the Connect cluster; for a repair the two databases, if known. */
  context: string;
  /** The exit code of the process; null if it is still running, or was killed. */
  exitCode: Integer | null;
  /** Code of the error that ended all of it; null if each connector and table has a result. */
  error: string | null;
}

export interface ChangeFilter {
  limit?: number;
  context?: string | undefined;
  verb?: ChangeVerb | undefined;
  /** Only changes of this connector. */
  connector?: string | undefined;
  /** Only changes that began then or later (ms since 1970). */
  from?: number | undefined;
}

export type ChangeBeginning = Pick<Change, 'at' | 'who' | 'verb' | 'context'>;

export type ChangeEnd = ChangeEffects & Pick<Change, 'exitCode' | 'error'> & { context?: string };

/** Changes by this user on this machine. */
export class ChangeHistory {
  readonly #database: DatabaseSync;
  readonly #file: string;

  /** @param file for messages */
  constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /** Records that a change begins. @param names of its connectors that are known @returns its number */
  begin({ at, who, verb, context }: ChangeBeginning, names: readonly string[] = []): number {
    const connectors = names.map((name) => ({ name, outcome: 'not known', error: null }));
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO change (at, who, verb, context, effects, pid) VALUES (?, ?, ?, ?, ?, ?)')
      .run(at, who, verb, context, JSON.stringify({ connectors }), process.pid);
    return Number(lastInsertRowid);
  }

  /** Records what a change concerns, once it is known. */
  note(id: number, effects: Partial<ChangeEffects>): void {
    this.#database.prepare('UPDATE change SET effects = ? WHERE id = ?').run(JSON.stringify(effects), id);
  }

  /** @param end with `context` if it was not known at the beginning */
  finish(id: number, { exitCode, error, context, connectors, topics, tables, loggers, alerts }: ChangeEnd): void {
    this.#database
      .prepare('UPDATE change SET exit_code = ?, error = ?, context = coalesce(?, context), effects = ? WHERE id = ?')
      .run(exitCode, error, context ?? null, JSON.stringify({ connectors, topics, tables, loggers, alerts }), id);
  }

  /** The latest first. @throws FILE_UNREADABLE if the file is damaged. */
  list({ limit = DEFAULTS.limit, context, verb, connector, from }: ChangeFilter = {}): Change[] {
    const since = from === undefined ? null : new Date(from).toISOString();
    return this.#read(() =>
      this.#database
        .prepare(
          `SELECT * FROM change
           WHERE (?1 IS NULL OR context = ?1) AND (?2 IS NULL OR verb = ?2) AND (?5 IS NULL OR at >= ?5)
             AND (?3 IS NULL OR EXISTS (
               SELECT 1 FROM json_each(effects, '$.connectors') WHERE json_extract(value, '$.name') = ?3))
           ORDER BY id DESC LIMIT ?4`,
        )
        .all(context ?? null, verb ?? null, connector ?? null, limit, since),
    );
  }

  /**
   * Those that have begun and not ended, the latest first: not those whose process is gone.
   * @param from ms since 1970: what has begun before that was killed
   */
  unfinished(from: number): Change[] {
    const rows = () =>
      this.#database
        .prepare('SELECT * FROM change WHERE exit_code IS NULL AND pid IS NOT NULL AND at >= ? ORDER BY id DESC')
        .all(new Date(from).toISOString())
        .filter((row) => mayRun({ who: String(row['who']), pid: Number(row['pid']) }));
    return this.#read(rows);
  }

  /** @throws CHANGE_UNKNOWN; FILE_UNREADABLE if the file is damaged */
  get(id: number): Change {
    const [change] = this.#read(() => this.#database.prepare('SELECT * FROM change WHERE id = ?').all(id));
    if (change !== undefined) return change;
    throw new SluiceError('CHANGE_UNKNOWN', `there is no change ${id} in the history`, {
      hint: 'List the changes: sluice history',
    });
  }

  #read(rows: () => Record<string, unknown>[]): Change[] {
    try {
      return rows().map(toChange);
    } catch (error) {
      throw new SluiceError('FILE_UNREADABLE', `cannot read the history ${this.#file}: ${(error as Error).message}`, {
        hint: 'The file is damaged. Move it away; the next change starts a new one.',
        cause: error,
      });
    }
  }
}

function toChange(row: Record<string, unknown>): Change {
  const effects = JSON.parse(String(row['effects'])) as Partial<ChangeEffects>;
  return {
    id: Number(row['id']),
    at: String(row['at']),
    who: String(row['who']),
    verb: String(row['verb']) as ChangeVerb,
    context: String(row['context']),
    exitCode: row['exit_code'] === null ? null : Number(row['exit_code']),
    error: row['error'] === null ? null : String(row['error']),
    connectors: effects.connectors ?? [],
    topics: effects.topics ?? [],
    tables: effects.tables ?? [],
    loggers: effects.loggers ?? [],
    alerts: effects.alerts ?? [],
  };
}
