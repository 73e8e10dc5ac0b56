import type { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';
import type { TableSummary } from '../reconcile/report.ts';
import { historyFile, openHistory } from './history.ts';

/** One table of a run. */
export interface ReconcileRunTable extends TableSummary {
  durationMs: number;
  /** Error code; null where it was compared. */
  error: string | null;
}

/** What a repair did; also one that broke off, as far as it came. */
export interface ReconcileRunRepair {
  mode: string;
  inserted: number;
  updated: number;
  deleted: number;
  left: number;
  /** Code of the error that ended it; null where it came to its end. Absent in runs of older versions. */
  error?: string | null;
  /** By table of the target; absent in runs of older versions. */
  tables?: ReconcileRunRepairedTable[];
}

export interface ReconcileRunRepairedTable {
  table: string;
  inserted: number;
  updated: number;
  deleted: number;
  left: number;
  error: string | null;
  /** What another comparison found afterwards; null where there was none. */
  after: string | null;
}

/** One run of `sluice reconcile`. */
export interface ReconcileRun {
  id: number;
  /** When it began; ISO 8601, UTC. */
  at: string;
  /** User and machine: `ann@build-7`. */
  who: string;
  trigger: 'command' | 'schedule';
  /** Name of the pair in sluice.yaml; null for other runs. */
  pair: string | null;
  connector: string | null;
  /** Names of the two databases, as far as they were found out. */
  source: string | null;
  target: string | null;
  mode: string;
  /** Null where the run as a whole failed. */
  verdict: string | null;
  exitCode: number;
  /** Code of the error that ended the run as a whole; null where it has a result for each table. */
  error: string | null;
  durationMs: number;
  tables: ReconcileRunTable[];
  /** What a repair did; null where none was asked for. */
  repair: ReconcileRunRepair | null;
}

/** Runs that are kept where sluice.yaml says no other number. */
export const KEPT_RUNS = 1000;

/** Comparisons of this user on this machine, in the same local SQLite file as the deploys. */
export class ReconcileHistory {
  readonly #database: DatabaseSync;

  /** @throws FILE_UNWRITABLE. */
  constructor(file: string) {
    this.#database = openHistory(file);
  }

  /** Adds a run, and takes away the oldest beyond `keep`. @returns its number */
  append(run: Omit<ReconcileRun, 'id'>, keep = KEPT_RUNS): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO reconcile_run (at, pair, verdict, document) VALUES (?, ?, ?, ?)')
      .run(run.at, run.pair, run.verdict, JSON.stringify(run));
    this.#database
      .prepare('DELETE FROM reconcile_run WHERE id <= (SELECT id FROM reconcile_run ORDER BY id DESC LIMIT 1 OFFSET ?)')
      .run(keep);
    return Number(lastInsertRowid);
  }

  /** The latest first. */
  list(options: { limit: number; pair?: string | undefined }): ReconcileRun[] {
    const rows = this.#database
      .prepare('SELECT id, document FROM reconcile_run WHERE ?1 IS NULL OR pair = ?1 ORDER BY id DESC LIMIT ?2')
      .all(options.pair ?? null, options.limit);
    return rows.map(toRun);
  }

  find(id: number): ReconcileRun | undefined {
    const row = this.#database.prepare('SELECT id, document FROM reconcile_run WHERE id = ?').get(id);
    return row === undefined ? undefined : toRun(row);
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function toRun(row: Record<string, unknown>): ReconcileRun {
  return { id: Number(row['id']), ...(JSON.parse(String(row['document'])) as Omit<ReconcileRun, 'id'>) };
}

/**
 * Runs of the history in a state folder: one by its number, else the latest.
 * @throws RUN_UNKNOWN, FILE_UNWRITABLE
 */
export function reconcileRuns(
  stateFolder: string,
  options: { run?: number | undefined; pair?: string | undefined; limit: number },
): ReconcileRun[] {
  using history = new ReconcileHistory(historyFile(stateFolder));
  if (options.run === undefined) return history.list(options);
  const found = history.find(options.run);
  if (found !== undefined) return [found];
  throw new SluiceError('RUN_UNKNOWN', `there is no run ${options.run} in the history`, {
    hint: 'See `sluice reconcile history`; the oldest runs are taken away (reconcile.history.keep).',
  });
}
