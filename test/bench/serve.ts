import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { bundleInto } from '../../scripts/bundle.ts';
import { chartedOf, servePage } from '../../src/cli/views/serve-page.ts';
import { HEALTHS } from '../../src/monitor/health.ts';
import { DaemonMetrics } from '../../src/serve/metrics.ts';
import { Readings } from '../../src/store/readings.ts';
import { memoryFolder } from '../helpers/memory-folder.ts';
import { connectorSnapshot, NOON, snapshot } from '../helpers/snapshot.ts';
import { type Benchmark, type Figure, median, option } from './bench.ts';

const CONNECTORS = 1_000;
const RUNS = 15;
const DAY = 24 * 3_600_000;
const MIB = 1024 * 1024;

/**
 * What `sluice serve` costs with 1,000 connectors of three tasks: its page with a day of readings, its metrics, and its memory
 * over a week of polls, with a clock that does not wait, a real store, and a worker and a Kafka in memory. Options: `--days 7`,
 * `--every 600` (s).
 */
export const serve: Benchmark = {
  name: 'serve',
  async run(options) {
    const days = option(options, '--days') ?? '7';
    const every = option(options, '--every') ?? '600';
    const folder = memoryFolder('bench-serve');
    try {
      return [...(await pageAndMetrics(folder)), ...(await week(folder, days, every))];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function pageAndMetrics(folder: string): Promise<Figure[]> {
  const names = Array.from({ length: CONNECTORS }, (_, index) => `connector-${index}`);
  using readings = new Readings(folder, HEALTHS);
  const append = (at: number) =>
    readings.append(
      'prod',
      at,
      new Map(
        names.map((name, index) => [
          name,
          {
            health: index % 50 === 0 ? 'failed' : 'healthy',
            lagRecords: index,
            lagMs: (index * 7_919 + at / 1_000) % 60_000,
            recordsPerSecond: 10,
            errorsPerMinute: 0,
          },
        ]),
      ),
    );
  for (let at = NOON - DAY; at < NOON - 2 * 3_600_000; at += 60_000) append(at);
  for (let at = NOON - 2 * 3_600_000; at <= NOON; at += 10_000) append(at);
  const appended = times(() => append(NOON + 10_000));
  const tasks = [0, 1, 2].map((id) => ({ id, state: 'RUNNING', worker: 'w:8083', cause: null, trace: null }));
  const seen = snapshot(
    names.map((name, index) =>
      connectorSnapshot(name, { health: index % 50 === 0 ? 'failed' : 'healthy', taskList: tasks }),
    ),
  );
  const page = () => {
    const trends = readings.trend('prod', chartedOf(seen.connectors), {
      ...{ from: NOON - DAY, to: NOON + 1, stepMs: 5 * 60_000 },
    });
    return servePage({
      at: new Date(NOON).toISOString(),
      leads: true,
      contexts: [{ context: 'prod', snapshot: seen, cluster: undefined, drift: null, healing: undefined, trends }],
      alerts: [],
      alerting: true,
      ...{ comparisons: null, mutes: [], coming: undefined },
      changes: null,
    }).html;
  };
  const metrics = new DaemonMetrics('1');
  metrics.observe(seen);
  const scraped: number[] = [];
  for (let run = 0; run < RUNS; run += 1) scraped.push(await cpuOf(() => metrics.text()));
  return [
    {
      name: 'the page of 1,000 connectors with a day of readings: CPU',
      value: times(page),
      unit: 'ms',
      target: { most: 200 },
    },
    { name: 'the page: size', value: page().length / MIB, unit: 'MiB' },
    { name: '/metrics of 1,000 connectors: CPU', value: median(scraped), unit: 'ms', target: { most: 50 } },
    { name: 'keeping the readings of a poll: CPU', value: appended, unit: 'ms' },
  ];
}

/** Median CPU time (ms). */
function times(work: () => unknown): number {
  return median(
    Array.from({ length: RUNS }, () => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    }),
  );
}

async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** One line of `serve-week.ts`. */
interface Sample {
  day: number;
  polls: number;
  heapMib: number;
  peakMib: number;
  cpuMs: number;
}

/** Bundled, as the product is: node's own stripping of types takes 40 MiB. */
async function week(folder: string, days: string, every: string): Promise<Figure[]> {
  const script = path.join('test', 'bench', 'serve-week');
  await bundleInto(path.join(folder, 'bundle'), [`${script}.ts`]);
  const samples = await new Promise<Sample[]>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--expose-gc', path.join(folder, 'bundle', `${script}.js`), folder, String(CONNECTORS), days, every],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`serve-week.ts ended with ${code}`));
      else
        resolve(
          text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Sample),
        );
    });
  });
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error('serve-week.ts printed nothing');
  return [
    {
      name: `${last.day} days, ${last.polls} polls: peak memory`,
      value: last.peakMib,
      unit: 'MiB',
      target: { most: 150 },
    },
    {
      name: 'heap in use on the last day / on the first',
      value: last.heapMib / first.heapMib,
      unit: '×',
      target: { most: 1.1 },
    },
    { name: 'heap in use on the last day', value: last.heapMib, unit: 'MiB' },
    { name: 'one poll, with the heartbeats until the next: CPU', value: last.cpuMs / last.polls, unit: 'ms' },
  ];
}
