import type { CauseGroup } from '../../dlq/groups.ts';
import type { ShownRecord, ShowReport } from '../../dlq/show.ts';
import { type Decoded, decodedText } from '../../records/decoded.ts';
import { thousands } from '../../text/thousands.ts';
import { visible } from '../../text/visible.ts';
import type { View } from '../command.ts';
import type { Versioned, WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { lastHourText, recordsText, timesNote, timeText } from './dlq-list.ts';

/** @title sluice dlq show --json */
export type DlqShowDocument = WithWarnings<ShowReport>;

/** @title A line of sluice dlq show --follow --json */
export type DlqFollowDocument = Versioned<ShownRecord & { queue: string }>;

export const dlqShowView: View<ShowReport, DlqShowDocument> = {
  holdsValues: true,
  prose: true,
  table: (report, style) => {
    const { queue, context, facts, matching, groups, otherCauses, records, connectors } = report;
    const head = `${queue} on ${context}: ${recordsText(facts)} records, ${lastHourText(facts)} of the last hour`;
    const several = connectors.length === 0 ? [] : ['', `Written by several sinks: ${connectors.join(', ')}`];
    const again = groups.reduce((sum, { failedAgain }) => sum + failedAgain, 0);
    if (matching === 0) return [head, 'No record fits.'].slice(0, facts.records === 0 ? 1 : 2).join('\n');
    if (records.length > 0) {
      const texts = records.map((record) => recordText(record, queue, style));
      return [head, ...several, '', texts.join('\n\n'), ...timesNote([facts])].join('\n');
    }
    return [
      `${head}, ${thousands(matching)} shown`,
      ...several,
      '',
      groupsText(groups, style),
      ...(otherCauses > 0 ? [`and ${thousands(otherCauses)} records with other causes`] : []),
      ...(again > 0 ? ['', `${thousands(again)} of them had been replayed before, and failed again.`] : []),
      ...timesNote([facts]),
      '',
      `Single records: sluice dlq show --queue ${queue} --limit 5`,
    ].join('\n');
  },
};

function groupsText(groups: readonly CauseGroup[], style: Style): string {
  return renderTable<CauseGroup>(
    [
      { header: 'records', value: ({ count }) => thousands(count), align: 'right' },
      { header: 'topic', value: ({ topic }) => topic ?? '?', wrap: true },
      { header: 'latest', value: ({ last }) => timeText(last) },
      { header: 'earliest', value: ({ first }) => timeText(first), optional: 1 },
      { header: 'cause', value: causeText, wrap: true },
    ],
    groups,
    style,
  );
}

function causeText({ cause, stage }: Pick<CauseGroup, 'cause' | 'stage'>): string {
  if (cause === null) return 'unknown: no error headers';
  return stage === null ? cause : `${cause} (${stage})`;
}

/** Longer texts are cut: a record may have megabytes. */
const SHOWN = 1500;

export function recordText(record: ShownRecord, queue: string, style: Style): string {
  const { partition, offset, timestamp, error } = record;
  const origin =
    error.topic === null ? '' : `, from ${error.topic}/${error.partition ?? '?'} at ${error.offset ?? '?'}`;
  return recordLines(`${queue}/${partition} at ${offset}, ${timeText(timestamp)}${origin}`, record, style);
}

/** @param title where it is */
export function recordLines(title: string, record: ShownRecord, { color }: Style): string {
  const { key, value, headers, error, attempts } = record;
  const cause = causeText({ cause: error.cause, stage: error.stageMeaning ?? error.stage });
  const lines = [
    color.bold(title),
    `  cause   ${cut(cause)}`,
    `  key     ${decodedLine(key)}`,
    `  value   ${decodedLine(value)}`,
    ...headers.map(
      ({ name, value: content }) => `  header  ${cut(name)} = ${content === null ? 'null' : cut(content)}`,
    ),
    ...(attempts > 0 ? [`  replayed ${attempts === 1 ? 'once' : `${attempts} times`} before, and failed again`] : []),
  ];
  return lines.map((line) => visible(line).replaceAll('\n', '\\n')).join('\n');
}

function decodedLine(decoded: Decoded): string {
  const { format, schemaId, note } = decoded;
  if (format === 'null') return 'null';
  const schema = schemaId === undefined || format === 'bytes' ? format : `${format} ${schemaId}`;
  return `${cut(decodedText(decoded))}  (${schema}${note === undefined ? '' : `: ${note}`})`;
}

function cut(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… ${thousands(text.length - SHOWN)} more characters`;
}
