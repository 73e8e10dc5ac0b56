import type { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { keepLatest } from './keep-latest.ts';
import { DEFAULTS } from './request.ts';

type Verdict = 'equal' | 'different' | 'incomplete' | 'undetermined' | 'failed';

/** One table of a run. */
export interface ReconcileRunTable {
  source: string;
  target: string;
  verdict: Verdict;
  /** Null, here and below, if the mode does not count it or the comparison did not get that far. */
  rows: { source: Count | null; target: Count | null };
  missing: Count | null;
  extra: Count | null;
  different: Count | null;
  undetermined: Count | null;
  durationMs: Count;
  /** Error code; null if it was compared. */
  error: string | null;
}

/** What a repair did, even if it was interrupted. */
export interface ReconcileRunRepair {
  mode: 'sql' | 'apply' | 'signal';
  inserted: Count;
  updated: Count;
  deleted: Count;
  left: Count;
  /** Code of the error that aborted the repair; null if it finished. Absent in runs of older versions. */
  error?: string | null;
  /** By table of the target; absent in runs of older versions. */
  tables?: ReconcileRunRepairedTable[];
}

export interface ReconcileRunRepairedTable {
  table: string;
  inserted: Count;
  updated: Count;
  deleted: Count;
  left: Count;
  error: string | null;
  /** Verdict of the comparison after the repair; null if there was none. */
  after: Verdict | null;
}

/** One run of `sluice reconcile`. */
export interface ReconcileRun {
  id: Integer;
  /** ISO 8601, UTC: when it began. */
  at: string;
  /** user@machine. */
  who: string;
  trigger: 'command' | 'schedule';
  /** Name of the pair in sluice.yaml; null for other runs. */
  pair: string | null;
  connector: string | null;
  /** Names of the two databases, if known. */
  source: string | null;
  target: string | null;
  mode: 'rows' | 'checksums' | 'counts' | 'schema';
  /** Null if the run as a whole failed. */
  verdict: Verdict | null;
  exitCode: Integer;
  /** Code of the error that ended the whole run; null if each table has a result. */
  error: string | null;
  durationMs: Count;
  tables: ReconcileRunTable[];
  /** What a repair did; null if none was requested. */
  repair: ReconcileRunRepair | null;
}

/** Codes of errors in a command or a file that end a run before anything is compared: of commands, they are not kept as runs. */
export const MISTAKES: readonly string[] = [
  'USAGE',
  'REQUEST_INVALID',
  'CONFIRMATION_REQUIRED',
  'PROJECT_INVALID',
  'PROJECT_NOT_FOUND',
  'PROJECT_UNTRUSTED',
  'CONTEXT_MISSING',
  'CONTEXT_UNKNOWN',
  'CONTEXT_PROTECTED',
  'DATABASE_UNKNOWN',
  'PAIR_UNKNOWN',
  'REFERENCE_UNRESOLVED',
] satisfies ErrorCode[];

const IS_MISTAKE = `(verdict IS NULL AND document ->> '$.trigger' = 'command' AND document ->> '$.error' IN (${MISTAKES.map((code) => `'${code}'`).join(', ')}))`;

/** Comparisons by this user on this machine. */
export class ReconcileHistory {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Adds a run, and removes the oldest beyond `keep`. @returns its number */
  append(run: Omit<ReconcileRun, 'id'>, keep: number = DEFAULTS.keepRuns): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO reconcile_run (at, pair, verdict, document) VALUES (?, ?, ?, ?)')
      .run(run.at, run.pair, run.verdict, JSON.stringify(run));
    keepLatest(this.#database, 'reconcile_run', keep);
    return Number(lastInsertRowid);
  }

  /** The latest first, without the mistakes that older versions recorded. */
  list({ limit = DEFAULTS.limit, pair }: { limit?: number; pair?: string | undefined } = {}): ReconcileRun[] {
    const rows = this.#database
      .prepare(
        `SELECT id, document FROM reconcile_run WHERE (?1 IS NULL OR pair = ?1) AND NOT ${IS_MISTAKE} ORDER BY id DESC LIMIT ?2`,
      )
      .all(pair ?? null, limit);
    return rows.map(toRun);
  }

  /** @throws RUN_UNKNOWN */
  get(id: number): ReconcileRun {
    const row = this.#database.prepare('SELECT id, document FROM reconcile_run WHERE id = ?').get(id);
    if (row !== undefined) return toRun(row);
    throw new SluiceError('RUN_UNKNOWN', `there is no run ${id} in the history`, {
      hint: 'See `sluice reconcile history`; the oldest runs are removed (reconcile.history.keep).',
    });
  }
}

function toRun(row: Record<string, unknown>): ReconcileRun {
  return { id: Number(row['id']), ...(JSON.parse(String(row['document'])) as Omit<ReconcileRun, 'id'>) };
}
