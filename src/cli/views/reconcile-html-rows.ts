import type { ListedDifference, TableReport } from '../../reconcile/report.ts';
import { graphemes } from '../../text/graphemes.ts';
import { thousands } from '../../text/thousands.ts';
import { text } from './page.ts';
import { type Shown, shownPair, shownValue } from './reconcile-values.ts';

/** What a page can show before a browser and its reader suffer; the JSON has everything. */
export const LIMITS = {
  /** Listed rows of all tables together, and of one table. */
  rows: 2_000,
  rowsOfTable: 500,
  /** Characters of HTML of all listed rows. */
  size: 4_000_000,
  /** Columns of a different row. */
  columns: 40,
  /** Values of a missing or extra row. */
  values: 12,
};

const VALUE: Shown = { max: 400, quoted: false };
const SHORT: Shown = { max: 60, quoted: false };
const KEY: Shown = { max: 120, quoted: false };
const NAME = 120;

/** How many rows, and characters of HTML, the page can still show. */
export interface Budget {
  rows: number;
  size: number;
}

export function wholeBudget(): Budget {
  return { rows: LIMITS.rows, size: LIMITS.size };
}

/** The listed rows of a table, both sides beside each other. */
export function rowsTable(table: TableReport, budget: Budget): string {
  const keys = new Set(table.key);
  const bodies: string[] = [];
  for (const one of table.differences.slice(0, Math.min(LIMITS.rowsOfTable, budget.rows))) {
    const body = one.kind === 'different' ? differentRow(one) : oneSidedRow(one, keys);
    if (body.length > budget.size) break;
    budget.size -= body.length;
    bodies.push(body);
  }
  budget.rows -= bodies.length;
  const caption = captionText(bodies.length, table);
  if (bodies.length === 0) return `<p class="quiet">${caption}</p>`;
  return `<table class="rows fold" role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">row</th><th scope="col" role="columnheader">column</th><th scope="col" role="columnheader">source</th><th scope="col" role="columnheader">target</th></tr></thead>
${bodies.join('\n')}</table>`;
}

function captionText(shown: number, { key, differences, unlisted }: TableReport): string {
  const order = key.length === 0 ? 'in the order of the comparison' : 'sorted by key';
  const all = differences.length + unlisted;
  const sentences = [
    shown === all
      ? `${all === 1 ? 'The differing row' : `All ${thousands(all)} differing rows`}, ${order}.`
      : `${thousands(shown)} of ${thousands(all)} differing rows, ${order}.`,
  ];
  if (shown < differences.length)
    sentences.push(`The report lists ${thousands(differences.length)}: too many for a page; --json has them.`);
  if (unlisted > 0) sentences.push(`${thousands(unlisted)} are counted but not listed: raise --limit to list them.`);
  return sentences.join(' ');
}

function differentRow({ key, rows, columns }: ListedDifference): string {
  const shown = columns.slice(0, LIMITS.columns);
  const left = columns.length - shown.length;
  const span = shown.length + (left > 0 ? 1 : 0);
  const head = `<th scope="rowgroup" role="rowheader" rowspan="${Math.max(1, span)}">${kindTag('different', rows)}${keyText(key)}</th>`;
  const cells = shown.map(({ column, source, target }) => {
    const [ours, theirs] = sideCells(source, target);
    return `<td role="cell" data-label="column">${name(column)}</td><td role="cell" class="side" data-label="source">${ours}</td><td role="cell" class="side" data-label="target">${theirs}</td>`;
  });
  if (left > 0)
    cells.push(
      `<td role="cell" colspan="3" class="quiet">and ${thousands(left)} more ${left === 1 ? 'column differs' : 'columns differ'}</td>`,
    );
  const [first = '<td role="cell" colspan="3"></td>', ...more] = cells;
  return `<tbody role="rowgroup"><tr role="row">${head}${first}</tr>${more.map((cell) => `<tr role="row">${cell}</tr>`).join('')}</tbody>`;
}

function oneSidedRow({ kind, key, rows, columns }: ListedDifference, keys: ReadonlySet<string>): string {
  const side = kind === 'missing' ? 'source' : 'target';
  const others = columns.filter(({ column }) => !keys.has(column));
  const shown = others.slice(0, LIMITS.values);
  const left = others.length - shown.length;
  const values = shown.map(
    (one) => `<span><span class="name">${name(one.column)}</span>${value(one[side], SHORT)}</span>`,
  );
  if (left > 0) values.push(`<span class="quiet">and ${thousands(left)} more</span>`);
  const held = `<span class="values">${values.join(' ')}</span>`;
  const none = '<span class="none">no such row</span>';
  const [ours, theirs] = kind === 'missing' ? [held, none] : [none, held];
  return `<tbody role="rowgroup"><tr role="row"><th scope="rowgroup" role="rowheader">${kindTag(kind, rows)}${keyText(key)}</th><td role="cell" colspan="2" data-label="source">${ours}</td><td role="cell" class="side" data-label="target">${theirs}</td></tr></tbody>`;
}

function kindTag(kind: ListedDifference['kind'], rows: number): string {
  return `<span class="tag k-${kind}">${kind}</span>${rows > 1 ? ` ×${thousands(rows)}` : ''}`;
}

function keyText(key: ListedDifference['key']): string {
  return Object.entries(key)
    .map(([column, held]) => `<span class="key"><span class="quiet">${name(column)}</span> ${value(held, KEY)}</span>`)
    .join('');
}

/** Both values, with what differs marked; long ones are cut to the part where they differ. */
function sideCells(source: string | null | undefined, target: string | null | undefined): [string, string] {
  if (typeof source !== 'string' || typeof target !== 'string' || source === '' || target === '')
    return [`<mark>${value(source, VALUE)}</mark>`, `<mark>${value(target, VALUE)}</mark>`];
  const { cut, ...pair } = shownPair(source, target, VALUE);
  const [ours, theirs] = marked(pair.source, pair.target);
  const place = (length: number) =>
    cut === undefined
      ? ''
      : ` <small class="value">from character ${thousands(cut.from)} of ${thousands(length)}</small>`;
  return [`<code>${ours}</code>${place(cut?.source ?? 0)}`, `<code>${theirs}</code>${place(cut?.target ?? 0)}`];
}

/** HTML of two texts in which everything but the common beginning and end is marked; the whole if they read the same. */
function marked(source: string, target: string): [string, string] {
  const [a, b] = [graphemes(source), graphemes(target)];
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  if (start === a.length && start === b.length) return [`<mark>${text(source)}</mark>`, `<mark>${text(target)}</mark>`];
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  // Two words that share a few letters are simply different.
  if (2 * (start + end) < most) return [`<mark>${text(source)}</mark>`, `<mark>${text(target)}</mark>`];
  const one = (all: string[]) =>
    `${text(all.slice(0, start).join(''))}<mark>${text(all.slice(start, all.length - end).join(''))}</mark>${text(all.slice(all.length - end).join(''))}`;
  return [one(a), one(b)];
}

function value(held: string | null | undefined, shown: Shown): string {
  if (held === undefined) return '';
  if (held === null) return '<span class="null">NULL</span>';
  if (held === '') return '<span class="null">empty</span>';
  return `<code>${text(shownValue(held, shown))}</code>`;
}

/** A column's name; no database has longer ones, but a report may be edited. */
function name(column: string): string {
  return text(shownValue(column, { max: NAME, quoted: false }));
}
