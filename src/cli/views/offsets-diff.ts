import type { OffsetsDiffReport, OffsetsDiffResult } from '../../operate/offsets/read.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { redactTree } from '../../text/redact.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { offsetText, partitionsTable } from './offsets-table.ts';
import { hintsOf, resultText } from './operate.ts';

/** @title sluice offsets diff --json */
export type OffsetsDiffDocument = WithWarnings<Omit<OffsetsDiffReport, 'exitCode'>>;

export const offsetsDiffView: View<OffsetsDiffReport, OffsetsDiffDocument> = {
  prose: true,
  table: ({ results, at }, style) =>
    results.length === 0
      ? 'The backup has no connectors.'
      : [
          ...results.map((one) => block(one, style)),
          `Compared with the backup of ${isoSeconds(at)}`,
          ...hintsOf(results).slice(1),
        ].join('\n\n'),
  document: ({ exitCode: _exitCode, ...report }) => redactTree(report),
  exitCode: (report) => report.exitCode,
};

function block({ name, differences, notes, error }: OffsetsDiffResult, style: Style): string {
  const title = style.color.bold(name);
  if (error !== null) return `${title}: ${resultText({ outcome: null, error }, style)}`;
  const count = differences.length;
  const verdict =
    count === 0
      ? style.color.green('the same offsets')
      : style.color.yellow(`${count} ${count === 1 ? 'partition differs' : 'partitions differ'}`);
  const table = partitionsTable(
    differences,
    [
      { header: 'in the file', value: ({ before }) => offsetText(before) },
      { header: 'live', value: ({ after }) => offsetText(after) },
    ],
    style,
  );
  return [
    `${title}: ${verdict}`,
    ...(count > 0 ? [table] : []),
    ...notes.map((note) => `${style.color.yellow('!')} ${note}`),
  ].join('\n');
}
