import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/databases/session.ts';
import type { KafkaPort } from '../../../../src/ports/kafka.ts';
import { connectorFence } from '../../../../src/reconcile/live/fence.ts';

const SERVER = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

/** MySQL with GTIDs, of which ten transactions have run. */
const session = {
  engine: 'mysql',
  server: { product: 'MySQL' },
  query: async () => [['ON', '', `${SERVER}:1-10`]],
} as unknown as Session;

/** A sink that has read all that there is. */
const kafka = {
  lag: async () =>
    new Map([['sink', { partitions: [{ topic: 'items', partition: 0, end: 5, committed: 5 }] }]]) as never,
} as unknown as KafkaPort;

/** @param offsetAt what the source has committed after so many ms. @returns what the fence says, and after how long */
async function pass(offsetAt: (ms: number) => Record<string, unknown>, timeout = 60_000) {
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
