import textWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import type { Style } from './style.ts';

export interface Column<Row> {
  header: string;
  value(row: Row): string;
  align?: 'left' | 'right';
  /** May be wrapped where the table does not fit; without one such column the table may grow past the width. */
  wrap?: boolean;
}

const GAP = '  ';
const LEAST_WIDTH = 12;

/** A table without lines, as kubectl and gh print it: headers in capitals, two spaces between columns. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], style: Style): string {
  const head = columns.map((column) => style.color.bold(column.header.toUpperCase()));
  const table = [head, ...rows.map((row) => columns.map((column) => column.value(row)))];
  const widths = narrow(
    columns.map((_, index) => Math.max(...table.map((cells) => textWidth(widest(cells[index] ?? ''))))),
    columns,
    style.width,
  );
  return table.flatMap((cells) => renderRow(cells, columns, widths)).join('\n');
}

/** One row, which is several lines where a cell is. */
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

/** Takes what is too much from the widest columns that may wrap. */
function narrow<Row>(widths: readonly number[], columns: readonly Column<Row>[], available: number): number[] {
  const result = [...widths];
  let excess = result.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1) - available;
  while (excess > 0) {
    let widestColumn = -1;
    for (const [index, width] of result.entries()) {
      if (columns[index]?.wrap && width > LEAST_WIDTH && (widestColumn < 0 || width > (result[widestColumn] ?? 0)))
        widestColumn = index;
    }
    if (widestColumn < 0) break;
    result[widestColumn] = (result[widestColumn] ?? 0) - 1;
    excess -= 1;
  }
  return result;
}
