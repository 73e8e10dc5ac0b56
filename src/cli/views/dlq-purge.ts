import type { PurgeReport } from '../../dlq/purge.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

/** @title sluice dlq purge --json */
export type DlqPurgeDocument = WithWarnings<PurgeReport>;

export const dlqPurgeView: View<PurgeReport, DlqPurgeDocument> = {
  table: ({ queue, context, before, records, partitions, dryRun }) => {
    if (records === 0) return `${queue} on ${context} has no records before ${before}.`;
    const parts = partitions.map(({ partition, from, to }) => `  partition ${partition}: offsets ${from} to ${to - 1}`);
    const done = dryRun ? 'would be deleted' : 'deleted';
    return [`Up to ${thousands(records)} records of ${queue} on ${context} before ${before} ${done}`, ...parts].join(
      '\n',
    );
  },
};

/** For a question. */
export function purgeText({ queue, before, records }: PurgeReport): string {
  return `delete up to ${thousands(records)} records of ${queue}, all before ${before}`;
}
