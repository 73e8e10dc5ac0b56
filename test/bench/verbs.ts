import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleInto } from '../../scripts/bundle.ts';
import { packagePath } from '../../src/config/package-root.ts';
import type { Calls } from './bare-calls.ts';
import { type Figure, median, resources } from './bench.ts';

const CONNECTOR = 'bench-verbs';
export const VERBS_TOPIC = CONNECTOR;
const RUNS = 7;

/** Each reads what it needs, and changes nothing that stays. */
const VERBS: readonly (readonly string[])[] = [
  ['list'],
  ['list', '--lag'],
  ['describe', CONNECTOR],
  ['topics', CONNECTOR],
  ['workers'],
  ['plugins', 'list'],
  ['plugins', 'describe', 'org.apache.kafka.connect.file.FileStreamSourceConnector'],
  ['offsets', 'get', CONNECTOR],
  ['loggers', 'get'],
  ['maintenance', 'list'],
  ['context', 'list'],
  ['dlq', 'list'],
  ['scale', '--advise'],
  ['pause', CONNECTOR],
  ['resume', CONNECTOR],
  ['restart', CONNECTOR],
];

const [BARE, RECORDER] = ['test/bench/bare-calls.ts', packagePath('test', 'bench', 'record-calls.ts')];

/**
 * CPU time of whole processes against `node -e 0` in the same run: all of it, what a bare script takes that makes the same calls
 * to the worker and to Kafka with the same client, and the difference, which is ours.
 */
export async function verbs(folder: string, connectUrl: string, bootstrapServers: string): Promise<Figure[]> {
  const project = path.join(folder, 'sluice.yaml');
  const kafka = `    kafka: { bootstrapServers: '${bootstrapServers}' }\n`;
  writeFileSync(project, `version: 1\ncontexts:\n  bench:\n    connect: ${connectUrl}\n${kafka}`);
  const env = { SLUICE_CONTEXT: 'bench', SLUICE_PROJECT: undefined, SLUICE_STATE_DIR: path.join(folder, 'state') };
  const config = {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
    'tasks.max': '1',
    file: path.join(folder, 'lines.txt'),
    topic: VERBS_TOPIC,
  };
  writeFileSync(config.file, 'a line\n');
  const connector = `${connectUrl}/connectors/${CONNECTOR}`;
  const headers = { 'content-type': 'application/json' };
  try {
    await fetch(`${connector}/config`, { method: 'PUT', headers, body: JSON.stringify(config) });
    const figures: Figure[] = [];
    await bundleInto(folder, [BARE]);
    const bare = path.join(folder, BARE.replace(/ts$/, 'js'));
    const recorded = path.join(folder, 'calls.json');
    const nothing = path.join(folder, 'no-calls.json');
    writeFileSync(nothing, JSON.stringify({ rest: [], opensKafka: false, kafka: [] } satisfies Calls));
    for (const verb of VERBS) {
      const args = [packagePath('bin', 'run.js'), ...verb, '--project', project];
      await resources(process.execPath, ['--import', RECORDER, ...args], { env: { ...env, BENCH_CALLS: recorded } });
      const ratios: { all: number; calls: number }[] = [];
      for (let run = 0; run <= RUNS; run += 1) {
        const used = await resources(process.execPath, args, { env });
        const idle = await resources(process.execPath, [bare, nothing, bootstrapServers]);
        const called = await resources(process.execPath, [bare, recorded, bootstrapServers]);
        const empty = await resources(process.execPath, ['-e', '0']);
        // The first of them finds nothing in any cache.
        if (run > 0) ratios.push({ all: used.cpu / empty.cpu, calls: (called.cpu - idle.cpu) / empty.cpu });
      }
      const figure = (what: string, of: (ratio: (typeof ratios)[number]) => number): Figure => ({
        name: `${verb.join(' ')}: ${what}`,
        value: median(ratios.map(of)),
        unit: '×',
      });
      figures.push(
        figure('CPU time / node -e 0', ({ all }) => all),
        figure('its REST and Kafka calls in a bare script', ({ calls }) => calls),
        { ...figure('without them', ({ all, calls }) => all - calls), target: { most: 6 } },
      );
    }
    return figures;
  } finally {
    await fetch(connector, { method: 'DELETE' });
  }
}
