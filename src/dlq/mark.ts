import type { RecordHeader } from '../ports/records.ts';
import type { Count, Positive } from '../text/numbers.ts';

/** The header of a record that sluice replayed. */
export const MARK = 'sluice.replayed';
const MARK_BYTES = Buffer.from(MARK);

/** Where a replayed record comes from. */
export interface ReplayMark {
  queue: string;
  partition: Count;
  offset: Count;
  /** The run that replayed it. */
  run: string;
  /** How often it was replayed, with this time. */
  attempt: Positive;
}

/**
 * The headers of a run, which differ in few places. As a query string: the worker's default SimpleHeaderConverter makes a map of
 * what looks like JSON, and Debezium's JDBC sink fails at a record with one.
 */
export function marksOf(queue: string, run: string): (mark: Omit<ReplayMark, 'queue' | 'run'>) => RecordHeader {
  const [head, middle] = [`${new URLSearchParams({ queue })}&partition=`, `&${new URLSearchParams({ run })}&attempt=`];
  return ({ partition, offset, attempt }) => [
    MARK_BYTES,
    Buffer.from(`${head}${partition}&offset=${offset}${middle}${attempt}`),
  ];
}

export function isMark([name]: RecordHeader): boolean {
  return name.length === MARK_BYTES.length && name.equals(MARK_BYTES);
}

/** How often a record had been replayed before it failed again. Anybody may write such a header: nonsense counts as once. */
export function attemptsOf(headers: readonly RecordHeader[]): number {
  let most = 0;
  for (const header of headers) if (isMark(header)) most = Math.max(most, attemptOf(header[1]));
  return most;
}

function attemptOf(value: Buffer | null): number {
  const attempt = new URLSearchParams(value?.toString() ?? '').get('attempt') ?? '';
  return /^[1-9]\d{0,8}$/.test(attempt) ? Number(attempt) : 1;
}
