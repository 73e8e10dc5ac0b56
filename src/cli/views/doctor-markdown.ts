import { type DoctorFinding, type DoctorReport, SEVERITIES, type Stage, type Walk } from '../../doctor/model.ts';
import { firstNames } from '../../text/lists.ts';
import { code, sentence, shortened, tableRow } from '../markdown.ts';
import { HEADINGS, headline, localFacts, STAGE_SIGN, sinceText, summaryText } from './doctor-words.ts';

const MAX_TEXT = 500;
const MAX_FINDINGS = 100;
const NAMED = 5;

/** The report for a comment or a job summary. */
export function doctorMarkdown(report: DoctorReport): string {
  const { walk, local, notRead, context } = report;
  const blocks = [
    `### Connect doctor\n\nOn ${code(shortened(context, MAX_TEXT))}: ${plain(summaryText(report))}`,
    ...(walk === null ? clusterBlocks(report) : walkBlocks(walk)),
    ...(notRead.length === 0
      ? []
      : [`**Not read:**\n\n${notRead.map(({ what, reason }) => `- ${plain(`${what}: ${reason}`)}`).join('\n')}`]),
    ...(local === null
      ? []
      : [
          localFacts(local)
            .map(([key, value]) => `- ${key}: ${plain(value)}`)
            .join('\n'),
        ]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function plain(text: string): string {
  return sentence(shortened(text, MAX_TEXT));
}

function clusterBlocks({ findings }: DoctorReport): string[] {
  const shown = findings.slice(0, MAX_FINDINGS);
  const left = findings.length - shown.length;
  return [
    ...SEVERITIES.flatMap((severity) => {
      const those = shown.filter((one) => one.severity === severity);
      return those.length === 0 ? [] : [`**${HEADINGS[severity]}**\n\n${those.map(item).join('\n')}`];
    }),
    ...(left > 0 ? [`**Not shown:** ${left} more. \`sluice doctor\` shows all.`] : []),
  ];
}

function item(one: DoctorFinding): string {
  const whose = one.connectors.length === 0 ? '' : `${code(shortened(firstNames(one.connectors, NAMED), MAX_TEXT))}: `;
  return [
    `- ${whose}${plain(`${one.message}${sinceText(one.since)}`)}`,
    ...one.details.map((detail) => `  - ${plain(detail)}`),
    ...next(one),
  ].join('\n');
}

function next({ hint, statement, command }: Pick<DoctorFinding, 'hint' | 'statement' | 'command'>): string[] {
  return [
    ...(hint === null ? [] : [`  - → ${plain(hint)}`]),
    ...[statement, command].flatMap((line) => (line === null ? [] : [`  - ${code(shortened(line, MAX_TEXT))}`])),
  ];
}

function walkBlocks(walk: Walk): string[] {
  const at = walk.at === null ? undefined : walk.stages[walk.at];
  return [
    ...(at === undefined ? [] : [why(at, walk)]),
    [
      '| | Stage | Connector | |',
      '| --- | --- | --- | --- |',
      ...walk.stages.map((stage) =>
        tableRow([
          STAGE_SIGN[stage.state],
          stage.stage,
          stage.connector === null ? '' : code(shortened(stage.connector, MAX_TEXT)),
          plain([stage.message, ...stage.details].join('; ')),
        ]),
      ),
    ].join('\n'),
  ];
}

function why(stage: Stage, walk: Walk): string {
  return [
    `**${plain(headline(walk))}**`,
    '',
    ...(stage.cause === null ? [] : [`  - ${plain(stage.cause)}`]),
    ...next(stage),
  ]
    .join('\n')
    .replaceAll(/^ {2}- /gm, '- ');
}
