import type { OffsetsReport, OffsetsResult } from '../../operate/offsets/change.ts';
import { isChange } from '../../operate/offsets/plan.ts';
import { redactTree } from '../../text/redact.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { offsetText, partitionsTable } from './offsets-table.ts';
import { hintsOf, resultText } from './operate.ts';

/** @title sluice offsets set|reset|restore|recover --json */
export type OffsetsChangeDocument = WithWarnings<Omit<OffsetsReport, 'exitCode'>>;

export const offsetsChangeView: View<OffsetsReport, OffsetsChangeDocument> = {
  prose: true,
  table: ({ results, dryRun, context }, style) =>
    [
      ...(results.length === 0 ? [`No matching connectors on ${context}.`] : []),
      ...results.map((result) => resultBlock(result, style)),
      ...(dryRun ? ['Nothing was changed (--dry-run).'] : []),
      ...hintsOf(results).slice(1),
    ].join('\n\n'),
  document: ({ exitCode: _exitCode, ...report }) => redactTree(report),
  exitCode: (report) => report.exitCode,
};

function resultBlock(result: OffsetsResult, style: Style): string {
  const { name, type, outcome, state, tasks, changes, notes, backup } = result;
  const running = tasks === null || tasks.total === 0 ? '' : ` ${tasks.running}/${tasks.total}`;
  const head = `${style.color.bold(name)}${type === null ? '' : ` (${type})`}: ${resultText(result, style)}`;
  const differing = changes.filter(isChange);
  const same = changes.length - differing.length;
  return [
    state === null ? head : `${head}, ${state}${running}`,
    ...(differing.length > 0 ? [changesTable(differing, style)] : []),
    ...(same > 0
      ? [`${same} ${same === 1 ? 'partition stays' : 'partitions stay'} as ${same === 1 ? 'it is' : 'they are'}`]
      : []),
    ...notes.map((note) => `${style.color.yellow('!')} ${note}`),
    ...(backup === null
      ? []
      : [
          `The offsets before: ${backup}`,
          ...(outcome === 'undone' || outcome === 'would be undone'
            ? []
            : [`To undo: ${command(`offsets restore ${shellWord(name)}`, { backup: shellWord(backup) })}`]),
        ]),
  ].join('\n');
}

function changesTable(changes: OffsetsResult['changes'], style: Style): string {
  return partitionsTable(
    changes,
    [
      { header: 'before', value: ({ before }) => offsetText(before) },
      { header: 'after', value: ({ after }) => offsetText(after) },
    ],
    style,
  );
}
