import type { ErrorDocument } from '../../errors/error.ts';
import type { Count } from '../../text/numbers.ts';
import { type ReconcileReport, summaryOf, type TableSummary, type Verdict } from '../report.ts';

/** Outcome for one table. */
export interface LoggedTable extends TableSummary {
  /** Error code. */
  error?: string;
}

export type ScheduleEventBody =
  | { event: 'listening'; url: string }
  | {
      event: 'scheduled';
      pair: string;
      /** ISO 8601, UTC; null if there is no next time. */
      next: string | null;
    }
  | { event: 'started'; pair: string }
  | {
      /** It was due while the previous run was still going. */
      event: 'skipped';
      pair: string;
      reason: string;
    }
  | { event: 'warning'; pair: string; message: string }
  | {
      event: 'finished';
      pair: string;
      verdict: Verdict;
      exitCode: Count;
      durationMs: Count;
      tables: LoggedTable[];
    }
  | {
      /** It ended with an error; no comparison was completed. */
      event: 'failed';
      pair: string;
      exitCode: Count;
      durationMs: Count;
      error: ErrorDocument;
    }
  | {
      /** It was aborted before it was complete: it has no verdict. */
      event: 'aborted';
      pair: string;
      durationMs: Count;
    }
  | { event: 'stopping'; running: string[]; graceMs: Count }
  | { event: 'stopped' };

/** One line of the schedule's log. */
export type ScheduleEvent = ScheduleEventBody & {
  /** ISO 8601, UTC. */
  at: string;
};

export function summarize({ tables }: ReconcileReport): LoggedTable[] {
  return tables.map((table) => ({
    ...summaryOf(table),
    ...(table.error === undefined ? {} : { error: table.error.code }),
  }));
}
