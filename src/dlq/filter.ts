import type { KafkaRecord } from '../ports/records.ts';
import { decodedText } from '../records/decoded.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import { globExpression } from '../text/glob.ts';
import { errorContext, originOf } from './error-headers.ts';

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

/** Whether a record is wanted. The key is decoded only if it is asked for. */
export function compileFilter(
  filter: RecordFilter,
  decoder: Pick<RecordDecoder, 'decode'>,
): (record: KafkaRecord) => boolean | Promise<boolean> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY, key } = filter;
  const topic = filter.topic === undefined ? undefined : globExpression(filter.topic);
  const cause = filter.cause?.toLowerCase();
  const withoutKey = (record: KafkaRecord): boolean => {
    if (record.timestamp < since || record.timestamp >= until) return false;
    if (topic !== undefined && !topic.test(originOf(record.headers).topic ?? '')) return false;
    return cause === undefined || (errorContext(record.headers).cause ?? '').toLowerCase().includes(cause);
  };
  if (key === undefined) return withoutKey;
  return async (record) => withoutKey(record) && (await hasKey(record, key, decoder));
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
