import { isUtf8 } from 'node:buffer';
import type { KafkaRecord, RecordPort } from '../ports/records.ts';
import type { Decoded } from '../records/decoded.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import type { Count } from '../text/numbers.ts';
import { redactText } from '../text/redact.ts';
import { type ErrorContext, errorContext, isErrorHeader } from './error-headers.ts';
import { compileFilter, type RecordFilter } from './filter.ts';
import { type CauseGroup, CauseGroups, isoTime } from './groups.ts';
import { type QueueFacts, queueFacts } from './list.ts';
import { attemptsOf } from './mark.ts';
import type { OpenQueue } from './queues.ts';
import { type DlqPorts, scanTopic } from './scan.ts';

export interface ShownRecord {
  partition: Count;
  offset: Count;
  /** ISO 8601, UTC. */
  timestamp: string;
  key: Decoded;
  value: Decoded;
  /** Those that Connect did not write about the failure. Values that are not text are `0x` and hexadecimal. */
  headers: { name: string; value: string | null }[];
  error: ErrorContext;
  /** Stack trace of the failure, with credentials masked. */
  trace: string | null;
  /** How often it was replayed before it failed again. */
  attempts: Count;
}

export interface ShowRequest {
  filter: RecordFilter;
  /** Show so many single records, the latest ones or those from `offset` on, instead of groups. */
  limit?: number | undefined;
  partition?: number | undefined;
  /** Show records from this offset on; needs `partition` if there are several. */
  offset?: number | undefined;
}

export interface ShowReport {
  context: string;
  queue: string;
  /** What the whole queue holds. */
  facts: QueueFacts;
  /** Records that were read and fit the filter. */
  matching: Count;
  /** The reasons of their failures, the most frequent first. */
  groups: CauseGroup[];
  /** Records with further reasons, which are not listed. */
  otherCauses: Count;
  /** Single records, if they were asked for. */
  records: ShownRecord[];
  /** Sinks that wrote them, by their headers, if there are several. */
  connectors: string[];
}

const TRACE = '__connect.errors.exception.stacktrace';

export async function showQueue(
  { topic }: OpenQueue,
  request: ShowRequest,
  context: string,
  ports: DlqPorts & { records: RecordPort; decoder: RecordDecoder },
): Promise<ShowReport> {
  const { records, decoder, signal } = ports;
  const { filter, limit, partition, offset } = request;
  const wanted = compileFilter(filter, decoder);
  const groups = new CauseGroups();
  const kept: KafkaRecord[] = [];
  let latest: KafkaRecord[] = [];
  let matching = 0;
  const most = limit ?? (offset === undefined ? 0 : 1);
  for await (const chunk of scanTopic(records, topic, { partition, since: filter.since, signal })) {
    for (const record of chunk.records) {
      if (offset !== undefined && record.offset < offset) continue;
      if ((await wanted(record)) === undefined) continue;
      matching += 1;
      groups.add(record);
      if (latest[0]?.partition !== record.partition) {
        kept.push(...latest);
        latest = [];
      }
      // From an offset on the first ones, else the last ones.
      if (most > 0 && (latest.length < most || offset === undefined)) latest.push(copyOf(record));
      if (latest.length > most) latest.shift();
    }
    if (offset !== undefined && latest.length >= most) break;
  }
  kept.push(...latest);
  if (offset === undefined) kept.sort((a, b) => a.timestamp - b.timestamp);
  const list = groups.list();
  const connectors = [...new Set(list.flatMap((group) => group.connector ?? []))].sort();
  return {
    context,
    queue: topic.name,
    facts: await queueFacts(records, topic, ports),
    matching,
    groups: list,
    otherCauses: groups.others,
    records: await Promise.all(
      (offset === undefined ? kept.slice(-most || kept.length) : kept).map((record) => shown(record, decoder)),
    ),
    connectors: connectors.length > 1 ? connectors : [],
  };
}

/** New records of a queue, as they arrive. */
export async function* followQueue(
  { topic }: OpenQueue,
  { filter, partition }: Pick<ShowRequest, 'filter' | 'partition'>,
  { records, decoder }: { records: RecordPort; decoder: RecordDecoder },
): AsyncGenerator<ShownRecord> {
  const wanted = compileFilter(filter, decoder);
  const bounds = await records.bounds(topic);
  const ranges = bounds
    .filter((one) => partition === undefined || one.partition === partition)
    .map((one) => ({ partition: one.partition, from: one.end }));
  for await (const chunk of records.follow(topic, ranges)) {
    for (const record of chunk.records) if ((await wanted(record)) !== undefined) yield shown(record, decoder);
  }
}

/** Without the response that the record is a part of: that is up to a thousand times as large. */
function copyOf(record: KafkaRecord): KafkaRecord {
  const copy = (bytes: Buffer | null) => (bytes === null ? null : Buffer.from(bytes));
  const headers = record.headers.map(([name, value]) => [Buffer.from(name), copy(value)] as const);
  return { ...record, key: copy(record.key), value: copy(record.value), headers };
}

async function shown(record: KafkaRecord, decoder: RecordDecoder): Promise<ShownRecord> {
  const [key, value] = await Promise.all([decoder.decode(record.key), decoder.decode(record.value)]);
  const trace = record.headers.findLast(([name]) => name.toString('latin1') === TRACE)?.[1];
  return {
    partition: record.partition,
    offset: record.offset,
    timestamp: isoTime(record.timestamp),
    key,
    value,
    headers: record.headers
      .filter((header) => !isErrorHeader(header))
      .map(([name, bytes]) => ({ name: headerText(name), value: bytes === null ? null : headerText(bytes) })),
    error: errorContext(record.headers),
    trace: trace == null ? null : redactText(trace.toString()),
    attempts: attemptsOf(record.headers),
  };
}

function headerText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : `0x${bytes.toString('hex')}`;
}
