import {
  type DoctorFinding,
  type DoctorReport,
  SEVERITIES,
  type Severity,
  type Stage,
  type StageState,
  type Walk,
} from '../../doctor/model.ts';
import { firstNames } from '../../text/lists.ts';
import { HEADINGS, localFacts, STAGE_SIGN, sinceText, summaryText } from './doctor-words.ts';
import { facts, momentText, noteList, page, text } from './page.ts';

const NAMED = 10;
const TONE: Record<Severity, string> = { error: 'bad', warning: 'warn', note: 'none' };
const STAGE_TONE: Record<StageState, string> = {
  ok: 'good',
  idle: 'good',
  stuck: 'bad',
  warning: 'warn',
  unknown: 'warn',
  inactive: 'none',
};

/** The page of `doctor -o html`. */
export function doctorHtml(report: DoctorReport): string {
  const { context, at, walk, local, notRead, summary } = report;
  const tone = summary.errors > 0 ? 'bad' : summary.warnings > 0 || notRead.length > 0 ? 'warn' : 'good';
  const title = walk === null ? context : `${walk.sources.join(', ') || '?'} → ${walk.sinks.join(', ') || '?'}`;
  return page({
    title: `${title}: ${summaryText(report)}`,
    body: [
      `<header><p class="over">sluice doctor</p>
<h1>${text(title)}</h1>
<p class="verdict"><span class="tag ${tone}">${text(summaryText(report))}</span></p>
<p class="quiet">${text(context)}, ${momentText(at)}</p></header>`,
      walk === null ? findings(report) : stages(walk),
      local === null
        ? ''
        : `<section><h2>This machine</h2>${facts(localFacts(local).map(([key, value]) => [text(key), text(value)]))}</section>`,
      notRead.length === 0
        ? ''
        : `<section><h2>Not read</h2>\n${noteList(notRead.map(({ what, reason }) => `${what}: ${reason}`))}</section>`,
    ]
      .filter((part) => part !== '')
      .join('\n'),
  });
}

function findings(report: DoctorReport): string {
  return SEVERITIES.flatMap((severity) => {
    const those = report.findings.filter((one) => one.severity === severity);
    if (those.length === 0) return [];
    return [
      `<section><h2 class="${TONE[severity]}">${HEADINGS[severity]}</h2>\n${those.map(article).join('\n')}</section>`,
    ];
  }).join('\n');
}

function article(one: DoctorFinding): string {
  const whose = one.connectors.length === 0 ? one.check : firstNames(one.connectors, NAMED);
  return `<article><h3>${text(whose)}</h3>
<p>${text(one.message)}${text(sinceText(one.since))}</p>
${one.details.map((detail) => `<p><code>${text(detail)}</code></p>`).join('')}${next(one)}</article>`;
}

function next({ hint, statement, command }: Pick<DoctorFinding, 'hint' | 'statement' | 'command'>): string {
  return [
    ...(hint === null ? [] : [`<p>→ ${text(hint)}</p>`]),
    ...[statement, command].flatMap((line) => (line === null ? [] : [`<p><code>${text(line)}</code></p>`])),
  ].join('');
}

function stages(walk: Walk): string {
  const rows = walk.stages.map(
    (stage) =>
      `<tr role="row"><th scope="row" role="rowheader"><span class="tag ${STAGE_TONE[stage.state]}">${STAGE_SIGN[stage.state]}</span> ${text(stage.stage)}</th><td role="cell" data-label="connector">${text(stage.connector ?? 'both ends')}</td><td role="cell" data-label="state">${text(stage.state)}</td><td role="cell" data-label="what">${text(stage.message)}${text(sinceText(stage.since))}${noteList(stage.details)}</td></tr>`,
  );
  const at = walk.at === null ? undefined : walk.stages[walk.at];
  return `${at === undefined ? '' : why(at)}<section><h2>Stages</h2>
<table class="fold" role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">stage</th><th scope="col" role="columnheader">connector</th><th scope="col" role="columnheader">state</th><th scope="col" role="columnheader">what</th></tr></thead><tbody role="rowgroup">
${rows.join('\n')}</tbody></table></section>`;
}

function why(stage: Stage): string {
  if (stage.cause === null && next(stage) === '') return '';
  return `<section><h2>Why</h2>
${stage.cause === null ? '' : `<p><code>${text(stage.cause)}</code></p>`}${next(stage)}</section>\n`;
}
