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

/** The headers of a run, which differ in few places. */
export function marksOf(queue: string, run: string): (mark: Omit<ReplayMark, 'queue' | 'run'>) => RecordHeader {
  const [head, middle] = [`{"queue":${JSON.stringify(queue)},"partition":`, `,"run":${JSON.stringify(run)},"attempt":`];
  return ({ partition, offset, attempt }) => [
    MARK_BYTES,
    Buffer.from(`${head}${partition},"offset":${offset}${middle}${attempt}}`),
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
  try {
    const { attempt } = JSON.parse(value?.toString() ?? '') as { attempt?: unknown };
    return typeof attempt === 'number' && Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1;
  } catch {
    return 1;
  }
}
