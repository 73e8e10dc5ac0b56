import type { ColumnPlan } from './columns.ts';
import type { Cells } from './model.ts';
import type { LeftRows } from './report.ts';
import { shownText } from './values.ts';

/** Keys that are named for each reason; all rows are counted. */
const MOST_NAMED = 20;
/** Reasons that are kept apart: a database may have another text for each row. */
const MOST_REASONS = 50;
const OTHERS = 'for other reasons';

/** Rows of the run's tables that a repair left alone, and why. */
export class LeftAlone {
  readonly #entries = new Map<string, LeftRows>();

  add(table: string, reason: string, rows: number, key?: Record<string, string | null>): void {
    const known = JSON.stringify([table, reason]);
    const id = this.#entries.has(known) || this.#entries.size < MOST_REASONS ? known : JSON.stringify([table, OTHERS]);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      entry = { table, reason: id === known ? reason : OTHERS, rows: 0, keys: [] };
      this.#entries.set(id, entry);
    }
    entry.rows += rows;
    if (key !== undefined && entry.keys.length < MOST_NAMED) entry.keys.push(key);
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
