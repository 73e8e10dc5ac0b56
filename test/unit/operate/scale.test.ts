import { describe, expect, it } from 'vitest';
import type { ConnectorConfig, ListedConnector } from '../../../src/connect/types.ts';
import type { GroupReader } from '../../../src/monitor/group-reader.ts';
import type { GroupFacts } from '../../../src/monitor/health.ts';
import { type ScaleClient, scaleConnector, type WantedTasks } from '../../../src/operate/scale.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

type State = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED';

/** One reading: the states of the tasks, and the members of the sink's group if Kafka was asked. */
interface Reading {
  tasks: State[];
  /** Tasks that have a configuration, if it is another number. */
  configured?: number;
  group?: { members: number; working?: number; partitions?: number; state?: string };
}

interface Case {
  config?: ConnectorConfig;
  type?: 'sink' | 'source';
  state?: State;
  tasks?: WantedTasks;
  wait?: boolean;
  dryRun?: boolean;
  timeoutMs?: number;
  /** After the write; the last one stays. */
  readings: Reading[];
}

/** Scales a connector, from one task, on a worker that shows these readings one after the other. */
async function scale(given: Case) {
  const { type = 'sink', state = 'RUNNING', tasks = 3, readings } = given;
  const config: ConnectorConfig = {
    'connector.class': 'FileStreamSink',
    'tasks.max': '1',
    topics: 'a',
    ...given.config,
  };
  const written: object[] = [];
  let at = -1;
  const reading = () => readings[Math.min(Math.max(at, 0), readings.length - 1)] as Reading;
  const connector = (): ListedConnector => {
    const ids = reading().tasks.map((one, id) => ({ id, worker_id: 'w', state: one }));
    const configured = Array.from({ length: reading().configured ?? ids.length }, (_, task) => ({
      connector: 'a',
      task,
    }));
    return {
      name: 'a',
      info: { name: 'a', config, tasks: configured, type },
      status: { name: 'a', connector: { state, worker_id: 'w' }, tasks: ids, type },
    } as ListedConnector;
  };
  const client = {
    get: async () => {
      at += 1;
      return connector();
    },
    supports: async () => true,
    patchConfig: async (_name: string, patch: ConnectorConfig) => {
      written.push(patch);
      Object.assign(config, patch);
      at = -1;
    },
  } as unknown as ScaleClient;
  const groups = {
    topicPartitions: async () => {
      const { partitions = 0 } = reading().group ?? {};
      return partitions === 0 ? undefined : new Map([['a', partitions]]);
    },
    read: async () => {
      const { group } = reading();
      if (group === undefined) return { facts: new Map(), error: undefined };
      const { members, working = members, partitions = 0, state: shown = 'Stable' } = group;
      const facts = {
        summary: { id: 'connect-a', state: shown, members, working },
        lag: { group: 'connect-a', total: 0, partitions: Array.from({ length: partitions }) },
      } as GroupFacts;
      return { facts: new Map([['a', facts]]), error: undefined };
    },
  } as unknown as GroupReader;
  const clock = fastClock();
  const report = await scaleConnector('a', tasks, 'c', client, groups, {
    clock,
    signal: new AbortController().signal,
    wait: given.wait ?? true,
    timeoutMs: given.timeoutMs ?? 30_000,
    ...(given.dryRun === undefined ? {} : { dryRun: given.dryRun }),
  });
  return { ...report, patches: written, waitedMs: clock.now().getTime() };
}

const running = (count: number): State[] => Array.from({ length: count }, () => 'RUNNING');
const POSTGRES = { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector' };

describe('what limits the tasks', () => {
  it.each<[string, Case, string | null]>([
    ['nothing', { readings: [{ tasks: running(3), group: { members: 3, working: 3, partitions: 3 } }] }, null],
    ['nothing that is known without Kafka', { readings: [{ tasks: running(3) }] }, null],
    [
      'the partitions',
      { readings: [{ tasks: running(3), group: { members: 3, working: 2, partitions: 2 } }] },
      '1 of the tasks has nothing to read: its topic has 2 partitions',
    ],
    [
      'one partition',
      { readings: [{ tasks: running(3), group: { members: 3, working: 1, partitions: 1 } }] },
      '2 of the tasks have nothing to read: its topic has 1 partition',
    ],
    ['a sink', { readings: [{ tasks: running(2) }] }, 'the connector creates only 2'],
    [
      'a source that divides its work',
      { type: 'source', config: { 'connector.class': 'x.Source' }, readings: [{ tasks: running(1) }] },
      'the source divides its work into 1 task',
    ],
    [
      'a source that always runs one',
      { type: 'source', config: POSTGRES, readings: [{ tasks: running(1) }] },
      'this source always runs one task',
    ],
    ['a pause', { state: 'PAUSED', readings: [{ tasks: ['PAUSED'] }] }, 'the connector is PAUSED'],
    ['a stop', { state: 'STOPPED', readings: [{ tasks: [] }] }, 'the connector is STOPPED'],
    ['no wait', { wait: false, readings: [{ tasks: running(1) }] }, 'not waited for'],
    [
      'what a dry run foresees',
      { dryRun: true, type: 'source', config: POSTGRES, readings: [{ tasks: running(1) }] },
      'this source always runs one task',
    ],
    ['nothing that a dry run foresees', { dryRun: true, readings: [{ tasks: running(1) }] }, null],
  ])('is %s', async (_what, given, limitedBy) => {
    expect((await scale(given)).limitedBy).toBe(limitedBy);
  });
});

describe('the number of tasks', () => {
  it('can be changed by a number', async () => {
    const readings: Reading[] = [{ tasks: running(3) }];
    expect(await scale({ tasks: { by: 2 }, readings })).toMatchObject({ before: 1, requested: 3, written: true });
    await expect(scale({ tasks: { by: -1 }, readings })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await expect(scale({ tasks: { by: 1 }, config: { 'tasks.max': 'x' }, readings })).rejects.toThrow(
      'is not a number',
    );
  });

  it('is written where it differs, and with a dry run not at all', async () => {
    const readings: Reading[] = [{ tasks: running(3) }];
    expect(await scale({ readings })).toMatchObject({ before: 1, written: true, patches: [{ 'tasks.max': '3' }] });
    expect(await scale({ readings, dryRun: true })).toMatchObject({ written: false, dryRun: true, patches: [] });
    const config = { 'tasks.max': '3' };
    expect(await scale({ readings, config })).toMatchObject({ before: 3, written: false, patches: [] });
    expect(await scale({ readings, config: { 'tasks.max': 'three' } })).toMatchObject({ before: null, written: true });
  });

  it.each<[string, Reading]>([
    ['tasks from before are left', { tasks: running(4) }],
    ['tasks have no configuration yet', { tasks: running(2), configured: 3 }],
    ['a task does not run', { tasks: ['RUNNING', 'RUNNING', 'PAUSED'] }],
    ['the group rebalances', { tasks: running(3), group: { members: 3, state: 'PreparingRebalance' } }],
    ['a task is not in the group yet', { tasks: running(3), group: { members: 2 } }],
  ])('has not settled while %s', async (_what, reading) => {
    const settled: Reading = { tasks: running(3), group: { members: 3 } };
    const soon = await scale({ readings: [settled] });
    const late = await scale({ readings: [...Array.from({ length: 20 }, () => reading), settled] });
    expect(late.tasks).toEqual({ total: 3, running: 3, working: 3 });
    expect(late.waitedMs - soon.waitedMs).toBeGreaterThanOrEqual(20 * 250);
    await expect(scale({ readings: [reading], timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining('had not settled after 5 s'),
    });
  });

  it('must hold longer if it is another than was asked for: tasks start one by one', async () => {
    const wanted = await scale({ readings: [{ tasks: running(3) }] });
    const fewer = await scale({ readings: [{ tasks: running(2) }] });
    expect([wanted.waitedMs, fewer.waitedMs]).toEqual([1000, 4000]);
    const growing = await scale({
      readings: [...Array.from({ length: 10 }, () => ({ tasks: running(2) })), { tasks: running(3) }],
    });
    expect(growing.tasks.running).toBe(3);
  });

  it('counts as failed only while a task stays so: the change restarts those that had failed before', async () => {
    const failed: Reading = { tasks: ['RUNNING', 'RUNNING', 'FAILED'] };
    expect(await scale({ readings: [failed, failed, { tasks: running(3) }] })).toMatchObject({ tasks: { running: 3 } });
    await expect(scale({ readings: [failed] })).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
  });
});
