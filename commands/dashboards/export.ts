import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outFlag, outputFlags } from '../../src/cli/flags.ts';
import { dashboardsExportView } from '../../src/cli/views/dashboards-export.ts';
import { DEFAULTS } from '../../src/dashboards/request.ts';

export default class DashboardsExport extends SluiceCommand {
  static override summary = 'Write Grafana dashboards, Prometheus alert rules and the JMX exporter configuration.';
  static override description =
    'The dashboards cdc-pipeline and kafka-connect show what sluice serve and the JMX exporters of the workers report: lag, throughput, errors, dead letters, workers and databases. Import them in Grafana, or let it provision the folder. The rules are for Prometheus, and jmx-exporter.yaml makes an exporter report what the dashboards need, and no more. A file that exists with other contents is only replaced with --force.';
  static override examples = [
    '<%= config.bin %> dashboards export',
    '<%= config.bin %> dashboards export --out monitoring --force',
  ];
  static override flags = {
    ...outputFlags(),
    out: outFlag(`Folder for the files (default: ${DEFAULTS.folder}).`),
    force: boolean({ description: 'Overwrite existing files.' }),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(DashboardsExport);
    const { exportDashboards } = await import('../../src/dashboards/export.ts');
    const report = await exportDashboards(flags.out ?? DEFAULTS.folder, flags.force);
    await this.present(report, dashboardsExportView, flags);
  }
}
