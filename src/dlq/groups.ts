import type { KafkaRecord } from '../ports/records.ts';
import type { Count } from '../text/numbers.ts';
import { maskRowValues } from '../text/row-values.ts';
import { errorContext } from './error-headers.ts';
import { attemptsOf } from './mark.ts';

/** Records that failed for the same reason. */
export interface CauseGroup {
  /** As the latest of them has it; null without error headers. */
  cause: string | null;
  /** Where they failed, in words. */
  stage: string | null;
  /** Their original topic; null without error headers. */
  topic: string | null;
  /** The sink that queued them; null without error headers. */
  connector: string | null;
  count: Count;
  /** ISO 8601, UTC: the earliest and the latest timestamp. */
  first: string;
  last: string;
  /** Of these, the ones that had been replayed before. */
  failedAgain: Count;
}

/** Causes may quote anything; after these many kinds, others are only counted. */
const MOST = 200;

type Entry = Omit<CauseGroup, 'first' | 'last'> & { first: number; last: number };

/** Groups records by cause, original topic and sink, in bounded memory. */
export class CauseGroups {
  readonly #groups = new Map<string, Entry>();
  readonly #most: number;
  /** Records of further groups. */
  others = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  add(record: Pick<KafkaRecord, 'headers' | 'timestamp'>): void {
    const { cause, stage, stageMeaning, topic, connector } = errorContext(record.headers);
    const key = JSON.stringify([cause === null ? null : kindOf(cause), stage, topic, connector]);
    const again = attemptsOf(record.headers) > 0 ? 1 : 0;
    const { timestamp } = record;
    const group = this.#groups.get(key);
    if (group !== undefined) {
      group.cause = cause;
      group.count += 1;
      group.failedAgain += again;
      group.first = Math.min(group.first, timestamp);
      group.last = Math.max(group.last, timestamp);
    } else if (this.#groups.size === this.#most) this.others += 1;
    else {
      const times = { first: timestamp, last: timestamp };
      this.#groups.set(key, {
        cause,
        stage: stageMeaning ?? stage,
        topic,
        connector,
        count: 1,
        failedAgain: again,
        ...times,
      });
    }
  }

  /** The most frequent first. */
  list(): CauseGroup[] {
    return [...this.#groups.values()]
      .sort((a, b) => b.count - a.count)
      .map((one) => ({ ...one, first: isoTime(one.first), last: isoTime(one.last) }));
  }
}

/** What failures of one kind have in common: their messages quote values, numbers and positions. */
function kindOf(cause: string): string {
  return maskRowValues(cause).replaceAll(/\d+/g, '#');
}

/** A record's timestamp, which a program may have set to anything. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
