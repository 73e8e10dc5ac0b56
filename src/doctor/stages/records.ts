import type { QueueProblem } from '../../dlq/queues.ts';
import type { TaskReport } from '../../monitor/health.ts';
import { judgeRefusal } from '../../monitor/refusal.ts';
import type { PartitionLag } from '../../ports/kafka.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { thousands } from '../../text/thousands.ts';
import { type StageVerdict, verdict } from '../model.ts';

export interface RecordFacts {
  name: string;
  taskList: readonly Pick<TaskReport, 'id' | 'state' | 'cause' | 'trace'>[];
  /** Of the sink's group; undefined if not known. */
  partitions: readonly PartitionLag[] | undefined;
  /** ISO 8601, UTC: timestamp of the oldest record that waits; null if not read. */
  waitingSince: string | null;
  /** Null without one. */
  queue: { topic: string; records: number | null; lastHour: number | null } | null;
  /** What is wrong with the queue. */
  problems: readonly Pick<QueueProblem, 'kind' | 'message'>[];
}

const SHOWN = 5;

/** Records that were refused, or failed. Pure. */
export function recordsVerdict(facts: RecordFacts): StageVerdict {
  const { name, taskList, partitions, waitingSince, queue, problems } = facts;
  const refused = refusedTask(taskList);
  if (refused !== undefined) {
    const waiting = partitions?.filter(({ lag }) => lag > 0) ?? [];
    const [only] = waiting;
    const places = waiting
      .slice(0, SHOWN)
      .map(({ topic, partition, committed }) => `${topic}-${partition} at offset ${committed ?? 0} or after`);
    return verdict('stuck', 'a record is refused, and its task has FAILED', {
      cause: refused.cause,
      since: waitingSince,
      details:
        waiting.length === 1 && only !== undefined
          ? [`it is in ${places[0]}`]
          : places.length > 0
            ? [`it is in one of: ${places.join(', ')}`]
            : [],
      hint: 'Correct the target or the row. To find the record, and to go on without it:',
      command: command(`dlq quarantine ${shellWord(name)}`, { dryRun: true }),
    });
  }
  const dropped = problems.find(({ kind }) => kind === 'dropped');
  if (dropped !== undefined)
    return verdict('warning', dropped.message, { hint: 'Add errors.deadletterqueue.topic.name.' });
  if (queue === null) return verdict('ok', 'no task refuses a record (without a dead letter queue)');
  const { topic, records, lastHour } = queue;
  if (records === null) return verdict('unknown', `no task refuses a record; the queue ${topic} was not read`);
  const count = (number: number) => `${thousands(number)} ${number === 1 ? 'record' : 'records'}`;
  if ((lastHour ?? 0) > 0)
    return verdict('warning', `${count(lastHour ?? 0)} of the last hour in the dead letter queue ${topic}`, {
      details: [`up to ${count(records)} in all`],
      hint: 'They are missing in the target. To see why:',
      command: command(`dlq show ${shellWord(name)}`),
    });
  if (records > 0)
    return verdict('ok', `no new dead letter; up to ${count(records)} are kept in ${topic}`, {
      command: command(`dlq show ${shellWord(name)}`),
    });
  return verdict('ok', `no dead letter in ${topic}`);
}

/** The first task that failed because the target refused a record. */
export function refusedTask<Task extends Pick<TaskReport, 'state' | 'trace'>>(
  tasks: readonly Task[],
): Task | undefined {
  return tasks.find(({ state, trace }) => state === 'FAILED' && judgeRefusal(trace ?? '').kind === 'record');
}
