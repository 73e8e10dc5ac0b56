import textWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import type { Style } from './style.ts';

export interface Column<Row> {
  header: string;
  value(row: Row): string;
  align?: 'left' | 'right';
  /** May wrap if the table does not fit; without such a column the table may exceed the width. */
  wrap?: boolean;
  /** On a terminal too narrow for the table, columns with this are left out, the highest number first. */
  optional?: number;
}

const GAP = '  ';
const MIN_WIDTH = 12;

/** A table without lines, as kubectl and gh print it: headers in capitals, two spaces between columns. */
export function renderTable<Row>(all: readonly Column<Row>[], rows: readonly Row[], style: Style): string {
  const columns = style.interactive ? fitting(all, rows, style.width) : all;
  const head = columns.map((column) => style.color.bold(column.header.toUpperCase()));
  const table = [head, ...rows.map((row) => columns.map((column) => column.value(row)))];
  const widths = narrow(
    columns.map((_, index) => Math.max(...table.map((cells) => textWidth(widest(cells[index] ?? ''))))),
    columns,
    style.width,
  );
  return table.flatMap((cells) => renderRow(cells, columns, widths)).join('\n');
}

/** The columns without the optional ones that do not fit. */
function fitting<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): readonly Column<Row>[] {
  const widths = columns.map((column) =>
    Math.max(column.header.length, ...rows.map((row) => textWidth(widest(column.value(row))))),
  );
  const kept = new Set(columns.keys());
  const needed = () => [...kept].reduce((sum, index) => sum + (widths[index] ?? 0), GAP.length * (kept.size - 1));
  const optional = [...columns.keys()]
    .filter((index) => columns[index]?.optional !== undefined)
    .sort((a, b) => (columns[b]?.optional ?? 0) - (columns[a]?.optional ?? 0));
  for (const index of optional) if (needed() > width) kept.delete(index);
  return columns.filter((_, index) => kept.has(index));
}

/** One row, which spans several lines if a cell does. */
function renderRow<Row>(
  cells: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string[] {
  const wrapped = cells.map((cell, index) =>
    wrapAnsi(cell, widths[index] ?? 0, { hard: true, trim: false }).split('\n'),
  );
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, index) => {
        const text = wrapped[index]?.[line] ?? '';
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - textWidth(text)));
        return column.align === 'right' ? padding + text : text + padding;
      })
      .join(GAP)
      .trimEnd(),
  );
}

function widest(text: string): string {
  return text.split('\n').reduce((longest, line) => (textWidth(line) > textWidth(longest) ? line : longest), '');
}

/** Narrows the widest columns that may wrap until the table fits. */
function narrow<Row>(widths: readonly number[], columns: readonly Column<Row>[], available: number): number[] {
  const result = [...widths];
  let excess = result.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1) - available;
  while (excess > 0) {
    let widestColumn = -1;
    for (const [index, width] of result.entries()) {
      if (columns[index]?.wrap && width > MIN_WIDTH && (widestColumn < 0 || width > (result[widestColumn] ?? 0)))
        widestColumn = index;
    }
    if (widestColumn < 0) break;
    result[widestColumn] = (result[widestColumn] ?? 0) - 1;
    excess -= 1;
  }
  return result;
}
