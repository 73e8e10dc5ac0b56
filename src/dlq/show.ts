import { isUtf8 } from 'node:buffer';
import { SluiceError } from '../errors/error.ts';
import type { KafkaRecord, PartitionBounds, RecordPort, RecordTopic } from '../ports/records.ts';
import type { Decoded } from '../records/decoded.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import type { Count } from '../text/numbers.ts';
import { redactText } from '../text/redact.ts';
import { setting } from '../text/settings.ts';
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
  assertPartition(topic, request);
  if (offset !== undefined) assertOffset(topic.name, offset, (await records.bounds(topic))[partition ?? 0]);
  const wanted = compileFilter(filter, decoder);
  const groups = new CauseGroups();
  const kept = new Kept(limit ?? (offset === undefined ? 0 : 1), offset === undefined ? 'last' : 'first');
  let matching = 0;
  for await (const chunk of scanTopic(records, topic, { partition, offset, since: filter.since, signal })) {
    for (const record of chunk.records) {
      if (!(await wanted(record))) continue;
      matching += 1;
      groups.add(record);
      kept.add(record);
    }
    if (kept.isComplete) break;
  }
  const list = groups.list();
  const connectors = [...new Set(list.flatMap((group) => group.connector ?? []))].sort();
  return {
    context,
    queue: topic.name,
    facts: await queueFacts(records, topic, ports),
    matching,
    groups: list,
    otherCauses: groups.others,
    records: await Promise.all(kept.list().map((record) => shown(record, decoder))),
    connectors: connectors.length > 1 ? connectors : [],
  };
}

/** New records of a queue, as they arrive. */
export async function* followQueue(
  { topic }: OpenQueue,
  { filter, partition }: Pick<ShowRequest, 'filter' | 'partition'>,
  { records, decoder }: { records: RecordPort; decoder: RecordDecoder },
): AsyncGenerator<ShownRecord> {
  assertPartition(topic, { partition });
  const wanted = compileFilter(filter, decoder);
  const bounds = await records.bounds(topic);
  const ranges = bounds
    .filter((one) => partition === undefined || one.partition === partition)
    .map((one) => ({ partition: one.partition, from: one.end }));
  for await (const chunk of records.follow(topic, ranges)) {
    for (const record of chunk.records) if (await wanted(record)) yield shown(record, decoder);
  }
}

/** The first or the last records of those that are added, partition by partition. */
class Kept {
  readonly #most: number;
  readonly #which: 'first' | 'last';
  readonly #partitions = new Map<number, KafkaRecord[]>();

  constructor(most: number, which: 'first' | 'last') {
    this.#most = most;
    this.#which = which;
  }

  add(record: KafkaRecord): void {
    if (this.#most === 0) return;
    const records = this.#partitions.get(record.partition) ?? [];
    this.#partitions.set(record.partition, records);
    if (records.length === this.#most) {
      if (this.#which === 'first') return;
      records.shift();
    }
    records.push(copyOf(record));
  }

  /** Whether no later record would be kept; the first ones are those of one partition. */
  get isComplete(): boolean {
    return this.#which === 'first' && [...this.#partitions.values()].some(({ length }) => length === this.#most);
  }

  list(): KafkaRecord[] {
    const all = [...this.#partitions.values()].flat();
    if (this.#which === 'first') return all;
    return all.sort((a, b) => a.timestamp - b.timestamp).slice(-this.#most);
  }
}

/** @throws REQUEST_INVALID */
function assertPartition(topic: RecordTopic, { partition, offset }: Pick<ShowRequest, 'partition' | 'offset'>): void {
  const { name, partitions } = topic;
  if (partition !== undefined && partition >= partitions)
    throw new SluiceError('REQUEST_INVALID', `${name} has no partition ${partition}`, {
      hint: partitions === 1 ? 'Its only partition is 0.' : `Its partitions are 0 to ${partitions - 1}.`,
    });
  if (offset !== undefined && partition === undefined && partitions > 1)
    throw new SluiceError('REQUEST_INVALID', `offset ${offset} of which partition?`, {
      hint: `${name} has ${partitions} partitions: use ${setting('partition', 'N')}.`,
    });
}

/** @throws REQUEST_INVALID */
function assertOffset(name: string, offset: number, bounds: PartitionBounds | undefined): void {
  const { partition, start, end } = bounds ?? { partition: 0, start: 0, end: 0 };
  if (offset >= start && offset < end) return;
  throw new SluiceError('REQUEST_INVALID', `${name}, partition ${partition}, has no record at offset ${offset}`, {
    hint: start === end ? 'It has none at all.' : `Its offsets are ${start} to ${end - 1}.`,
    details: { queue: name, partition, offset },
  });
}

/** Without the response that the record is a part of: that is up to a thousand times as large. */
function copyOf(record: KafkaRecord): KafkaRecord {
  const copy = (bytes: Buffer | null) => (bytes === null ? null : Buffer.from(bytes));
  const headers = record.headers.map(([name, value]) => [Buffer.from(name), copy(value)] as const);
  return { ...record, key: copy(record.key), value: copy(record.value), headers };
}

export async function shown(record: KafkaRecord, decoder: RecordDecoder): Promise<ShownRecord> {
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
