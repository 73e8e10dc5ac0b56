import type { DlqListReport, ListedQueue, QueueFacts } from '../../dlq/list.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { firstNames } from '../../text/lists.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';
import { hintsOf } from './operate.ts';

/** @title sluice dlq list --json */
export type DlqListDocument = WithWarnings<Omit<DlqListReport, 'exitCode'>>;

const NAMED = 3;

export const dlqListView: View<DlqListReport, DlqListDocument> = {
  prose: true,
  table: ({ context, sinks }, style) => {
    if (sinks.length === 0) return `No sinks on ${context}.`;
    const fact = (of: (facts: QueueFacts) => string) => (row: ListedQueue) =>
      row.facts === null ? '-' : of(row.facts);
    const table = renderTable<ListedQueue>(
      [
        { header: 'sink', value: ({ sink }) => sink, wrap: true },
        { header: 'queue', value: ({ queue }) => queue ?? '-', wrap: true },
        { header: 'records', value: fact((facts) => recordsText(facts)), align: 'right' },
        { header: 'last hour', value: fact((facts) => lastHourText(facts)), align: 'right' },
        { header: 'newest', value: fact(({ newest }) => timeText(newest)) },
        { header: 'oldest', value: fact(({ oldest }) => timeText(oldest)), optional: 1 },
      ],
      sinks,
      style,
    );
    const problems = sinks.flatMap(({ sink, problems: those }) => those.map(({ message }) => ({ sink, message })));
    const notes = [...Map.groupBy(problems, ({ message }) => message)].map(
      ([message, rows]) =>
        `${style.color.yellow('!')} ${firstNames(
          rows.map(({ sink }) => sink),
          NAMED,
        )}: ${message}`,
    );
    const failed = sinks.flatMap(({ sink, error }) => (error === null ? [] : [{ name: sink, error }]));
    return [
      table,
      ...(notes.length > 0 ? ['', ...notes] : []),
      ...failed.map(({ name, error }) => `${style.color.red('✖')} ${name}: ${error.message} [${error.code}]`),
      ...hintsOf(failed),
      ...timesNote(sinks.flatMap(({ facts }) => facts ?? [])),
    ].join('\n');
  },
  document: ({ exitCode: _exitCode, ...report }) => report,
  exitCode: ({ exitCode }) => exitCode,
};

export function recordsText({ records, upTo }: Pick<QueueFacts, 'records' | 'upTo'>): string {
  return `${upTo && records > 0 ? '≤ ' : ''}${thousands(records)}`;
}

export function lastHourText({ lastHour, lastHourUpTo }: Pick<QueueFacts, 'lastHour' | 'lastHourUpTo'>): string {
  return `${lastHourUpTo && lastHour > 0 ? '≤ ' : ''}${thousands(lastHour)}`;
}

/** To the second. */
export function timeText(iso: string | null): string {
  return iso === null ? '-' : isoSeconds(iso);
}

export function timesNote(facts: readonly Pick<QueueFacts, 'records' | 'timesOf'>[]): string[] {
  const isOriginal = facts.some(({ records, timesOf }) => records > 0 && timesOf === 'original record');
  return isOriginal ? ['', 'Times are those of the original records, which Connect keeps.'] : [];
}
