import { openWholeFile } from '../files/private-file.ts';
import type { RecordPort } from '../ports/records.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import type { Count } from '../text/numbers.ts';
import { ExportLines } from './export-lines.ts';
import { compileFilter, type RecordFilter } from './filter.ts';
import type { OpenQueue } from './queues.ts';
import { type DlqPorts, scanTopic } from './scan.ts';

export interface ExportRequest {
  filter: RecordFilter;
  file: string;
}

export interface DlqExportReport {
  context: string;
  queue: string;
  file: string;
  /** Records that were written. */
  records: Count;
  /** Offsets whose records retention or a purge deleted before they could be read. */
  deleted: Count;
}

/** Writes the records of a queue into a file that only its owner can read, one JSON text a line. */
export async function exportQueue(
  { topic }: OpenQueue,
  { filter, file }: ExportRequest,
  context: string,
  { records, decoder, signal }: Pick<DlqPorts, 'signal'> & { records: RecordPort; decoder: RecordDecoder },
): Promise<DlqExportReport> {
  const wanted = compileFilter(filter, decoder);
  const report = { context, queue: topic.name, file, records: 0, deleted: 0 };
  const lines = new ExportLines(topic.name, topic.id);
  const out = openWholeFile(file, 'Check the path of the file.');
  try {
    for await (const chunk of scanTopic(records, topic, { since: filter.since, signal })) {
      report.deleted += chunk.deleted;
      for (const record of chunk.records) {
        const is = wanted(record);
        if (!(is instanceof Promise ? await is : is)) continue;
        lines.add(record);
        report.records += 1;
      }
      out.write(lines.take());
    }
  } catch (error) {
    out.discard();
    throw error;
  }
  out.close();
  return report;
}
