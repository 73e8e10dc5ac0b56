import type { ErrorDocument } from '../../errors/error.ts';
import type { ReconcileReport, TableReport } from '../report.ts';

/** What is told of one table in a log line. */
export type TableSummary = Pick<
  TableReport,
  'source' | 'target' | 'verdict' | 'rows' | 'missing' | 'extra' | 'different'
> & { undetermined: number; error?: string };

/** One line of the schedule's log. */
export type ScheduleEvent = { /** ISO 8601, UTC. */ at: string } & (
  | { event: 'listening'; url: string }
  | { event: 'scheduled'; pair: string; next: string | null }
  | { event: 'started'; pair: string }
  /** The time came while the run before was still going on. */
  | { event: 'skipped'; pair: string; reason: string }
  | { event: 'warning'; pair: string; message: string }
  | {
      event: 'finished';
      pair: string;
      verdict: ReconcileReport['verdict'];
      exitCode: number;
      durationMs: number;
      tables: TableSummary[];
    }
  /** It ended with an error, and compared nothing to its end. */
  | { event: 'failed'; pair: string; exitCode: number; durationMs: number; error: ErrorDocument }
  /** It was ended before it was through: it has no verdict. */
  | { event: 'aborted'; pair: string; durationMs: number }
  | { event: 'stopping'; running: string[]; graceMs: number }
  | { event: 'stopped' }
);

export type ScheduleEventBody = ScheduleEvent extends infer E
  ? E extends { at: string }
    ? Omit<E, 'at'>
    : never
  : never;

export function summarize({ tables }: ReconcileReport): TableSummary[] {
  return tables.map(({ source, target, verdict, rows, missing, extra, different, live, error }) => ({
    source,
    target,
    verdict,
    rows,
    missing,
    extra,
    different,
    undetermined: live?.undetermined ?? 0,
    ...(error === undefined ? {} : { error: error.code }),
  }));
}
