import { describe, expect, it } from 'vitest';
import type { ConnectorState, ListedConnector } from '../../../src/connect/types.ts';
import { type Awaited, awaitConnectors } from '../../../src/deploy/await.ts';
import type { KafkaPort } from '../../../src/kafka/groups.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

type Look = { connector?: ConnectorState; tasks?: ConnectorState[]; trace?: string } | 'none';

function listed(look: Exclude<Look, 'none'>, sink: boolean): ListedConnector {
  const { connector = 'RUNNING', tasks = ['RUNNING'], trace = 'Exception: broken' } = look;
  const type = sink ? 'sink' : 'source';
  return {
    name: 'a',
    info: {
      name: 'a',
      config: sink ? { topics: 't' } : {},
      tasks: tasks.map((_, task) => ({ connector: 'a', task })),
      type,
    },
    status: {
      name: 'a',
      connector: { state: connector, worker_id: 'w' },
      tasks: tasks.map((state, id) => ({ id, state, worker_id: 'w', ...(state === 'FAILED' ? { trace } : {}) })),
      type,
    },
  };
}

/** What comes of waiting for `a`, which is seen as one look after the other, the last one for ever. */
async function outcome(
  looks: readonly Look[],
  options: { awaited?: Partial<Awaited>; stableMs?: number; members?: number[] } = {},
) {
  const clock = fastClock();
  let count = 0;
  const members = options.members;
  const group = () => members?.[Math.min(count - 1, members.length - 1)] ?? 0;
  const kafka: Pick<KafkaPort, 'describeGroups' | 'lag' | 'close'> = {
    describeGroups: async (ids) =>
      new Map(
        ids.map((id) => [id, { id, state: group() > 0 ? 'Stable' : 'Empty', members: group(), working: group() }]),
      ),
    lag: async () => new Map(),
    close: async () => {},
  };
  const outcomes = await awaitConnectors(
    [{ name: 'a', state: 'running', hidden: [], former: [], written: 'creation', ...options.awaited }],
    {
      client: {
        listStarted: async () => {
          const look = looks[Math.min(count, looks.length - 1)] ?? 'none';
          count += 1;
          return look === 'none' ? [] : [listed(look, members !== undefined)];
        },
      },
      groups: new GroupReader(members === undefined ? undefined : async () => kafka as KafkaPort),
      clock,
      signal: new AbortController().signal,
      deadline: 10_000,
      stableMs: options.stableMs ?? 0,
    },
  );
  return { error: outcomes.get('a'), tookMs: clock.now().getTime(), looks: count };
}

describe('waiting for a connector', () => {
  it('ends with the first look that has all tasks running, where it need not last', async () => {
    expect(await outcome(['none', { tasks: [] }, { tasks: ['UNASSIGNED'] }, {}])).toMatchObject({
      error: undefined,
      looks: 4,
    });
  });

  it('lasts as long as it must run without a break', async () => {
    const { error, tookMs } = await outcome([{}, {}, { tasks: ['RESTARTING'] }, {}], { stableMs: 2_000 });
    expect(error).toBeUndefined();
    expect(tookMs).toBeGreaterThan(2_000);
  });

  it('after a change does not believe the status from before it', async () => {
    const { error, tookMs } = await outcome([{}, {}, {}, { tasks: ['FAILED'] }], { awaited: { written: 'change' } });
    expect(error?.code).toBe('CONNECTOR_FAILED');
    expect(tookMs).toBeLessThan(2_500);
    expect((await outcome([{}], { awaited: { written: 'change' } })).tookMs).toBeGreaterThanOrEqual(2_500);
  });

  it('passes over the former failure for a moment only', async () => {
    const former = ['task 0 has FAILED: Exception: broken'];
    const failing: Look = { tasks: ['FAILED'] };
    expect((await outcome([failing, failing, {}], { awaited: { former } })).error).toBeUndefined();
    const { error, tookMs } = await outcome([failing], { awaited: { former } });
    expect(error?.code).toBe('CONNECTOR_FAILED');
    expect(tookMs).toBeGreaterThanOrEqual(5_000);
  });

  it('ends at once with a failure, its cause and what to do', async () => {
    const { error, looks } = await outcome([{ tasks: ['RUNNING', 'FAILED'], trace: 'X: No space left on device' }]);
    expect(looks).toBe(1);
    expect(error).toMatchObject({
      code: 'CONNECTOR_FAILED',
      message: '"a": task 1 has FAILED: X: No space left on device',
    });
    expect(error?.hint).toContain('disk');
  });

  it('of a sink ends when its consumer group has a member for each task', async () => {
    const two: Look = { tasks: ['RUNNING', 'RUNNING'] };
    expect(await outcome([two], { members: [0, 1, 2] })).toMatchObject({ error: undefined, looks: 3 });
    const { error } = await outcome([two], { members: [1] });
    expect(error?.code).toBe('TIMED_OUT');
    expect(error?.message).toContain('its consumer group is Stable with 1 in it');
  });

  it.each([
    ['paused', 'PAUSED', ['PAUSED']],
    ['stopped', 'STOPPED', []],
  ] as const)('for %s wants the tasks there, too', async (state, connector, tasks) => {
    const awaited = { state };
    const moving: Look = { connector, tasks: ['RUNNING'] };
    expect(await outcome([{}, moving, { connector, tasks: [...tasks] }], { awaited })).toMatchObject({
      error: undefined,
      looks: 3,
    });
  });

  it('ends at the deadline, and says where things stand', async () => {
    const { error } = await outcome(['none']);
    expect(error?.message).toContain('was not running after 10 s: the worker has no status of it');
  });
});
