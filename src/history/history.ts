import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';

/** What became of one connector in a deploy. */
export interface HistoryConnector {
  name: string;
  outcome: string;
  /** Error code; null where it went well. */
  error: string | null;
}

/** One deploy. It holds names and results, never a configuration. */
export interface HistoryEntry {
  id: number;
  /** ISO 8601, UTC. */
  at: string;
  /** User and machine: `ann@build-7`. */
  who: string;
  context: string;
  /** What the process ended with. */
  exitCode: number;
  /** Code of the error that ended the deploy as a whole; null where it has a result for each connector. */
  error: string | null;
  connectors: HistoryConnector[];
  /** Declared topics, where any are. */
  topics: { name: string; outcome: string }[];
}

/** Each is run once, in its own transaction; `user_version` counts them. */
const MIGRATIONS = [
  `CREATE TABLE deploy (
     id INTEGER PRIMARY KEY,
     at TEXT NOT NULL,
     who TEXT NOT NULL,
     context TEXT NOT NULL,
     exit_code INTEGER NOT NULL,
     error TEXT,
     connectors TEXT NOT NULL
   ) STRICT;
   CREATE INDEX deploy_context ON deploy (context, id);`,
  `ALTER TABLE deploy ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';`,
  `CREATE TABLE reconcile_run (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at TEXT NOT NULL,
     pair TEXT,
     verdict TEXT,
     document TEXT NOT NULL
   ) STRICT;
   CREATE INDEX reconcile_run_pair ON reconcile_run (pair, id);`,
];

/** The file, made and brought up to date where need be. @throws FILE_UNWRITABLE. */
export function openHistory(file: string): DatabaseSync {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    // Two runs may end at the same moment: the second waits for the first.
    const database = new DatabaseSync(file, { timeout: 5_000 });
    migrate(database);
    return database;
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot open the history ${file}: ${(error as Error).message}`, {
      hint: 'Check the rights on its folder; SLUICE_STATE_DIR moves it.',
      cause: error,
    });
  }
}

function migrate(database: DatabaseSync): void {
  // Taken at once, so that two processes do not both find a table missing.
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    // A newer sluice may have been here: its mark stays.
    if (version < MIGRATIONS.length) database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec('COMMIT');
  } catch (error) {
    // A full disk ends the transaction by itself; what is to be told is that.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Deploys of this user on this machine, in a local SQLite file. */
export class History {
  readonly #database: DatabaseSync;
  readonly #file: string;

  /** @throws FILE_UNWRITABLE. */
  constructor(file: string) {
    this.#file = file;
    this.#database = openHistory(file);
  }

  append(entry: Omit<HistoryEntry, 'id'>): void {
    this.#database
      .prepare(
        'INSERT INTO deploy (at, who, context, exit_code, error, connectors, topics) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        entry.at,
        entry.who,
        entry.context,
        entry.exitCode,
        entry.error,
        JSON.stringify(entry.connectors),
        JSON.stringify(entry.topics),
      );
  }

  /** The latest first. @throws FILE_UNREADABLE where the file is damaged. */
  list(options: { limit: number; context?: string | undefined }): HistoryEntry[] {
    try {
      return this.#list(options);
    } catch (error) {
      throw new SluiceError('FILE_UNREADABLE', `cannot read the history ${this.#file}: ${(error as Error).message}`, {
        hint: 'The file is damaged. Move it away; the next deploy begins a new one.',
        cause: error,
      });
    }
  }

  #list(options: { limit: number; context?: string | undefined }): HistoryEntry[] {
    const rows = this.#database
      .prepare('SELECT * FROM deploy WHERE ?1 IS NULL OR context = ?1 ORDER BY id DESC LIMIT ?2')
      .all(options.context ?? null, options.limit);
    return rows.map((row) => ({
      id: Number(row['id']),
      at: String(row['at']),
      who: String(row['who']),
      context: String(row['context']),
      exitCode: Number(row['exit_code']),
      error: row['error'] === null ? null : String(row['error']),
      connectors: JSON.parse(String(row['connectors'])) as HistoryConnector[],
      topics: JSON.parse(String(row['topics'])) as HistoryEntry['topics'],
    }));
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Where the history is. @param stateFolder of the user */
export function historyFile(stateFolder: string): string {
  return path.join(stateFolder, 'history.sqlite');
}
