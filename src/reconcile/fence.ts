import type { KafkaPort } from '../kafka/groups.ts';
import type { Session } from './dialects/dialect.ts';
import type { Fence, ReconcilePorts } from './options.ts';

/** Time in place of proof: whatever was on its way is taken to have arrived after `ms`. */
export function timeFence(ms: number, { clock, signal }: Pick<ReconcilePorts, 'clock' | 'signal'>): Fence {
  return {
    kind: 'time',
    async pass() {
      await clock.sleep(ms, signal);
      return undefined;
    },
  };
}

/** What the fence asks of Kafka Connect: the offsets that a source has committed. */
export interface SourceOffsets {
  offsets(connector: string): Promise<{ partition: Record<string, unknown>; offset: Record<string, unknown> | null }[]>;
}

export interface ConnectorFenceOptions {
  connect: SourceOffsets;
  kafka: KafkaPort;
  source: string;
  sink: string;
  topics: readonly string[];
  /** Longest wait in ms. */
  timeout: number;
}

const POLL_MS = 250;
/** How long the last transaction of an idle MariaDB is waited for: longer than a heartbeat's usual 10 s. */
const LAST_TRANSACTION_MS = 15_000;

/**
 * The pipeline has passed when, one after the other, the source connector's committed offset has reached the position
 * that the source database has now, and the sink's committed offsets have reached the ends that the topics then have.
 * An offset is committed only after what lies before it was written, so all that the source shows now is in the target.
 */
export function connectorFence(options: ConnectorFenceOptions, ports: Pick<ReconcilePorts, 'clock' | 'signal'>): Fence {
  return {
    kind: 'connector',
    async pass(session) {
      const { clock, signal } = ports;
      const deadline = clock.now().getTime() + options.timeout;
      const position = await currentPosition(session);
      if (position === undefined)
        return `${session.server.product} tells no position that a fence could wait for: nothing is confirmed`;
      let almost: number | undefined;
      for (;;) {
        const offsets = (await options.connect.offsets(options.source)).flatMap(({ offset }) =>
          offset === null ? [] : [offset],
        );
        if (offsets.some((offset) => position.reachedBy(offset))) break;
        const now = clock.now().getTime();
        if (offsets.some((offset) => position.almostReachedBy?.(offset))) {
          almost ??= now;
          if (now - almost > LAST_TRANSACTION_MS) break;
        }
        if (now > deadline) {
          return `${options.source} has not committed ${position.text} within ${options.timeout / 1000} s: is it running, with a heartbeat?`;
        }
        await clock.sleep(POLL_MS, signal);
      }
      let ends: Ends | undefined;
      for (;;) {
        const state = await readSink(options, ends);
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

type Ends = ReadonlyMap<string, number>;

/** How far the sink is: behind the ends that were noted, or, where none were, the ends that there are now. */
async function readSink(
  { kafka, sink, topics }: ConnectorFenceOptions,
  noted: Ends | undefined,
): Promise<{ ends: Ends | undefined; behind: number; unread: string[] }> {
  const group = `connect-${sink}`;
  const partitions = (await kafka.lag([group])).get(group)?.partitions ?? [];
  // A topic that the sink has not found yet has no offsets, and would pass for one that has been read.
  const unread = topics.filter((topic) => !partitions.some((one) => one.topic === topic));
  const wanted = partitions.filter((one) => topics.includes(one.topic));
  const ends = noted ?? new Map(wanted.map(({ topic, partition, end }) => [`${topic}/${partition}`, end]));
  const behind = wanted.reduce(
    (sum, { topic, partition, committed }) =>
      sum + Math.max(0, (ends.get(`${topic}/${partition}`) ?? 0) - (committed ?? 0)),
    0,
  );
  return { ends: unread.length > 0 ? noted : ends, behind, unread };
}

export interface Position {
  text: string;
  /** Whether a Debezium source's committed offset lies at or behind this position. */
  reachedBy(offset: Record<string, unknown>): boolean;
  /**
   * Lacks only the end of the very last transaction. Debezium's MariaDB connector counts a transaction as passed when
   * the next one begins, so that on an idle server its offset never gets further.
   */
  almostReachedBy?(offset: Record<string, unknown>): boolean;
}

/** Where the database's log is now; every row that is visible was written before. */
async function currentPosition(session: Session): Promise<Position | undefined> {
  if (session.dialect.engine === 'postgresql') {
    const rows = await session.query(
      'SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text',
    );
    return lsnPosition(rows[0]?.[0] ?? '0/0');
  }
  if (session.dialect.engine !== 'mysql') return undefined;
  if (session.server.product === 'MariaDB') {
    const [row] = await session.query('SELECT @@gtid_current_pos');
    return gtidPosition(row?.[0] ?? '');
  }
  // MySQL 8.4 renamed the statement.
  const [row] = await session
    .query('SHOW BINARY LOG STATUS')
    .catch(() => session.query('SHOW MASTER STATUS'))
    .catch(() => []);
  return row === undefined ? undefined : binlogPosition(row[0] ?? '', Number(row[1] ?? 0));
}

/** PostgreSQL's `16/B374D848`; Debezium keeps it as one number. */
export function lsnPosition(text: string): Position {
  const [high = '0', low = '0'] = text.split('/');
  const lsn = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
  return {
    text: `position ${text}`,
    reachedBy: ({ lsn: committed }) =>
      (typeof committed === 'number' || typeof committed === 'string') && BigInt(committed) >= lsn,
  };
}

/** MariaDB's `domain-server-sequence`, several with commas: each domain's sequence must be reached. */
export function gtidPosition(text: string): Position {
  const wanted = sequences(text);
  const reached = (gtids: unknown, lacking: bigint) => {
    const committed = sequences(typeof gtids === 'string' ? gtids : '');
    return [...wanted].every(([domain, sequence]) => (committed.get(domain) ?? -1n) >= sequence - lacking);
  };
  return {
    text: `GTID ${text}`,
    reachedBy: ({ gtids }) => reached(gtids, 0n),
    almostReachedBy: ({ gtids }) => reached(gtids, 1n),
  };
}

function sequences(text: string): Map<string, bigint> {
  return new Map(
    text
      .split(',')
      .map((one) => /^\s*(\d+)-\d+-(\d+)\s*$/.exec(one))
      .flatMap((match) => (match === null ? [] : [[match[1] ?? '', BigInt(match[2] ?? '0')] as const])),
  );
}

/** MySQL's file and offset; files are numbered upward. */
export function binlogPosition(file: string, position: number): Position {
  return {
    text: `${file}:${position}`,
    reachedBy: ({ file: committed, pos }) => {
      if (typeof committed !== 'string' || typeof pos !== 'number') return false;
      const order = number(committed) - number(file);
      return order > 0 || (order === 0 && pos >= position);
    },
  };
}

function number(file: string): number {
  return Number(/(\d+)$/.exec(file)?.[1] ?? 0);
}
