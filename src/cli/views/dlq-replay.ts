import type { ReplayReport } from '../../dlq/replay.ts';
import { firstNames } from '../../text/lists.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { deletedLine } from './dlq-export.ts';

/** @title sluice dlq replay --json */
export type DlqReplayDocument = WithWarnings<Omit<ReplayReport, 'exitCode'>>;

const NAMED = 5;

export const dlqReplayView: View<ReplayReport, DlqReplayDocument> = {
  prose: true,
  table: (report, { color }) => {
    const { queue, context, dryRun, run, targets, replayed, failedAgain, repartitioned, expiring, deleted } = report;
    const done = dryRun ? 'would be replayed' : 'replayed';
    const head = `${countOf(replayed)} of ${queue} on ${context} ${done}${dryRun ? '' : ` (run ${run})`}`;
    return [
      replayed > 0 ? color.green(head) : head,
      ...targets.map(({ topic, records }) => `  ${thousands(records)} to ${topic}`),
      ...remark(failedAgain, 'had been replayed before, and failed again'),
      ...remark(repartitioned, 'without a partition of their own: their key decides'),
      ...remark(expiring, 'older than the retention of their topic: Kafka may delete them before a sink reads them'),
      ...skippedLines(report).map((line) => color.yellow(line)),
      ...deletedLine(deleted),
    ].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: ({ exitCode }) => exitCode,
};

/** What a replay is about to do, for a question. */
export function replayText({ queue, replayed, targets, expiring }: ReplayReport): string {
  const topics = firstNames(
    targets.map(({ topic, records }) => `${thousands(records)} to ${topic}`),
    NAMED,
    'other topics',
  );
  const old = expiring > 0 ? `, ${thousands(expiring)} of them older than the retention of their topic` : '';
  return `replay ${countOf(replayed)} of ${queue}${targets.length > 0 ? ` (${topics}${old})` : ''}`;
}

function skippedLines({ skipped }: Pick<ReplayReport, 'skipped'>): string[] {
  return [
    ...remark(skipped.replayedBefore, 'skipped: replayed before'),
    ...remark(skipped.copies, 'skipped: copies of a record that was replayed (--copies replays them too)'),
    ...remark(skipped.tooOften, 'skipped: failed again after too many replays (--max-attempts)'),
    ...remark(skipped.noTopic, 'left: without error headers, their topic is unknown (--to-topic)'),
    ...remark(skipped.tooLarge, 'left: larger than max.message.bytes of their topic'),
    ...remark(skipped.noKey, 'left: without a key, which their compacted topic requires (--to-topic)'),
    ...remark(skipped.ofQueue, 'left: their topic is the queue itself (--to-topic)'),
    ...skipped.missing.flatMap(({ topic, records }) => remark(records, `left: there is no topic ${topic}`)),
  ];
}

function remark(count: number, text: string): string[] {
  return count > 0 ? [`  ${thousands(count)} ${text}`] : [];
}

function countOf(records: number): string {
  return `${thousands(records)} ${records === 1 ? 'record' : 'records'}`;
}
