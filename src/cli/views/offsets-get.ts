import type { ConnectorOffsets, OffsetsGetReport, ShownOffset } from '../../operate/offsets/read.ts';
import { redactTree } from '../../text/redact.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { offsetText, partitionsTable } from './offsets-table.ts';
import { hintsOf, resultText } from './operate.ts';

/** @title sluice offsets get --json */
export type OffsetsGetDocument = WithWarnings<Omit<OffsetsGetReport, 'exitCode'>>;

export const offsetsGetView: View<OffsetsGetReport, OffsetsGetDocument> = {
  prose: true,
  table: ({ connectors, context }, style) =>
    connectors.length === 0
      ? `No matching connectors on ${context}.`
      : [...connectors.map((one) => block(one, style)), ...hintsOf(connectors).slice(1)].join('\n\n'),
  document: ({ exitCode: _exitCode, ...report }) => redactTree(report),
  exitCode: (report) => report.exitCode,
};

function block({ name, type, state, group, offsets, error }: ConnectorOffsets, style: Style): string {
  const title = style.color.bold(name);
  if (error !== null) return `${title}: ${resultText({ outcome: null, error }, style)}`;
  const about = [type, state, group === null ? null : `group ${group}`].filter((one) => one !== null);
  const head = `${title} (${about.join(', ')})`;
  if (offsets.length === 0) return `${head}: no offsets`;
  const hasLag = offsets.some(({ lag }) => lag !== null);
  const table = partitionsTable<ShownOffset>(
    offsets,
    [
      { header: 'offset', value: ({ offset }) => offsetText(offset) },
      ...(hasLag ? [{ header: 'lag', value: ({ lag }: ShownOffset) => String(lag ?? '-') }] : []),
    ],
    style,
  );
  return `${head}\n${table}`;
}
