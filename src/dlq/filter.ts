import type { KafkaRecord } from '../ports/records.ts';
import { decodedText } from '../records/decoded.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import { globExpression } from '../text/glob.ts';
import { errorContext, type Origin, originOf } from './error-headers.ts';

/** Which records of a queue; all of the given conditions must hold. */
export interface RecordFilter {
  /** Part of the cause; upper and lower case are the same. */
  cause?: string | undefined;
  /** The original topic: a name, or a pattern with * and ?. */
  topic?: string | undefined;
  /** Records with a timestamp from this one on, ms since 1970. */
  since?: number | undefined;
  /** Records with an earlier timestamp, ms since 1970. */
  until?: number | undefined;
  /** The key as text, as JSON, or the value of its only field. */
  key?: string | undefined;
}

/** A record of a queue, and which record the sink had read. */
export interface DeadLetter {
  record: KafkaRecord;
  origin: Origin;
}

/** Whether a record is wanted; undefined if not. The key is decoded only if it is asked for. */
export function compileFilter(
  filter: RecordFilter,
  decoder: Pick<RecordDecoder, 'decode'>,
): (record: KafkaRecord) => DeadLetter | undefined | Promise<DeadLetter | undefined> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY, key } = filter;
  const topic = filter.topic === undefined ? undefined : globExpression(filter.topic);
  const cause = filter.cause?.toLowerCase();
  const withoutKey = (record: KafkaRecord): DeadLetter | undefined => {
    if (record.timestamp < since || record.timestamp >= until) return undefined;
    const origin = originOf(record.headers);
    if (topic !== undefined && !topic.test(origin.topic ?? '')) return undefined;
    if (cause !== undefined && !(errorContext(record.headers).cause ?? '').toLowerCase().includes(cause))
      return undefined;
    return { record, origin };
  };
  if (key === undefined) return withoutKey;
  return async (record) => {
    const letter = withoutKey(record);
    if (letter === undefined) return undefined;
    return (await hasKey(record, key, decoder)) ? letter : undefined;
  };
}

async function hasKey(record: KafkaRecord, wanted: string, decoder: Pick<RecordDecoder, 'decode'>): Promise<boolean> {
  if (record.key?.toString() === wanted) return true;
  const decoded = await decoder.decode(record.key);
  if (decodedText(decoded) === wanted) return true;
  const { value } = decoded;
  if (value === null || typeof value !== 'object') return false;
  const fields = Object.values(value);
  return fields.length === 1 && (typeof fields[0] === 'string' ? fields[0] : JSON.stringify(fields[0])) === wanted;
}
