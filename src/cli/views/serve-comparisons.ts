import type { ReconcileRun } from '../../store/comparisons.ts';
import { foldTable } from './fold-table.ts';
import { momentText, text } from './page.ts';

/** A pair that is compared on a schedule. */
export interface ComingComparison {
  pair: string;
  /** Its tables as sluice.yaml names them. */
  tables: string;
  /** ISO 8601, UTC; null if there is no next time. */
  next: string | null;
  /** Since when it is being compared (ISO 8601, UTC); null if it is not. */
  runningSince: string | null;
}

/** @param runs the latest first; null if they are not known @param coming undefined if nothing is compared on schedules */
export function comparisonsPart(
  runs: readonly ReconcileRun[] | null,
  coming: readonly ComingComparison[] | undefined,
): string {
  return [lastPart(runs ?? []), comingPart(coming)].filter((part) => part !== '').join('\n');
}

function lastPart(runs: readonly ReconcileRun[]): string {
  if (runs.length === 0) return '';
  const rows = runs.map(
    ({ at, pair, source, target, verdict }) =>
      `<li>${momentText(at)}: ${text(pair ?? `${source ?? '?'} → ${target ?? '?'}`)}: <b>${text(verdict ?? 'no verdict')}</b></li>`,
  );
  return `<section><h2>Last comparisons</h2>\n<ul class="notes">${rows.join('')}</ul></section>`;
}

function comingPart(coming: readonly ComingComparison[] | undefined): string {
  if (coming === undefined) return '';
  const table = foldTable<ComingComparison>(
    { header: 'pair', value: ({ pair }) => pair },
    [
      { header: 'tables', value: ({ tables }) => tables },
      { header: 'when', isMarkup: true, value: whenText },
    ],
    coming,
  );
  const none = '<p class="none">Not planned by this process.</p>';
  return `<section><h2>Next comparisons</h2>\n${coming.length === 0 ? none : table}</section>`;
}

function whenText({ next, runningSince }: ComingComparison): string {
  const then = next === null ? 'never again' : momentText(next);
  return runningSince === null ? then : `now, since ${momentText(runningSince)}; then ${then}`;
}
