import type { ScaleReport } from '../../operate/scale.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';

/** @title sluice scale --json */
export type ScaleDocument = WithWarnings<ScaleReport>;

export const scaleView: View<ScaleReport, ScaleDocument> = {
  prose: true,
  table: (report, style) => (report.dryRun ? foreseen(report, style) : outcome(report, style)),
};

function outcome(report: ScaleReport, { color }: Style): string {
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
}

/** Of a dry run: what the tasks could do. */
function foreseen(report: ScaleReport, { color }: Style): string {
  const { name, context, tasks, workable, requested, limitedBy } = report;
  const { most, likely } = workable;
  const isMore = limitedBy?.startsWith(workable.because) === true;
  const because = isMore ? limitedBy : workable.because;
  const able = likely ?? most;
  const head = `${name} on ${context}: ${tasks.running} ${tasks.running === 1 ? 'task runs' : 'tasks run'} now`;
  const work =
    able === null
      ? `it is not known how many tasks can have work: ${because}`
      : `at most ${able} ${able === 1 ? 'task' : 'tasks'} can have work: ${because}`;
  return [
    able !== null && requested > able ? color.yellow(head) : head,
    `  ${work}`,
    ...(limitedBy === null || isMore ? [] : [`  ${limitedBy}`]),
    `  tasks.max ${ceiling(report)}`,
  ].join('\n');
}

function ceiling({ before, requested, written, dryRun }: ScaleReport): string {
  if (!written && before === requested) return `was already ${requested}`;
  return `${before ?? '?'} → ${requested}${dryRun ? '; nothing was sent (--dry-run)' : ''}`;
}
