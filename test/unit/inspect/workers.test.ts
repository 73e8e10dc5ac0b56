import { describe, expect, it } from 'vitest';
import type { ConnectorState, ListedConnector } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { imbalances, judgeWorkers, readWorkers } from '../../../src/inspect/workers.ts';
import type { ConnectGroup } from '../../../src/ports/inspection.ts';

type Part = [worker: string, state?: ConnectorState];

function connector(name: string, own: Part, ...tasks: Part[]): ListedConnector {
  const part = ([worker_id, state = 'RUNNING']: Part) => ({ worker_id, state });
  return {
    name,
    info: { name, config: {}, tasks: [] },
    status: { name, type: 'sink', connector: part(own), tasks: tasks.map((task, id) => ({ id, ...part(task) })) },
  };
}

const servers = [
  { url: 'http://a:8083', version: '4.3.1' },
  { url: 'https://balancer', version: '4.3.1' },
];
const group: ConnectGroup = {
  id: 'connect',
  state: 'Stable',
  members: [{ url: 'http://a:8083/' }, { url: 'http://B:8083/' }, { url: null }],
  leader: 'http://b:8083/',
};
const other: ConnectGroup = { ...group, id: 'other', members: [{ url: 'http://z:8083/' }], leader: null };

describe('what each worker runs', () => {
  const connectors = [
    connector('one', ['a:8083'], ['a:8083'], ['c:8083', 'FAILED'], ['b:8083', 'UNASSIGNED']),
    connector('two', ['c:8083', 'FAILED'], ['a:8083']),
    { ...connector('none', ['a:8083']), status: null },
  ];

  it('counts connectors and tasks by their worker, and what is without one for itself', () => {
    const { workers, unassigned } = judgeWorkers({ connectors }, servers, []);
    expect(workers).toMatchObject([
      { worker: 'a:8083', connectors: 1, tasks: 2, failed: 0, url: 'http://a:8083', version: '4.3.1' },
      { worker: 'c:8083', connectors: 1, tasks: 1, failed: 2, url: null, version: null, inGroup: null, leader: null },
    ]);
    expect(unassigned).toEqual({ connectors: 0, tasks: 1 });
  });

  it('adds workers without anything from their group, and marks those that left it', () => {
    const report = judgeWorkers({ connectors }, servers, [other, group]);
    expect(report.workers).toMatchObject([
      { worker: 'a:8083', inGroup: true, leader: false },
      { worker: 'b:8083', tasks: 0, connectors: 0, inGroup: true, leader: true },
      { worker: 'c:8083', inGroup: false },
    ]);
    expect(report.group).toEqual({ id: 'connect', state: 'Stable', members: 3 });
    expect(report.hidden).toBeNull();
    // One that left is no longer compared.
    expect(report.imbalance).toEqual([
      { of: 'tasks', most: { worker: 'a:8083', count: 2 }, least: { worker: 'b:8083', count: 0 } },
    ]);
  });

  it.each<[why: string, groups: Parameters<typeof judgeWorkers>[2], reason: string]>([
    ['without Kafka', { reason: 'no kafka', error: null }, 'no kafka'],
    ['with groups of other clusters', [other], 'no group found'],
    ['with two groups that have one address', [group, { ...group, id: 'twin' }], 'several groups'],
    ['with members that cannot be decoded', [{ ...group, members: [{ url: null }, { url: 'x' }] }], 'no group found'],
    [
      'while a group rebalances, whose members are not known yet',
      [{ ...group, state: 'CompletingRebalance', members: [{ url: null }] }],
      'rebalancing',
    ],
  ])('says why others are not visible %s', (_why, groups, reason) => {
    const report = judgeWorkers({ connectors }, servers, groups);
    expect(report).toMatchObject({ group: null, hidden: { reason } });
    expect(report.workers.map(({ worker }) => worker)).toEqual(['a:8083', 'c:8083']);
  });
});

describe('imbalance', () => {
  const workers = (...counts: [tasks: number, connectors: number][]) =>
    counts.map(([tasks, connectors], at) => ({ worker: `w${at}`, tasks, connectors }));
  it.each([
    ['no worker', [], []],
    ['one worker', [[9, 9]], []],
    [
      'equal',
      [
        [2, 1],
        [2, 1],
      ],
      [],
    ],
    [
      'a difference of one, as good as it gets',
      [
        [2, 1],
        [1, 2],
      ],
      [],
    ],
    [
      'tasks',
      [
        [1, 1],
        [3, 1],
        [2, 1],
      ],
      ['tasks w1 3 w0 1'],
    ],
    [
      'both, each for itself',
      [
        [4, 0],
        [0, 4],
      ],
      ['tasks w0 4 w1 0', 'connectors w1 4 w0 0'],
    ],
  ] as [string, [number, number][], string[]][])('%s', (_what, counts, expected) => {
    const found = imbalances(workers(...counts));
    expect(
      found.map(({ of, most, least }) => `${of} ${most.worker} ${most.count} ${least.worker} ${least.count}`),
    ).toEqual(expected);
  });
});

describe('reading them', () => {
  const asked: string[] = [];
  const options = (inspection: Parameters<typeof readWorkers>[0]['inspection']) => ({
    context: 'x',
    urls: ['http://a:8083', 'http://away:8083'],
    client: { listing: async () => ({ connectors: [connector('one', ['evil:1'], ['evil:1'])], unreadable: [] }) },
    connectTo: (url: string) => ({
      server: async () => {
        asked.push(url);
        if (url.includes('away')) throw new SluiceError('CONNECT_UNREACHABLE', 'away');
        return { version: '4.3.1', commit: '', kafka_cluster_id: 'k' };
      },
    }),
    signal: new AbortController().signal,
    inspection,
  });

  it('asks only the URLs of the context, never a host that a worker names', async () => {
    const report = await readWorkers(options(undefined));
    expect(asked.sort()).toEqual(['http://a:8083', 'http://away:8083']);
    expect(report.asked).toMatchObject([
      { url: 'http://a:8083', version: '4.3.1', kafkaClusterId: 'k', error: null },
      { url: 'http://away:8083', version: null, error: { code: 'CONNECT_UNREACHABLE' } },
    ]);
    expect(report.workers).toMatchObject([{ worker: 'evil:1', version: null }]);
  });

  it('shows what Connect knows if Kafka cannot be read', async () => {
    const report = await readWorkers(options(() => Promise.reject(new SluiceError('KAFKA_UNREACHABLE', 'no Kafka'))));
    expect(report.hidden).toMatchObject({ reason: 'not read', error: { code: 'KAFKA_UNREACHABLE' } });
    expect(report.workers).toHaveLength(1);
  });
});
