import type { KeyBand, KeySpread } from '../../reconcile/compare/key-spread.ts';
import { differencesOf, type TableReport } from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import { columns, type Part } from './charts.ts';
import { text } from './page.ts';

/** Where in the table's key the differing rows lie, or why that cannot be shown. */
export function spreadPicture(table: TableReport): string {
  const { keySpread: spread } = table;
  if (spread === undefined) return `<p class="quiet">${text(whyNot(table))}</p>`;
  const placed = spread.bands.reduce((sum, band) => sum + rowsOf(band), 0);
  if (placed === 0) return `<p class="quiet">The key is NULL in all of them.</p>`;
  const {
    ofTables,
    ends: [first, last],
  } = endsOf(spread);
  const range = last - first + 1n;
  const at = (value: bigint) => Number(((value - first) * 1_000_000n) / range) / 1_000_000;
  const picture = columns(
    spread.bands.map((band) => ({
      from: Math.max(0, at(BigInt(band.from))),
      to: Math.min(1, at(BigInt(band.to) + 1n)),
      parts: partsOf(band),
      title: `${digits(band.from)} to ${digits(band.to)}: ${countsText(band)}`,
    })),
    `Differing rows by ${spread.column}, from ${digits(first)} to ${digits(last)}; a table of the ranges follows`,
  );
  return `${picture}
<p class="ends"><span>${digits(first)}</span><span>${text(spread.column)}</span><span>${digits(last)}</span></p>
<p class="quiet">${text(captionText(table, spread, placed, ofTables))}</p>
${bandsTable(spread)}`;
}

function whyNot({ key, columns: compared }: TableReport): string {
  if (key.length === 0) return 'Not known: without a key, a row has no place in the table.';
  const kinds = key.map((name) => compared.find(({ source }) => source === name)?.as ?? 'unknown');
  if (kinds.every((kind) => kind === 'integer'))
    return 'Not known: the report does not say where in the key the differing rows are.';
  return `Not drawn: the key (${key.map((name, at) => `${name} ${kinds[at]}`).join(', ')}) has no numeric order. The rows below are sorted by key.`;
}

/** Of the tables, if known; otherwise of the differing rows. */
function endsOf({ first, last, bands }: KeySpread): { ofTables: boolean; ends: [bigint, bigint] } {
  const own: [bigint, bigint] = [BigInt(bands[0]?.from ?? 0), BigInt(bands.at(-1)?.to ?? 0)];
  if (first === undefined || last === undefined) return { ofTables: false, ends: own };
  const ends: [bigint, bigint] = [BigInt(first), BigInt(last)];
  // Rows may have come and gone in between.
  const ofTables = BigInt(bands[0]?.to ?? 0) >= ends[0] && BigInt(bands.at(-1)?.from ?? 0) <= ends[1];
  return ofTables ? { ofTables, ends } : { ofTables, ends: own };
}

function captionText(table: TableReport, spread: KeySpread, placed: number, ofTables: boolean): string {
  const { bands, column, unplaced } = spread;
  const width = BigInt(bands[0]?.to ?? 0) - BigInt(bands[0]?.from ?? 0) + 1n;
  const most = bands.reduce((a, b) => (rowsOf(b) > rowsOf(a) ? b : a));
  const isPeak = bands.filter((band) => rowsOf(band) === rowsOf(most)).length === 1;
  const of = table.key.length > 1 ? `${column}, the first column of the key` : column;
  const sentences = [
    placed === 1
      ? `The differing row, by ${of}.`
      : `All ${thousands(placed)} differing rows by ${of}, listed or not, ${width === 1n ? 'value by value' : `in ranges of ${digits(width)}`}.`,
  ];
  if (bands.length > 1 && isPeak)
    sentences.push(
      `The most are ${width === 1n ? 'at' : `from ${digits(most.from)} to`} ${digits(most.to)}: ${thousands(rowsOf(most))}.`,
    );
  sentences.push(
    ofTables
      ? 'The ends are those of the tables.'
      : 'The ends are those of the differing rows; those of the tables are not known.',
  );
  if (unplaced > 0) sentences.push(`${thousands(unplaced)} more have NULL there.`);
  if (placed + unplaced !== differencesOf(table))
    sentences.push(`${thousands(differencesOf(table))} differ in all; the others have no known place.`);
  return sentences.join(' ');
}

function bandsTable({ bands, column }: KeySpread): string {
  if (bands.length < 2) return '';
  const rows = bands.map(
    (band) =>
      `<tr role="row"><th scope="row" role="rowheader">${digits(band.from)} to ${digits(band.to)}</th>${(
        ['different', 'missing', 'extra'] as const
      )
        .map(
          (kind) =>
            `<td role="cell" class="n${band[kind] === 0 ? ' zero' : ''}" data-label="${kind}">${thousands(band[kind])}</td>`,
        )
        .join('')}</tr>`,
  );
  return `<details><summary>${bands.length} ranges with differences</summary><table class="fold" role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">${text(column)}</th><th scope="col" role="columnheader" class="n">different</th><th scope="col" role="columnheader" class="n">missing</th><th scope="col" role="columnheader" class="n">extra</th></tr></thead><tbody role="rowgroup">${rows.join('')}</tbody></table></details>`;
}

function partsOf({ missing, extra, different }: KeyBand): Part[] {
  return [
    { name: 'different', fill: 'different', count: different },
    { name: 'missing', fill: 'missing', count: missing },
    { name: 'extra', fill: 'extra', count: extra },
  ];
}

function countsText(band: KeyBand): string {
  return partsOf(band)
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${thousands(count)} ${name}`)
    .join(', ');
}

function rowsOf({ missing, extra, different }: KeyBand): number {
  return missing + extra + different;
}

/** Integers of any size, in groups of three. */
function digits(value: bigint | string): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
