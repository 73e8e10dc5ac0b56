import {
  type DoctorFinding,
  type DoctorReport,
  type NotRead,
  SEVERITIES,
  type Stage,
  type StageState,
  type Walk,
} from '../../doctor/model.ts';
import { EXIT, type ExitCode } from '../../errors/registry.ts';
import { firstNames } from '../../text/lists.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { wrapWords } from '../wrap-lines.ts';
import { doctorHtml } from './doctor-html.ts';
import { doctorMarkdown } from './doctor-markdown.ts';
import { HEADINGS, headline, localFacts, STAGE_SIGN, sinceText, summaryText } from './doctor-words.ts';

/** @title sluice doctor --json */
export type DoctorDocument = WithWarnings<DoctorReport>;

export const doctorView = {
  prose: true,
  table: (report, style) => (report.walk === null ? clusterText(report, style) : walkText(report, report.walk, style)),
  forms: { html: doctorHtml, markdown: doctorMarkdown },
  exitCode: exitCodeOf,
} satisfies View<DoctorReport, DoctorDocument>;

/**
 * What is wrong is wrong, also if something else could not be read: that is in the report. Otherwise a failure to read
 * leaves the answer open.
 */
function exitCodeOf({ summary, notRead }: DoctorReport): ExitCode {
  if (summary.errors + summary.warnings > 0) return EXIT.negative;
  return notRead.some(({ error }) => error !== null) ? EXIT.partial : EXIT.ok;
}

/** Connectors named in one line. */
const NAMED = 5;

function clusterText(report: DoctorReport, style: Style): string {
  const { color } = style;
  const sections = SEVERITIES.flatMap((severity) => {
    const those = report.findings.filter((one) => one.severity === severity);
    if (those.length === 0) return [];
    return [color.bold(HEADINGS[severity]), ...those.flatMap((one) => findingLines(one, style)), ''];
  });
  const lines = [
    ...sections,
    ...(report.local === null ? [] : localFacts(report.local).map(([key, value]) => `${`${key}:`.padEnd(10)}${value}`)),
    ...notReadLines(report.notRead, style),
    '',
    summaryText(report),
  ];
  const [worst] = report.findings;
  // The worst comes first, which is what a terminal no longer shows.
  const isLong = worst?.severity === 'error' && lines.length > SCREEN;
  return [...lines, ...(isLong ? ['', 'Begin with:', ...findingLines(worst, style)] : [])].join('\n');
}

/** Lines that a small terminal shows. */
const SCREEN = 20;

function findingLines(one: DoctorFinding, style: Style): string[] {
  const { color } = style;
  const sign = { error: color.red('✖'), warning: color.yellow('!'), note: color.dim('·') }[one.severity];
  const names = one.connectors.length === 0 ? '' : `${color.bold(firstNames(one.connectors, NAMED))}: `;
  return [
    `${sign} ${names}${one.message}${sinceText(one.since)}`,
    ...one.details.map((detail) => `  ${detail}`),
    ...nextLines(one, style),
  ];
}

function nextLines(
  { hint, statement, command }: Pick<DoctorFinding, 'hint' | 'statement' | 'command'>,
  style: Style,
): string[] {
  return [
    ...(hint === null ? [] : [`  ${style.color.cyan('→')} ${hint}`]),
    ...(statement === null ? [] : [`    ${statement}`]),
    ...(command === null ? [] : [`    ${command}`]),
  ];
}

function walkText(report: DoctorReport, walk: Walk, style: Style): string {
  const width = Math.max(...walk.stages.map(({ stage }) => stage.length));
  const several = walk.sources.length + walk.sinks.length > 2;
  const indent = width + 4;
  // Below its stage, not at the edge.
  const under = (text: string) =>
    (style.interactive ? wrapWords(text, Math.max(20, style.width - indent)) : text).replaceAll(
      '\n',
      `\n${' '.repeat(indent)}`,
    );
  const lines = walk.stages.flatMap((stage) => {
    const whose = several && stage.connector !== null ? `${stage.connector}: ` : '';
    return [
      `${paintStage(stage.state, style)} ${stage.stage.padEnd(width)}  ${under(`${whose}${stage.message}`)}`,
      ...stage.details.map((detail) => `${' '.repeat(indent)}${under(detail)}`),
    ];
  });
  const at = walk.at === null ? undefined : walk.stages[walk.at];
  return [
    style.color.bold(`${walk.sources.join(', ') || '?'} → ${walk.sinks.join(', ') || '?'} on ${report.context}`),
    '',
    ...lines,
    '',
    style.color.bold(headline(walk)),
    ...(at === undefined ? [] : whyLines(at, style)),
    ...alsoLines(walk, style),
    ...notReadLines(report.notRead, style),
  ].join('\n');
}

/** Why, and what to do. */
function whyLines(stage: Stage, style: Style): string[] {
  return [...(stage.cause === null ? [] : [`  ${stage.cause}`]), ...nextLines(stage, style)];
}

/** Other stages that are wrong: what follows from the first, or is wrong, too. */
function alsoLines({ stages, at, outcome }: Walk, style: Style): string[] {
  const others = stages.filter(
    ({ state, command, statement }, index) =>
      index !== at &&
      (state === 'stuck' || state === 'warning') &&
      (outcome !== 'stuck' || command !== null || statement !== null),
  );
  if (others.length === 0) return [];
  const cause = at === null ? null : stages[at]?.cause;
  return [
    '',
    'Also:',
    ...others.flatMap((stage) => [
      `- ${stage.stage}${stage.connector === null ? '' : ` of ${stage.connector}`}: ${stage.message}${sinceText(stage.since)}`,
      // Once is enough.
      ...whyLines(stage.cause === cause ? { ...stage, cause: null } : stage, style),
    ]),
  ];
}

function paintStage(state: StageState, { color }: Style): string {
  const sign = STAGE_SIGN[state];
  if (state === 'stuck') return color.red(sign);
  if (state === 'ok' || state === 'idle') return color.green(sign);
  return state === 'inactive' ? color.dim(sign) : color.yellow(sign);
}

function notReadLines(notRead: readonly NotRead[], { color }: Style): string[] {
  if (notRead.length === 0) return [];
  return ['', ...notRead.map(({ what, reason }) => color.yellow(`Not read: ${what}: ${reason}`))];
}
