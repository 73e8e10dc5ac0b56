import { type ConnectorReport, HEALTH_ORDER } from '../../monitor/health.ts';
import type { LagTrend } from '../../monitor/lag-trend.ts';
import type { StatusReport, StatusSample } from '../../monitor/status.ts';
import { durationText } from '../../text/duration.ts';
import { thousands } from '../../text/thousands.ts';
import type { Drawing } from '../screen.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { wrapWords } from '../wrap-lines.ts';
import { connectorColumns, problems } from './health.ts';
import { notes, summaryLine } from './status.ts';

const BARS = '▁▂▃▄▅▆▇█';

export interface Watched {
  context: string;
  everyMs: number;
  /** The last poll. */
  sample: StatusSample;
  /** The last report and when it was made, if the last poll has none. */
  report: StatusReport | undefined;
  reportAt?: string | undefined;
  /** When it is drawn, ms. */
  now: number;
  trend: LagTrend;
}

/**
 * One screen of `status --watch`: the worst first, as many as fit, and how many do not. Problems are explained below the
 * table, in at most half of the screen.
 */
export function watchScreen(watched: Watched, style: Style): Drawing {
  const { context, everyMs, sample, report, trend, now } = watched;
  return ({ width, height }) => {
    const { color } = style;
    const at = new Date(now).toISOString().slice(11, 19);
    const head = `${color.bold(context)} · every ${durationText(everyMs)} · ${at} UTC · Ctrl-C ends`;
    const error = 'error' in sample ? wrap(color.red(`Error: ${sample.error.message}`), width) : [];
    const failure = [...error, ...ageLines(watched).flatMap((line) => wrap(color.yellow(line), width))];
    if (report === undefined) return [head, '', ...failure].slice(0, height).join('\n');
    const fitted = { ...style, width, interactive: true };
    const columns = [...connectorColumns(fitted), { header: 'trend', value: trendText(trend), optional: 0 }];
    const [header = '', ...rows] = renderTable(columns, report.connectors, fitted, { blocks: false }).split('\n');
    const explained = report.connectors.flatMap((one) => problems(one, style)).flatMap((line) => wrap(line, width));
    const tail = [summaryLine(report), ...notes(report, style).slice(0, 1)].flatMap((line) => wrap(line, width));
    const room = Math.max(2, height - 3 - failure.length - tail.length - 1);
    const forProblems =
      rows.length + (explained.length === 0 ? 0 : explained.length + 1) <= room
        ? explained.length
        : Math.min(explained.length, Math.max(Math.floor(room / 2) - 1, room - rows.length - 1));
    const shown = rows.slice(0, Math.max(1, room - (forProblems === 0 ? 0 : forProblems + 1)));
    return [
      head,
      ...failure,
      '',
      header,
      ...shown,
      ...(forProblems === 0 ? [] : ['', ...explained.slice(0, forProblems)]),
      ...hidden(report.connectors.slice(shown.length), explained.length - forProblems, style),
      ...tail,
    ].join('\n');
  };
}

/** Marks rows that are older than two polls: otherwise they would pass for current ones. */
function ageLines({ everyMs, sample, reportAt, now }: Watched): string[] {
  const madeAt = 'report' in sample ? sample.at : reportAt;
  if (madeAt === undefined) return [];
  const age = now - Date.parse(madeAt);
  const failed = 'error' in sample;
  if (!failed && age < 2 * everyMs + SLOW_MS) return [];
  const reason = failed ? 'the last poll failed' : 'the worker has not answered since';
  return [`As of ${madeAt.slice(11, 19)}, ${Math.round(age / 1000)} s ago: ${reason}.`];
}

/** An answer may take this long. */
const SLOW_MS = 3_000;

function hidden(connectors: readonly ConnectorReport[], lines: number, { color }: Style): string[] {
  const parts = HEALTH_ORDER.flatMap((health) => {
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
    const most = Math.max(...points.map(({ lag }) => lag));
    const bars = points.map(({ lag }) => BARS[most === 0 ? 0 : Math.round((lag / most) * (BARS.length - 1))]).join('');
    return `${bars} ${rateText(rate)}`;
  };
}

function rateText(rate: number): string {
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
