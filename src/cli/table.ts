import textWidth from 'fast-string-width';
import type { Style } from './style.ts';
import { wrapWords } from './wrap-lines.ts';

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

/**
 * A table without lines, as kubectl and gh print it: headers in capitals, two spaces between columns. Words never break:
 * on a terminal too narrow for the longest ones, each row becomes a block of lines.
 * @param options.blocks false if each row must stay one line
 */
export function renderTable<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
  { blocks = true }: { blocks?: boolean } = {},
): string {
  const columns = style.interactive ? fitting(all, rows, style.width) : all;
  const head = columns.map((column) => style.color.bold(column.header.toUpperCase()));
  const table = [head, ...rows.map((row) => columns.map((column) => column.value(row)))];
  const columnWidths = (width: (cell: string) => number) =>
    columns.map((_, index) => Math.max(...table.map((cells) => width(cells[index] ?? ''))));
  const least = columnWidths((cell) => Math.max(...cell.split(/\s/).map((word) => textWidth(word))));
  const widths = narrow(
    columnWidths((cell) => textWidth(widest(cell))),
    columns.map(({ wrap }, index) => (wrap ? Math.max(MIN_WIDTH, least[index] ?? 0) : undefined)),
    style.width,
  );
  if (blocks && style.interactive && total(widths) > style.width && rows.length > 0)
    return rows.map((row) => renderBlock(all, row, style)).join('\n\n');
  return table.flatMap((cells) => renderRow(cells, columns, widths)).join('\n');
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

/** One row as a block: what is short on its first lines, each other column on lines of its own. */
function renderBlock<Row>(columns: readonly Column<Row>[], row: Row, { color, width }: Style): string {
  const [first, ...others] = columns.map(({ header, value, wrap, align }) => ({
    header,
    text: value(row),
    wrap,
    align,
  }));
  if (first === undefined) return '';
  const shown = others.filter(({ text }) => !/^-?$/.test(text));
  const short = shown.filter(({ wrap }) => !wrap).map(({ header, text }) => `${header}\u00a0${text}`);
  // A number alone says nothing.
  const title = first.align === 'right' ? `${first.header}\u00a0${first.text}` : first.text;
  const long = shown.filter(({ wrap }) => wrap);
  const indent = Math.max(0, ...long.map(({ header }) => header.length)) + 2 * GAP.length;
  const lines = long.flatMap(({ header, text }) =>
    wrapWords(text, Math.max(MIN_WIDTH, width - indent))
      .split('\n')
      .map((line, at) => `${(at === 0 ? GAP + header : '').padEnd(indent)}${line}`),
  );
  const head = wrapWords([color.bold(title), ...short].join(GAP), width).replaceAll('\u00a0', ' ');
  return [head, ...lines].join('\n');
}

/** The columns without the optional ones that do not fit. */
function fitting<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): readonly Column<Row>[] {
  const widths = columns.map((column) =>
    Math.max(column.header.length, ...rows.map((row) => textWidth(widest(column.value(row))))),
  );
  const kept = new Set(columns.keys());
  const needed = () => total([...kept].map((index) => widths[index] ?? 0));
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
  const wrapped = cells.map((cell, index) => wrapWords(cell, widths[index] ?? 0).split('\n'));
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

/** Narrows the widest columns that may wrap until the table fits. @param least for each column; undefined if it never wraps */
function narrow(widths: readonly number[], least: readonly (number | undefined)[], available: number): number[] {
  const result = [...widths];
  let excess = total(result) - available;
  while (excess > 0) {
    let widestColumn = -1;
    for (const [index, width] of result.entries()) {
      if (width > (least[index] ?? width) && (widestColumn < 0 || width > (result[widestColumn] ?? 0)))
        widestColumn = index;
    }
    if (widestColumn < 0) break;
    result[widestColumn] = (result[widestColumn] ?? 0) - 1;
    excess -= 1;
  }
  return result;
}
