import type { HealingOverview } from '../../heal/overview.ts';
import { HEALTHS, ILL } from '../../monitor/health.ts';
import type { ClusterReport } from '../../serve/cluster.ts';
import type { DriftReading } from '../../serve/drift.ts';
import type { ConnectorSnapshot, Snapshot } from '../../serve/snapshot.ts';
import type { Alert, Mute } from '../../store/alerts.ts';
import type { Change } from '../../store/changes.ts';
import type { ReconcileRun } from '../../store/comparisons.ts';
import type { TrendPoint } from '../../store/readings.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { thousands } from '../../text/thousands.ts';
import { bar, chart, type Moment, type Part, swatch } from './charts.ts';
import { type FoldColumn, foldTable } from './fold-table.ts';
import { behindText, HEALTH_LOOKS, lagText, lagTime, rateText, tasksText } from './health.ts';
import { momentText, noteList, page, pagePolicy, text } from './page.ts';
import { type ComingComparison, comparisonsPart } from './serve-comparisons.ts';
import { driftPart } from './serve-drift.ts';
import { healingPart } from './serve-healing.ts';
import { mutesPart } from './serve-mutes.ts';
import { sourcesTable } from './serve-sources.ts';

/** What the daemon's page shows. */
export interface ServePage {
  /** ISO 8601, UTC. */
  at: string;
  /** False: another process acts, and this one stands by. */
  leads: boolean;
  contexts: readonly ContextPage[];
  alerts: readonly Alert[];
  /** Whether alerts are evaluated at all. */
  alerting: boolean;
  mutes: readonly Mute[];
  /** Pairs that are compared on schedules, the next one first; undefined if none are. */
  coming: readonly ComingComparison[] | undefined;
  /** The latest first; null: not known. */
  comparisons: readonly ReconcileRun[] | null;
  changes: readonly Change[] | null;
}

export interface ContextPage {
  context: string;
  cluster: ClusterReport | undefined;
  /** Undefined if nothing was compared with the project yet; null if nothing is. */
  drift: DriftReading | undefined | null;
  /** Undefined if healing is off, or nothing is known of it. */
  healing: HealingOverview | undefined;
  /** Undefined before the first poll. */
  snapshot: Snapshot | undefined;
  /** How far behind over the last 24 hours, of the connectors that are charted. */
  trends: ReadonlyMap<string, readonly TrendPoint[]>;
}

/** Charts of one context; the worst connectors come first. */
const MAX_CHARTS = 40;
const FILL: Record<'bad' | 'warn' | 'good' | 'none', Part['fill']> = {
  bad: 'missing',
  warn: 'extra',
  good: 'equal',
  none: 'open',
};

export function servePage(view: ServePage): { html: string; policy: string } {
  const body = [
    header(view),
    alerts(view),
    ...view.contexts.map(contextSection),
    comparisonsPart(view.comparisons, view.coming),
    changes(view.changes),
  ]
    .filter((part) => part !== '')
    .join('\n');
  return { html: page({ title: `sluice: ${summaryOf(view)}`, body }), policy: pagePolicy({ body }) };
}

function header(view: ServePage): string {
  const { at, leads } = view;
  return `<header><p class="over">sluice serve</p>
<h1>${view.contexts.map(({ context }) => text(context)).join(', ')}</h1>
<p class="verdict"><span class="tag ${toneOf(view)}">${text(summaryOf(view))}</span></p>
<p class="quiet">${momentText(at)}${leads ? '' : '; another process acts, and this one stands by'}</p></header>`;
}

function connectorsOf({ contexts }: ServePage): readonly ConnectorSnapshot[] {
  return contexts.flatMap(({ snapshot }) => snapshot?.connectors ?? []);
}

function summaryOf(view: ServePage): string {
  const away = view.contexts.filter(({ snapshot }) => snapshot !== undefined && snapshot.error !== null);
  const unread = view.contexts.filter(({ snapshot }) => snapshot === undefined);
  const counts = HEALTHS.map((health) => ({
    health,
    count: connectorsOf(view).filter((one) => one.health === health).length,
  })).filter(({ count }) => count > 0);
  const parts = [
    ...(away.length > 0 ? [`${away.map(({ context }) => context).join(', ')} cannot be reached`] : []),
    ...(unread.length > 0 ? [`${unread.map(({ context }) => context).join(', ')} has not been read yet`] : []),
    ...counts.map(({ health, count }) => `${thousands(count)} ${health}`),
  ];
  return parts.length === 0 ? 'no connectors' : parts.join(', ');
}

function toneOf(view: ServePage): string {
  const isBad =
    view.contexts.some(({ snapshot }) => snapshot !== undefined && snapshot.error !== null) ||
    connectorsOf(view).some(({ health }) => ILL.has(health)) ||
    view.alerts.some(({ status }) => status === 'firing');
  if (isBad) return 'bad';
  const isOpen =
    view.contexts.some(({ snapshot }) => snapshot === undefined || snapshot.failures.length > 0) ||
    connectorsOf(view).some(({ health }) => HEALTH_LOOKS[health].tone === 'warn');
  return isOpen ? 'warn' : 'good';
}

function alerts({ alerts: all, alerting, mutes }: ServePage): string {
  if (!alerting)
    return '<section><h2>Alerts</h2>\n<p class="none">Off: serve.alerts is not set in sluice.yaml.</p></section>';
  const firing = all.filter(({ status }) => status === 'firing');
  if (firing.length === 0)
    return `<section><h2>Alerts</h2>\n<p class="none">None fires.</p>\n${mutesPart(mutes)}</section>`;
  const items = firing.map(({ severity, kind, target, context, summary, hint, since }) => {
    const tone = severity === 'critical' ? 'bad' : severity === 'warning' ? 'warn' : 'none';
    return `<article><h3><span class="tag ${tone}">${severity}</span> ${text(kind)}: ${text(target)} on ${text(context)}</h3>
<p>${text(summary)} <span class="quiet when">since ${momentText(new Date(since).toISOString())}</span></p>${hint === null ? '' : `<p>→ ${text(hint)}</p>`}</article>`;
  });
  return `<section><h2>Alerts</h2>\n${items.join('\n')}\n${mutesPart(mutes)}</section>`;
}

function contextSection({ context, snapshot, cluster, drift, healing, trends }: ContextPage): string {
  const title = `<h2>${text(context)}</h2>`;
  if (snapshot === undefined) return `<section>${title}\n<p class="none">Not read yet.</p></section>`;
  const { connectors, error, failures, workers, tookMs, at } = snapshot;
  const parts = HEALTHS.map((health) => ({
    name: health,
    fill: FILL[HEALTH_LOOKS[health].tone],
    count: connectors.filter((one) => one.health === health).length,
  }));
  const legend = parts
    .filter(({ count }) => count > 0)
    .map(({ name, fill, count }) => `<li>${swatch(fill)}${HEALTH_LOOKS[name].sign} ${thousands(count)} ${name}</li>`);
  const read = `Read ${momentText(new Date(at).toISOString())} in ${thousands(Math.round(tookMs))} ms${workers === null ? '' : `; ${workers === 1 ? '1 worker' : `${thousands(workers)} workers`}`}.`;
  const notes = [
    ...(cluster === undefined || error !== null || cluster.reasons.length === 0
      ? []
      : [`The cluster: ${cluster.health} since ${isoSeconds(cluster.since)}: ${cluster.reasons.join('; ')}.`]),
    ...(error === null ? [] : [`${error.message}. What follows is older.`]),
    ...failures.map(({ message }) => message),
  ];
  return `<section>${title}
<p class="quiet">${read}</p>
${bar(parts)}<ul class="legend">${legend.join('')}</ul>
${noteList(notes)}
${troubles(connectors)}
${healingPart(healing)}
${table(connectors)}
${sourcesTable(connectors)}
${driftPart(drift)}
${charts(connectors, trends)}</section>`;
}

function troubles(connectors: readonly ConnectorSnapshot[]): string {
  return connectors
    .filter(({ health }) => ILL.has(health))
    .map((one) => {
      const causes = new Set([one.cause, ...one.taskList.map(({ cause }) => cause)].filter((cause) => cause !== null));
      const since = one.since === null ? '' : ` <span class="quiet when">since ${momentText(one.since)}</span>`;
      return `<article><h3>${tag(one)} ${text(one.name)}</h3>
<p>${text(one.reasons.join('; '))}${since}</p>
${[...causes].map((cause) => `<p><code>${text(cause)}</code></p>`).join('')}${one.hint === null ? '' : `<p>→ ${text(one.hint)}</p>`}</article>`;
    })
    .join('\n');
}

function tag({ health }: ConnectorSnapshot): string {
  const { sign, tone } = HEALTH_LOOKS[health];
  return `<span class="tag ${tone}">${sign} ${health}</span>`;
}

const COLUMNS: readonly FoldColumn<ConnectorSnapshot>[] = [
  { header: 'health', isMarkup: true, value: tag },
  { header: 'type', whole: true, value: (one) => one.type },
  { header: 'tasks', numeric: true, value: tasksText },
  { header: 'lag', numeric: true, value: lagText },
  { header: 'behind', numeric: true, value: behindText },
  { header: 'records/s', numeric: true, value: (one) => rateText(one.recordsPerSecond) },
  { header: 'errors/min', numeric: true, value: (one) => rateText(one.errorsPerMinute) },
  {
    header: 'dead letters',
    numeric: true,
    value: ({ deadLetters }) =>
      deadLetters === null ? '-' : deadLetters.depth === null ? '?' : thousands(deadLetters.depth),
  },
];

function table(connectors: readonly ConnectorSnapshot[]): string {
  if (connectors.length === 0) return '<p class="none">No connectors.</p>';
  return foldTable({ header: 'connector', value: ({ name }) => name }, COLUMNS, connectors);
}

/** Whose lag is charted: the worst first, of those that have one. */
export function chartedOf(connectors: readonly ConnectorSnapshot[]): string[] {
  return connectors
    .filter(hasLag)
    .slice(0, MAX_CHARTS)
    .map(({ name }) => name);
}

/** One that is ill may have none just now. */
function hasLag({ lagMs, group, health }: ConnectorSnapshot): boolean {
  return lagMs !== null || (group?.lag ?? null) !== null || ILL.has(health);
}

/** How far behind, over the last 24 hours: in time where it is known, else in records. */
function charts(connectors: readonly ConnectorSnapshot[], trends: ReadonlyMap<string, readonly TrendPoint[]>): string {
  const drawn = chartedOf(connectors).flatMap((name) => {
    const all = trends.get(name) ?? [];
    const inTime = all.some(({ lagMs }) => lagMs !== null);
    const moments = all.map((one): Moment => {
      const tone = Object.entries(HEALTH_LOOKS).find(([health]) => health === one.health)?.[1].tone;
      return {
        at: one.at,
        value: inTime ? one.lagMs : one.lagRecords,
        ...(tone === 'bad' || tone === 'warn' ? { tone } : {}),
      };
    });
    return moments.filter(({ value }) => value !== null).length < 2 ? [] : [{ name, inTime, moments }];
  });
  if (drawn.length === 0) return '';
  const left = connectors.filter(hasLag).length - MAX_CHARTS;
  return `<h3>Behind, over the last 24 hours</h3>
<div class="charts">${drawn
    .map(({ name, inTime, moments }) =>
      chart(name, moments, inTime ? lagTime : (value) => `${thousands(value)} records`),
    )
    .join('\n')}</div>${left > 0 ? `\n<p class="quiet">${thousands(left)} healthier ones are not drawn.</p>` : ''}`;
}

function changes(all: readonly Change[] | null): string {
  if (all === null || all.length === 0) return '';
  const rows = all.map(({ at, verb, context, connectors, exitCode }) => {
    const names = connectors.map(({ name }) => name);
    const some = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
    const end = exitCode === null ? 'not ended' : exitCode === 0 ? 'done' : `exit ${exitCode}`;
    return `<li>${momentText(at)}: ${text(verb)} ${text(some)} on ${text(context)}: ${end}</li>`;
  });
  return `<section><h2>Last changes</h2>\n<ul class="notes">${rows.join('')}</ul></section>`;
}
