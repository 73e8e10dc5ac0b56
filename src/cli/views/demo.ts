import type { DemoReport } from '../../demo/demo.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

/** @title sluice demo --json */
export type DemoDocument = WithWarnings<DemoReport>;

export const demoView: View<DemoReport, DemoDocument> = {
  table: (report, { color }) => {
    const { damage, scaled } = report;
    const changed = report.changes.reduce((sum, change) => sum + change.rows, 0);
    const key = Object.entries(damage.key).map(([column, value]) => `${column} ${value}`);
    return [
      color.bold('What you have seen'),
      `  ${thousands(changed)} rows were copied or changed on the source, ${thousands(report.records)} records went through Kafka,`,
      `  and ${thousands(report.rows)} rows were compared, column by column: both databases were ${color.green('equal')}.`,
      `  One value was changed in the target: ${damage.table}, ${key.join(', ')}, ${damage.column} ${damage.target} instead of ${damage.source}.`,
      '  The comparison found that row and no other, wrote the statement that fixes it, and applied it.',
      `  The source was paused and resumed, the sink scaled from ${scaled.from} tasks to ${scaled.to} and back to ${scaled.back}.`,
      '',
      color.bold('Where to go from here'),
      ...(report.kept
        ? [
            `  sluice status --context ${report.context}`,
            `  sluice reconcile shop.orders --source ${report.context}-source --target ${report.context}-target`,
            `  The connector files: ${report.files?.join(', ') ?? ''}`,
            '  sluice sandbox down --name demo --purge    when you are done',
          ]
        : [
            '  sluice demo --keep                         the same, left running',
            '  sluice sandbox up                          a sandbox for your own connectors',
            '  sluice template list                       connector files to start from',
          ]),
      '',
      `The demo took ${Math.round(report.durationMs / 1000)} s.`,
    ].join('\n');
  },
};
