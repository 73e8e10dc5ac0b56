import type { ScaleReport } from '../../operate/scale.ts';
import type { View } from '../command.ts';

export const scaleView: View<ScaleReport> = {
  table: (report, { color }) => {
    const { tasks, requested, name } = report;
    const reading = tasks.working !== null && tasks.working < tasks.running ? `, ${tasks.working} with work` : '';
    const enough = tasks.running === requested && report.limitedBy === null;
    const head = `${name}: ${tasks.running} of ${requested} ${requested === 1 ? 'task runs' : 'tasks run'}${reading}`;
    return [
      enough ? color.green(head) : color.yellow(head),
      ...(report.limitedBy === null ? [] : [`  ${report.limitedBy}`]),
      `  tasks.max ${ceiling(report)}`,
    ].join('\n');
  },
};

function ceiling({ before, requested, written, dryRun }: ScaleReport): string {
  if (!written && before === requested) return `was ${requested} already`;
  return `${before ?? '?'} → ${requested}${dryRun ? '; nothing was sent (--dry-run)' : ''}`;
}
