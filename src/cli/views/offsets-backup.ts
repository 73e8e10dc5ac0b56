import type { OffsetsBackupReport, OffsetsBackupResult } from '../../operate/offsets/read.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';
import { hintsOf, resultText } from './operate.ts';

/** @title sluice offsets backup --json */
export type OffsetsBackupDocument = WithWarnings<Omit<OffsetsBackupReport, 'exitCode'>>;

export const offsetsBackupView: View<OffsetsBackupReport, OffsetsBackupDocument> = {
  prose: true,
  table: ({ results, file, context }, style) => {
    if (results.length === 0) return `No matching connectors on ${context}.`;
    const saved = results.filter(({ error }) => error === null).length;
    const table = renderTable<OffsetsBackupResult>(
      [
        { header: 'connector', value: ({ name }) => name, wrap: true },
        { header: 'type', value: ({ type }) => type ?? '-' },
        { header: 'partitions', value: ({ partitions }) => String(partitions ?? '-'), align: 'right' },
        { header: 'result', value: (row) => resultText({ outcome: 'saved', error: row.error }, style), wrap: true },
      ],
      results,
      style,
    );
    const summary =
      file === null
        ? 'No file was written.'
        : `The offsets of ${saved} of ${results.length} on ${context} are in ${file}`;
    return [table, '', summary, ...hintsOf(results)].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: (report) => report.exitCode,
};
