import { describe, expect, it } from 'vitest';
import type { ConnectorState, ListedConnector } from '../../../src/connect/types.ts';
import { computeLag } from '../../../src/kafka/groups.ts';
import { byUrgency, type GroupFacts, isDoubtful, judgeConnector } from '../../../src/monitor/health.ts';
import { sinkGroup } from '../../../src/topology/consumer-groups.ts';

function connector(
  type: 'source' | 'sink',
  state: ConnectorState | null,
  tasks: ConnectorState[],
  config: Record<string, string> = {},
): ListedConnector {
  return {
    name: 'a',
    info: { name: 'a', config: { 'connector.class': 'X', ...config }, tasks: [], type },
    status:
      state === null
        ? null
        : {
            name: 'a',
            connector: {
              state,
              worker_id: 'w:1',
              ...(state === 'FAILED' ? { trace: 'java.lang.E: broken\n\tat x' } : {}),
            },
            tasks: tasks.map((task, id) => ({
              id,
              state: task,
              worker_id: 'w:1',
              ...(task === 'FAILED' ? { trace: 'java.lang.E: password=hunter22\n\tat x' } : {}),
            })),
            type,
          },
  };
}

const group = (members: number): GroupFacts => ({
  summary: { id: 'connect-a', state: members > 0 ? 'Stable' : 'Empty', members, working: members },
  lag: undefined,
});

/** Of a sink whose target refuses a row. */
const REFUSED = `org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:635)
Caused by: java.sql.SQLException: value too long for type character varying(3)`;

describe('judgeConnector', () => {
  it.each([
    ['a sink whose target refuses a record', 'sink', REFUSED, true],
    ['a source with the same trace', 'source', REFUSED, false],
    ['a sink whose target is away', 'sink', REFUSED.replace(/value too long.*/, 'Connection refused'), false],
  ] as const)('suggests dlq quarantine for a record that is refused: %s', (_name, type, trace, suggested) => {
    const failed = connector(type, 'RUNNING', ['FAILED']);
    for (const task of failed.status?.tasks ?? []) task.trace = trace;
    const { hint } = judgeConnector(failed, undefined);
    expect(hint?.includes('sluice dlq quarantine a') ?? false).toBe(suggested);
  });

  it.each([
    [['RUNNING', 'RUNNING'], /^its tasks say RUNNING, but /],
    [['FAILED', 'RUNNING'], /^one task says RUNNING, but /],
    [['FAILED', 'RUNNING', 'RUNNING'], /^2 tasks say RUNNING, but /],
  ] as const)('says how many tasks of a sink without members claim to run: %j', (tasks, reason) => {
    const { reasons } = judgeConnector(connector('sink', 'RUNNING', [...tasks]), group(0));
    expect(reasons.at(-1)).toMatch(reason);
  });

  it.each([
    ['a source whose task runs', connector('source', 'RUNNING', ['RUNNING']), undefined, 'healthy'],
    ['RUNNING with a FAILED task', connector('source', 'RUNNING', ['RUNNING', 'FAILED']), undefined, 'degraded'],
    ['FAILED with RUNNING tasks', connector('source', 'FAILED', ['RUNNING']), undefined, 'failed'],
    ['RUNNING without a task', connector('source', 'RUNNING', []), undefined, 'failed'],
    ['UNASSIGNED', connector('source', 'UNASSIGNED', []), undefined, 'unassigned'],
    ['a task that no worker has', connector('source', 'RUNNING', ['UNASSIGNED']), undefined, 'unassigned'],
    ['a task left paused', connector('source', 'RUNNING', ['RUNNING', 'PAUSED']), undefined, 'degraded'],
    ['a task in a state of another kind', connector('source', 'RUNNING', ['PURPLE' as never]), undefined, 'degraded'],
    ['a state of another kind', connector('source', 'PURPLE' as never, ['RUNNING']), undefined, 'unknown'],
    ['restarting', connector('source', 'RESTARTING', ['RUNNING']), undefined, 'starting'],
    ['without a status', connector('source', null, []), undefined, 'starting'],
    [
      'with one of two tasks without a worker',
      connector('source', 'RUNNING', ['UNASSIGNED', 'RUNNING']),
      undefined,
      'degraded',
    ],
    ['with all tasks FAILED', connector('source', 'RUNNING', ['FAILED', 'FAILED']), undefined, 'failed'],
    ['with a restarting task', connector('source', 'RUNNING', ['RESTARTING', 'RUNNING']), undefined, 'starting'],
    [
      'with a FAILED task and a restarting one',
      connector('source', 'RUNNING', ['RESTARTING', 'FAILED']),
      undefined,
      'degraded',
    ],
    ['paused', connector('source', 'PAUSED', ['PAUSED']), undefined, 'paused'],
    ['stopped', connector('sink', 'STOPPED', []), group(0), 'stopped'],
    ['paused with a FAILED task', connector('source', 'PAUSED', ['FAILED']), undefined, 'failed'],
    ['a sink with its members', connector('sink', 'RUNNING', ['RUNNING', 'RUNNING']), group(2), 'healthy'],
    ['a sink whose group has no member', connector('sink', 'RUNNING', ['RUNNING']), group(0), 'failed'],
    ['a sink with a member too few', connector('sink', 'RUNNING', ['RUNNING', 'RUNNING']), group(1), 'degraded'],
    ['a sink whose group was not looked at', connector('sink', 'RUNNING', ['RUNNING']), undefined, 'unknown'],
    ['a failed sink whose group was not looked at', connector('sink', 'RUNNING', ['FAILED']), undefined, 'failed'],
  ])('%s is %3$s', (_name, listed, facts, health) => {
    const report = judgeConnector(listed, facts);
    expect(report.health).toBe(health);
    expect(report.reasons.length > 0).toBe(!['healthy', 'paused', 'stopped'].includes(health));
  });

  it('says whether the group was checked', () => {
    expect(judgeConnector(connector('sink', 'RUNNING', ['RUNNING']), undefined).group).toMatchObject({
      checked: false,
      members: null,
    });
    expect(judgeConnector(connector('source', 'RUNNING', ['RUNNING']), undefined).group).toBeNull();
  });

  it('masks secrets of traces', () => {
    const report = judgeConnector(connector('source', 'RUNNING', ['FAILED']), undefined);
    expect(JSON.stringify(report)).not.toContain('hunter22');
    expect(report.taskList[0]?.cause).toContain('E: password=');
  });

  it('looks again only at what may still change', () => {
    const doubtful = (...args: Parameters<typeof connector>) =>
      isDoubtful(judgeConnector(connector(...args), group(0)));
    expect(doubtful('source', 'RUNNING', [])).toBe(true);
    expect(doubtful('sink', 'RUNNING', ['RUNNING'])).toBe(true);
    expect(doubtful('source', null, [])).toBe(true);
    expect(doubtful('source', 'RUNNING', ['FAILED'])).toBe(false);
    expect(doubtful('source', 'RUNNING', ['RUNNING'])).toBe(false);
    expect(doubtful('source', 'PAUSED', ['PAUSED'])).toBe(false);
    // Without Kafka no second look can help.
    expect(isDoubtful(judgeConnector(connector('sink', 'RUNNING', ['RUNNING']), undefined))).toBe(false);
  });

  it('puts what needs a person first', () => {
    const reports = [
      judgeConnector(connector('source', 'PAUSED', ['PAUSED']), undefined),
      judgeConnector(connector('source', 'RUNNING', ['RUNNING']), undefined),
      judgeConnector(connector('source', 'RUNNING', ['FAILED']), undefined),
      judgeConnector(connector('sink', 'RUNNING', ['RUNNING']), undefined),
    ];
    expect(reports.sort(byUrgency).map((report) => report.health)).toEqual(['failed', 'unknown', 'healthy', 'paused']);
  });
});

describe('computeLag', () => {
  const at = (partition: number, offset: bigint) => ({ topic: 't', partition, offset });
  const key = (partition: number) => `t\u0000${partition}`;

  it('counts from the committed offset, and from the earliest if nothing was committed', () => {
    const lag = computeLag(
      'g',
      [at(1, -1n), at(0, 90n), at(2, 7n)],
      new Map([
        [key(0), 100n],
        [key(1), 50n],
        [key(2), 7n],
      ]),
      new Map([[key(1), 20n]]),
    );
    expect(lag.total).toBe(40);
    expect(lag.partitions.map((one) => [one.partition, one.committed, one.lag])).toEqual([
      [0, 90, 10],
      [1, null, 30],
      [2, 7, 0],
    ]);
  });

  it('leaves out a topic that is gone, and is never negative', () => {
    expect(
      computeLag('g', [{ topic: 'gone', partition: 0, offset: 5n }, at(0, 9n)], new Map([[key(0), 3n]]), new Map())
        .total,
    ).toBe(0);
  });
});

describe('sinkGroup', () => {
  it('is Connect’s name unless the connector overrides it', () => {
    expect(sinkGroup('orders', {})).toBe('connect-orders');
    expect(sinkGroup('orders', { 'consumer.override.group.id': 'mine' })).toBe('mine');
  });
});

describe('a stalled sink', () => {
  const stalled = {
    ...group(1),
    lagFacts: { standing: { records: 5, forMs: 9_000, proven: true }, early: 0, exceeded: [] },
  };

  it('is degraded, and stalled only while everything else runs', () => {
    expect(judgeConnector(connector('sink', 'RUNNING', ['RUNNING']), stalled)).toMatchObject({
      health: 'degraded',
      stalled: true,
      reasons: ['stalled: 5 records wait, and the committed offset has not moved for 9 s'],
    });
    expect(judgeConnector(connector('sink', 'RUNNING', ['FAILED']), stalled)).toMatchObject({
      health: 'failed',
      stalled: false,
    });
  });
});
