import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { createAdmin } from '../../src/kafka/admin.ts';
import { closeKafka } from '../../src/kafka/ask.ts';
import { openRecords } from '../../src/kafka/records.ts';
import { sluice } from '../helpers/run.ts';
import { type Benchmark, type Figure, option, peakMemory } from './bench.ts';

const SANDBOX = 'bench-operate';
const RECORDS = 2_000_000;
const PARTITIONS = 3;
const [QUEUE, TARGET] = ['bench-dlq', 'bench-dlq-orders'];
/** Of one record with its headers: 1 KiB. */
const VALUE_BYTES = 470;

/**
 * Export and replay of a queue with many records of 1 KiB, as whole processes: records a second, and peak memory.
 *
 * Options: `--records N`, `--sandbox NAME` (one that runs already; else one is started and removed).
 */
export const operate: Benchmark = {
  name: 'operate',
  async run(options) {
    const records = Number(option(options, '--records') ?? RECORDS);
    const borrowed = option(options, '--sandbox');
    const name = borrowed ?? SANDBOX;
    const up = await sluice(['sandbox', 'up', '--name', name, '--json'], { timeout: 1_200_000 });
    if (up.code !== 0) throw new Error(up.stderr);
    const { bootstrapServers } = (JSON.parse(up.stdout) as { kafka: { bootstrapServers: string } }).kafka;
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-operate-'));
    const env = { SLUICE_CONTEXT: `sandbox-${name}`, SLUICE_STATE_DIR: undefined };
    const admin = await createAdmin({ bootstrapServers });
    try {
      await fill(bootstrapServers, records);
      const file = path.join(folder, 'queue.jsonl');
      const run = (title: string, args: string[]) => measured(title, records, ['dlq', ...args], env);
      return [
        ...(await run('export', ['export', '--queue', QUEUE, '--to', file])),
        ...(await run('replay', ['replay', '--queue', QUEUE, '--yes'])),
        ...(await run('replay again, nothing to do', ['replay', '--queue', QUEUE, '--yes'])),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await admin.deleteTopics({ topics: [QUEUE] }).catch(() => {});
      await admin.deleteTopics({ topics: [TARGET] }).catch(() => {});
      await closeKafka(admin);
      if (borrowed === undefined) await sluice(['sandbox', 'down', '--name', SANDBOX, '--purge']);
    }
  },
};

async function measured(
  title: string,
  records: number,
  args: string[],
  env: Record<string, string | undefined>,
): Promise<Figure[]> {
  const began = performance.now();
  const mib = await peakMemory(process.execPath, [packagePath('bin', 'run.js'), ...args], { env });
  const seconds = (performance.now() - began) / 1000;
  return [
    { name: `dlq ${title}`, value: records / seconds, unit: 'rec/s', target: { least: 50_000 } },
    { name: `dlq ${title}, peak memory`, value: mib, unit: 'MiB', target: { most: 150 } },
  ];
}

/** Records as Connect queues them. */
async function fill(bootstrapServers: string, records: number): Promise<void> {
  const admin = await createAdmin({ bootstrapServers });
  await admin.createTopics({ topics: [QUEUE, TARGET], partitions: PARTITIONS, replicas: 1 });
  await closeKafka(admin);
  await using kafka = await openRecords({ bootstrapServers });
  await using transactions = await kafka.transactions('bench-dlq-fill');
  const value = Buffer.alloc(VALUE_BYTES, 'not json ');
  const header = (name: string, text: string) => [Buffer.from(`__connect.errors.${name}`), Buffer.from(text)] as const;
  const trace = `org.apache.kafka.connect.errors.DataException: no\n${'\tat org.apache.kafka.connect.Some.method\n'.repeat(3)}`;
  for (let at = 0; at < records; ) {
    const some = Array.from({ length: Math.min(500, records - at) }, (_, index) => {
      const number = at + index;
      const partition = number % PARTITIONS;
      const headers = [
        header('topic', TARGET),
        header('partition', String(partition)),
        header('offset', String(Math.floor(number / PARTITIONS))),
        header('connector.name', 'bench-sink'),
        header('stage', 'VALUE_CONVERTER'),
        header('exception.stacktrace', trace),
      ];
      return { topic: QUEUE, partition, timestamp: Date.now(), key: Buffer.from(`key-${number}`), value, headers };
    });
    await transactions.write(some);
    at += some.length;
    if (at % 50_000 === 0 || at === records) await transactions.commit();
  }
}
