import type { Cells } from '../../databases/model.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import { shownText } from '../columns/values.ts';
import type { LeftRows } from '../report.ts';

/** Keys that are named for each reason; all rows are counted. */
const MAX_NAMED = 20;
/** Maximum distinct reasons: a database may word each row's differently. */
const MAX_REASONS = 50;
const OTHERS = 'for other reasons';

/** Rows of the run's tables that a repair skipped, and why. */
export class SkippedRows {
  readonly #entries = new Map<string, LeftRows>();

  add(table: string, reason: string, rows: number, key?: Record<string, string | null>): void {
    const known = JSON.stringify([table, reason]);
    const id = this.#entries.has(known) || this.#entries.size < MAX_REASONS ? known : JSON.stringify([table, OTHERS]);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      entry = { table, reason: id === known ? reason : OTHERS, rows: 0, keys: [] };
      this.#entries.set(id, entry);
    }
    entry.rows += rows;
    if (key !== undefined && entry.keys.length < MAX_NAMED) entry.keys.push(key);
  }

  rowsOf(table: string): number {
    return this.list.filter((entry) => entry.table === table).reduce((sum, { rows }) => sum + rows, 0);
  }

  get list(): LeftRows[] {
    return [...this.#entries.values()];
  }
}

/** A key with the source's names of its columns. */
export function namedKey({ key }: ColumnPlan, cells: Cells): Record<string, string | null> {
  return Object.fromEntries(key.map((pair, index) => [pair.source.name, shownText(pair.form, cells[index] ?? null)]));
}
