import Table from 'cli-table3';
import type { Style } from './style.ts';

export interface Column<Row> {
  header: string;
  value(row: Row): string;
  align?: 'left' | 'right';
  /** May be wrapped where the table does not fit; without one such column the table may grow past the width. */
  wrap?: boolean;
}

const GAP = 2;
const LEAST_WIDTH = 12;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences begin with the escape character
const COLOUR = /\u001b\[[0-9;]*m/g;

const BORDERLESS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    (side === 'mid'
      ? ['mid', 'mid-mid', 'left-mid', 'right-mid', 'middle']
      : [side, `${side}-mid`, `${side}-left`, `${side}-right`]
    ).map((name) => [name, '']),
  ),
);

/** A table without lines, as kubectl and gh print it: headers in capitals, two spaces between columns. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], style: Style): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, index) =>
    Math.max(column.header.length, ...cells.map((line) => longestLine(line[index] ?? ''))),
  );
  const shrunk = shrink(widths, columns, style.width);
  const table = new Table({
    chars: BORDERLESS,
    head: columns.map((column) => style.color.bold(column.header.toUpperCase())),
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: shrunk.map((width, index) => width + (index === columns.length - 1 ? 0 : GAP)),
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  table.push(...cells);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function longestLine(text: string): number {
  return Math.max(
    0,
    ...text
      .replace(COLOUR, '')
      .split('\n')
      .map((line) => line.length),
  );
}

/** Takes what is too much from the widest columns that may wrap. */
function shrink<Row>(widths: number[], columns: readonly Column<Row>[], available: number): number[] {
  const result = [...widths];
  let excess = result.reduce((sum, width) => sum + width, 0) + GAP * (columns.length - 1) - available;
  while (excess > 0) {
    let widest = -1;
    for (const [index, width] of result.entries()) {
      if (columns[index]?.wrap && width > LEAST_WIDTH && (widest < 0 || width > (result[widest] ?? 0))) widest = index;
    }
    if (widest < 0) break;
    result[widest] = (result[widest] ?? 0) - 1;
    excess -= 1;
  }
  return result;
}
