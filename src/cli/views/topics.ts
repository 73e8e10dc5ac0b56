import type { TopicInUse, TopicsReport, Unread } from '../../inspect/topics.ts';
import { durationText } from '../../text/duration.ts';
import { sizeText } from '../../text/size.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** @title sluice topics NAME --json */
export type TopicsDocument = WithWarnings<TopicsReport>;

export const topicsView: View<TopicsReport, TopicsDocument> = {
  table: (report, style) => {
    const { name, topics, reset, context } = report;
    if (topics === null) return `The worker does not track the topics of ${name} (topic.tracking.enable is false).`;
    const count = `${topics.length} ${topics.length === 1 ? 'topic' : 'topics'}`;
    const done = `Connect has forgotten ${topics.length === 1 ? 'this topic' : `these ${count}`} of ${name}; a running task reports one again with its next record.`;
    return [
      topics.length === 0 ? `${name} on ${context} has used no topic yet.` : topicTable(topics, style),
      ...(reset && topics.length > 0 ? ['', style.color.green(done)] : []),
      ...(report.unread.length > 0 ? ['', ...unreadLines(report.unread, style)] : []),
    ].join('\n');
  },
};

export function topicTable(topics: readonly TopicInUse[], style: Style): string {
  const number = (value: number | null) => (value === null ? '?' : String(value));
  return renderTable<TopicInUse>(
    [
      { header: 'topic', value: ({ name }) => name },
      {
        header: 'partitions',
        value: ({ partitions, exists }) => (exists === false ? 'missing' : number(partitions)),
        align: 'right',
      },
      { header: 'replicas', value: (one) => number(one.replicationFactor), align: 'right', optional: 2 },
      { header: 'size', value: ({ sizeBytes }) => (sizeBytes === null ? '?' : sizeText(sizeBytes)), align: 'right' },
      { header: 'retention', value: retentionText, optional: 1 },
    ],
    topics,
    style,
  );
}

function retentionText({ cleanupPolicy, retentionMs, retentionBytes }: TopicInUse): string {
  if (cleanupPolicy === null) return '?';
  if (!cleanupPolicy.includes('delete')) return cleanupPolicy;
  const limits = [
    ...(retentionMs === null || retentionMs < 0 ? [] : [daysText(retentionMs)]),
    ...(retentionBytes === null || retentionBytes < 0 ? [] : [`${sizeText(retentionBytes)} per partition`]),
  ];
  const kept = limits.length === 0 ? 'unlimited' : limits.join(', ');
  return cleanupPolicy === 'delete' ? kept : `${kept}, ${cleanupPolicy}`;
}

const DAY_MS = 86_400_000;

function daysText(ms: number): string {
  return ms > 0 && ms % DAY_MS === 0 ? `${ms / DAY_MS}d` : durationText(ms);
}

/** What could not be read, each with its reason. */
export function unreadLines(unread: readonly Unread[], { color }: Style): string[] {
  return unread.map(({ what, reason, error }) => {
    const text = `Not read: ${what}: ${reason}`;
    return error === null ? text : color.yellow(text);
  });
}
