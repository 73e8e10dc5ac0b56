import { readFileSync } from 'node:fs';
import { SluiceError } from '../errors/error.ts';
import { mergeReports } from './merge-reports.ts';
import type { ReconcileReport } from './report.ts';

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
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read the report ${file}: ${(error as Error).message}`, {
      hint: 'Give the files that sluice reconcile --shard I/N --json --to FILE wrote.',
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SluiceError('REPORT_INVALID', `${file} is no JSON: ${(error as Error).message}`, {
      hint: 'Write it with --shard I/N --json --to FILE.',
      cause: error,
    });
  }
}
