// Run by the benchmark `serve`, with --expose-gc: FOLDER CONNECTORS DAYS SECONDS. Prints a line of JSON for each simulated day.
import { DEFAULT_RULES } from '../../src/alerts/defaults.ts';
import { preferSmallHeap } from '../../src/cli/small-heap.ts';
import { chartedOf, servePage } from '../../src/cli/views/serve-page.ts';
import type { ListedConnector } from '../../src/connect/types.ts';
import { GroupReader } from '../../src/monitor/group-reader.ts';
import { HEALTHS } from '../../src/monitor/health.ts';
import { HealthSince } from '../../src/monitor/since.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { GroupLag, GroupSummary, KafkaPort } from '../../src/ports/kafka.ts';
import { ClusterWatch } from '../../src/serve/cluster.ts';
import type { ServeEventBody } from '../../src/serve/events.ts';
import { Failures } from '../../src/serve/failures.ts';
import { DaemonMetrics } from '../../src/serve/metrics.ts';
import { Poller } from '../../src/serve/poll.ts';
import { runServe } from '../../src/serve/serve.ts';
import { ContextWatch } from '../../src/serve/watch.ts';
import { Readings } from '../../src/store/readings.ts';
import { Store } from '../../src/store/store.ts';
import { peakKib } from './bench.ts';

preferSmallHeap();
const [folder = '', connectors = '1000', days = '7', every = '60'] = process.argv.slice(2);
const everyMs = Number(every) * 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BEGAN = Date.UTC(2026, 0, 10, 12);

let now = BEGAN;
let polls = 0;
const stop = new AbortController();
const clock: Clock = {
  now: () => new Date(now),
  sleep: async (ms) => {
    now += ms;
    await new Promise((resolve) => setImmediate(resolve));
  },
};

const names = Array.from({ length: Number(connectors) }, (_, index) => `connector-${index}`);

/** A tenth of the tasks fail for some polls of each hour; new objects each time, as an answer of a worker is. */
function listing(): ListedConnector[] {
  const fails = polls % 60 < 3;
  return names.map((name, index) => ({
    name,
    info: {
      name,
      type: 'sink',
      config: { 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector', topics: `t${index}` },
      tasks: [0, 1, 2].map((task) => ({ connector: name, task })),
    },
    status: {
      name,
      type: 'sink',
      connector: { state: 'RUNNING', worker_id: `w${index % 3}:8083` },
      tasks: [0, 1, 2].map((id) => ({
        id,
        worker_id: `w${index % 3}:8083`,
        ...(fails && index % 10 === 0 && id === 0
          ? {
              state: 'FAILED',
              trace: `org.apache.kafka.connect.errors.ConnectException: poll ${polls}\n\tat X.y(X.java:1)\n`,
            }
          : { state: 'RUNNING' }),
      })),
    },
  }));
}

const kafka: Pick<KafkaPort, 'describeGroups' | 'lag' | 'offsetsAt'> = {
  offsetsAt: async (partitions) => partitions.map(() => -1),
  describeGroups: async (ids) =>
    new Map(ids.map((id): [string, GroupSummary] => [id, { id, state: 'Stable', members: 3, working: 3 }])),
  lag: async (ids) =>
    new Map(
      ids.map((group, index): [string, GroupLag] => {
        const committed = polls * 100;
        const lag = (index + polls) % 50;
        const partitions = [0, 1, 2].map((partition) => ({
          ...{ topic: `t${index}`, partition, committed, end: committed + lag, lag },
        }));
        return [group, { group, total: 3 * lag, partitions }];
      }),
    ),
};

/** The daemon goes on after a failure; a benchmark of one must not. */
function failLoudly(event: ServeEventBody): void {
  if (event.event === 'failed') {
    process.stderr.write(`${JSON.stringify(event)}\n`);
    process.exit(1);
  }
}

const store = new Store(folder);
const readings = new Readings(folder, HEALTHS);
const metrics = new DaemonMetrics('1');
const client = {
  listing: async () => {
    polls += 1;
    return { connectors: listing(), unreadable: [] };
  },
  get: () => Promise.reject(new Error('not asked')),
  find: () => Promise.reject(new Error('not asked')),
};
const poller = new Poller({
  context: 'prod',
  client,
  groups: new GroupReader(async () => kafka as KafkaPort),
  kafka: undefined,
  metrics: undefined,
  since: new HealthSince(),
  clock,
  signal: stop.signal,
});
const failures = new Failures({
  now: () => clock.now().getTime(),
  say: (error) => failLoudly({ event: 'failed', error }),
  count: (code) => metrics.countFailure(code),
});
const watch = new ContextWatch({
  context: 'prod',
  poller,
  readings,
  alerts: store.alerts,
  rules: DEFAULT_RULES,
  receivers: ['ops'],
  stored: () => ({ windows: store.maintenance.open(), comparisons: [], schemaChanges: [], runs: [] }),
  cluster: new ClusterWatch(undefined),
  metrics,
  ...{ failures, emit: failLoudly },
});
const before = process.cpuUsage();
let nextHour = BEGAN + HOUR;
let nextDay = BEGAN + DAY;
const end = BEGAN + Number(days) * DAY;
/** What others do meanwhile: scrapes, and somebody who looks at the page. */
const observed = {
  ...{ context: watch.context },
  round: async (lease: Parameters<ContextWatch['round']>[0]) => {
    const answer = await watch.round(lease);
    await metrics.text();
    if (now >= nextHour) {
      nextHour += HOUR;
      const seen = watch.latest;
      const trends = readings.trend('prod', chartedOf(seen?.connectors ?? []), {
        ...{ from: now - DAY, to: now + 1, stepMs: 5 * 60_000 },
      });
      const contexts = [
        { context: 'prod', snapshot: seen, cluster: undefined, drift: null, healing: undefined, trends },
      ];
      servePage({
        ...{ at: clock.now().toISOString(), leads: true, contexts, alerts: store.alerts.list(), alerting: true },
        ...{ comparisons: null, mutes: [], coming: undefined, changes: store.changes.list({ limit: 10 }) },
      });
    }
    if (now >= nextDay) {
      report(Math.round((nextDay - BEGAN) / DAY));
      nextDay += DAY;
    }
    if (now >= end) stop.abort(new Error('the end'));
    return answer;
  },
};

function report(day: number): void {
  const { user, system } = process.cpuUsage(before);
  const peakMib = peakKib() / 1024;
  globalThis.gc?.();
  const heapMib = process.memoryUsage().heapUsed / 1024 / 1024;
  const rssMib = process.memoryUsage.rss() / 1024 / 1024;
  process.stdout.write(`${JSON.stringify({ day, polls, heapMib, rssMib, peakMib, cpuMs: (user + system) / 1000 })}\n`);
}

await runServe(
  {
    watches: [observed],
    receivers: new Map([['ops', { name: 'ops', kind: 'webhook', send: async () => '200' }]]),
    alerts: store.alerts,
    leases: store.leases,
    ...{ metrics, failures },
    holder: 'bench',
    everyMs,
    clock,
    stop: stop.signal,
    emit: failLoudly,
  },
  { beatAt: 0, leads: new Set() },
);
readings[Symbol.dispose]();
store[Symbol.dispose]();
