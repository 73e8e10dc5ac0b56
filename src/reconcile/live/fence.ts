import type { KafkaPort, PartitionLag } from '../../ports/kafka.ts';
import type { RecordPort } from '../../ports/records.ts';
import { setting } from '../../text/settings.ts';
import { dialectFor } from '../dialects/index.ts';
import type { Fence } from '../model.ts';
import type { ReconcilePorts } from '../options.ts';
import { type Position, type SourceOffset, snapshotIsRunning } from './log-position.ts';
import type { Marker } from './marker.ts';
import { Tails } from './tails.ts';

/** Waits instead of proving: assumes that everything in flight arrives within `ms`. */
export function timeFence(ms: number, { clock, signal }: Pick<ReconcilePorts, 'clock' | 'signal'>): Fence {
  return {
    kind: 'time',
    async pass() {
      await clock.sleep(ms, signal);
      return undefined;
    },
  };
}

/** What the fence needs from Kafka Connect: a source's committed offsets. */
export interface SourceOffsets {
  offsets(connector: string): Promise<{ partition: Record<string, unknown>; offset: Record<string, unknown> | null }[]>;
}

export interface ConnectorFenceOptions {
  connect: SourceOffsets;
  kafka: KafkaPort;
  /** Opens the records of topics. */
  records(): Promise<RecordPort>;
  source: string;
  sink: string;
  /** The sink's consumer group. */
  group: string;
  topics: readonly string[];
  /** Advances a quiet source's log so that it commits an offset; without one, its traffic or heartbeat must. */
  marker?: Marker | undefined;
  /** Longest wait in ms. */
  timeout: number;
}

const POLL_MS = 250;
/** Grace for the last transaction of an idle MariaDB or MySQL since its offset moved: longer than the usual 10 s heartbeat. */
const LAST_TRANSACTION_MS = 15_000;

/**
 * The pipeline has passed when two things have happened in turn: the source connector's committed offset has reached
 * the source database's current position, and then the sink's committed offsets have reached the topics' ends. An
 * offset is committed only after everything before it was written, so the target then has all that the source shows
 * now. A sink commits no offset after the marker of a transaction: where no record is left, it has reached the end.
 */
export function connectorFence(options: ConnectorFenceOptions, ports: Pick<ReconcilePorts, 'clock' | 'signal'>): Fence {
  return {
    kind: 'connector',
    async pass(session) {
      const { clock, signal } = ports;
      const deadline = clock.now().getTime() + options.timeout;
      const noted = await dialectFor(session).logPosition(session);
      if ('reason' in noted) return noted.reason;
      // After the position was read, so the marker comes after it.
      await options.marker?.write();
      let position: Position | undefined;
      let almost: { since: number; offsets: string } | undefined;
      for (;;) {
        position ??= await noted.find();
        const offsets = await committed(options);
        const snapshot = offsets.some(snapshotIsRunning);
        const passed = position === undefined || snapshot ? 'not' : hasPassed(position, offsets);
        const now = clock.now().getTime();
        if (passed === 'yes') break;
        if (passed === 'almost') {
          // A large transaction may take longer, but its offset keeps moving while its rows are read.
          const seen = JSON.stringify(offsets);
          if (almost?.offsets !== seen) almost = { since: now, offsets: seen };
          if (now - almost.since > LAST_TRANSACTION_MS) break;
        }
        if (now > deadline) {
          if (snapshot) return `${options.source} is still taking a snapshot of its tables`;
          return (
            `${options.source} has not committed ${(position ?? noted).text} within ${options.timeout / 1000} s: ` +
            `is it running?${options.marker === undefined ? ` On a quiet source the offset may not advance: use ${setting('marker')}` : ''}`
          );
        }
        await clock.sleep(POLL_MS, signal);
      }
      let ends: Ends | undefined;
      const tails = new Tails(options.records);
      for (;;) {
        const state = await readSink(options, ends, tails);
        ends ??= state.ends;
        if (ends !== undefined && state.behind === 0) return undefined;
        if (clock.now().getTime() > deadline) {
          return ends === undefined
            ? `${options.sink} does not read ${state.unread.join(', ')} yet`
            : `${options.sink} is ${state.behind} records behind after ${options.timeout / 1000} s`;
        }
        await clock.sleep(POLL_MS, signal);
      }
    },
  };
}

async function committed({ connect, source }: ConnectorFenceOptions): Promise<SourceOffset[]> {
  const offsets = await connect.offsets(source);
  return offsets.flatMap(({ partition, offset }) => (offset === null ? [] : [{ partition, offset }]));
}

function hasPassed(position: Position, offsets: readonly SourceOffset[]): 'yes' | 'almost' | 'not' {
  if (offsets.some((one) => position.reachedBy(one))) return 'yes';
  return offsets.some((one) => position.almostReachedBy?.(one)) ? 'almost' : 'not';
}

type Ends = ReadonlyMap<string, number>;

/** How far the sink is behind the recorded ends, or behind the current ends if none are recorded. */
async function readSink(
  { kafka, group, topics }: ConnectorFenceOptions,
  noted: Ends | undefined,
  tails: Tails,
): Promise<{ ends: Ends | undefined; behind: number; unread: string[] }> {
  const partitions = (await kafka.lag([group])).get(group)?.partitions ?? [];
  // A topic that the sink has not found yet has no offsets, and would look like one that has been read.
  const unread = topics.filter((topic) => !partitions.some((one) => one.topic === topic));
  const wanted = partitions.filter((one) => topics.includes(one.topic));
  const ends = noted ?? new Map(wanted.map((one) => [nameOf(one), one.end]));
  let behind = 0;
  for (const one of wanted) {
    const end = ends.get(nameOf(one)) ?? 0;
    const left = Math.max(0, end - (one.committed ?? 0));
    if (left > 0 && !(await tails.isEmpty({ ...one, end }))) behind += left;
  }
  return { ends: unread.length > 0 ? noted : ends, behind, unread };
}

function nameOf({ topic, partition }: Pick<PartitionLag, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
