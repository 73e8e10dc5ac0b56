import { SluiceError } from '../errors/error.ts';
import type { KafkaRecord, RecordHeader } from '../ports/records.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { command } from '../text/settings.ts';

/** Bytes as text if they are UTF-8, else in Base64: either way they can be read back exactly. */
export type Bytes = { text: string } | { base64: string };

/** A record of a queue, byte for byte. */
export interface ExportedRecord {
  queue: string;
  /** Kafka's id of the queue's topic: what was replayed is remembered by it. */
  queueId: string;
  partition: Count;
  offset: Count;
  /** ms since 1970. */
  timestamp: Integer;
  key: Bytes | null;
  /** Null for a tombstone. */
  value: Bytes | null;
  /** In order; a name can occur several times. */
  headers: { name: Bytes; value: Bytes | null }[];
}

/** Version of the format. */
const VERSION = 1;

/** What begins each line of a queue; the numbers of its record follow. */
export function lineHead(queue: string, queueId: string): string {
  return `{"schemaVersion":${VERSION},"queue":${JSON.stringify(queue)},"queueId":${JSON.stringify(queueId)},"partition":`;
}

/** A record of an export, and the queue that it is of. */
export interface ImportedRecord {
  queue: string;
  queueId: string;
  record: KafkaRecord;
}

/** @param where file and number of the line, for the message @throws EXPORT_INVALID */
export function parseExportLine(line: string, where: string): ImportedRecord {
  const refuse = (reason: string) =>
    new SluiceError('EXPORT_INVALID', `${where} is not a record of an export: ${reason}`, {
      hint: `Write the file with: ${command('dlq export SINK', { to: 'FILE' })}`,
    });
  let parsed: Partial<Record<keyof ExportedRecord | 'schemaVersion', unknown>> | null;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw refuse('it is not JSON');
  }
  if (parsed === null || typeof parsed !== 'object') throw refuse('it is not an object');
  const { schemaVersion, queue, queueId, partition, offset, timestamp, key, value, headers } = parsed;
  if (schemaVersion !== VERSION) throw refuse(`its schemaVersion is not ${VERSION}`);
  if (typeof queue !== 'string' || typeof queueId !== 'string') throw refuse('queue and queueId must be text');
  if (!isCount(partition) || !isCount(offset)) throw refuse('partition and offset must be whole numbers');
  if (!Number.isSafeInteger(timestamp)) throw refuse('timestamp must be a whole number');
  if (!Array.isArray(headers)) throw refuse('headers must be a list');
  const bytes = (part: string, of: unknown): Buffer | null => {
    const read = bytesIn(of);
    if (read === undefined) throw refuse(`${part} must be null, {"text": …} or {"base64": …}`);
    return read;
  };
  const header = (of: unknown): RecordHeader => {
    const { name, value: content } = (of ?? {}) as { name?: unknown; value?: unknown };
    const read = bytes("a header's name", name);
    if (read === null) throw refuse('a header has no name');
    return [read, bytes("a header's value", content)];
  };
  const record = {
    partition,
    offset,
    timestamp: timestamp as number,
    key: bytes('key', key),
    value: bytes('value', value),
    headers: headers.map(header),
  };
  return { queue, queueId, record };
}

/** Undefined for anything else. */
function bytesIn(value: unknown): Buffer | null | undefined {
  if (value === null) return null;
  if (typeof value !== 'object') return undefined;
  const { text, base64 } = value as { text?: unknown; base64?: unknown };
  if (typeof text === 'string' && base64 === undefined) {
    // A half of a surrogate pair has no bytes.
    return text.isWellFormed() ? Buffer.from(text) : undefined;
  }
  if (typeof base64 !== 'string' || text !== undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // Node.js ignores what is not Base64.
  return bytes.toString('base64') === base64 ? bytes : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
