import type { Assessment } from '../../dlq/quarantine/assess.ts';
import type { QuarantinedRecord, QuarantineReport, QuarantineRequest } from '../../dlq/quarantine/quarantine.ts';
import { shellWord } from '../../text/shell.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { recordLines } from './dlq-show.ts';

/** @title sluice dlq quarantine --json */
export type DlqQuarantineDocument = WithWarnings<Omit<QuarantineReport, 'exitCode'>>;

export const dlqQuarantineView: View<QuarantineReport, DlqQuarantineDocument> = {
  holdsValues: true,
  prose: true,
  table: (report, style) => {
    const { sink, context, queue, dryRun, records, state, tasks, failsAgain, notes } = report;
    const { color } = style;
    const count = `${records.length} refused ${records.length === 1 ? 'record' : 'records'}`;
    const done = dryRun ? 'found' : `copied to ${queue}, and skipped`;
    const head =
      records.length === 0 ? `No refused record of ${sink} on ${context}` : `${count} of ${sink} on ${context} ${done}`;
    const running = tasks === null || tasks.total === 0 ? '' : ` ${tasks.running}/${tasks.total}`;
    return [
      color.bold(head),
      ...records.flatMap((one) => ['', recordText(one, queue, style)]),
      '',
      failsAgain === null
        ? `${sink} has its former configuration again: ${state}${running}`
        : color.red(`${sink} has its former configuration again, and fails: ${failsAgain}`),
      ...notes.map((note) => `${color.yellow('!')} ${note}`),
      ...(dryRun ? ['Nothing was copied or skipped (--dry-run).'] : records.length === 0 ? [] : afterwards(report)),
    ].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: ({ exitCode }) => exitCode,
};

function afterwards({ queue }: QuarantineReport): string[] {
  return ['', `Once the cause is gone: sluice dlq replay --queue ${shellWord(queue)} --dry-run`];
}

function recordText({ topic, record, copy, copiedBefore }: QuarantinedRecord, queue: string, style: Style): string {
  const { partition, offset } = record.error;
  const to = copy === null ? '' : `, now in ${queue}/${copy.partition} at ${copy.offset}`;
  const before = copiedBefore ? ', where it was before' : '';
  return recordLines(`${topic}/${partition} at ${offset}${to}${before}`, record, style);
}

/** For a question. */
export function quarantineText(
  sink: string,
  queue: string,
  { refusal, partitions }: Assessment,
  { max, dryRun }: QuarantineRequest,
): string {
  const where = partitions === 1 ? 'the partition' : `the ${partitions} partitions`;
  const cause = refusal === undefined ? '' : ` (${refusal.cause})`;
  const what = max === 1 ? 'the record' : `up to ${max} records`;
  const it = max === 1 ? 'it' : 'them';
  const then = dryRun ? 'and' : `copy ${it} to ${queue}, skip ${it}, and`;
  const search = `stop ${sink}, run it one record at a time in ${where} that it has not read to the end, to find ${what} that its target refuses${cause}`;
  return `${search}, ${then} bring its configuration and state back`;
}
