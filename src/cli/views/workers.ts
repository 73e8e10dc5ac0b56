import { NO_KAFKA } from '../../config/without-kafka.ts';
import type { Imbalance, WorkerReport, WorkersReport } from '../../inspect/workers.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { unreadableLines } from './unreadable.ts';

/** @title sluice workers --json */
export type WorkersDocument = WithWarnings<WorkersReport>;

export const workersView: View<WorkersReport, WorkersDocument> = {
  prose: true,
  table: (report, style) =>
    [
      ...(report.workers.length === 0 ? ['No worker is known to run anything.'] : [table(report, style)]),
      '',
      ...clusterLines(report, style),
      ...stateLines(report, style),
      ...hiddenLines(report),
      ...unreadableLines(report.unreadable, style),
    ].join('\n'),
};

function table({ workers }: WorkersReport, style: Style): string {
  const { color } = style;
  return renderTable<WorkerReport>(
    [
      { header: 'worker', value: ({ worker, leader }) => `${worker}${leader ? ' (leader)' : ''}` },
      { header: 'tasks', value: ({ tasks }) => String(tasks), align: 'right' },
      { header: 'connectors', value: ({ connectors }) => String(connectors), align: 'right' },
      { header: 'failed', value: ({ failed }) => (failed > 0 ? color.red(String(failed)) : '0'), align: 'right' },
      { header: 'version', value: ({ version }) => version ?? '?', optional: 1 },
    ],
    workers,
    style,
  );
}

function clusterLines({ asked, context }: WorkersReport, { color }: Style): string[] {
  const lines = asked.map(({ url, version, kafkaClusterId, error }) =>
    error === null
      ? `${url}: Kafka Connect ${version}, Kafka cluster ${kafkaClusterId ?? 'unknown'}`
      : color.yellow(`${url} was not read: ${error.message}`),
  );
  const clusters = new Set(asked.flatMap(({ kafkaClusterId }) => kafkaClusterId ?? []));
  if (clusters.size > 1) lines.push(color.red(`The URLs of ${context} belong to different clusters.`));
  return lines;
}

function stateLines({ workers, unassigned, imbalance, group }: WorkersReport, { color }: Style): string[] {
  const lines: string[] = [];
  if (group !== null) lines.push(`Group ${group.id}: ${group.state}, ${counted(group.members, 'worker')}`);
  for (const { worker } of workers.filter(({ inGroup }) => inGroup === false))
    lines.push(color.yellow(`${worker} is not in the group: it has left, or its connectors have not reported since.`));
  const { connectors, tasks } = unassigned;
  if (connectors + tasks > 0)
    lines.push(
      color.red(`Without a worker: ${counted(connectors, 'connector')}, ${counted(tasks, 'task')}`),
      '  After a worker has left, Connect waits for its return: scheduled.rebalance.max.delay.ms, by default 5 minutes.',
    );
  lines.push(...imbalance.map((one) => color.yellow(imbalanceText(one))));
  if (imbalance.length > 0)
    lines.push(
      '  Connect moves them only in a rebalance: when a worker joins or leaves, or connectors or their numbers of tasks change.',
    );
  return lines;
}

function imbalanceText({ of, most, least }: Imbalance): string {
  const noun = of.slice(0, -1);
  return `Unbalanced: ${most.worker} has ${counted(most.count, noun)}, ${least.worker} ${least.count}`;
}

function hiddenLines({ hidden }: WorkersReport): string[] {
  if (hidden === null) return [];
  const why = {
    'no kafka': NO_KAFKA,
    'no group found': "no group in Kafka has one of these workers' addresses",
    rebalancing: 'their group rebalances at this moment',
    'several groups': "several groups in Kafka have these workers' addresses",
    'not read': `Kafka was not read: ${hidden.error?.message}`,
  }[hidden.reason];
  return [`Workers that run nothing are not visible: ${why}.`];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
