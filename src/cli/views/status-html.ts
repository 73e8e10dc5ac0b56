import { type ConnectorReport, HEALTHS, type Health } from '../../monitor/health.ts';
import type { StatusWithTrends } from '../../monitor/trends.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import { plainStyle } from '../style.ts';
import { bar, chart, type Moment, type Part, swatch } from './charts.ts';
import { HEALTH_LOOKS, isOnlyUnchecked, lagText, tasksText } from './health.ts';
import { momentText, noteList, page, text } from './page.ts';
import { exitCodeOf, isIll, notes, type StatusDocument, summaryLine } from './status.ts';

/** The page of `status -o html`. */
export const statusPageView = {
  table: summaryLine,
  document: ({ at: _at, earlier: _earlier, ...report }) => report,
  forms: { html: statusHtml },
  exitCode: exitCodeOf,
} satisfies View<StatusWithTrends, StatusDocument>;

const FILL: Record<(typeof HEALTH_LOOKS)[Health]['tone'], Part['fill']> = {
  bad: 'missing',
  warn: 'extra',
  good: 'equal',
  none: 'open',
};
/** Charts on one page; the worst connectors come first. */
const MAX_CHARTS = 60;

function statusHtml(report: StatusWithTrends): string {
  const { connectors, context, summary, at } = report;
  const parts = HEALTHS.map((health) => ({
    name: health,
    fill: FILL[HEALTH_LOOKS[health].tone],
    count: summary[health],
  }));
  const legend = parts
    .filter(({ count }) => count > 0)
    .map(({ name, fill, count }) => `<li>${swatch(fill)}${HEALTH_LOOKS[name].sign} ${thousands(count)} ${name}</li>`);
  return page({
    title: `${context}: ${summaryLine(report)}`,
    body: [
      `<header><p class="over">sluice status</p>
<h1>${text(context)}</h1>
<p class="verdict"><span class="tag ${verdictTone(report)}">${text(summaryLine(report))}</span></p>
<p class="quiet">${momentText(at)}</p>
${bar(parts)}<ul class="legend">${legend.join('')}</ul>
${noteList(notes(report, plainStyle))}</header>`,
      unreadable(report),
      troubles(connectors),
      table(connectors),
      trends(report),
    ]
      .filter((part) => part !== '')
      .join('\n'),
  });
}

function verdictTone(report: StatusWithTrends): string {
  const { summary, unreadable: left, kafka } = report;
  if (isIll(report) || left.length > 0) return 'bad';
  return summary.unknown > 0 || kafka.error !== null ? 'warn' : 'good';
}

function unreadable({ unreadable: left }: StatusWithTrends): string {
  if (left.length === 0) return '';
  return `<section><h2>Cannot be read</h2>\n${noteList(left.map(({ name, error }) => `${name}: ${error.message} [${error.code}]`))}</section>`;
}

/** What needs attention: why, the cause, and what to do. */
function troubles(connectors: readonly ConnectorReport[]): string {
  const wrong = connectors.filter((one) => one.reasons.length > 0 && !isOnlyUnchecked(one));
  if (wrong.length === 0) return '';
  const items = wrong.map((one) => {
    const causes = new Set([one.cause, ...one.taskList.map(({ cause }) => cause)].filter((cause) => cause !== null));
    return `<article><h3>${tag(one.health)} ${text(one.name)}</h3>
<p>${text(one.reasons.join('; '))}</p>
${[...causes].map((cause) => `<p><code>${text(cause)}</code></p>`).join('')}${one.hint === null ? '' : `<p>→ ${text(one.hint)}</p>`}</article>`;
  });
  return `<section><h2>What is wrong</h2>\n${items.join('\n')}</section>`;
}

function tag(health: Health): string {
  return `<span class="tag ${HEALTH_LOOKS[health].tone}">${HEALTH_LOOKS[health].sign} ${health}</span>`;
}

function table(connectors: readonly ConnectorReport[]): string {
  if (connectors.length === 0) return '';
  const rows = connectors.map(
    (one) =>
      `<tr role="row"><th scope="row" role="rowheader">${text(one.name)}</th><td role="cell" data-label="health">${tag(one.health)}</td><td role="cell" data-label="type">${one.type}</td><td role="cell" data-label="state">${text(one.state ?? 'no status')}</td><td role="cell" class="n" data-label="tasks">${text(tasksText(one))}</td><td role="cell" class="n" data-label="lag">${text(lagText(one))}</td></tr>`,
  );
  return `<section><h2>Connectors</h2>
<table class="fold" role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">connector</th><th scope="col" role="columnheader">health</th><th scope="col" role="columnheader">type</th><th scope="col" role="columnheader">state</th><th scope="col" role="columnheader" class="n">tasks</th><th scope="col" role="columnheader" class="n">lag</th></tr></thead><tbody role="rowgroup">
${rows.join('\n')}</tbody></table></section>`;
}

/** Records behind, at each page made from this machine. */
function trends({ connectors, earlier, at }: StatusWithTrends): string {
  const sinks = connectors.filter(({ group }) => group !== null);
  if (sinks.length === 0) return '';
  const title = '<h2>Records behind, over time</h2>';
  if (earlier === null)
    return `<section>${title}\n<p>Earlier reports cannot be read; the warning of this run says why.</p></section>`;
  if (earlier.length === 0)
    return `<section>${title}\n<p>No earlier reports: this is the first page of this cluster from this machine. Each page keeps the lag that it shows, for the next ones.</p></section>`;
  const span = { from: Date.parse(earlier[0]?.at ?? at), to: Date.parse(at) };
  const drawn = sinks.map((sink) => {
    const before = earlier.map((sample): Moment => {
      const one = sample.connectors.find(({ name }) => name === sink.name);
      return moment(sample.at, one?.health ?? '', one?.lag ?? null);
    });
    return { name: sink.name, moments: [...before, moment(at, sink.health, sink.group?.lag ?? null)] };
  });
  // A stopped sink has nothing to draw, and forty of them would hide the others.
  const known = drawn.filter(({ moments }) => moments.some(({ value }) => value !== null));
  const charts = known.slice(0, MAX_CHARTS).map(({ name, moments }) => chart(name, moments, thousands, span));
  const left = known.length - charts.length;
  const unknown = drawn.length - known.length;
  return `<section>${title}
<p class="quiet">At ${thousands(earlier.length + 1)} reports from ${momentText(earlier[0]?.at ?? at)} to ${momentText(at)}, each shown as a dot; nothing is known about the time in between.${left > 0 ? ` ${thousands(left)} healthier sinks are not drawn.` : ''}${unknown > 0 ? ` The lag of ${unknown === 1 ? '1 sink' : `${thousands(unknown)} sinks`} was never known.` : ''}</p>
<div class="charts">${charts.join('\n')}</div></section>`;
}

function moment(at: string, health: string, lag: number | null): Moment {
  const tone = Object.entries(HEALTH_LOOKS).find(([name]) => name === health)?.[1].tone;
  return { at: Date.parse(at), value: lag, ...(tone === 'bad' || tone === 'warn' ? { tone } : {}) };
}
