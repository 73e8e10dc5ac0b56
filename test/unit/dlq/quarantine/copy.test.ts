import { describe, expect, it } from 'vitest';
import { failureHeaders } from '../../../../src/dlq/error-headers.ts';
import { assertTakes, copyOnce, settledCopy } from '../../../../src/dlq/quarantine/copy.ts';
import { systemClock } from '../../../../src/ports/clock.ts';
import type { KafkaRecord } from '../../../../src/ports/records.ts';
import { Killed, MemoryKafka } from '../../../helpers/memory-records.ts';
import { randomOf } from '../../../helpers/random.ts';

const record = (offset: number, timestamp = 1000): KafkaRecord => ({
  partition: 1,
  offset,
  timestamp,
  key: Buffer.from(`k${offset}`),
  value: Buffer.from([0, 255, offset]),
  headers: [[Buffer.from('own'), Buffer.from([1, 2])]],
});

function copyOf(one: KafkaRecord): KafkaRecord {
  const { partition, offset } = one;
  const about = failureHeaders({ topic: 't', partition, offset, connector: 's', task: 0, trace: 'a.B: c' });
  return { ...one, headers: [...one.headers, ...about] };
}

function scene() {
  const kafka = new MemoryKafka();
  const queue = kafka.create('dead', 1);
  const ports = { records: kafka, clock: systemClock, signal: new AbortController().signal };
  const copy = (one: KafkaRecord) => copyOnce({ topic: 't', record: one }, copyOf(one), queue, ports);
  return { kafka, queue, ports, copy };
}

describe('a copy in the queue', () => {
  it('has every byte of the record, and is made once', async () => {
    const { kafka, copy } = scene();
    kafka.add('dead', { timestamp: 5, value: Buffer.from('another') });
    expect(await copy(record(7))).toEqual({ partition: 0, offset: 1, isNew: true });
    expect(await copy(record(7))).toEqual({ partition: 0, offset: 1, isNew: false });
    const [, made, ...more] = kafka.visible('dead');
    expect(more).toEqual([]);
    expect(made).toMatchObject({ timestamp: 1000, key: record(7).key, value: record(7).value });
    expect(made?.headers[0]).toEqual(record(7).headers[0]);
  });

  it('is another one if the topic was created again, so that another record has the place', async () => {
    const { kafka, copy } = scene();
    await copy(record(7));
    await copy({ ...record(7), value: Buffer.from('other') });
    await copy({ ...record(7), value: null });
    expect(kafka.visible('dead')).toHaveLength(3);
  });

  it('is the one that the sink itself has queued', async () => {
    const { kafka, copy } = scene();
    const { key, value, headers } = copyOf(record(3));
    kafka.add('dead', { timestamp: 1000, key, value, headers });
    expect((await copy(record(3))).isNew).toBe(false);
  });

  it('is there once after kills at any step', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const { kafka, queue, ports, copy } = scene();
      const random = randomOf(seed);
      const offsets = [...new Set([1, 2, 3].map(() => Math.floor(random() * 5)))];
      for (const offset of offsets) {
        for (;;) {
          kafka.killAfter = random() < 0.7 ? Math.floor(random() * 3) : Number.POSITIVE_INFINITY;
          try {
            await copy(record(offset, Math.floor(random() * 3)));
            break;
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
            kafka.killAfter = Number.POSITIVE_INFINITY;
            // What recovery sees is what is so: a copy that it does not see never appears.
            const refused = { topic: 't', record: record(offset) };
            const seen = await settledCopy(refused, queue, ports);
            expect((await settledCopy(refused, queue, ports))?.offset, `seed ${seed}`).toBe(seen?.offset);
          }
        }
      }
      const found = kafka.visible('dead').map(({ key }) => key?.toString());
      expect(found, `seed ${seed}`).toEqual(offsets.map((offset) => `k${offset}`));
    }
  });

  it('is refused before anything is changed if the queue would not take it, or not keep it', () => {
    const kafka = new MemoryKafka();
    const day = 86_400_000;
    const now = new Date(10 * day);
    const takes = (configs: Record<string, string>, one = record(1)) =>
      assertTakes(kafka.create('queue', 1, configs), one, now);
    const kept = { 'cleanup.policy': 'delete', 'retention.ms': String(7 * day) };
    expect(() => takes({ 'max.message.bytes': '20' })).toThrow(/larger/);
    expect(() => takes(kept, record(1, 3 * day - 1))).toThrow(/older than retention\.ms/);
    expect(() => takes(kept, record(1, 3 * day))).not.toThrow();
    expect(() => takes({ ...kept, 'message.timestamp.type': 'LogAppendTime' })).not.toThrow();
    expect(() => takes({ ...kept, 'retention.ms': '-1' })).not.toThrow();
  });
});
