import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/databases/session.ts';
import { SluiceError } from '../../../../src/errors/error.ts';
import type { KafkaPort } from '../../../../src/ports/kafka.ts';
import type { ReadFrom, RecordChunk, RecordPort } from '../../../../src/ports/records.ts';
import { connectorFence } from '../../../../src/reconcile/live/fence.ts';

const SERVER = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

/** MySQL with GTIDs, of which ten transactions have run. */
const session = {
  engine: 'mysql',
  server: { product: 'MySQL' },
  query: async () => [['ON', '', `${SERVER}:1-10`]],
} as unknown as Session;

/** By default a sink that has read all that there is. */
interface Sink {
  committed?: number | null;
  /** Of its topic, from the committed offset to the end. */
  left?: () => Pick<RecordChunk, 'records' | 'deleted'>;
}

/** @param offsetAt what the source has committed after so many ms. @returns what the fence says, and after how long */
async function pass(
  offsetAt: (ms: number) => Record<string, unknown>,
  timeout = 60_000,
  { committed = 5, left = () => ({ records: [], deleted: 0 }) }: Sink = {},
) {
  const kafka = {
    lag: async () =>
      new Map([['sink', { partitions: [{ topic: 'items', partition: 0, end: 5, committed }] }]]) as never,
  } as unknown as KafkaPort;
  const records = {
    topic: async (name: string) => ({ name, id: name, partitions: 1, configs: {} }),
    async *read(_topic: unknown, { partition, uncommitted, from, to }: ReadFrom & { to: number }) {
      expect({ uncommitted, from, to }).toEqual({ uncommitted: true, from: committed, to: 5 });
      yield { partition, next: to, transactional: true, ...left() };
    },
  } as unknown as RecordPort;
  let now = 0;
  const clock = {
    now: () => new Date(now),
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const fence = connectorFence(
    {
      connect: { offsets: async () => [{ partition: { server: 'p' }, offset: offsetAt(now) }] },
      kafka,
      records: async () => records,
      source: 'source',
      sink: 'sink',
      group: 'sink',
      topics: ['items'],
      timeout,
    },
    { clock, signal: undefined },
  );
  return { reason: await fence.pass(session), ms: now };
}

describe('the fence of a MySQL source', () => {
  it('is passed at once where all transactions have been read', async () => {
    expect(await pass(() => ({ gtids: `${SERVER}:1-10`, pos: 4 }))).toEqual({ reason: undefined, ms: 0 });
  });

  it('is passed after a while where the last one is all that lacks, since an idle source never says that it has ended', async () => {
    const { reason, ms } = await pass(() => ({ gtids: `${SERVER}:1-9`, row: 1, event: 2 }));
    expect(reason).toBeUndefined();
    expect(ms).toBeGreaterThan(15_000);
    expect(ms).toBeLessThan(20_000);
  });

  it('waits for as long as the rows of the last one are still being read', async () => {
    const { reason, ms } = await pass((at) => ({ gtids: `${SERVER}:1-9`, row: Math.min(Math.floor(at / 10_000), 4) }));
    expect(reason).toBeUndefined();
    expect(ms).toBeGreaterThan(55_000);
  });

  it('is not passed where two lack', async () => {
    const { reason } = await pass(() => ({ gtids: `${SERVER}:1-8` }));
    expect(reason).toContain('source has not committed GTIDs');
  });

  it('is not passed in the first snapshot, at whose offset the log will be read from', async () => {
    const { reason } = await pass(() => ({
      gtids: `${SERVER}:1-10`,
      file: 'binlog.000009',
      pos: 9,
      snapshot: 'INITIAL',
    }));
    expect(reason).toBe('source is still taking a snapshot of its tables');
    const later = await pass((at) => ({ gtids: `${SERVER}:1-10`, ...(at < 5000 ? { snapshot: 'INITIAL' } : {}) }));
    expect(later).toEqual({ reason: undefined, ms: 5000 });
  });
});

describe('a sink that has not committed the end', () => {
  const offset = () => ({ gtids: `${SERVER}:1-10`, pos: 4 });
  const behind = { reason: 'sink is 1 records behind after 5 s', ms: 5250 };

  /** A replay of dead letters, and every source with exactly-once delivery, ends its transactions by such a marker. */
  it('has reached it where only the marker of a transaction is left', async () => {
    const { reason, ms } = await pass(offset, 5000, { committed: 4 });
    expect({ reason, ms }).toEqual({ reason: undefined, ms: 250 });
  });

  it.each<[string, Sink]>([
    ['a record is left', { committed: 4, left: () => ({ records: [{} as never], deleted: 0 }) }],
    ['what was left has been deleted', { committed: 4, left: () => ({ records: [], deleted: 1 }) }],
    [
      'it cannot be read',
      {
        committed: 4,
        left: () => {
          throw new SluiceError('KAFKA_UNAUTHORIZED', 'no');
        },
      },
    ],
  ])('has not where %s', async (_what, sink) => {
    expect(await pass(offset, 5000, sink)).toEqual(behind);
  });

  it('has not where it has committed nothing at all', async () => {
    const { reason } = await pass(offset, 5000, { committed: null });
    expect(reason).toBe('sink is 5 records behind after 5 s');
  });
});
