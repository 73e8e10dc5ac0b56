import { partialExit } from '../../errors/error.ts';
import type { ExportedConnector, ExportReport } from '../../export/export.ts';
import type { View } from '../command.ts';
import { renderTable } from '../table.ts';
import { unreadableLines } from './unreadable.ts';

export const exportView: View<ExportReport> = {
  table: (report, style) => {
    const unreadable = unreadableLines(report.unreadable, style);
    if (report.connectors.length === 0) {
      return unreadable.length > 0 ? unreadable.join('\n') : `There is no connector on ${report.context}.`;
    }
    const masked = report.connectors.flatMap((one) => one.masked);
    return [
      renderTable(
        [
          { header: 'connector', value: (row: ExportedConnector) => row.name, wrap: true },
          { header: 'file', value: (row) => row.file, wrap: true },
          { header: 'secrets', value: (row) => String(row.secrets.length + row.masked.length), align: 'right' },
        ],
        report.connectors,
        style,
      ),
      '',
      ...(report.envFile === null
        ? []
        : [`Secrets are in ${report.envFile} (only you can read it; .gitignore beside it names it).`]),
      ...(masked.length > 0
        ? [
            style.color.yellow(
              `The worker masks ${masked.length} of them; fill in: ${masked.map((one) => one.variable).join(', ')}`,
            ),
          ]
        : []),
      ...unreadable,
      `Check: sluice plan ${report.connectors.length === 1 ? report.connectors[0]?.file : '…'}${report.envFile === null ? '' : ` --env-file ${report.envFile}`}`,
    ].join('\n');
  },
  exitCode: ({ connectors, unreadable }) =>
    partialExit(
      connectors.length,
      unreadable.map(({ error }) => error),
    ),
};
