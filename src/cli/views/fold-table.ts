import { text } from './page.ts';

export interface FoldColumn<Row> {
  header: string;
  numeric?: true;
  /** Its text must not be broken. */
  whole?: true;
  value(row: Row): string;
  /** The cell is markup already. */
  isMarkup?: true;
}

/** A table whose cells follow each other on a narrow screen. The first column names the row. */
export function foldTable<Row>(
  first: Pick<FoldColumn<Row>, 'header' | 'value'>,
  columns: readonly FoldColumn<Row>[],
  rows: readonly Row[],
): string {
  const head = [first, ...columns].map(
    (column) =>
      `<th scope="col" role="columnheader"${'numeric' in column ? ' class="n"' : ''}>${text(column.header)}</th>`,
  );
  const cell = (row: Row) => (column: FoldColumn<Row>) => {
    const style = column.numeric ? ' class="n"' : column.whole ? ' class="when"' : '';
    const shown = column.isMarkup ? column.value(row) : text(column.value(row));
    return `<td role="cell"${style} data-label="${text(column.header)}">${shown}</td>`;
  };
  const body = rows.map(
    (row) =>
      `<tr role="row"><th scope="row" role="rowheader">${text(first.value(row))}</th>${columns.map(cell(row)).join('')}</tr>`,
  );
  return `<table class="fold" role="table"><thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead><tbody role="rowgroup">
${body.join('\n')}</tbody></table>`;
}
