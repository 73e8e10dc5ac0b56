import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MARK } from '../../../src/dlq/mark.ts';
import { planPurge } from '../../../src/dlq/purge.ts';
import type { OpenQueue } from '../../../src/dlq/queues.ts';
import { type ReplayReport, type ReplayRequest, replay } from '../../../src/dlq/replay.ts';
import { queueSource } from '../../../src/dlq/sources.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import type { RecordHeader } from '../../../src/ports/records.ts';
import { recordDecoder } from '../../../src/records/decoder.ts';
import { Killed, MemoryKafka } from '../../helpers/memory-records.ts';

const QUEUE = 'orders-dlq';

const REQUEST: ReplayRequest = {
  filter: {},
  keepErrorHeaders: false,
  maxAttempts: 3,
  copies: false,
  dryRun: false,
};

function header(name: string, text: string): RecordHeader {
  return [Buffer.from(name), Buffer.from(text)];
}

function errorHeaders(topic: string, partition: number, offset: number, cause = 'boom'): RecordHeader[] {
  return [
    header('__connect.errors.topic', topic),
    header('__connect.errors.partition', String(partition)),
    header('__connect.errors.offset', String(offset)),
    header('__connect.errors.exception.message', cause),
  ];
}

/** A queue with two partitions, and two topics that its records came from. */
function cluster(chunk?: number): { kafka: MemoryKafka; queue: OpenQueue } {
  const kafka = new MemoryKafka(chunk);
  const topic = kafka.create(QUEUE, 2);
  kafka.create('orders', 3);
  kafka.create('customers', 1);
  return { kafka, queue: { topic, fallback: undefined } };
}

function run(
  kafka: MemoryKafka,
  queue: OpenQueue,
  request: Partial<ReplayRequest> = {},
  signal = new AbortController().signal,
): Promise<ReplayReport> {
  const decoder = recordDecoder(undefined, { signal, logger: silentLogger });
  const ports = { records: kafka, decoder, clock: systemClock, logger: silentLogger, signal, run: 'run-1' };
  return replay(queueSource(kafka, queue, { signal }), { ...REQUEST, ...request }, 'test', ports);
}

const texts = (kafka: MemoryKafka, topic: string) => kafka.visible(topic).map(({ value }) => value?.toString() ?? null);

describe('a replay', () => {
  it('sends each record as it was to where it came from, with a mark instead of the error headers', async () => {
    const { kafka, queue } = cluster();
    const own: RecordHeader[] = [header('trace', 'a'), header('trace', 'b'), [Buffer.from([0xff]), null]];
    kafka.add(QUEUE, {
      partition: 1,
      timestamp: 1234,
      key: Buffer.from([0xff, 0]),
      value: Buffer.from('v'),
      headers: [...own, ...errorHeaders('orders', 2, 17)],
    });
    kafka.add(QUEUE, { key: Buffer.from('gone'), value: null, headers: errorHeaders('customers', 0, 3) });
    const report = await run(kafka, queue);
    expect(report).toMatchObject({ matching: 2, replayed: 2, repartitioned: 0, exitCode: 0 });
    const [order] = kafka.visible('orders');
    expect(order).toMatchObject({
      partition: 2,
      timestamp: 1234,
      key: Buffer.from([0xff, 0]),
      value: Buffer.from('v'),
    });
    // Not as JSON, which a sink's header converter would take apart.
    const mark = `queue=${QUEUE}&partition=1&offset=0&run=run-1&attempt=1`;
    expect(order?.headers).toEqual([...own, header(MARK, mark)]);
    expect(kafka.visible('customers')).toMatchObject([{ key: Buffer.from('gone'), value: null }]);
    expect(texts(kafka, QUEUE)).toHaveLength(2);
  });

  it('leaves what was replayed, and finds later what a filter had left', async () => {
    const { kafka, queue } = cluster();
    for (let n = 0; n < 10; n += 1)
      kafka.add(QUEUE, {
        value: Buffer.from(`v${n}`),
        headers: errorHeaders('orders', 0, n, n % 2 === 0 ? 'even' : 'odd'),
      });
    expect(await run(kafka, queue, { filter: { cause: 'EVEN' } })).toMatchObject({ matching: 5, replayed: 5 });
    expect(await run(kafka, queue)).toMatchObject({ matching: 10, replayed: 5, skipped: { replayedBefore: 5 } });
    expect(await run(kafka, queue)).toMatchObject({ replayed: 0, skipped: { replayedBefore: 10 } });
    expect(texts(kafka, 'orders').sort()).toEqual(Array.from({ length: 10 }, (_, n) => `v${n}`));
  });

  it('remembers by target: another topic gets the records too', async () => {
    const { kafka, queue } = cluster();
    kafka.add(QUEUE, { value: Buffer.from('v'), headers: errorHeaders('orders', 2, 0) });
    await run(kafka, queue);
    expect(await run(kafka, queue, { toTopic: 'customers' })).toMatchObject({ replayed: 1, repartitioned: 1 });
    expect(await run(kafka, queue, { toTopic: 'customers' })).toMatchObject({ replayed: 0 });
    expect(await run(kafka, queue, { toTopic: 'orders' })).toMatchObject({ replayed: 0 });
  });

  it('does not take a topic for another one that had its name', async () => {
    const { kafka, queue } = cluster();
    kafka.add(QUEUE, { value: Buffer.from('v'), headers: errorHeaders('orders', 0, 0) });
    await run(kafka, queue);
    const topic = kafka.create(QUEUE, 1);
    kafka.add(QUEUE, { value: Buffer.from('new'), headers: errorHeaders('orders', 0, 0) });
    expect(await run(kafka, { topic, fallback: undefined })).toMatchObject({ replayed: 1 });
  });

  it('sends a record once that the sink queued several times, unless copies are asked for', async () => {
    const { kafka, queue } = cluster();
    for (let n = 0; n < 3; n += 1) kafka.add(QUEUE, { value: Buffer.from('v'), headers: errorHeaders('orders', 0, 7) });
    expect(await run(kafka, queue)).toMatchObject({ replayed: 1, skipped: { copies: 2, replayedBefore: 0 } });
    expect(await run(kafka, queue)).toMatchObject({ replayed: 0, skipped: { copies: 0, replayedBefore: 3 } });
    const other = cluster();
    for (let n = 0; n < 3; n += 1) other.kafka.add(QUEUE, { headers: errorHeaders('orders', 0, 7) });
    expect(await run(other.kafka, other.queue, { copies: true })).toMatchObject({ replayed: 3 });
  });

  it('replays what failed again, as a record of its own, until it was tried too often', async () => {
    const { kafka, queue } = cluster();
    kafka.add(QUEUE, { value: Buffer.from('v'), headers: errorHeaders('orders', 0, 0) });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await run(kafka, queue)).toMatchObject({ replayed: 1, failedAgain: attempt === 1 ? 0 : 1 });
      const latest = kafka.visible('orders').at(-1);
      // The sink fails again, and Connect adds its headers to those of the record.
      kafka.add(QUEUE, {
        ...latest,
        partition: 0,
        headers: [...(latest?.headers ?? []), ...errorHeaders('orders', 0, attempt)],
      });
    }
    expect(await run(kafka, queue)).toMatchObject({ replayed: 0, skipped: { tooOften: 1 } });
    expect(await run(kafka, queue, { maxAttempts: 9 })).toMatchObject({ replayed: 1, failedAgain: 1 });
    const marks = kafka.visible('orders').map(({ headers }) => headers.filter(([name]) => name.toString() === MARK));
    expect(marks.map((these) => these.length)).toEqual([1, 1, 1, 1]);
    expect(marks.map(([mark]) => new URLSearchParams(String(mark?.[1])).get('attempt'))).toEqual(['1', '2', '3', '4']);
  });

  it('leaves records that have no topic, and says so by its exit code', async () => {
    const { kafka, queue } = cluster();
    kafka.add(QUEUE, { headers: [] });
    kafka.add(QUEUE, { headers: errorHeaders('gone', 0, 0) });
    kafka.add(QUEUE, { headers: errorHeaders(QUEUE, 0, 0) });
    const report = await run(kafka, queue);
    expect(report).toMatchObject({ replayed: 0, exitCode: 13 });
    expect(report.skipped).toMatchObject({ noTopic: 1, ofQueue: 1, missing: [{ topic: 'gone', records: 1 }] });
    kafka.add(QUEUE, { headers: errorHeaders('orders', 0, 0) });
    expect(await run(kafka, queue)).toMatchObject({ replayed: 1, exitCode: 14 });
    expect(await run(kafka, { ...queue, fallback: 'customers' })).toMatchObject({ replayed: 1, repartitioned: 1 });
    await expect(run(kafka, queue, { toTopic: 'nowhere' })).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await expect(run(kafka, queue, { toTopic: QUEUE })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('leaves a record that Kafka would refuse together with all others', async () => {
    const { kafka, queue } = cluster();
    kafka.create('small', 1, { 'max.message.bytes': '2000' });
    kafka.create('compacted', 1, { 'cleanup.policy': 'compact,delete' });
    kafka.add(QUEUE, { value: Buffer.alloc(2500), headers: errorHeaders('small', 0, 0) });
    kafka.add(QUEUE, { value: Buffer.from('v'), headers: errorHeaders('small', 0, 1) });
    kafka.add(QUEUE, { value: Buffer.from('v'), headers: errorHeaders('compacted', 0, 0) });
    kafka.add(QUEUE, { key: Buffer.from('k'), headers: errorHeaders('compacted', 0, 1) });
    expect(await run(kafka, queue)).toMatchObject({ replayed: 2, exitCode: 14, skipped: { tooLarge: 1, noKey: 1 } });
  });

  it('refuses a state topic that would forget', async () => {
    const { kafka, queue } = cluster();
    kafka.create('sluice-dlq-replays', 1, { 'cleanup.policy': 'compact,delete' });
    await expect(run(kafka, queue)).rejects.toMatchObject({
      message: expect.stringContaining('cleanup.policy=compact,delete'),
    });
  });

  it('does and notes nothing in a dry run', async () => {
    const { kafka, queue } = cluster();
    kafka.add(QUEUE, { headers: errorHeaders('orders', 0, 0) });
    expect(await run(kafka, queue, { dryRun: true })).toMatchObject({
      replayed: 1,
      targets: [{ topic: 'orders', records: 1 }],
    });
    expect(texts(kafka, 'orders')).toEqual([]);
    expect(await kafka.topic('sluice-dlq-replays')).toBeUndefined();
  });

  it('says how many offsets retention has deleted meanwhile', async () => {
    const { kafka, queue } = cluster();
    for (let n = 0; n < 8; n += 1) kafka.add(QUEUE, { headers: errorHeaders('orders', 0, n) });
    const source = queueSource(kafka, queue, { signal: new AbortController().signal });
    const bounds = kafka.bounds.bind(kafka);
    kafka.bounds = async (topic) => {
      const before = await bounds(topic);
      if (topic.name === QUEUE) await kafka.deleteBefore(topic, [{ partition: 0, offset: 5 }]);
      return before;
    };
    expect(source.queue).toBe(QUEUE);
    expect(await run(kafka, queue)).toMatchObject({ replayed: 3, deleted: 5 });
  });

  it('ends when it is shut out by another one, and says what it had replayed', async () => {
    const { kafka, queue } = cluster(1);
    for (let n = 0; n < 4; n += 1) kafka.add(QUEUE, { headers: errorHeaders('orders', 0, n) });
    const read = kafka.read.bind(kafka);
    let other: ReplayReport | undefined;
    kafka.read = async function* (topic, range) {
      let chunks = 0;
      for await (const chunk of read(topic, range)) {
        yield chunk;
        chunks += 1;
        if (topic.name === QUEUE && chunks === 2 && other === undefined) {
          kafka.read = read;
          other = await run(kafka, queue);
        }
      }
    };
    await expect(run(kafka, queue)).rejects.toMatchObject({
      code: 'KAFKA_FENCED',
      message: 'shut out; at least 0 records were replayed',
      details: { replayed: 0 },
    });
    expect(other).toMatchObject({ replayed: 4 });
    expect(kafka.visible('orders')).toHaveLength(4);
  });

  it('commits what it has sent when it is interrupted', async () => {
    const { kafka, queue } = cluster(1);
    for (let n = 0; n < 6; n += 1) kafka.add(QUEUE, { headers: errorHeaders('orders', 0, n) });
    const abort = new AbortController();
    const read = kafka.read.bind(kafka);
    kafka.read = async function* (topic, range) {
      for await (const chunk of read(topic, range)) {
        if (topic.name === QUEUE && chunk.next === 4) abort.abort(new SluiceError('INTERRUPTED', 'interrupted'));
        yield chunk;
      }
    };
    const failure = await run(kafka, queue, {}, abort.signal).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'INTERRUPTED', details: { replayed: 3 } });
    expect((failure as Error).message).toContain('3 records were replayed');
    kafka.read = read;
    expect(await run(kafka, queue)).toMatchObject({ replayed: 3, skipped: { replayedBefore: 3 } });
    expect(kafka.visible('orders')).toHaveLength(6);
  });
});

describe('a replay that fails', () => {
  it('commits what it had taken before, and only that', async () => {
    const { kafka, queue } = cluster(9);
    for (const [n, topic] of ['orders', 'orders', 'customers', 'orders'].entries())
      kafka.add(QUEUE, { value: Buffer.from(`v${n}`), headers: errorHeaders(topic, 0, n) });
    const topic = kafka.topic.bind(kafka);
    kafka.topic = async (name) => {
      if (name === 'customers') throw new SluiceError('KAFKA_UNREACHABLE', 'Kafka is away');
      return topic(name);
    };
    await expect(run(kafka, queue)).rejects.toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      message: 'Kafka is away; 2 records were replayed',
      details: { replayed: 2 },
    });
    kafka.topic = topic;
    expect(await run(kafka, queue)).toMatchObject({ replayed: 2, skipped: { replayedBefore: 2 } });
    expect(texts(kafka, 'orders').sort()).toEqual(['v0', 'v1', 'v3']);
  });
});

describe('replays with any filters that are killed at any moment', () => {
  const dead = fc.record({
    partition: fc.nat(1),
    topic: fc.constantFrom('orders', 'customers'),
    origin: fc.nat(30),
    cause: fc.constantFrom('red', 'green', 'blue'),
  });
  const attempt = fc.record({
    cause: fc.option(fc.constantFrom('red', 'green', 'blue'), { nil: undefined }),
    topic: fc.option(fc.constantFrom('orders', 'c*'), { nil: undefined }),
    kill: fc.option(fc.nat(6), { nil: undefined }),
    /** Records that arrive before it. */
    more: fc.array(dead, { maxLength: 5 }),
    toTopic: fc.option(fc.constantFrom('orders', 'customers'), { nil: undefined, freq: 6 }),
  });

  it('bring each record to each of its targets exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(dead, { maxLength: 25 }),
        fc.array(attempt, { maxLength: 6 }),
        async (first, attempts) => {
          const { kafka, queue } = cluster(2);
          let number = 0;
          const original = new Map<string, string>();
          const arrive = ({
            partition,
            topic,
            origin,
            cause,
          }: {
            partition: number;
            topic: string;
            origin: number;
            cause: string;
          }) => {
            const key = `${topic} ${origin}`;
            // A copy has the same value.
            const value = original.get(key) ?? `v${number}`;
            original.set(key, value);
            number += 1;
            kafka.add(QUEUE, { partition, value: Buffer.from(value), headers: errorHeaders(topic, 0, origin, cause) });
          };
          for (const one of first) arrive(one);
          for (const { cause, topic, kill, more, toTopic } of attempts) {
            for (const one of more) arrive(one);
            kafka.killAfter = kill ?? Number.POSITIVE_INFINITY;
            await run(kafka, queue, { filter: { cause, topic }, toTopic }).catch((error: unknown) => {
              if (!(error instanceof Killed)) throw error;
            });
            kafka.killAfter = Number.POSITIVE_INFINITY;
            for (const target of ['orders', 'customers']) {
              const values = texts(kafka, target);
              expect(new Set(values).size).toBe(values.length);
            }
          }
          const last = await run(kafka, queue);
          const arrived = [...texts(kafka, 'orders'), ...texts(kafka, 'customers')];
          for (const [key, value] of original) expect(texts(kafka, key.split(' ')[0] ?? ''), key).toContain(value);
          expect(new Set(arrived)).toEqual(new Set(original.values()));
          expect(last.exitCode).toBe(0);
          expect(await run(kafka, queue)).toMatchObject({ replayed: 0, skipped: { copies: 0 } });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a purge', () => {
  it('keeps what was replayed to another topic only', async () => {
    const { kafka, queue } = cluster();
    kafka.create('trial', 1);
    kafka.add(QUEUE, { value: Buffer.from('a'), headers: errorHeaders('orders', 0, 1) });
    kafka.add(QUEUE, { value: Buffer.from('b'), headers: errorHeaders('gone', 0, 1) });
    const ports = { records: kafka, clock: systemClock, signal: new AbortController().signal };
    const plan = () => planPurge(queue, { before: Date.now(), force: false }, ports);
    await expect(plan()).rejects.toMatchObject({ details: { neither: 2 } });
    await run(kafka, queue, { toTopic: 'trial' });
    await expect(plan()).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED', details: { neither: 1 } });
    await run(kafka, queue);
    expect(await plan()).toMatchObject({ records: 2 });
  });
});
