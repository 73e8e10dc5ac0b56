import { describe, expect, it } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import type { JvmMetrics, TaskMetrics } from '../../../src/metrics/model.ts';
import type { MetricsReader } from '../../../src/metrics/read.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { HealthSince } from '../../../src/monitor/since.ts';
import type { KafkaPort } from '../../../src/ports/kafka.ts';
import { Poller } from '../../../src/serve/poll.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

const STALLED_MS = 3_000;

/** A sink whose queue gets three records, and whose group commits ten, from one poll to the next. */
function poller(tasks: readonly Partial<TaskMetrics>[] = []) {
  const clock = fastClock();
  const config = { 'connector.class': 'x.Sink', topics: 'orders', 'errors.deadletterqueue.topic.name': 'dlq' };
  const sink: ListedConnector = {
    name: 'orders sink',
    info: { name: 'orders sink', type: 'sink', config, tasks: [] },
    status: {
      name: 'orders sink',
      type: 'sink',
      connector: { state: 'RUNNING', worker_id: 'w' },
      tasks: [0, 1].map((id) => ({ id, state: 'RUNNING', worker_id: 'w' })),
    },
  };
  let polls = 0;
  let stopped = false;
  const kafka = {
    describeGroups: async (ids: string[]) =>
      new Map(ids.map((id) => [id, { id, state: 'Stable', members: 2, working: 2 }])),
    lag: async (ids: string[]) => {
      polls += 1;
      const committed = stopped ? 10 : polls * 10;
      const partition = { topic: 'orders', partition: 0, committed, end: polls * 10, lag: polls * 10 - committed };
      return new Map(ids.map((id) => [id, { group: id, total: partition.lag, partitions: [partition] }]));
    },
    partitionCounts: async () => new Map([['dlq', 1]]),
    offsetsAt: async (_partitions: unknown, timestamp: number) => [timestamp === -1 ? polls * 3 : 0],
  } as unknown as KafkaPort;
  // Each task has one more error with each poll.
  const jvm = (): JvmMetrics => ({
    ...{ sources: [], worker: { rebalancing: null } },
    tasks: tasks.map((task) => ({ connector: 'orders sink', erroneous: polls, ...task }) as TaskMetrics),
  });
  const one = new Poller({
    ...{ context: 'prod', clock, signal: new AbortController().signal, since: new HealthSince() },
    client: { listing: async () => ({ connectors: [sink], unreadable: [] }) } as never,
    groups: new GroupReader(async () => kafka),
    metrics: { read: async () => [{ url: 'u', metrics: jvm() }] } as unknown as MetricsReader,
    ...{ kafka: async () => kafka, limits: { stalledAfterMs: STALLED_MS } },
  });
  const stop = () => {
    stopped = true;
  };
  return { one, clock, sink, stop };
}

describe('Poller', () => {
  it('knows rates from the second poll on', async () => {
    const { one, clock } = poller();
    const [first] = (await one.poll()).connectors;
    expect([first?.recordsPerSecond, first?.deadLettersPerMinute]).toEqual([null, null]);
    await clock.sleep(1000);
    const [second] = (await one.poll()).connectors;
    expect(second).toMatchObject({
      recordsPerSecond: 10,
      deadLettersPerMinute: 3,
      deadLetters: { queue: 'dlq', depth: 6 },
    });
  });

  it('marks the configuration of what has failed, so that a change of it is seen, and shows nothing of it', async () => {
    const { one, sink } = poller();
    const mark = async () => (await one.poll()).connectors[0]?.configMark ?? null;
    expect(await mark()).toBeNull();
    const [task] = sink.status?.tasks ?? [];
    if (task === undefined) expect.unreachable();
    task.state = 'FAILED';
    const failed = await mark();
    expect(failed).toMatch(/^[\w-]{43}$/);
    task.state = 'RUNNING';
    expect(await mark()).toBe(failed);
    sink.info.config = { ...sink.info.config, 'connection.password': 'another' };
    expect(await mark()).not.toBe(failed);
  });

  it('looks again whether a sink that lags moves, if no other poll follows', async () => {
    const { one, clock, stop } = poller();
    stop();
    expect((await one.poll()).connectors[0]?.health).toBe('healthy');
    const before = clock.now().getTime();
    const { connectors, at } = await one.poll({ settle: true, alone: true });
    expect(connectors[0]).toMatchObject({ health: 'degraded', stalled: true });
    // What waits is counted until it was read, and not until the poll began.
    expect(at - before).toBeGreaterThanOrEqual(STALLED_MS);
  });

  it.each([
    ['each task that runs', [{ task: 0 }, { task: 1 }], 2],
    ['not each: the worker of one does not report', [{ task: 0 }], null],
    ['none', [], null],
  ] as const)('knows the rate of errors of what reports: %s', async (_what, tasks, rate) => {
    const { one, clock } = poller(tasks);
    await one.poll();
    await clock.sleep(1000);
    expect((await one.poll()).connectors[0]?.errorsPerMinute).toBe(rate);
  });
});
