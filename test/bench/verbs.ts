import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
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

/** CPU time of whole processes against `node -e 0` in the same run: what they take without waiting for the worker and for Kafka. */
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
    for (const verb of VERBS) {
      const args = [packagePath('bin', 'run.js'), ...verb, '--project', project];
      const ratios: number[] = [];
      for (let run = 0; run <= RUNS; run += 1) {
        const used = await resources(process.execPath, args, { env });
        const empty = await resources(process.execPath, ['-e', '0']);
        // The first of them finds nothing in any cache.
        if (run > 0) ratios.push(used.cpu / empty.cpu);
      }
      figures.push({
        name: `${verb.join(' ')} / node -e 0, CPU time`,
        value: median(ratios),
        unit: '×',
        target: { most: 6 },
      });
    }
    return figures;
  } finally {
    await fetch(connector, { method: 'DELETE' });
  }
}
