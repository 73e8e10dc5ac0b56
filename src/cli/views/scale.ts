import type { ScaleReport } from '../../operate/scale.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

/** @title sluice scale --json */
export type ScaleDocument = WithWarnings<ScaleReport>;

export const scaleView: View<ScaleReport, ScaleDocument> = {
  prose: true,
  table: (report, { color }) => {
    const { tasks, requested, name, context } = report;
    const reading =
      tasks.working !== null && tasks.working < tasks.running ? `, ${tasks.working} with partitions to read` : '';
    const enough = tasks.running === requested && report.limitedBy === null;
    const head = `${name} on ${context}: ${tasks.running} of ${requested} ${requested === 1 ? 'task runs' : 'tasks run'}${reading}`;
    return [
      enough ? color.green(head) : color.yellow(head),
      ...(report.limitedBy === null ? [] : [`  ${report.limitedBy}`]),
      `  tasks.max ${ceiling(report)}`,
    ].join('\n');
  },
};

function ceiling({ before, requested, written, dryRun }: ScaleReport): string {
  if (!written && before === requested) return `was already ${requested}`;
  return `${before ?? '?'} → ${requested}${dryRun ? '; nothing was sent (--dry-run)' : ''}`;
}
