import { thousands } from '../../text/thousands.ts';
import { text } from './page.ts';

/** One part of a whole, such as the rows that are equal. */
export interface Part {
  name: string;
  /** Colour: a class `f-…` of the style. */
  fill: 'equal' | 'missing' | 'extra' | 'different' | 'open';
  count: number;
}

/** Width of a picture in its own units; it is stretched to its place. */
const WIDTH = 1000;
/** Minimum width of a part that is not empty. */
const MIN_WIDTH = 6;

/** A bar of parts, in proportion. @returns HTML; empty for nothing */
export function bar(parts: readonly Part[]): string {
  const shown = parts.filter(({ count }) => count > 0);
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return '';
  let x = 0;
  const widths = widthsOf(shown.map(({ count }) => count / total));
  const pieces = shown.map(({ fill }, at) => {
    const width = widths[at] ?? 0;
    const piece = `<rect class="f-${fill}" x="${rounded(x)}" width="${rounded(width)}" height="10"/>`;
    x += width;
    return piece;
  });
  const label = shown.map(({ name, count }) => `${name} ${thousands(count)}`).join(', ');
  return `<svg class="bar" viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" role="img" aria-label="${text(label)}">${pieces.join('')}</svg>`;
}

/** Whether a part of the bar is drawn wider than its share. */
export function isWidened(parts: readonly Part[]): boolean {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  return parts.some(({ count }) => count > 0 && (count / total) * WIDTH < MIN_WIDTH);
}

function widthsOf(shares: readonly number[]): number[] {
  const wanted = shares.map((share) => Math.max(MIN_WIDTH, share * WIDTH));
  const over = wanted.reduce((sum, width) => sum + width, 0) - WIDTH;
  // The largest part gives what the small ones take.
  const largest = wanted.indexOf(Math.max(...wanted));
  return wanted.map((width, at) => (at === largest ? width - over : width));
}

/** The parts by name, with count and share. */
export function legend(parts: readonly Part[]): string {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const items = parts.map(
    ({ name, fill, count }) =>
      `<li>${swatch(fill)}${text(name)} ${thousands(count)}${count === 0 ? '' : ` <small>${share(count, total)}</small>`}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

export function swatch(fill: Part['fill']): string {
  return `<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="f-${fill}" width="10" height="10" rx="2"/></svg>`;
}

/** In per cent; never rounded to 0 or 100. */
function share(part: number, total: number): string {
  const percent = (part / total) * 100;
  if (part === 0 || total === 0) return '0 %';
  if (part === total) return '100 %';
  if (percent < 0.01) return '< 0.01 %';
  if (percent > 99.99) return '> 99.99 %';
  return `${percent.toFixed(2)} %`;
}

/** A bar over a part of a range, from 0 to 1, made of counts by colour. */
export interface Column {
  from: number;
  to: number;
  parts: readonly Part[];
  title: string;
}

/** Columns over a range; the highest fills the picture. @param label for those who cannot see it */
export function columns(all: readonly Column[], label: string): string {
  const totals = all.map(({ parts }) => parts.reduce((sum, { count }) => sum + count, 0));
  const most = Math.max(1, ...totals);
  const height = 100;
  const bars = all.map(({ from, to, parts, title }, at) => {
    const width = Math.max(MIN_WIDTH - 1, (to - from) * WIDTH - 1);
    const x = Math.min(from * WIDTH, WIDTH - width);
    const full = Math.max(8, ((totals[at] ?? 0) / most) * height);
    let y = height;
    const pieces = parts
      .filter(({ count }) => count > 0)
      .map(({ fill, count }) => {
        const piece = (count / Math.max(1, totals[at] ?? 0)) * full;
        y -= piece;
        return `<rect class="f-${fill}" x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(piece)}"/>`;
      });
    return `<g><title>${text(title)}</title>${pieces.join('')}</g>`;
  });
  return `<svg class="spread" viewBox="0 0 ${WIDTH} ${height + 6}" preserveAspectRatio="none" role="img" aria-label="${text(label)}"><rect class="f-base" width="${WIDTH}" height="${height}"/>${bars.join('')}<path class="s-axis" d="M0 ${height + 3}H${WIDTH}" stroke-width="1" vector-effect="non-scaling-stroke"/></svg>`;
}

/** One moment of a trend; null: not known then. */
export interface Moment {
  /** ms */
  at: number;
  value: number | null;
  tone?: 'good' | 'warn' | 'bad';
}

export interface Span {
  /** ms */
  from: number;
  to: number;
}

function spanOf(moments: readonly Moment[]): Span {
  return { from: moments[0]?.at ?? 0, to: moments.at(-1)?.at ?? 0 };
}

/** Values over time, oldest first, with a line between known neighbours and a dot at each. */
function trend(moments: readonly Moment[], label: string, { from: first, to: last } = spanOf(moments)): string {
  const height = 100;
  const most = Math.max(0, ...moments.map(({ value }) => value ?? 0));
  const x = (at: number) => (last === first ? WIDTH / 2 : 6 + ((at - first) / (last - first)) * (WIDTH - 12));
  const y = (value: number) => (most === 0 ? height - 6 : height - 6 - (value / most) * (height - 14));
  let path = '';
  let pen = 'M';
  for (const { at, value } of moments) {
    if (value === null) pen = 'M';
    else {
      path += `${pen}${rounded(x(at))} ${rounded(y(value))}`;
      pen = 'L';
    }
  }
  // One path for each tone: a day of many connectors would be megabytes of elements.
  const dots = [...Map.groupBy(moments, ({ tone }) => tone ?? 'dot')].map(([tone, those]) => {
    const points = those.flatMap(({ at, value }) =>
      value === null ? [] : `M${rounded(x(at))} ${rounded(y(value))}h0`,
    );
    return points.length === 0
      ? ''
      : `<path class="s-${tone}" d="${points.join('')}" stroke-width="${moments.length > 60 ? 3 : 5}" stroke-linecap="round" vector-effect="non-scaling-stroke"/>`;
  });
  return `<svg class="trend" viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" role="img" aria-label="${text(label)}"><path class="s-axis" d="M0 ${height}H${WIDTH}" stroke-width="1" vector-effect="non-scaling-stroke"/><path class="s-line" d="${path}" stroke-width="1.5" stroke-linejoin="round" vector-effect="non-scaling-stroke"/>${dots.join('')}</svg>`;
}

/** A trend with its name, its range and its latest value. @param moments oldest first @param span of all pictures beside it */
export function chart(
  name: string,
  moments: readonly Moment[],
  shown: (value: number) => string,
  span: Span = spanOf(moments),
): string {
  const values = moments.flatMap(({ value }) => value ?? []);
  const latest = moments.at(-1)?.value ?? null;
  const now = latest === null ? 'not known' : shown(latest);
  if (values.length < 2)
    return `<figure class="chart"><figcaption><span>${text(name)}</span><b>${text(now)}</b></figcaption></figure>`;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const range = least === most ? 'unchanged' : `${shown(least)} to ${shown(most)}`;
  return `<figure class="chart"><figcaption><span>${text(name)}<br><span class="quiet">${text(range)}</span></span><b>${text(now)}</b></figcaption>${trend(moments, `${name}: ${values.length} values, ${range}, latest ${now}`, span)}</figure>`;
}

/** One cell of a strip. */
export interface Cell {
  fill: Part['fill'];
  title: string;
}

/** A strip has room for at least this many cells. */
const MIN_CELLS = 24;

/** Cells of equal width, such as the verdicts of runs, oldest first. */
export function strip(cells: readonly Cell[], label: string): string {
  const width = WIDTH / Math.max(MIN_CELLS, cells.length);
  const gap = Math.min(3, width / 5);
  const pieces = cells.map(
    ({ fill, title }, at) =>
      `<rect class="f-${fill}" x="${rounded(at * width)}" width="${rounded(width - gap)}" height="10"><title>${text(title)}</title></rect>`,
  );
  return `<svg class="strip" viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" role="img" aria-label="${text(label)}">${pieces.join('')}</svg>`;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
