import { describe, expect, it } from 'vitest';
import type { ConnectorConfig, ConnectorState, ListedConnector } from '../../../src/connect/types.ts';
import { type Awaited, awaitConnectors } from '../../../src/deploy/await.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import type { KafkaPort } from '../../../src/ports/kafka.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

type Look =
  | { connector?: ConnectorState; tasks?: ConnectorState[]; trace?: string; config?: ConnectorConfig }
  | 'none'
  | 'away';

const away = new SluiceError('CONNECT_UNREACHABLE', 'http://worker refuses connections');

function listed(look: Exclude<Look, string>, sink: boolean): ListedConnector {
  const { connector = 'RUNNING', tasks = ['RUNNING'], trace = 'Exception: broken' } = look;
  const type = sink ? 'sink' : 'source';
  return {
    name: 'a',
    info: {
      name: 'a',
      config: look.config ?? (sink ? { topics: 't' } : {}),
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

/** What comes of waiting for `a`, to which nothing was written, and `b`, which comes to run only with the last of its polls. */
async function both(a: readonly (Exclude<Look, string> | 'none')[], lateLooks: number, found?: ListedConnector) {
  const clock = fastClock();
  let count = 0;
  const one = (name: string, written: Awaited['written']): Awaited => ({
    name,
    state: 'running',
    config: {},
    before: { config: {}, state: 'running' },
    hidden: [],
    former: [],
    written,
  });
  const outcomes = await awaitConnectors([one('a', 'nothing'), one('b', 'creation')], {
    client: {
      listStarted: async () => {
        const look = a[Math.min(count, a.length - 1)] ?? 'none';
        count += 1;
        const b = { ...listed({ tasks: count > lateLooks ? ['RUNNING'] : [] }, false), name: 'b' };
        return { connectors: look === 'none' ? [b] : [listed(look, false), b], unreadable: [] };
      },
      find: async () => found,
    },
    groups: new GroupReader(undefined),
    clock,
    signal: new AbortController().signal,
    deadline: 20_000,
    stableMs: 0,
  });
  return outcomes.get('a');
}

/** What comes of waiting for `a`, which is seen as one look after the other, the last one for ever. */
async function outcome(
  looks: readonly Look[],
  options: { awaited?: Partial<Awaited>; stableMs?: number; members?: number[]; found?: ListedConnector } = {},
) {
  const config = options.members === undefined ? {} : { topics: 't' };
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
    [
      {
        name: 'a',
        state: 'running',
        config,
        before: undefined,
        hidden: [],
        former: [],
        written: 'creation',
        ...options.awaited,
      },
    ],
    {
      client: {
        listStarted: async () => {
          const look = looks[Math.min(count, looks.length - 1)] ?? 'none';
          count += 1;
          if (look === 'away') throw away;
          const connectors = look === 'none' ? [] : [listed(look, members !== undefined)];
          return { connectors, unreadable: [] };
        },
        find: async () => options.found,
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
  it('ends with the first poll that has all tasks running, if it need not last', async () => {
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
      message: '"a" does not run: task 1 has FAILED: X: No space left on device',
    });
    expect(error?.hint).toContain('disk');
    const alike = await outcome([{ tasks: ['FAILED', 'RUNNING', 'FAILED'], trace: 'X: No space left on device' }]);
    expect(alike.error?.message).toBe('"a" does not run: tasks 0, 2 have FAILED: X: No space left on device');
  });

  it('of a sink ends when its consumer group has a member for each task', async () => {
    const two: Look = { tasks: ['RUNNING', 'RUNNING'] };
    expect(await outcome([two], { members: [0, 1, 2] })).toMatchObject({ error: undefined, looks: 3 });
    const { error } = await outcome([two], { members: [1] });
    expect(error?.code).toBe('TIMED_OUT');
    expect(error?.message).toContain('its consumer group is Stable with 1 member');
  });

  it.each([
    ['paused', 'PAUSED', ['PAUSED']],
    ['stopped', 'STOPPED', []],
  ] as const)('for %s wants the tasks there, too', async (state, connector, tasks) => {
    const awaited = { state, before: { config: {}, state: 'running' as const } };
    const moving: Look = { connector, tasks: ['RUNNING'] };
    expect(await outcome([{}, moving, { connector, tasks: [...tasks] }], { awaited })).toMatchObject({
      error: undefined,
      looks: 3,
    });
  });

  it('ends at the deadline, and reports the current state', async () => {
    const { error } = await outcome([{ tasks: ['UNASSIGNED'] }]);
    expect(error?.message).toContain('was not running after 10 s: connector RUNNING, tasks: 1 UNASSIGNED');
  });

  it('waits for a worker that is away, and says at the deadline that its state is unknown', async () => {
    expect((await outcome(['none', 'away', 'away', {}])).error).toBeUndefined();
    const { error, tookMs } = await outcome([{ tasks: [] }, 'away']);
    expect(error).toMatchObject({
      code: 'CONNECT_UNREACHABLE',
      message: 'whether "a" is running is unknown after 10 s: http://worker refuses connections',
    });
    expect(tookMs).toBeGreaterThanOrEqual(10_000);
  });
});

describe('the live connector while waiting', () => {
  const before = { config: { x: '1' }, state: 'running' as const };
  const change = { config: { x: '2' }, before, written: 'change' as const };

  it('waits while the previous configuration is still shown', async () => {
    const looks = [...Array<Look>(5).fill({ config: { x: '1' } }), { config: { x: '2', name: 'a' } }];
    expect((await outcome(looks, { awaited: change })).error).toBeUndefined();
  });

  it('that stays the previous one was not written, even if the worker accepted the write', async () => {
    const { error, tookMs } = await outcome([{ config: { x: '1' } }], { awaited: change });
    expect(error).toMatchObject({ code: 'CONNECTOR_CHANGED', details: { keys: ['x'] } });
    expect(error?.message).toContain('was not carried out');
    expect(tookMs).toBeGreaterThanOrEqual(5_000);
    expect(tookMs).toBeLessThan(8_000);
  });

  it('and that somebody else has written is named, even if it runs', async () => {
    const { error } = await outcome([{ config: { x: '2' } }, { config: { x: '3', y: '1' } }], { awaited: change });
    expect(error).toMatchObject({
      code: 'CONNECTOR_CHANGED',
      message: '"a" was changed by someone else during the deploy: x, y',
    });
    expect(error?.exitCode).toBe(13);
  });

  it('is no difference if the worker masks it', async () => {
    const awaited = { ...change, config: { x: '2', 'x.password': 'hunter22' } };
    const seen = { config: { x: '2', 'x.password': '********' } };
    expect((await outcome([seen], { awaited })).error).toBeUndefined();
  });

  it('of a connector that nothing was written to is checked, too', async () => {
    const awaited = { ...change, written: 'nothing' as const, before: { ...before, config: { x: '2' } } };
    const { error } = await outcome([{ tasks: [], config: { x: '2' } }, { config: { x: '3' } }], { awaited });
    expect(error?.code).toBe('CONNECTOR_CHANGED');
  });

  it.each([
    ['PAUSED', 'paused'],
    ['STOPPED', 'stopped'],
  ] as const)(
    'in the state %s, which was not requested here, was changed by somebody else',
    async (connector, word) => {
      const awaited = { written: 'change' as const, before: { config: {}, state: 'running' as const } };
      const { error } = await outcome([{}, { connector, tasks: [] }], { awaited });
      expect(error).toMatchObject({
        code: 'CONNECTOR_CHANGED',
        message: `"a" was ${word} by someone else during the deploy`,
      });
    },
  );

  it('of a creation that is nowhere was not carried out', async () => {
    const { error, tookMs } = await outcome(['none']);
    expect(error).toMatchObject({ code: 'CONNECTOR_CHANGED', message: expect.stringContaining('does not exist') });
    expect(tookMs).toBeLessThan(8_000);
  });

  it('of a connector without a status is waited for to the deadline', async () => {
    const { error } = await outcome(['none'], { found: { ...listed({ config: {} }, false), status: null } });
    expect(error?.code).toBe('TIMED_OUT');
  });
});

describe('a connector that was reached while another is still waited for', () => {
  const paused: Look = { connector: 'PAUSED', tasks: ['PAUSED'] };

  it('takes nothing back for a state that one look shows', async () => {
    expect(await both([{}, paused, {}], 10)).toBeUndefined();
  });

  it('is named if somebody else’s state lasts, also when the other has come', async () => {
    for (const lateLooks of [30, 3]) {
      expect(await both([{}, {}, paused], lateLooks)).toMatchObject({
        code: 'CONNECTOR_CHANGED',
        message: '"a" was paused by someone else during the deploy',
      });
    }
  });

  it('has failed if a task of it fails meanwhile', async () => {
    expect(await both([{}, {}, { tasks: ['FAILED'] }], 10)).toMatchObject({ code: 'CONNECTOR_FAILED' });
  });

  it('is named if somebody has deleted it', async () => {
    expect(await both([{}, {}, 'none'], 10)).toMatchObject({ message: expect.stringContaining('deleted') });
    expect(await both([{}, {}, 'none', {}], 10)).toBeUndefined();
  });

  it('stays ready if its tasks only move', async () => {
    expect(await both([{}, {}, { tasks: ['UNASSIGNED'] }], 10)).toBeUndefined();
  });
});
