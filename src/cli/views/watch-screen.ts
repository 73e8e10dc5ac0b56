import textWidth from 'fast-string-width';
import { type ConnectorReport, HEALTHS } from '../../monitor/health.ts';
import type { LagTrend } from '../../monitor/lag-trend.ts';
import type { StatusReport, StatusSample } from '../../monitor/status.ts';
import { durationText } from '../../text/duration.ts';
import { graphemes } from '../../text/graphemes.ts';
import { thousands } from '../../text/thousands.ts';
import { visibleLines } from '../../text/visible.ts';
import type { Size } from '../screen.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { matchesFilter, type Shown, type WatchState } from '../watch-keys.ts';
import { wrapWords } from '../wrap-lines.ts';
import { connectorColumns, problems, sparkLine } from './health.ts';
import { detail, notes, summaryLine } from './status.ts';
import { unreadableLines } from './unreadable.ts';

/** A screen with fewer lines than this has none to leave empty. */
const SMALL = 8;

export interface Watched {
  context: string;
  everyMs: number;
  /** With the workers. */
  wide?: boolean | undefined;
  /** The last poll. */
  sample: StatusSample;
  /** The last report and when it was made, if the last poll has none. */
  report: StatusReport | undefined;
  reportAt?: string | undefined;
  /** When it is drawn, ms. */
  now: number;
  trend: LagTrend;
  /** What keys have changed; undefined if there is no keyboard. */
  keys?: WatchState | undefined;
}

/** What is drawn, and what the next key needs to know about it. */
export interface Drawn extends Shown {
  text: string;
}

/**
 * One screen of `status --watch`: the worst first, as many as fit, and how many do not. Problems are explained below the
 * table, in at most half of the screen. A connector that was opened has the screen to itself.
 * @param complete completes suggested commands
 */
export function watchScreen(
  watched: Watched,
  style: Style,
  complete: (text: string) => string = (text) => text,
): (size: Size) => Drawn {
  const { context, everyMs, sample, report, now, keys } = watched;
  return ({ width, height }) => {
    const at = new Date(now).toISOString().slice(11, 19);
    const end = keys === undefined ? ' · Ctrl-C ends' : '';
    const head = `${style.color.bold(context)} · every ${durationText(everyMs)} · ${at} UTC${end}`;
    const error = 'error' in sample ? wrap(style.color.red(`Error: ${visibleLines(sample.error.message)}`), width) : [];
    const failure = [...error, ...ageLines(watched).flatMap((line) => wrap(style.color.yellow(line), width))];
    const foot = keys === undefined ? [] : [footText(keys, style, width)];
    const above = [head, ...failure, ...(height < SMALL ? [] : [''])];
    const room = Math.max(2, height - above.length - foot.length);
    const shown = report?.connectors.filter(({ name }) => matchesFilter(name, keys?.filter ?? '')) ?? [];
    const names = shown.map(({ name }) => name);
    const opened = keys?.open ? shown.find(({ name }) => name === keys.selected) : undefined;
    const full = () =>
      opened === undefined
        ? notThere(keys?.selected ?? '', context, report, style)
        : detail(opened, context, { ...style, width });
    const inside =
      keys?.open === true
        ? scrolled(wrap(complete(full()), width), keys.top, room)
        : listed(watched, shown, { ...style, width, interactive: true }, room, complete);
    const lines = [...above, ...inside.lines];
    // At the bottom, as a status line.
    const filler = keys === undefined ? [] : Array<string>(Math.max(0, height - lines.length - foot.length)).fill('');
    const body = [...lines, ...filler].slice(0, Math.max(0, height - foot.length));
    return { text: [...body, ...foot].join('\n'), names, ...inside };
  };
}

/** A connector that was opened, and has since been deleted or become unreadable. */
function notThere(name: string, context: string, report: StatusReport | undefined, style: Style): string {
  const unreadable = report?.unreadable.filter((one) => one.name === name) ?? [];
  return unreadable.length > 0 ? unreadableLines(unreadable, style).join('\n') : `${name} is no longer on ${context}.`;
}

/** The part of a long text that fits. */
export function scrolled(lines: readonly string[], top: number, room: number) {
  const bottom = Math.max(0, lines.length - room);
  const from = Math.min(top, bottom);
  return { lines: lines.slice(from, from + room), page: room, bottom };
}

/** The table and what is below it. */
function listed(
  { report, trend, keys, wide }: Watched,
  connectors: readonly ConnectorReport[],
  style: Style,
  height: number,
  complete: (text: string) => string,
) {
  const { width, color } = style;
  if (report === undefined) return { lines: [], page: 0, bottom: 0 };
  const at = connectors.findIndex(({ name }) => name === keys?.selected);
  const cursor = { header: '', value: (row: ConnectorReport) => (row === connectors[at] ? color.bold('❯') : ' ') };
  const columns = [
    ...(at < 0 ? [] : [cursor]),
    ...connectorColumns(style, wide),
    { header: 'trend', value: trendText(trend), optional: 0 },
  ];
  const [header = '', ...rows] = renderTable(columns, connectors, style, { blocks: false }).split('\n');
  const explained = [...connectors.flatMap((one) => problems(one, style)), ...unreadableLines(report.unreadable, style)]
    .map(complete)
    .flatMap((line) => wrap(line, width));
  const tail = [summaryLine(report), ...notes(report, style).slice(0, 1)].flatMap((line) => wrap(line, width));
  // Besides these: the header, and the line about what is not shown.
  const room = Math.max(1, Math.min(height - 1, Math.max(2, height - tail.length - 2)));
  const forProblems =
    rows.length + (explained.length === 0 ? 0 : explained.length + 1) <= room
      ? explained.length
      : Math.min(explained.length, Math.max(Math.floor(room / 2) - 1, room - rows.length - 1));
  const page = Math.max(1, room - (forProblems === 0 ? 0 : forProblems + 1));
  // The cursor stays in the middle, where there is more on both sides.
  const from = Math.max(0, Math.min(at - Math.floor(page / 2), rows.length - page));
  const hiddenOnes = report.connectors.filter((one) => !connectors.slice(from, from + page).includes(one));
  const lines = [
    ...(rows.length > 0 ? [header] : keys?.filter ? [`No connector is called …${keys.filter}…`] : []),
    ...rows.slice(from, from + page),
    ...(forProblems === 0 ? [] : ['', ...explained.slice(0, forProblems)]),
    ...hidden(hiddenOnes, explained.length - forProblems, style),
    ...tail,
  ];
  return { lines, page, bottom: 0 };
}

function footText({ open, filter, typing }: WatchState, { color }: Style, width: number): string {
  // Of a long filter, the end: that is where it grows.
  if (typing)
    return `/${endOf(filter, width - 2)}${color.inverse(' ')} ${color.dim('· enter keeps it · esc clears it')}`;
  // The first is never cut.
  if (open) return color.dim('q quit · esc back · j/k scroll');
  const keys = color.dim('q quit · j/k select · enter cause ·');
  return filter === '' ? `${keys} ${color.dim('/ filter')}` : `${keys} /${filter} ${color.dim('· esc clears it')}`;
}

/** The end of a text, if it is too wide. */
export function endOf(text: string, width: number): string {
  const parts = graphemes(text);
  while (parts.length > 0 && textWidth(parts.join('')) > width) parts.shift();
  return parts.join('');
}

/** Whether a report is older than two polls: its rows would pass for current ones. */
export function isStale(madeAt: string, everyMs: number, now: number): boolean {
  return now - Date.parse(madeAt) >= 2 * everyMs + SLOW_MS;
}

/** Marks rows that are not current. */
function ageLines({ everyMs, sample, reportAt, now }: Watched): string[] {
  const madeAt = 'report' in sample ? sample.at : reportAt;
  if (madeAt === undefined) return [];
  const age = now - Date.parse(madeAt);
  const failed = 'error' in sample;
  if (!failed && !isStale(madeAt, everyMs, now)) return [];
  const reason = failed ? 'the last poll failed' : 'the worker has not answered since';
  return [`As of ${madeAt.slice(11, 19)}, ${Math.round(age / 1000)} s ago: ${reason}.`];
}

/** An answer may take this long. */
const SLOW_MS = 3_000;

function hidden(connectors: readonly ConnectorReport[], lines: number, { color }: Style): string[] {
  const parts = HEALTHS.flatMap((health) => {
    const count = connectors.filter((one) => one.health === health).length;
    return count === 0 ? [] : [`${count} ${health}`];
  });
  if (lines > 0) parts.push(`${lines} ${lines === 1 ? 'line' : 'lines'} about problems`);
  return parts.length === 0 ? [] : [color.dim(`… not shown: ${parts.join(', ')}`)];
}

/** `▁▂▅█ +1.2k/s`: the lag of the last polls, and how fast it changes. */
function trendText(trend: LagTrend): (row: ConnectorReport) => string {
  return ({ name }) => {
    const points = trend.of(name);
    const rate = trend.rate(name);
    if (rate === undefined) return '';
    return `${sparkLine(points.map(({ lag }) => lag))} ${changeText(rate)}`;
  };
}

function changeText(rate: number): string {
  const size = Math.abs(rate);
  const text =
    size >= 10_000
      ? `${thousands(Math.round(size / 1000))}k`
      : size >= 1000
        ? `${(size / 1000).toFixed(1)}k`
        : String(Math.round(size));
  return text === '0' ? '0/s' : `${rate < 0 ? '-' : '+'}${text}/s`;
}

function wrap(line: string, width: number): string[] {
  return wrapWords(line, width).split('\n');
}
