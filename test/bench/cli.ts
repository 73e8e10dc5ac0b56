import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { type Benchmark, type Figure, option, pairedRatio, peakMemory, time } from './bench.ts';

const node = process.execPath;
const sluice = packagePath('bin', 'run.js');
const empty = () => time(node, ['-e', '0']);

/**
 * Start-up and memory of commands as whole processes, against `node -e 0` in the same run, and with `--before FOLDER` against
 * another commit, built.
 */
export const cli: Benchmark = {
  name: 'cli',
  async run(options) {
    const before = option(options, '--before');
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
    const worker = await fiftyConnectors();
    try {
      const file = path.join(folder, 'orders-sink.json');
      writeFileSync(file, JSON.stringify(sinkConfig('orders-sink')));
      const commands: { name: string; args: string[]; most: number }[] = [
        { name: 'sluice template list', args: ['template', 'list'], most: 5 },
        { name: 'sluice validate, one file', args: ['validate', file], most: 6 },
        { name: 'sluice status, 50 connectors', args: ['status', '--connect-url', worker.url], most: 8 },
      ];
      const figures: Figure[] = [];
      // What a shell waits for at each TAB.
      const completed = await pairedRatio(() => time(node, [sluice, '__complete', 'bash']), empty);
      figures.push({ name: 'completion / node -e 0', value: completed, unit: '×', target: { most: 1.7 } });
      for (const { name, args, most } of commands) {
        const value = await pairedRatio(() => time(node, [sluice, ...args]), empty);
        figures.push({ name: `${name} / node -e 0`, value, unit: '×', target: { most } });
        if (before !== undefined) {
          const earlier = () => time(node, [path.join(before, 'bin', 'run.js'), ...args]);
          const ratio = await pairedRatio(() => time(node, [sluice, ...args]), earlier);
          figures.push({ name: `${name} / the commit before`, value: ratio, unit: '×', target: { most: 1.05 } });
        }
        figures.push({
          name: `${name}, peak memory`,
          value: await peakMemory(node, [sluice, ...args]),
          unit: 'MiB',
          target: { most: 120 },
        });
      }
      return figures;
    } finally {
      worker.close();
      rmSync(folder, { recursive: true });
    }
  },
};

function sinkConfig(name: string) {
  return {
    name,
    config: {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      'tasks.max': '3',
      topics: 'shop.public.orders',
      'connection.url': 'jdbc:postgresql://db:5432/shop',
      'connection.username': 'sluice',
      'connection.password': '${DB_PASSWORD}',
      'insert.mode': 'upsert',
      'primary.key.mode': 'record_key',
    },
  };
}

/**
 * Fifty connectors' worth of answers without a JVM, so that the figure is the client's and not the worker's. The form
 * is what Kafka Connect 4.3.1 answers; test/integration holds the client to the real one.
 */
async function fiftyConnectors(): Promise<{ url: string; close(): void }> {
  const names = Array.from({ length: 50 }, (_, index) => `source-${index}`);
  const worker_id = '127.0.0.1:8083';
  const all = Object.fromEntries(
    names.map((name) => [
      name,
      {
        info: {
          name,
          config: {
            name,
            'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
            topic: 't',
            file: '/f',
            'tasks.max': '1',
          },
          tasks: [{ connector: name, task: 0 }],
          type: 'source',
        },
        status: {
          name,
          connector: { state: 'RUNNING', worker_id },
          tasks: [{ id: 0, state: 'RUNNING', worker_id }],
          type: 'source',
        },
      },
    ]),
  );
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/') response.end(JSON.stringify({ version: '4.3.1', commit: 'x', kafka_cluster_id: 'x' }));
    else if (request.url === '/connectors') response.end(JSON.stringify(names));
    else response.end(JSON.stringify(all));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
