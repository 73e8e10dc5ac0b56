import type { DeleteReport, DeleteResult } from '../../operate/delete.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';
import { hintsOf, resultText } from './operate.ts';

/** @title sluice delete --json */
export type DeleteDocument = WithWarnings<Omit<DeleteReport, 'exitCode'>>;

export const deleteView: View<DeleteReport, DeleteDocument> = {
  prose: true,
  table: (report, style) => {
    const table = renderTable(
      [
        { header: 'connector', value: (row: DeleteResult) => row.name, wrap: true },
        { header: 'result', value: (row) => resultText(row, style), wrap: true },
        { header: 'kept', value: (row) => row.kept ?? '-', wrap: true },
      ],
      report.results,
      style,
    );
    const keeps = report.results.some((row) => row.kept !== null);
    return [
      table,
      '',
      summary(report),
      ...hintsOf(report.results),
      ...(keeps ? ['A new connector with the same name will resume from the old offsets.'] : []),
    ].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: (report) => report.exitCode,
};

function summary({ context, results }: DeleteReport): string {
  const counts = [...Map.groupBy(results, ({ outcome }) => outcome ?? 'failed')].map(
    ([outcome, rows]) => `${rows.length} ${outcome.replace('was ', '')}`,
  );
  return `${results.length} ${results.length === 1 ? 'connector' : 'connectors'} on ${context}: ${counts.join(', ')}`;
}
