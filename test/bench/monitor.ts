import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { liveFrame } from '../../src/cli/live/frame.ts';
import { liveModel, liveStep } from '../../src/cli/live/model.ts';
import { plainStyle } from '../../src/cli/style.ts';
import { createConnectClient } from '../../src/connect/client.ts';
import { GroupReader } from '../../src/monitor/group-reader.ts';
import { HealthSince } from '../../src/monitor/since.ts';
import { WaitingRecords } from '../../src/monitor/waiting.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { GroupLag, KafkaPort } from '../../src/ports/kafka.ts';
import type { RecordPort } from '../../src/ports/records.ts';
import { Poller } from '../../src/serve/poll.ts';
import { type Benchmark, median, option } from './bench.ts';

const CONNECTORS = 1000;
const TASKS = 3;
const REFRESHES = 20;

/**
 * One refresh of `monitor`: poll a worker with many connectors, of which three quarters are sinks, and draw the view. The worker
 * is a process of its own, and Kafka answers from memory: what is measured is the time of sluice and of HTTP.
 *
 * Options: `--connectors N`.
 */
export const monitor: Benchmark = {
  name: 'monitor',
  async run(options) {
    const connectors = Number(option(options, '--connectors') ?? CONNECTORS);
    const worker = spawn(process.execPath, [
      path.join(import.meta.dirname, 'many-connectors.ts'),
      ...[String(connectors), String(TASKS)],
    ]);
    try {
      const [line] = (await once(worker.stdout, 'data')) as [Buffer];
      return await refreshes(String(line).trim(), connectors);
    } finally {
      worker.kill();
    }
  },
};

async function refreshes(url: string, connectors: number) {
  const { signal } = new AbortController();
  const clock = systemClock;
  const client = createConnectClient(
    { name: 'bench', urls: [url], connect: {}, kafka: undefined, protected: false },
    { clock, signal, logger: { debug() {}, warn() {} }, proxyEnvironment: {} },
  );
  const poller = new Poller({
    ...{ context: 'bench', client, clock, signal, since: new HealthSince(), metrics: undefined },
    groups: new GroupReader(
      async () => kafka,
      async () => new WaitingRecords(noRecords),
    ),
    kafka: async () => kafka,
  });
  const calls = async () => (await (await fetch(`${url}/calls`)).json()) as number;
  let model = liveModel({ context: 'bench', protected: false, everyMs: 2000 });
  const size = { width: 160, height: 50 };
  const ms: number[] = [];
  const cpu: number[] = [];
  const drawn: number[] = [];
  // The first ones compile.
  for (let refresh = -5; refresh < REFRESHES; refresh += 1) {
    const began = performance.now();
    const before = process.cpuUsage();
    const snapshot = await poller.poll();
    if (snapshot.error !== null) throw new Error(snapshot.error.message);
    const read = performance.now();
    model = liveStep(model, { kind: 'read', snapshot }, { page: 0, bottom: 0 }).model;
    liveFrame(model, size, plainStyle, Date.now());
    const { user, system } = process.cpuUsage(before);
    if (refresh < 0) continue;
    ms.push(performance.now() - began);
    drawn.push(performance.now() - read);
    cpu.push((user + system) / 1000);
  }
  const asked = (await calls()) / (REFRESHES + 5);
  const what = `of ${connectors.toLocaleString('en')} connectors, ${(connectors * TASKS).toLocaleString('en')} tasks`;
  return [
    { name: `refresh ${what}`, value: median(ms) / 1000, unit: 's', target: { most: 1 } },
    { name: 'its CPU time', value: median(cpu), unit: 'ms', target: { most: 150 } },
    { name: 'its REST calls', value: asked, unit: 'calls', target: { most: 10 } },
    { name: 'of it, drawing', value: median(drawn), unit: 'ms' },
  ];
}

let polls = 0;

/** Groups that commit all the time: 3 members, 6 partitions, some lag. */
const kafka: KafkaPort = {
  clusterId: async () => 'cluster',
  describeGroups: async (ids) =>
    new Map(ids.map((id) => [id, { id, state: 'Stable', members: TASKS, working: TASKS }])),
  async lag(ids) {
    polls += 1;
    return new Map(ids.map((id, index): [string, GroupLag] => [id, groupLag(id, index)]));
  },
  offsetsAt: async (partitions) => partitions.map(() => -1),
  topics: async () => [],
  partitionCounts: async () => new Map(),
  close: async () => {},
};

function groupLag(group: string, index: number): GroupLag {
  const partitions = Array.from({ length: 6 }, (_, partition) => {
    const committed = polls * 100 + index;
    const lag = (index + partition) % 7;
    return { topic: `${group}.orders`, partition, committed, end: committed + lag, lag };
  });
  return { group, total: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
}

/** Topics that cannot be read: reading records is Kafka's time. */
const noRecords = { topic: async () => undefined } as unknown as RecordPort;
