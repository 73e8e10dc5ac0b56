import { SluiceError } from '../errors/error.ts';
import { interruption } from '../errors/interrupted.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import type {
  KafkaRecord,
  RecordHeader,
  RecordPort,
  RecordTopic,
  RecordToWrite,
  RecordTransactions,
} from '../ports/records.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import type { Count } from '../text/numbers.ts';
import { isErrorHeader, type Origin, originOf } from './error-headers.ts';
import { compileFilter, type RecordFilter } from './filter.ts';
import { attemptsOf, isMark, marksOf } from './mark.ts';
import { Pace } from './pace.ts';
import { ensureStateTopic, loadReplayed, type Place, Replayed, STATE_TOPIC } from './replayed.ts';
import type { DlqPorts } from './scan.ts';

export interface ReplayRequest {
  filter: RecordFilter;
  /** Instead of the topic that the sink had read. */
  toTopic?: string | undefined;
  /** Records a second. */
  rate?: number | undefined;
  /** Keep what Connect wrote about the failure. */
  keepErrorHeaders: boolean;
  /** Leave records that were replayed so often and failed again. */
  maxAttempts: number;
  /** Replay each copy of a record that the sink queued several times. */
  copies: boolean;
  dryRun: boolean;
}

/** Where the records come from: a queue, or a file that it was exported to. */
export interface ReplaySource {
  queue: string;
  queueId: string;
  /** The target of records without error headers. */
  fallback?: string | undefined;
  chunks(): AsyncIterable<{ records: readonly KafkaRecord[]; deleted: number }>;
}

/** Why records were left where they are. */
export interface SkippedRecords {
  /** Replayed to the same topic before. */
  replayedBefore: Count;
  /** Copies of a record that was replayed: the sink had queued it several times. */
  copies: Count;
  /** Failed again after as many replays as are allowed. */
  tooOften: Count;
  /** Without error headers, so that their topic is unknown. */
  noTopic: Count;
  /** Their topic is the queue itself. */
  ofQueue: Count;
  /** Larger than `max.message.bytes` of their topic. */
  tooLarge: Count;
  /** Without a key, which their compacted topic requires. */
  noKey: Count;
  /** Their topic does not exist. */
  missing: { topic: string; records: Count }[];
}

export interface ReplayReport {
  context: string;
  queue: string;
  /** The run, which is in the header of each record. */
  run: string;
  dryRun: boolean;
  /** Records that fit the filter. */
  matching: Count;
  /** Records that were replayed, or would be. */
  replayed: Count;
  targets: { topic: string; records: Count }[];
  skipped: SkippedRecords;
  /** Of the replayed ones: had been replayed before, and failed again. */
  failedAgain: Count;
  /** Of the replayed ones: went by their key, as their original partition does not exist or is unknown. */
  repartitioned: Count;
  /** Of the replayed ones: older than the retention of the target, which may delete them before a sink reads them. */
  expiring: Count;
  /** Offsets whose records retention or a purge deleted before they could be read. */
  deleted: Count;
  exitCode: ExitCode;
}

/** A transaction ends after these many records, bytes or ms: what was not committed is lost when the process is killed. */
const COMMIT = { records: 50_000, bytes: 64 * 1024 ** 2, ms: 1000 };
/** Of one request; a batch must not be larger than the topic's max.message.bytes. */
const REQUEST_BYTES = 256 * 1024;
const MAX_MESSAGE = 0.8;
/** Around a record, and for each header, at most. */
const OVERHEAD = 32;

interface Target {
  topic: RecordTopic;
  isCompacted: boolean;
  maxBytes: number;
  /** Older records may be deleted at any time; ms since 1970. */
  retainedFrom: number;
  records: number;
}

interface Replayable {
  message: RecordToWrite;
  bytes: number;
  target: Target;
  /** How often it was replayed before. */
  attempts: number;
  queued: { place: Place; offset: number };
  original: { place: Place; offset: number } | undefined;
}

/**
 * Replays records in transactions, each of which also writes down what it replays: even if the process is killed, a record is in
 * its topic exactly once for readers that ignore aborted transactions (docs/dead-letters.md).
 */
export async function replay(
  source: ReplaySource,
  request: ReplayRequest,
  context: string,
  ports: ReplayPorts,
): Promise<ReplayReport> {
  return new Replay(source, request, context, ports).all();
}

type ReplayPorts = DlqPorts & { records: RecordPort; decoder: RecordDecoder; run: string };

class Replay {
  readonly #source: ReplaySource;
  readonly #request: ReplayRequest;
  readonly #ports: ReplayPorts;
  readonly #report: ReplayReport;
  readonly #targets = new Map<string, Target | undefined>();
  readonly #missing = new Map<string, number>();
  readonly #pace: Pace;
  readonly #mark: ReturnType<typeof marksOf>;
  #replayed: Replayed;
  #transactions: RecordTransactions | undefined;
  #batch: RecordToWrite[] = [];
  #batchBytes = 0;
  #limit = REQUEST_BYTES;
  /** Written since the last commit. */
  #open = { records: 0, bytes: 0, since: 0 };
  #committed = 0;
  /** The latest write, which is awaited before the next one: meanwhile the next batch is put together. */
  #writing: Promise<void> = Promise.resolve();

  constructor(source: ReplaySource, request: ReplayRequest, context: string, ports: ReplayPorts) {
    this.#source = source;
    this.#request = request;
    this.#ports = ports;
    this.#replayed = new Replayed(source.queueId);
    this.#mark = marksOf(source.queue, ports.run);
    this.#pace = new Pace(request.dryRun ? undefined : request.rate, ports.clock);
    const skipped = {
      replayedBefore: 0,
      copies: 0,
      tooOften: 0,
      noTopic: 0,
      ofQueue: 0,
      tooLarge: 0,
      noKey: 0,
      missing: [],
    };
    const counts = { matching: 0, replayed: 0, failedAgain: 0, repartitioned: 0, expiring: 0, deleted: 0 };
    const { queue } = source;
    const { dryRun } = request;
    const { run } = ports;
    this.#report = { context, queue, run, dryRun, ...counts, targets: [], skipped, exitCode: EXIT.ok };
  }

  async all(): Promise<ReplayReport> {
    const { records, clock, signal } = this.#ports;
    const { toTopic, dryRun } = this.#request;
    if (toTopic !== undefined) await this.#assertTarget(toTopic);
    try {
      if (!dryRun) {
        await ensureStateTopic(records, clock, signal);
        // Any other run of this queue is shut out first: what it has replayed is then final.
        this.#transactions = await records.transactions(`sluice-dlq-${this.#source.queueId}`);
      }
      this.#replayed = await loadReplayed(records, this.#source.queueId, clock, signal);
      await this.#readAll();
      await this.#commit();
    } catch (error) {
      throw await this.#ended(error);
    } finally {
      await this.#transactions?.[Symbol.asyncDispose]();
    }
    return this.#finished();
  }

  /** @throws TOPIC_NOT_FOUND, REQUEST_INVALID */
  async #assertTarget(name: string): Promise<void> {
    if (name === this.#source.queue)
      throw new SluiceError('REQUEST_INVALID', `${name} is the queue itself`, { hint: 'Name another topic.' });
    if ((await this.#target(name)) !== undefined) return;
    throw new SluiceError('TOPIC_NOT_FOUND', `there is no topic ${name}`, {
      hint: 'Create it first: sluice creates no topic that it replays to.',
      details: { topic: name },
    });
  }

  async #readAll(): Promise<void> {
    const { decoder, signal } = this.#ports;
    const wanted = compileFilter(this.#request.filter, decoder);
    for await (const { records, deleted } of this.#source.chunks()) {
      this.#report.deleted += deleted;
      for (const record of records) {
        const is = wanted(record);
        if (!(is instanceof Promise ? await is : is)) continue;
        this.#report.matching += 1;
        const origin = originOf(record.headers);
        const target = this.#known(origin) ?? (await this.#targetOf(origin));
        const replayable = target && this.#examine(record, origin, target);
        if (replayable === undefined) continue;
        // Waits only if it must: to wait for each record would take longer than all the rest.
        if (this.#isFull(replayable.bytes)) await this.#write();
        this.#add(replayable);
      }
      await this.#write();
      signal.throwIfAborted();
    }
  }

  /** Without waiting, for a target that was met before. */
  #known({ topic }: Origin): Target | undefined {
    const name = this.#nameOf(topic);
    return name === undefined ? undefined : this.#targets.get(name);
  }

  #nameOf(origin: string | null): string | undefined {
    return this.#request.toTopic ?? origin ?? this.#source.fallback;
  }

  /** Where a record goes; undefined if it stays, which is counted. */
  async #targetOf({ topic }: Origin): Promise<Target | undefined> {
    const { skipped } = this.#report;
    const name = this.#nameOf(topic);
    if (name === undefined) skipped.noTopic += 1;
    else if (name === this.#source.queue) skipped.ofQueue += 1;
    else {
      const target = await this.#target(name);
      if (target === undefined) this.#missing.set(name, (this.#missing.get(name) ?? 0) + 1);
      return target;
    }
    return undefined;
  }

  async #target(name: string): Promise<Target | undefined> {
    if (this.#targets.has(name)) return this.#targets.get(name);
    const topic = await this.#ports.records.topic(name);
    const maxBytes = Number(topic?.configs['max.message.bytes'] ?? Number.POSITIVE_INFINITY);
    const now = this.#ports.clock.now().getTime();
    const target = topic && {
      topic,
      isCompacted: isCompacted(topic),
      maxBytes,
      retainedFrom: now - retentionOf(topic),
      records: 0,
    };
    this.#targets.set(name, target);
    this.#limit = Math.min(this.#limit, MAX_MESSAGE * maxBytes);
    return target;
  }

  /** A record as it is replayed; undefined if there is a reason not to, which is counted. */
  #examine(record: KafkaRecord, origin: Origin, target: Target): Replayable | undefined {
    const { skipped } = this.#report;
    const at: Place = { target: target.topic.id, partition: record.partition };
    if (this.#replayed.has(at, record.offset)) {
      skipped.replayedBefore += 1;
      return undefined;
    }
    const attempts = attemptsOf(record.headers);
    if (attempts >= this.#request.maxAttempts) {
      skipped.tooOften += 1;
      return undefined;
    }
    const { topic, partition, offset } = origin;
    const original =
      topic !== null && partition !== null && offset !== null
        ? { place: { target: target.topic.id, origin: topic, partition }, offset }
        : undefined;
    if (original !== undefined && !this.#request.copies && this.#replayed.has(original.place, original.offset)) {
      // Done with, like the one that it is a copy of.
      this.#replayed.add(at, record.offset);
      skipped.copies += 1;
      return undefined;
    }
    const message = this.#message(record, partition, target, attempts);
    const bytes = sizeOf(message);
    // Kafka would refuse the whole transaction.
    if (bytes > target.maxBytes) {
      skipped.tooLarge += 1;
      return undefined;
    }
    if (record.key === null && target.isCompacted) {
      skipped.noKey += 1;
      return undefined;
    }
    return { message, bytes, target, attempts, queued: { place: at, offset: record.offset }, original };
  }

  #isFull(bytes: number): boolean {
    const isLarge = this.#batchBytes + bytes > this.#limit || this.#batch.length >= this.#pace.most;
    return this.#batch.length > 0 && isLarge;
  }

  #add({ message, bytes, target, attempts, queued, original }: Replayable): void {
    this.#batch.push(message);
    this.#batchBytes += bytes;
    this.#replayed.add(queued.place, queued.offset);
    if (original !== undefined) this.#replayed.add(original.place, original.offset);
    target.records += 1;
    this.#report.replayed += 1;
    if (attempts > 0) this.#report.failedAgain += 1;
    if (message.partition === undefined) this.#report.repartitioned += 1;
    if (message.timestamp < target.retainedFrom) this.#report.expiring += 1;
  }

  #message(record: KafkaRecord, partition: number | null, { topic }: Target, attempts: number): RecordToWrite {
    const { keepErrorHeaders } = this.#request;
    const headers: RecordHeader[] = [];
    for (const header of record.headers)
      if (!isMark(header) && (keepErrorHeaders || !isErrorHeader(header))) headers.push(header);
    headers.push(this.#mark({ partition: record.partition, offset: record.offset, attempt: attempts + 1 }));
    const exists = partition !== null && partition < topic.partitions;
    return {
      topic: topic.name,
      partition: exists ? partition : undefined,
      timestamp: record.timestamp,
      key: record.key,
      value: record.value,
      headers,
    };
  }

  /** Writes the batch. Afterwards it is empty, so that what is remembered and what is written are the same records. */
  async #write(): Promise<void> {
    const records = this.#batch;
    const bytes = this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    if (this.#transactions === undefined || records.length === 0) return;
    const { clock, signal } = this.#ports;
    await this.#writing;
    if (this.#open.records === 0) this.#open.since = clock.now().getTime();
    this.#writing = this.#transactions.write(records);
    // Its failure is thrown where it is awaited.
    this.#writing.catch(() => {});
    this.#open.records += records.length;
    this.#open.bytes += bytes;
    const wait = this.#pace.waitAfter(records.length);
    // Nobody sees what was written before it is committed, which must not take long.
    const age = clock.now().getTime() - this.#open.since + wait;
    if (this.#open.records >= COMMIT.records || this.#open.bytes >= COMMIT.bytes || age >= COMMIT.ms)
      await this.#commit();
    if (wait > 0) await clock.sleep(wait, signal);
  }

  /** Makes what was written visible, together with the note that it was. Only with an empty batch. */
  async #commit(): Promise<void> {
    const transactions = this.#transactions;
    if (transactions === undefined) return;
    await this.#writing;
    const timestamp = this.#ports.clock.now().getTime();
    let notes: RecordToWrite[] = [];
    let bytes = 0;
    for (const change of this.#replayed.changes()) {
      const note = { topic: STATE_TOPIC, partition: 0, timestamp, headers: [], ...change };
      if (bytes > REQUEST_BYTES) {
        await transactions.write(notes);
        notes = [];
        bytes = 0;
      }
      notes.push(note);
      bytes += sizeOf(note);
    }
    if (notes.length > 0) await transactions.write(notes);
    await transactions.commit();
    this.#committed = this.#report.replayed;
    this.#open = { records: 0, bytes: 0, since: 0 };
  }

  /** The error with what was replayed until then, which stays. */
  async #ended(error: unknown): Promise<unknown> {
    const { signal } = this.#ports;
    if (!(error instanceof SluiceError) || this.#request.dryRun) return error;
    try {
      if (this.#transactions?.isUsable) {
        await this.#writing;
        if (this.#batch.length > 0) await this.#transactions.write(this.#batch.splice(0));
        await this.#commit();
      }
    } catch {
      // Kafka aborts what was not committed.
    }
    // A commit without an answer may have been carried out.
    const least = this.#transactions?.isUsable === false ? 'at least ' : '';
    const done = `${least}${this.#committed} ${this.#committed === 1 && least === '' ? 'record was' : 'records were'} replayed`;
    const details = { ...error.details, replayed: this.#committed, run: this.#report.run };
    const hint = error.hint ?? 'Run it again: it replays the others, and none of these a second time.';
    if (signal.aborted) return interruption(signal, [done], { hint, details });
    const { retryable } = error;
    return new SluiceError(error.code, `${error.message}; ${done}`, { hint, details, retryable, cause: error });
  }

  #finished(): ReplayReport {
    const { skipped, replayed } = this.#report;
    skipped.missing = [...this.#missing].map(([topic, records]) => ({ topic, records }));
    const { noTopic, ofQueue, tooLarge, noKey, missing } = skipped;
    const left = noTopic + ofQueue + tooLarge + noKey + missing.reduce((sum, { records }) => sum + records, 0);
    const targets = [...this.#targets.values()].flatMap((one) =>
      one === undefined || one.records === 0 ? [] : [{ topic: one.topic.name, records: one.records }],
    );
    const exitCode = left === 0 ? EXIT.ok : replayed > 0 ? EXIT.partial : EXIT.rejected;
    return { ...this.#report, targets, exitCode };
  }
}

/** Infinite without a limit, or if it may not be known. */
/** After so many ms Kafka deletes its records; infinite if it keeps them. */
export function retentionOf({ configs }: RecordTopic): number {
  const ms = Number(configs['retention.ms'] ?? -1);
  return ms < 0 || !/delete/.test(configs['cleanup.policy'] ?? '') ? Number.POSITIVE_INFINITY : ms;
}

export function isCompacted({ configs }: RecordTopic): boolean {
  return /compact/.test(configs['cleanup.policy'] ?? '');
}

/** At most, as Kafka stores it. */
export function sizeOf({ key, value, headers }: Pick<RecordToWrite, 'key' | 'value' | 'headers'>): number {
  let size = OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) size += OVERHEAD + name.length + (content?.length ?? 0);
  return size;
}
