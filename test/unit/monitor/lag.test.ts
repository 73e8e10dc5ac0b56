import { describe, expect, it } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { judgeConnector } from '../../../src/monitor/health.ts';
import { type LagLimits, withLag } from '../../../src/monitor/lag.ts';
import { Movement } from '../../../src/monitor/movement.ts';
import type { GroupLag, KafkaPort } from '../../../src/ports/kafka.ts';

const sink = {
  name: 'orders',
  info: { name: 'orders', config: { 'connector.class': 'X' }, tasks: [], type: 'sink' },
  status: {
    name: 'orders',
    connector: { state: 'RUNNING', worker_id: 'w' },
    tasks: [{ id: 0, state: 'RUNNING', worker_id: 'w' }],
    type: 'sink',
  },
} as unknown as ListedConnector;

const START = Date.parse('2026-01-01T00:00:00Z');
const END = 1_000;

/** A group of two partitions whose committed offsets are functions of the time (ms since the start). */
function scene(
  committed: (ms: number) => [number, number],
  given: { recordsOlderThanMs?: number; fails?: boolean } = {},
) {
  let now = START;
  const lagAt = (): GroupLag => {
    const partitions = committed(now - START).map((offset, partition) => ({
      topic: 't',
      partition,
      committed: offset,
      end: END,
      lag: END - offset,
    }));
    return { group: 'connect-orders', total: partitions.reduce((sum, one) => sum + one.lag, 0), partitions };
  };
  const kafka = {
    describeGroups: async (ids: string[]) =>
      new Map(ids.map((id) => [id, { id, state: 'Stable', members: 1, working: 1 }])),
    lag: async (ids: string[]) => new Map(ids.map((id) => [id, lagAt()])),
    // Every record that waits has the same age.
    offsetsAt: async (partitions: { partition: number }[], timestamp: number) => {
      if (given.fails) throw new SluiceError('KAFKA_UNREACHABLE', 'gone');
      const written = START - (given.recordsOlderThanMs ?? 0);
      return partitions.map(({ partition }) => (written >= timestamp ? (committed(now - START)[partition] ?? 0) : -1));
    },
    close: async () => {},
  } as unknown as KafkaPort;
  const clock = {
    now: () => new Date(now),
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const groups = new GroupReader(async () => kafka);
  const look = async (limits: LagLimits, movement?: Movement) => {
    const { facts } = await groups.read([sink]);
    const reports = [judgeConnector(sink, facts.get('orders'))];
    const options = { groups, clock, signal: new AbortController().signal, limits, movement };
    const { reports: judged, error } = await withLag([sink], reports, options);
    return {
      health: judged[0]?.health,
      standing: judged[0]?.group?.standing,
      reasons: judged[0]?.reasons ?? [],
      error,
      took: now - START,
    };
  };
  return { look, pass: (ms: number) => clock.sleep(ms) };
}

describe('one look at a sink with lag', () => {
  it('calls it stalled after the time in which its worker would have committed', async () => {
    const { look } = scene(() => [900, 1_000]);
    const { health, reasons, took } = await look({ stalledAfterMs: 3_000 });
    expect(health).toBe('degraded');
    expect(reasons).toEqual(['stalled: 100 records wait, and the committed offset has not moved for 3 s']);
    expect(took).toBe(3_000);
  });

  it('is over as soon as every partition has moved', async () => {
    const { look } = scene((ms) => [ms < 1_000 ? 900 : 950, 1_000]);
    const { health, took } = await look({ stalledAfterMs: 3_000 });
    expect(health).toBe('healthy');
    expect(took).toBe(1_000);
  });

  it('finds the one partition that stands still among others that move', async () => {
    const { look } = scene((ms) => [ms / 10, 990]);
    const { health, reasons } = await look({ stalledAfterMs: 3_000 });
    expect(health).toBe('degraded');
    expect(reasons[0]).toMatch(/^stalled: 10 records wait/);
  });

  it('waits for no longer than two seconds if the worker may commit once a minute, and then only suspects', async () => {
    const old = scene(() => [900, 1_000], { recordsOlderThanMs: 600_000 });
    expect(await old.look({ stalledAfterMs: 120_000 })).toMatchObject({ health: 'unknown', took: 2_000 });
    const young = scene(() => [900, 1_000], { recordsOlderThanMs: 5_000 });
    // Healthy so far; the records are counted, so that nobody is lulled.
    expect(await young.look({ stalledAfterMs: 120_000 })).toMatchObject({
      health: 'healthy',
      reasons: [],
      standing: 100,
    });
    const limited = { stalledAfterMs: 120_000, maxMs: 3_000 };
    expect(await young.look(limited)).toMatchObject({ health: 'degraded' });
    const moving = scene((ms) => [900 + ms / 100, 1_000], { recordsOlderThanMs: 5_000 });
    expect(await moving.look({ stalledAfterMs: 120_000 })).toMatchObject({ health: 'healthy', standing: 0 });
  });

  it('is not needed without lag', async () => {
    const { look } = scene(() => [1_000, 1_000]);
    expect(await look({ stalledAfterMs: 3_000 })).toMatchObject({ health: 'healthy', took: 0 });
  });
});

describe('a watch', () => {
  it('uses what earlier polls saw, and never waits', async () => {
    const { look, pass } = scene((ms) => [ms < 50_000 ? 900 : 950, 1_000]);
    const movement = new Movement();
    const limits = { stalledAfterMs: 60_000 };
    expect(await look(limits, movement)).toMatchObject({ health: 'healthy', took: 0 });
    await pass(40_000);
    expect((await look(limits, movement)).health).toBe('healthy');
    await pass(50_000);
    // It moved in between.
    expect((await look(limits, movement)).health).toBe('healthy');
    await pass(60_000);
    expect(await look(limits, movement)).toMatchObject({ health: 'degraded', took: 150_000 });
  });
});

describe('the longest lag', () => {
  it.each([
    [{ maxRecords: 99 }, 'degraded', ['more than 99 records behind']],
    [{ maxRecords: 100 }, 'healthy', []],
    [{ maxMs: 60_000 }, 'degraded', ['a record has waited for more than 1m']],
    [{ maxMs: 3_600_000 }, 'healthy', []],
  ])('%j', async (limits, health, reasons) => {
    const { look } = scene((ms) => [ms === 0 ? 899 : 900, 1_000], { recordsOlderThanMs: 600_000 });
    expect(await look({ stalledAfterMs: 3_000, ...limits })).toMatchObject({ health, reasons });
  });

  it('is no verdict if Kafka does not answer', async () => {
    const { look } = scene(() => [900, 1_000], { fails: true });
    expect((await look({ stalledAfterMs: 3_000, maxMs: 1_000 })).error?.code).toBe('KAFKA_UNREACHABLE');
  });
});
