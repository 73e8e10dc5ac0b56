import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { createAdmin } from '../../src/kafka/admin.ts';
import { closeKafka } from '../../src/kafka/ask.ts';
import { openRecords } from '../../src/kafka/records.ts';
import { sluice } from '../helpers/run.ts';
import { type Benchmark, type Figure, option, resources, time } from './bench.ts';
import { VERBS_TOPIC, verbs } from './verbs.ts';

const SANDBOX = 'bench-operate';
const RECORDS = 2_000_000;
const PARTITIONS = 3;
const [QUEUE, TARGET, SCRATCH] = ['bench-dlq', 'bench-dlq-orders', 'bench-dlq-scratch'];
/** Of one record with its headers: 1 KiB. */
const VALUE_BYTES = 470;

/**
 * Verbs, with and without their calls to the worker and to Kafka, against `node -e 0`. Export and replay of a queue with many
 * records of 1 KiB, as whole processes: records a second, CPU time, and peak memory, against a process that only reads them.
 *
 * Options: `--records N` (0: only the verbs), `--sandbox NAME` (one that runs already; else one is started and removed),
 * `--kafka-libs FOLDER` (of Kafka's jars: also against its own performance tools).
 */
export const operate: Benchmark = {
  name: 'operate',
  async run(options) {
    const records = Number(option(options, '--records') ?? RECORDS);
    const borrowed = option(options, '--sandbox');
    const name = borrowed ?? SANDBOX;
    const up = await sluice(['sandbox', 'up', '--name', name, '--json'], { timeout: 1_200_000 });
    if (up.code !== 0) throw new Error(up.stderr);
    const { kafka, connect } = JSON.parse(up.stdout) as {
      kafka: { bootstrapServers: string };
      connect: { url: string };
    };
    const { bootstrapServers } = kafka;
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-operate-'));
    const env = { SLUICE_CONTEXT: `sandbox-${name}`, SLUICE_STATE_DIR: undefined };
    const admin = await createAdmin({ bootstrapServers });
    try {
      const figures = await verbs(folder, connect.url, bootstrapServers);
      if (records === 0) return figures;
      await fill(bootstrapServers, records);
      const file = path.join(folder, 'queue.jsonl');
      const sluiceBin = packagePath('bin', 'run.js');
      const run = (title: string, args: string[]) =>
        measured(`dlq ${title}`, records, [sluiceBin, 'dlq', ...args], env, { least: 50_000 });
      const readOnly = path.join(import.meta.dirname, 'read-only.ts');
      const libs = option(options, '--kafka-libs');
      return [
        ...figures,
        ...(await measured('only reading the records', records, [readOnly, bootstrapServers, QUEUE], env)),
        ...(await run('export', ['export', '--queue', QUEUE, '--to', file])),
        ...(await run('replay', ['replay', '--queue', QUEUE, '--yes'])),
        ...(await run('replay again, nothing to do', ['replay', '--queue', QUEUE, '--yes'])),
        // Last: what they write is still on its way to the disk afterwards.
        ...(libs === undefined ? [] : await kafkaTools(libs, bootstrapServers, records)),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
      for (const topic of [QUEUE, TARGET, SCRATCH, VERBS_TOPIC])
        await admin.deleteTopics({ topics: [topic] }).catch(() => {});
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
  target?: Figure['target'],
): Promise<Figure[]> {
  const began = performance.now();
  const { mib, cpu } = await resources(process.execPath, args, { env });
  const seconds = (performance.now() - began) / 1000;
  return [
    { name: title, value: records / seconds, unit: 'rec/s', ...(target === undefined ? {} : { target }) },
    { name: `${title}, CPU time`, value: (cpu / records) * 1e6, unit: 'µs/rec' },
    { name: `${title}, peak memory`, value: mib, unit: 'MiB', target: { most: 150 } },
  ];
}

/** Kafka's own tools, which make and throw away records of the same size. */
async function kafkaTools(libs: string, servers: string, records: number): Promise<Figure[]> {
  const tool = async (name: string, ...args: string[]): Promise<Figure> => {
    const began = performance.now();
    await time('java', ['-cp', path.join(libs, '*'), `org.apache.kafka.tools.${name}`, ...args]);
    return { name: `Kafka's ${name}`, value: records / ((performance.now() - began) / 1000), unit: 'rec/s' };
  };
  const count = ['--num-records', String(records)];
  return [
    await tool('ConsumerPerformance', '--bootstrap-server', servers, '--topic', QUEUE, ...count),
    await tool(
      'ProducerPerformance',
      ...['--topic', SCRATCH, ...count, '--record-size', '1024', '--throughput', '-1'],
      ...['--command-property', `bootstrap.servers=${servers}`],
    ),
  ];
}

/** Records as Connect queues them. */
async function fill(bootstrapServers: string, records: number): Promise<void> {
  const admin = await createAdmin({ bootstrapServers });
  await admin.createTopics({ topics: [QUEUE, TARGET, SCRATCH], partitions: PARTITIONS, replicas: 1 });
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
