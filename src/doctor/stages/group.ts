import { type ConnectorReport, ILL } from '../../monitor/health.ts';
import type { PartitionLag } from '../../ports/kafka.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { thousands } from '../../text/thousands.ts';
import { type StageVerdict, verdict } from '../model.ts';

export interface GroupFacts {
  report: Pick<ConnectorReport, 'name' | 'state' | 'tasks' | 'group' | 'health' | 'reasons' | 'stalled'>;
  /** Of both samples; undefined if Kafka could not be asked. */
  partitions: readonly [first: readonly PartitionLag[], last: readonly PartitionLag[]] | undefined;
  /** ISO 8601, UTC: timestamp of the oldest record that waits; null if not read. */
  waitingSince: string | null;
  seconds: number;
}

const SHOWN = 10;

/** Whether a sink's consumer group reads what is in its topics. Pure. */
export function groupVerdict({ report, partitions, waitingSince, seconds }: GroupFacts): StageVerdict {
  const { name, state, tasks, group } = report;
  if (group === null || !group.checked || partitions === undefined)
    return verdict('unknown', 'not read: the consumer group is only known to Kafka');
  const [before, now] = partitions;
  const waiting = now.filter(({ lag }) => lag > 0);
  const lag = waiting.reduce((sum, one) => sum + one.lag, 0);
  const records = `${thousands(lag)} ${lag === 1 ? 'record waits' : 'records wait'}`;
  const details = waiting
    .toSorted((a, b) => b.lag - a.lag)
    .slice(0, SHOWN)
    .map(partitionText);
  if (waiting.length > SHOWN) details.push(`and ${waiting.length - SHOWN} more partitions`);
  const since = lag === 0 ? null : waitingSince;
  if (state === 'PAUSED' || state === 'STOPPED')
    return verdict('inactive', lag === 0 ? 'everything was read' : records, { details, since });
  const members = group.members ?? 0;
  if (members === 0 && tasks.running > 0)
    return verdict('stuck', `the group ${group.id} has no member, although REST says RUNNING: nothing is read`, {
      details,
      since,
      hint: 'The worker could not record that the tasks ended.',
      command: command(`restart ${shellWord(name)}`),
    });
  if (members < tasks.running)
    return verdict('stuck', `${tasks.running} tasks say RUNNING, but the group ${group.id} has ${members} of them`, {
      details,
      since,
      command: command(`restart ${shellWord(name)}`),
    });
  if (now.length === 0)
    return verdict(tasks.running > 0 ? 'idle' : 'unknown', `the group ${group.id} has no partition to read`);
  if (lag === 0) return verdict('idle', `everything is read (${group.id})`);
  const moved = now.some(({ topic, partition, committed }) => {
    const earlier = before.find((one) => one.topic === topic && one.partition === partition);
    return earlier !== undefined && earlier.committed !== committed;
  });
  if (tasks.running === 0)
    return verdict('stuck', `${records}, and no task reads ${lag === 1 ? 'it' : 'them'}`, { details, since });
  if (report.stalled) return verdict('stuck', report.reasons.at(-1) ?? records, { details, since });
  if (moved) return verdict('ok', `${records}, and the group moves`, { details, since });
  if (ILL.has(report.health)) return verdict('warning', report.reasons.at(-1) ?? records, { details, since });
  return verdict('unknown', `${records}, and no offset was committed in ${seconds} s: too early to tell`, {
    details,
    since,
    hint: 'A worker commits only every offset.flush.interval.ms. To see whether it moves:',
    command: command(`status ${shellWord(name)}`, { watch: true }),
  });
}

function partitionText({ topic, partition, committed, end, lag }: PartitionLag): string {
  return `${topic}-${partition}: ${thousands(lag)} behind (committed ${committed ?? 'nothing'}, end ${end})`;
}
