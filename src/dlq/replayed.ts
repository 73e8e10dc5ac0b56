import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { KafkaRecord, RecordPort } from '../ports/records.ts';
import { OffsetSet } from './offset-set.ts';

/** The topic in which sluice keeps what it has replayed; compacted, made by the first replay. */
export const STATE_TOPIC = 'sluice-dlq-replays';

const VERSION = 1;

/** A partition whose offsets are remembered: of the queue, or of the topic from which the sink read the record. */
export interface Place {
  /** Id of the topic that records were replayed to. */
  target: string;
  /** Undefined for the queue itself. */
  origin?: string | undefined;
  partition: number;
}

interface Remembered {
  offsets: OffsetSet;
  /** Chunks that were added to since they were last written. */
  touched: Set<number>;
}

/**
 * What was replayed from one queue, by target: which offsets of the queue, and which records of the original topics they
 * were, since a sink may queue the same record several times. Its changes are written in the transaction of the records
 * themselves (docs/decisions/0024).
 */
export class Replayed {
  readonly #queue: string;
  /** By target, original topic and partition. */
  readonly #sets = new Map<string, Map<string | undefined, Map<number, Remembered>>>();

  /** @param queue id of the queue */
  constructor(queue: string) {
    this.#queue = queue;
  }

  has(place: Place, offset: number): boolean {
    const { target, origin, partition } = place;
    return this.#sets.get(target)?.get(origin)?.get(partition)?.offsets.has(offset) ?? false;
  }

  /** Whether a record of the queue was replayed, to any topic. */
  hasAny(partition: number, offset: number): boolean {
    return [...this.#sets.values()].some((origins) => origins.get(undefined)?.get(partition)?.offsets.has(offset));
  }

  add(place: Place, offset: number): void {
    const { offsets, touched } = this.#set(place);
    const chunk = offsets.add(offset);
    if (chunk !== undefined) touched.add(chunk);
  }

  /** What was added since the last call, as records of the state topic. */
  changes(): { key: Buffer; value: Buffer }[] {
    const changes: { key: Buffer; value: Buffer }[] = [];
    for (const [target, origins] of this.#sets)
      for (const [origin, partitions] of origins)
        for (const [partition, { offsets, touched }] of partitions) {
          for (const chunk of touched) {
            const key = [VERSION, this.#queue, target, origin ?? null, partition, chunk];
            changes.push({
              key: Buffer.from(JSON.stringify(key)),
              value: Buffer.from(JSON.stringify(offsets.runs(chunk))),
            });
          }
          touched.clear();
        }
    return changes;
  }

  /** Takes in a record of the state topic, of any queue. @throws KAFKA_REJECTED if this version cannot read it */
  load({ key, value, offset }: Pick<KafkaRecord, 'key' | 'value' | 'offset'>): void {
    if (value === null) return;
    try {
      const [version, queue, target, origin, partition, chunk] = JSON.parse(key?.toString() ?? '') as unknown[];
      if (version !== VERSION || typeof chunk !== 'number') throw new Error(`version ${version}`);
      if (queue !== this.#queue) return;
      const place = {
        target: String(target),
        origin: origin === null ? undefined : String(origin),
        partition: Number(partition),
      };
      // A later record of the same chunk has all of an earlier one, and more.
      this.#set(place).offsets.addRuns(chunk, JSON.parse(value.toString()) as number[]);
    } catch (error) {
      throw new SluiceError('KAFKA_REJECTED', `cannot read what was replayed: ${STATE_TOPIC} at offset ${offset}`, {
        hint: 'A newer sluice may have written it: use that one. Only sluice should write to this topic.',
        cause: error,
      });
    }
  }

  #set({ target, origin, partition }: Place): Remembered {
    const origins = this.#sets.get(target) ?? new Map<string | undefined, Map<number, Remembered>>();
    if (origins.size === 0) this.#sets.set(target, origins);
    const partitions = origins.get(origin) ?? new Map<number, Remembered>();
    if (partitions.size === 0) origins.set(origin, partitions);
    const found = partitions.get(partition) ?? { offsets: new OffsetSet(), touched: new Set() };
    if (!partitions.has(partition)) partitions.set(partition, found);
    return found;
  }
}

/** How long another run may keep a transaction open: as long as Kafka allows, and a little for its end. */
const SETTLED_MS = 90_000;
const POLL_MS = 200;
const POLLS = 50;

/**
 * Everything that was replayed from a queue so far; nothing if there is no state topic.
 * @throws TIMED_OUT if a transaction stays open that may hide a part of it
 */
export async function loadReplayed(records: RecordPort, queue: string, clock: Clock, signal: AbortSignal) {
  const replayed = new Replayed(queue);
  const topic = await records.topic(STATE_TOPIC);
  if (topic === undefined) return replayed;
  const wanted = await records.bounds(topic);
  // What follows the first record of an open transaction, of another queue's replay, cannot be read yet.
  for (const deadline = clock.now().getTime() + SETTLED_MS; ; await clock.sleep(POLL_MS, signal)) {
    const now = await records.bounds(topic);
    if (now.every(({ end, partition }) => end >= (wanted[partition]?.written ?? 0))) break;
    if (clock.now().getTime() >= deadline)
      throw new SluiceError('TIMED_OUT', `a transaction in ${STATE_TOPIC} stays open`, {
        hint: 'Another replay may be running, or was killed; Kafka ends its transaction after a minute. Try again.',
      });
  }
  for (const { partition, start, written } of wanted) {
    for await (const chunk of records.read(topic, { partition, from: start, to: written }))
      for (const record of chunk.records) replayed.load(record);
  }
  return replayed;
}

/** Makes the state topic if it is missing. @throws KAFKA_REJECTED if it would forget */
export async function ensureStateTopic(records: RecordPort, clock: Clock, signal: AbortSignal): Promise<void> {
  let topic = await records.topic(STATE_TOPIC, true);
  if (topic === undefined) await records.createCompacted(STATE_TOPIC);
  // Some brokers hear of a new topic later than others.
  for (let poll = 0; topic === undefined && poll < POLLS; poll += 1) {
    if (poll > 0) await clock.sleep(POLL_MS, signal);
    topic = await records.topic(STATE_TOPIC, true);
  }
  const policy = topic?.configs['cleanup.policy'];
  if (policy === 'compact') return;
  throw new SluiceError('KAFKA_REJECTED', `the topic ${STATE_TOPIC} has cleanup.policy=${policy ?? 'unknown'}`, {
    hint: `Sluice keeps there what it has replayed. Set cleanup.policy=compact for ${STATE_TOPIC}.`,
  });
}
