import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { quarantine } from '../../../../src/dlq/quarantine/quarantine.ts';
import { recoverQuarantine } from '../../../../src/dlq/quarantine/recover.ts';
import type { JournalPorts } from '../../../../src/dlq/quarantine/sink.ts';
import { type FormerState, Journal } from '../../../../src/operate/journal.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { recordDecoder } from '../../../../src/records/decoder.ts';
import { fastClock } from '../../../helpers/fake-connect.ts';
import { Killed, MemoryKafka } from '../../../helpers/memory-records.ts';
import { MemorySink } from '../../../helpers/memory-sink.ts';

/** A quarantine whose process ends at every possible call, before or after it is carried out. */

const clock = fastClock(Date.parse('2026-11-30T12:00:00Z'));
const { signal } = new AbortController();
const options = { clock, signal, wait: true, timeoutMs: 5_000, stableMs: 0 };
const decoder = recordDecoder(undefined, { signal, logger: silentLogger });
const VALUES = [
  ['a0', 'bad1', 'a2'],
  ['bad0', 'b1'],
];
const GOOD = VALUES.flat().filter((value) => !value.startsWith('bad'));
const BAD = VALUES.flat().filter((value) => value.startsWith('bad'));

let folder: string;

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function prepare(former: FormerState): MemorySink {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-quarantine-'));
  const kafka = new MemoryKafka();
  kafka.create('dead', 1);
  const sink = new MemorySink(kafka, VALUES.length, { 'tasks.max': '3', 'consumer.override.max.poll.records': '9' });
  for (const [partition, values] of VALUES.entries())
    for (const value of values)
      kafka.add(sink.topic, { partition, value: Buffer.from(value), key: Buffer.from(value) });
  sink.run();
  sink.state = former;
  return sink;
}

/** How many calls a process may make. */
class Life {
  readonly #n: number;
  readonly #when: 'before' | 'after';
  #calls = 0;

  constructor(n = Number.POSITIVE_INFINITY, when: 'before' | 'after' = 'before') {
    this.#n = n;
    this.#when = when;
  }

  async call<T>(run: () => T | Promise<T>): Promise<T> {
    this.#calls += 1;
    if (this.#calls > this.#n || (this.#calls === this.#n && this.#when === 'before')) throw new Killed();
    const result = await run();
    if (this.#calls === this.#n) throw new Killed();
    return result;
  }

  wrap<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const value = Reflect.get(target, key, target) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.call(() => Reflect.apply(value, target, args) as unknown);
      },
    });
  }
}

function portsOf(sink: MemorySink, life = new Life()): JournalPorts & { decoder: typeof decoder } {
  const { kafka } = sink;
  return {
    client: life.wrap(sink.client),
    kafka: life.wrap(sink.port),
    records: {
      ...bound(kafka),
      topic: (name) => life.call(() => kafka.topic(name)),
      bounds: (topic) => life.call(() => kafka.bounds(topic)),
      transactions: (id) => life.call(async () => life.wrap(await kafka.transactions(id))),
    },
    lead: (...args) => life.call(() => sink.lead(...args)),
    journal: new Journal(folder, clock),
    context: 'dev',
    decoder,
    options,
  };
}

function bound(kafka: MemoryKafka) {
  return {
    topic: kafka.topic.bind(kafka),
    bounds: kafka.bounds.bind(kafka),
    offsetsAt: kafka.offsetsAt.bind(kafka),
    read: kafka.read.bind(kafka),
    follow: kafka.follow.bind(kafka),
    deleteBefore: kafka.deleteBefore.bind(kafka),
    createCompacted: kafka.createCompacted.bind(kafka),
    transactions: kafka.transactions.bind(kafka),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function run(sink: MemorySink, max: number, life?: Life) {
  const queue = await sink.kafka.topic('dead');
  if (queue === undefined) throw new Error('no queue');
  return quarantine(sink.name, queue, { max, dryRun: false }, portsOf(sink, life));
}

const recover = (sink: MemorySink, life?: Life) =>
  recoverQuarantine(sink.name, { keep: false, dryRun: false }, portsOf(sink, life));

/** Everything that is left is quarantined, and everything else was written once. */
async function assertWhole(sink: MemorySink, where: string): Promise<void> {
  for (let left = 4; left > 0; left -= 1) {
    if (sink.state === 'RUNNING') sink.run();
    try {
      await run(sink, 5);
    } catch (error) {
      expect((error as { code?: string }).code, where).toBe('SINK_NOT_BLOCKED');
      break;
    }
  }
  sink.run();
  expect(sink.written.toSorted(), where).toEqual(GOOD.toSorted());
  const queued = sink.kafka.visible('dead').map(({ value }) => String(value));
  expect(queued.toSorted(), where).toEqual(BAD.toSorted());
}

describe.each([
  ['RUNNING', ['before', 'after']],
  ['PAUSED', ['after']],
  ['STOPPED', ['before']],
] as const)('a quarantine of a sink that was %s', (former, whens) => {
  it('and was killed at any call: recovery brings everything back, and nothing is lost or doubled', {
    timeout: 300_000,
  }, async () => {
    const phases = new Set<string>();
    for (const when of whens) {
      for (let n = 1; ; n += 1) {
        const sink = prepare(former);
        const before = { ...sink.config };
        const ended = await run(sink, 2, new Life(n, when)).then(
          () => true,
          () => false,
        );
        const [found] = new Journal(folder, clock).interrupted();
        const where = `killed ${when} call ${n}, found ${JSON.stringify(found)}`;
        const { pending = null } = (found?.plan ?? {}) as { pending?: unknown };
        phases.add(`${found?.phase}${pending === null ? '' : ', pending'}`);
        sink.forgetLeader();
        if (found !== undefined) {
          await expect(run(sink, 1), where).rejects.toMatchObject({ code: 'OPERATION_UNFINISHED' });
          await recover(sink);
        }
        expect(sink.config, where).toEqual(before);
        expect(sink.state, where).toBe(former);
        expect(new Journal(folder, clock).interrupted(), where).toEqual([]);
        await assertWhole(sink, where);
        expect(sink.config, where).toEqual(before);
        rmSync(folder, { recursive: true, force: true });
        if (ended) break;
      }
    }
    expect([...phases].sort()).toEqual(['changing', 'changing, pending', 'restoring', 'stopping', 'undefined']);
  });
});

it('a recovery that is killed at any call can be recovered itself', { timeout: 300_000 }, async () => {
  /** The calls until the copy is made, but the sink not moved. */
  let calls = 1;
  for (let copied = false; !copied; calls += 1) {
    const sink = prepare('PAUSED');
    await run(sink, 1, new Life(calls, 'after')).catch(() => {});
    copied = sink.kafka.visible('dead').length > 0;
    rmSync(folder, { recursive: true, force: true });
  }
  for (const when of ['before', 'after'] as const) {
    for (let n = 1; ; n += 1) {
      const sink = prepare('PAUSED');
      const before = { ...sink.config };
      await run(sink, 1, new Life(calls - 1, 'after')).catch(() => {});
      expect(sink.kafka.visible('dead')).toHaveLength(1);
      sink.forgetLeader();
      const ended = await recover(sink, new Life(n, when)).then(
        () => true,
        () => false,
      );
      const where = `killed ${when} call ${n}`;
      if (!ended) await recover(sink);
      expect([sink.config, sink.state], where).toEqual([before, 'PAUSED']);
      await assertWhole(sink, where);
      rmSync(folder, { recursive: true, force: true });
      if (ended) break;
    }
  }
});
