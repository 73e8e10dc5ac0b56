import type { DashboardFile, DashboardsReport } from '../../dashboards/export.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';

/** @title sluice dashboards export --json */
export type DashboardsExportDocument = WithWarnings<DashboardsReport>;

export const dashboardsExportView: View<DashboardsReport, DashboardsExportDocument> = {
  table: ({ files }, style) =>
    renderTable(
      [
        { header: 'file', value: (row: DashboardFile) => row.file, wrap: true },
        { header: 'for', value: (row) => row.for },
        { header: 'state', value: (row) => row.state },
      ],
      files,
      style,
    ),
};
