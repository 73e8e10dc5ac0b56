import type { DeleteReport, DeleteResult } from '../../operate/delete.ts';
import type { View } from '../command.ts';
import { renderTable } from '../table.ts';
import { resultText } from './operate.ts';

export const deleteView: View<DeleteReport> = {
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
    return keeps ? `${table}\n\nA connector made again under the same name goes on where the old one stopped.` : table;
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: (report) => report.exitCode,
};
