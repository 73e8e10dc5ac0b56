import type { ReconcileRun, ReconcileRunTable } from '../../store/comparisons.ts';
import { thousands } from '../../text/thousands.ts';
import { type Cell, chart, type Moment, strip, swatch } from './charts.ts';
import { momentText, noteList, page, secondsText, text } from './page.ts';
import { tableName } from './reconcile-result.ts';
import { differing, factLines, type ReconcileHistoryReport, rowsOf, whatOf } from './reconcile-runs.ts';
import { counted } from './reconcile-values.ts';

/** Runs of one comparison, oldest first. */
interface Series {
  what: string;
  mode: ReconcileRun['mode'];
  runs: ReconcileRun[];
}

/** The runs over time, by what they compared; the one whose last run is latest comes first. */
export function reconcileHistoryHtml({ runs, detailed }: ReconcileHistoryReport): string {
  const [only] = runs;
  if (detailed && only !== undefined)
    return page({ title: `run ${only.id}: ${whatOf(only)}`, body: `${head(`Run ${only.id}`, '')}\n${oneRun(only)}` });
  const series = seriesOf(runs);
  const lead =
    runs.length === 0
      ? 'Nothing has been compared from here yet.'
      : `${counts(runs.length, 'run', 'runs')} from this machine, latest first; --limit shows more or fewer.`;
  return page({
    title: 'Comparisons',
    body: [head('Comparisons', lead), ...series.map(seriesSection)].join('\n'),
  });
}

function head(title: string, lead: string): string {
  return `<header><p class="over">sluice reconcile history</p>\n<h1>${text(title)}</h1>${lead === '' ? '' : `\n<p class="quiet">${text(lead)}</p>`}</header>`;
}

function seriesOf(runs: readonly ReconcileRun[]): Series[] {
  return [...Map.groupBy(runs, (run) => JSON.stringify([whatOf(run), run.mode])).values()].flatMap((all) => {
    const [latest] = all;
    return latest === undefined ? [] : [{ what: whatOf(latest), mode: latest.mode, runs: all.toReversed() }];
  });
}

function seriesSection({ what, mode, runs }: Series, index: number): string {
  const last = runs.at(-1);
  const first = runs[0];
  if (last === undefined || first === undefined) return '';
  const moments = (of: (run: ReconcileRun) => number | null): Moment[] =>
    runs.map((run) => {
      const tone = toneOf(run);
      return { at: Date.parse(run.at), value: of(run), ...(tone === 'good' ? {} : { tone }) };
    });
  const charts = [
    chart(
      'rows that differ',
      moments(({ tables }) => differing(tables)),
      (value) => thousands(value),
    ),
    chart(
      'rows of the source',
      moments(({ tables }) => rowsOf(tables)),
      (value) => thousands(value),
    ),
    chart(
      'duration',
      moments(({ durationMs }) => durationMs),
      secondsText,
    ),
  ];
  const cells: Cell[] = runs.map((run) => ({
    fill: FILL[toneOf(run)],
    title: `run ${run.id}, ${momentText(run.at)}: ${outcomeOf(run)}`,
  }));
  const counts = [...Map.groupBy(runs, outcomeOf)].map(([outcome, all]) => `${all.length} ${outcome}`).join(', ');
  return `<section aria-labelledby="s${index}"><h2 id="s${index}">${text(what)}</h2>
<p class="quiet"><span class="tag ${toneOf(last)}">${text(outcomeOf(last))}</span> · ${momentText(last.at)} · mode ${mode}</p>
${strip(cells, `Verdicts, oldest first: ${counts}`)}
<ul class="legend">${LEGEND.filter(([tone]) => runs.some((run) => toneOf(run) === tone))
    .map(([tone, name]) => `<li>${swatch(FILL[tone])}${name} ${runs.filter((run) => toneOf(run) === tone).length}</li>`)
    .join('')}</ul>
<div class="charts">${charts.join('\n')}</div>
${runs.length > 1 ? `<p class="ends"><span>${momentText(first.at)}</span><span>${momentText(last.at)}</span></p>` : ''}
${shortTable(runs.toReversed())}</section>`;
}

const LEGEND = [
  ['good', 'equal'],
  ['warn', 'incomplete or undetermined'],
  ['bad', 'different or failed'],
] as const;
const FILL = { good: 'equal', warn: 'extra', bad: 'missing' } as const;

function toneOf({ verdict }: ReconcileRun): 'good' | 'warn' | 'bad' {
  if (verdict === 'equal') return 'good';
  return verdict === 'incomplete' || verdict === 'undetermined' ? 'warn' : 'bad';
}

function outcomeOf({ verdict, error }: ReconcileRun): string {
  return verdict ?? error ?? 'failed';
}

/** Runs shown at once; the others can be unfolded. */
const AT_ONCE = 10;

/** @param runs latest first */
function shortTable(runs: readonly ReconcileRun[]): string {
  const earlier = runs.slice(AT_ONCE);
  const more =
    earlier.length === 0
      ? ''
      : `\n<details><summary>${counts(earlier.length, 'earlier run', 'earlier runs')}</summary>${runsTable(earlier)}</details>`;
  return `${runsTable(runs.slice(0, AT_ONCE))}${more}`;
}

function runsTable(runs: readonly ReconcileRun[]): string {
  const rows = runs.map(
    (run) =>
      `<tr role="row"><th scope="row" role="rowheader" data-label="run">${run.id}</th><td role="cell" class="when" data-label="when">${momentText(run.at)}</td><td role="cell" data-label="verdict"><span class="tag ${toneOf(run)}">${text(outcomeOf(run))}</span></td>${numbers(
        [
          ['tables', thousands(run.tables.length)],
          ['rows', counted(rowsOf(run.tables))],
          ['differ', counted(differing(run.tables))],
          ['exit', String(run.exitCode)],
          ['time', secondsText(run.durationMs)],
        ],
      )}</tr>`,
  );
  return `<table class="fold" role="table">${heads(['run', 'when', 'verdict'], ['tables', 'rows', 'differ', 'exit', 'time'])}<tbody role="rowgroup">${rows.join('\n')}</tbody></table>`;
}

function oneRun(run: ReconcileRun): string {
  const rows = run.tables.map(
    (table: ReconcileRunTable) =>
      `<tr role="row"><th scope="row" role="rowheader">${text(tableName(table))}</th><td role="cell" data-label="verdict"><span class="tag ${toneOf({ ...run, verdict: table.verdict })}">${text(table.error ?? table.verdict)}</span></td>${numbers(
        [
          ['source', counted(table.rows.source)],
          ['target', counted(table.rows.target)],
          ['missing', counted(table.missing)],
          ['extra', counted(table.extra)],
          ['different', counted(table.different)],
          ['undetermined', counted(table.undetermined)],
        ],
      )}</tr>`,
  );
  const tables =
    rows.length === 0
      ? '<p class="quiet">No table was compared.</p>'
      : `<table class="fold" role="table">${heads(['table', 'verdict'], ['source', 'target', 'missing', 'extra', 'different', 'undetermined'])}<tbody role="rowgroup">${rows.join('\n')}</tbody></table>`;
  const pair = run.pair === null ? [] : [`pair ${run.pair}`];
  return `<p class="quiet"><span class="tag ${toneOf(run)}">${text(outcomeOf(run))}</span> · ${momentText(run.at)} · ${secondsText(run.durationMs)}</p>
${noteList([...pair, ...factLines(run)])}
${tables}`;
}

function heads(texts: readonly string[], numbers: readonly string[]): string {
  const cells = [
    ...texts.map((one) => `<th scope="col" role="columnheader">${one}</th>`),
    ...numbers.map((one) => `<th scope="col" role="columnheader" class="n">${one}</th>`),
  ];
  return `<thead role="rowgroup"><tr role="row">${cells.join('')}</tr></thead>`;
}

function numbers(cells: readonly (readonly [label: string, value: string])[]): string {
  return cells.map(([label, value]) => `<td role="cell" class="n" data-label="${label}">${text(value)}</td>`).join('');
}

function counts(count: number, one: string, many: string): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}
