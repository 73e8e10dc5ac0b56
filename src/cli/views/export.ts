import path from 'node:path';
import { EXIT } from '../../errors/registry.ts';
import type { ExportedConnector, ExportReport } from '../../export/export.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';
import { unreadableExit, unreadableLines } from './unreadable.ts';

/** @title sluice export --json */
export type ExportDocument = WithWarnings<ExportReport>;

export const exportView: View<ExportReport, ExportDocument> = {
  prose: true,
  table: (report, style) => {
    const unreadable = unreadableLines(report.unreadable, style);
    if (report.connectors.length === 0) {
      return unreadable.length > 0 ? unreadable.join('\n') : `No connectors on ${report.context}.`;
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
        : [`Secrets are in ${report.envFile} (readable only by you, and listed in the .gitignore next to it).`]),
      ...(masked.length > 0
        ? [
            style.color.yellow(
              `The worker masks ${masked.length} of them; fill in: ${masked.map((one) => one.variable).join(', ')}`,
            ),
          ]
        : []),
      ...unreadable,
      `Check: ${command(`plan ${shellWord(planned(report))}`, { envFile: report.envFile === null ? undefined : shellWord(report.envFile) })}`,
    ].join('\n');
  },
  exitCode: (report) => unreadableExit(report) ?? EXIT.ok,
};

/** The one file, or the folder of all. */
function planned({ connectors }: ExportReport): string {
  const file = connectors[0]?.file ?? '.';
  return connectors.length === 1 ? file : path.dirname(file);
}
