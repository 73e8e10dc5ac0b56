import type { DlqExportReport } from '../../dlq/export.ts';
import type { ExportedRecord } from '../../dlq/export-line.ts';
import { thousands } from '../../text/thousands.ts';
import type { View } from '../command.ts';
import type { Versioned, WithWarnings } from '../document.ts';

/** @title sluice dlq export --json */
export type DlqExportDocument = WithWarnings<DlqExportReport>;

/** @title A line of a file of sluice dlq export */
export type DlqRecordDocument = Versioned<ExportedRecord>;

/** The file itself has lines of DlqRecordDocument. */
export const dlqExportView: View<DlqExportReport, DlqExportDocument> = {
  prose: true,
  table: ({ queue, context, file, records, deleted }) =>
    [
      `${thousands(records)} ${records === 1 ? 'record' : 'records'} of ${queue} on ${context} written to ${file}`,
      ...deletedLine(deleted),
      ...(records > 0 ? ['', `Replay them: sluice dlq replay --from ${file} --dry-run`] : []),
    ].join('\n'),
};

export function deletedLine(deleted: number): string[] {
  return deleted > 0 ? [`${thousands(deleted)} offsets were deleted by retention before they could be read.`] : [];
}
