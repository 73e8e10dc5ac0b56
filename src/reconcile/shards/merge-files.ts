import { SluiceError } from '../../errors/error.ts';
import { readText } from '../../files/read-file.ts';
import { jsonErrorMessage } from '../../text/json-error.ts';
import type { ReconcileReport } from '../report.ts';
import { mergeReports, shardCommand } from './merge-reports.ts';

/** A report of many tables with all their differences is far smaller. */
const MAX_REPORT_BYTES = 256 * 1024 * 1024;

/** @throws FILE_UNREADABLE and what `mergeReports` throws */
export function mergeFiles(files: readonly string[], limit: number): ReconcileReport {
  return mergeReports(
    files.map((name) => ({ name, document: parse(name) })),
    limit,
  );
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = readText(file, MAX_REPORT_BYTES);
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read the report ${file}: ${(error as Error).message}`, {
      hint: `Give the files that ${shardCommand()} wrote.`,
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SluiceError('REPORT_INVALID', `${file} is not valid JSON: ${jsonErrorMessage(error)}`, {
      hint: `Write it with: ${shardCommand()}`,
    });
  }
}
