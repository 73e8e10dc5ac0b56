import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskStatus } from '../../../../src/connect/types.ts';
import { narrowing, narrowPatch } from '../../../../src/dlq/quarantine/narrowing.ts';
import { quarantine } from '../../../../src/dlq/quarantine/quarantine.ts';
import type { SinkClient } from '../../../../src/dlq/quarantine/sink.ts';
import { Journal } from '../../../../src/operate/journal.ts';
import type { KafkaPort } from '../../../../src/ports/kafka.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { recordDecoder } from '../../../../src/records/decoder.ts';
import { fastClock } from '../../../helpers/fake-connect.ts';
import { MemoryKafka } from '../../../helpers/memory-records.ts';
import { MemorySink } from '../../../helpers/memory-sink.ts';

const clock = fastClock(Date.parse('2026-11-30T12:00:00Z'));
const { signal } = new AbortController();
const decoder = recordDecoder(undefined, { signal, logger: silentLogger });

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-quarantine-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A sink that has failed at the first record of its only partition. @param values null for a tombstone */
function failedSink(config: Record<string, string> = {}, values: (string | null)[] = ['bad0', 'a1']): MemorySink {
  const kafka = new MemoryKafka();
  kafka.create('dead', 1);
  const sink = new MemorySink(kafka, 1, { 'tasks.max': '3', ...config });
  for (const value of values) kafka.add(sink.topic, { value: value === null ? null : Buffer.from(value) });
  sink.run();
  return sink;
}

async function run(sink: MemorySink, client: Partial<SinkClient> = {}, max = 1, kafka = sink.port) {
  const queue = await sink.kafka.topic('dead');
  if (queue === undefined) throw new Error('no queue');
  return quarantine(
    sink.name,
    queue,
    { max, dryRun: false },
    {
      ...{ client: { ...sink.client, ...client }, kafka, records: sink.kafka, lead: sink.lead },
      ...{ journal: new Journal(folder, clock), context: 'dev', decoder },
      options: { clock, signal, wait: true, timeoutMs: 5_000, stableMs: 0 },
    },
  );
}

const POLL = 'consumer.override.max.poll.records';
const queued = (sink: MemorySink) => sink.kafka.visible('dead').map(({ value }) => String(value));

describe('where a sink begins that has committed no offset', () => {
  const RESET = 'consumer.override.auto.offset.reset';

  it.each(['latest', 'none', 'by_duration:P1D'])('is not known with %s: no record is proven', async (reset) => {
    const sink = failedSink({ [RESET]: reset });
    const before = { ...sink.config };
    await expect(run(sink)).rejects.toMatchObject({
      code: 'RECORD_UNPROVEN',
      message: expect.stringMatching(/orders\/0, the sink has committed no offset.*auto\.offset\.reset/),
    });
    expect([queued(sink), sink.config]).toEqual([[], before]);
  });

  it.each([undefined, 'earliest', ' Earliest '])('is the earliest record with %s', async (reset) => {
    const sink = failedSink(reset === undefined ? {} : { [RESET]: reset });
    expect((await run(sink)).exitCode).toBe(0);
    expect([queued(sink), sink.written]).toEqual([['bad0'], ['a1']]);
  });
});

it('does nothing if the queue is compacted', async () => {
  const sink = failedSink();
  sink.kafka.create('dead', 1, { 'cleanup.policy': 'compact,delete' });
  await expect(run(sink)).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringMatching(/compacted/),
  });
  expect([queued(sink), sink.state]).toEqual([[], 'RUNNING']);
});

it('does nothing to a sink that may read another cluster', async () => {
  const sink = failedSink({ 'consumer.override.bootstrap.servers': 'kafka:9092' });
  await expect(run(sink)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  expect([queued(sink), sink.state]).toEqual([[], 'RUNNING']);
});

describe('a sink without a failed task', () => {
  /** So it is right after `--dry-run`, which has given it its former configuration back. */
  it('is given the time to fail if it was resumed a moment ago', async () => {
    const sink = failedSink();
    let looks = 0;
    const tasks = (all: TaskStatus[]) => (looks++ < 3 ? [] : all);
    const get = async () => {
      const listed = await sink.client.get(sink.name);
      return { ...listed, status: listed.status && { ...listed.status, tasks: tasks(listed.status.tasks) } };
    };
    const status = async () => {
      const seen = await sink.client.status(sink.name);
      return seen && { ...seen, tasks: tasks(seen.tasks) };
    };
    expect((await run(sink, { get, status })).exitCode).toBe(0);
    expect([queued(sink), sink.written]).toEqual([['bad0'], ['a1']]);
  });

  it('is not waited for if it has nothing to read', async () => {
    const sink = failedSink({}, ['a0']);
    const status = async () => {
      throw new Error('it was waited for');
    };
    await expect(run(sink, { status })).rejects.toMatchObject({ code: 'SINK_NOT_BLOCKED' });
  });
});

describe('a quarantine from another machine', () => {
  it('is recognized by its keys, which are not taken for the former configuration', async () => {
    const sink = failedSink();
    Object.assign(sink.config, narrowPatch(narrowing(sink.config)));
    for (const state of ['RUNNING', 'STOPPED'] as const) {
      sink.state = state;
      await expect(run(sink)).rejects.toMatchObject({ code: 'OPERATION_UNFINISHED' });
      expect(sink.state).toBe(state);
    }
    expect(queued(sink)).toEqual([]);
  });

  it('may begin while this one stops the sink: it keeps the sink', async () => {
    const sink = failedSink();
    const theirs = narrowPatch(narrowing(sink.config));
    const stop = async () => {
      await sink.client.stop(sink.name);
      Object.assign(sink.config, theirs);
    };
    await expect(run(sink, { stop })).rejects.toMatchObject({
      code: 'CONNECTOR_CHANGED',
      message: expect.stringContaining(POLL),
    });
    expect(sink.config).toMatchObject(theirs);
    expect(queued(sink)).toEqual([]);
  });
});

describe('a target that may refuse all rows', () => {
  const values = (between: string | null) => ['bad1', between, 'bad2', between, 'bad3', between, 'bad4'];

  it('takes tombstones, which are no rows: only so many records in a row are quarantined', async () => {
    const sink = failedSink({}, values(null));
    await expect(run(sink, {}, 9)).rejects.toMatchObject({ code: 'RECORD_UNPROVEN' });
    expect(queued(sink)).toEqual(['bad1', 'bad2', 'bad3']);
  });

  it('takes rows in between: all of them are', async () => {
    const sink = failedSink({}, values('row'));
    await run(sink, {}, 9);
    expect(queued(sink)).toEqual(['bad1', 'bad2', 'bad3', 'bad4']);
  });
});

it('says which records retention has deleted before the sink could read them', async () => {
  const sink = failedSink({}, ['a0', 'bad1', 'a2', 'bad3']);
  sink.config[POLL] = '1';
  sink.run();
  delete sink.config[POLL];
  const topic = await sink.kafka.topic(sink.topic);
  if (topic === undefined) throw new Error('no topic');
  await sink.kafka.deleteBefore(topic, [{ partition: 0, offset: 3 }]);
  const report = await run(sink);
  expect(report.notes).toContain('what was at 1 to 2 in orders/0 is deleted, and the sink had not read it');
});

it('brings everything back if a task hangs in its target, and so stays in the group', async () => {
  const sink = failedSink();
  const before = { ...sink.config };
  const members = () => (sink.config[POLL] === '1' && sink.state === 'STOPPED' ? 1 : 0);
  const describeGroups: KafkaPort['describeGroups'] = async (ids) =>
    new Map(ids.map((id) => [id, { id, state: 'Stable', members: members(), working: 0 }]));
  await expect(run(sink, {}, 1, { ...sink.port, describeGroups })).rejects.toMatchObject({
    code: 'GROUP_ACTIVE',
    message: expect.stringMatching(/nothing was quarantined, and "sink" has its former configuration and state/),
  });
  expect([sink.config, sink.state, queued(sink)]).toEqual([before, 'RUNNING', []]);
  expect(new Journal(folder, clock).interrupted()).toEqual([]);
});

it('is not done if the sink was not seen to run again', async () => {
  const sink = failedSink();
  const resume = async () => {
    if (sink.config[POLL] === '1') sink.run();
  };
  const report = await run(sink, { resume });
  expect(report).toMatchObject({ exitCode: 14, failsAgain: null });
  expect(report.notes.join()).toMatch(/was not running after 5 s: connector STOPPED/);
});
