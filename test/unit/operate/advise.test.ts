import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../src/cli/style.ts';
import { adviceView } from '../../../src/cli/views/scale-advice.ts';
import type { ConnectorState, ListedConnector } from '../../../src/connect/types.ts';
import type { GroupFacts } from '../../../src/monitor/health.ts';
import { judgeTasks, type TaskAdvice } from '../../../src/operate/advise.ts';

interface Case {
  maximum?: string;
  topics?: string;
  type?: 'source' | 'sink';
  class?: string;
  states?: ConnectorState[];
  /** Lag of each partition; undefined if Kafka was not asked. */
  lags?: number[];
  /** Tasks with a partition. */
  working?: number;
}

const PARTITIONS = new Map([
  ['orders', 6],
  ['a', 1],
  ['b', 1],
  ['c', 1],
]);

function judge({
  maximum = '2',
  topics = 'orders',
  type = 'sink',
  states,
  lags,
  working,
  class: ofClass = 'x',
}: Case): TaskAdvice {
  const [state = 'RUNNING', ...tasks] = states ?? ['RUNNING', 'RUNNING', 'RUNNING'];
  const connector: ListedConnector = {
    name: 'orders-sink',
    info: {
      name: 'orders-sink',
      config: { 'tasks.max': maximum, topics, 'connector.class': ofClass },
      tasks: [],
      type,
    },
    status: {
      name: 'orders-sink',
      type,
      connector: { state, worker_id: 'w' },
      tasks: tasks.map((one, id) => ({ id, state: one, worker_id: 'w' })),
    },
  };
  const facts: GroupFacts | undefined = lags && {
    summary: working === undefined ? undefined : { id: 'g', state: 'Stable', members: tasks.length, working },
    lag: {
      group: 'g',
      total: lags.reduce((sum, lag) => sum + lag, 0),
      partitions: lags.map((lag, partition) => ({ topic: 'orders', partition, committed: 0, end: lag, lag })),
    },
  };
  return judgeTasks(connector, facts, PARTITIONS, 1000);
}

describe('advice about tasks', () => {
  it.each<[string, Case, TaskAdvice['verdict'], number | null, RegExp]>([
    ['no lag', { lags: [0, 0, 0, 0, 0, 0] }, 'fitting', null, /^its topic has 6 partitions$/],
    ['a small lag', { lags: [999, 0, 0, 0, 0, 0] }, 'fitting', null, /^its topic has 6 partitions$/],
    [
      'lag in every partition',
      { lags: [500, 500, 1, 1, 1, 1] },
      'too few',
      4,
      /^it is 1,004 records behind in 6 partitions$/,
    ],
    ['lag in three', { lags: [500, 500, 500, 0, 0, 0] }, 'too few', 3, /in 3 partitions$/],
    ['lag in as many partitions as tasks', { lags: [5000, 5000, 0, 0, 0, 0] }, 'fitting', null, /nothing to read$/],
    ['lag in one', { lags: [9000, 0, 0, 0, 0, 0] }, 'fitting', null, /in 1 partition, but more tasks/],
    ['more tasks than partitions', { maximum: '8', lags: [0] }, 'too many', 6, /^its topic has 6 partitions$/],
    ['the same while it is paused', { maximum: '8', states: ['PAUSED'] }, 'too many', 6, /6 partitions/],
    [
      'topics that are put together',
      { topics: 'a,b,c', maximum: '1', lags: [900, 900, 900] },
      'too few',
      null,
      /CooperativeStickyAssignor would let/,
    ],
    [
      'tasks without work, as topics are put together',
      { topics: 'a,b,c', lags: [0], working: 1 },
      'too many',
      1,
      /only 1/,
    ],
    [
      'topics that a worker spreads all the same',
      { topics: 'a,b,c', lags: [0], working: 2 },
      'fitting',
      null,
      /only 1/,
    ],
    [
      'a source with its one task',
      { type: 'source', maximum: '1', class: 'a.PostgresConnector' },
      'fitting',
      null,
      /always runs one/,
    ],
    [
      'a source with more',
      { type: 'source', maximum: '3', class: 'a.PostgresConnector' },
      'too many',
      1,
      /always runs one/,
    ],
    ['a source of another class', { type: 'source', maximum: '3' }, 'unknown', null, /its class decides/],
    ['a failed task', { states: ['RUNNING', 'RUNNING', 'FAILED'], lags: [9, 9000] }, 'unknown', null, /has failed/],
    ['a pause', { states: ['PAUSED'], lags: [9000, 9000, 9000] }, 'unknown', null, /it is PAUSED/],
    ['no topic', { topics: 'nosuch' }, 'unknown', null, /none of its topics exists/],
    ['no number', { maximum: 'many' }, 'unknown', null, /is not a number/],
    ['no Kafka', { maximum: '2' }, 'fitting', null, /6 partitions/],
  ])('for %s', (_what, given, verdict, advised, because) => {
    expect(judge(given)).toMatchObject({ verdict, advised, because: expect.stringMatching(because) });
  });

  it('is shown with the command that follows it', () => {
    const connectors = [judge({ lags: [500, 500, 1, 1, 1, 1] }), { ...judge({ states: ['PAUSED'] }), name: 'other' }];
    const report = { context: 'dev', connectors, unreadable: [], kafka: { configured: true, error: null } };
    expect(adviceView.table(report, plainStyle)).toBe(
      [
        'CONNECTOR    TASKS.MAX  RUNNING  CAN WORK    LAG  VERDICT',
        'orders-sink          2        2         6  1,004  too few',
        '',
        'orders-sink: it is 1,004 records behind in 6 partitions',
        '  → sluice scale orders-sink 4',
        '',
        '? other: it is PAUSED',
        '',
        '2 connectors on dev: 1 with too few or too many tasks, 1 not judged',
      ].join('\n'),
    );
  });
});
