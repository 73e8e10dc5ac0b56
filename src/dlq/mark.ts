import type { RecordHeader } from '../ports/records.ts';
import type { Count, Positive } from '../text/numbers.ts';

/** The header of a record that sluice replayed. */
export const MARK = 'sluice.replayed';

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

export function markHeader(mark: ReplayMark): RecordHeader {
  return [Buffer.from(MARK), Buffer.from(JSON.stringify(mark))];
}

export function isMark([name]: RecordHeader): boolean {
  return name.length === MARK.length && name.toString('latin1') === MARK;
}

/** How often a record had been replayed before it failed again. Anybody may write such a header: nonsense counts as once. */
export function attemptsOf(headers: readonly RecordHeader[]): number {
  const marks = headers.filter(isMark);
  return marks.reduce((most, [, value]) => Math.max(most, attemptOf(value)), 0);
}

function attemptOf(value: Buffer | null): number {
  try {
    const { attempt } = JSON.parse(value?.toString() ?? '') as { attempt?: unknown };
    return typeof attempt === 'number' && Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1;
  } catch {
    return 1;
  }
}
