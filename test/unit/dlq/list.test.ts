import { describe, expect, it } from 'vitest';
import { queueFacts } from '../../../src/dlq/list.ts';
import type { RecordTopic } from '../../../src/ports/records.ts';
import { fastClock } from '../../helpers/fake-connect.ts';
import { MemoryKafka } from '../../helpers/memory-records.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const MINUTE = 60_000;
const { signal } = new AbortController();

function facts(kafka: MemoryKafka, topic: RecordTopic) {
  return queueFacts(kafka, topic, { clock: fastClock(NOW), signal });
}

/** @param ages in minutes */
function queue(ages: readonly number[], configs: Record<string, string> = {}) {
  const kafka = new MemoryKafka(500);
  const topic = kafka.create('dead', 2, configs);
  for (const [index, age] of ages.entries())
    kafka.add('dead', { partition: index % 2, timestamp: NOW - age * MINUTE, value: Buffer.from('x') });
  return { kafka, topic };
}

describe('the records of the last hour', () => {
  it.each([
    ['in order', [300, 200, 90, 70, 30, 20, 10], 3],
    ['none', [300, 61], 0],
    ['an old one behind a new one', [300, 200, 10, 20, 500, 400, 300, 30], 3],
    ['a new one before old ones', [5, 90, 90, 90, 90, 90], 1],
    ['no records', [], 0],
  ])('are counted by their own times: %s', async (_name, ages, lastHour) => {
    const { kafka, topic } = queue(ages);
    expect(await facts(kafka, topic)).toMatchObject({ records: ages.length, lastHour, lastHourUpTo: false });
  });

  it('are at most so many if there are too many to read', async () => {
    const ages = [10, 10, ...Array.from({ length: 24_000 }, () => 90)];
    const { kafka, topic } = queue(ages);
    const { lastHour, lastHourUpTo } = await facts(kafka, topic);
    expect(lastHourUpTo).toBe(true);
    expect(lastHour).toBeGreaterThan(2);
    expect(lastHour).toBeLessThanOrEqual(ages.length - 9_998);
  });

  it('are not read if the broker sets their times, in order', async () => {
    const { kafka, topic } = queue([90, 90, 10, 20, 10], { 'message.timestamp.type': 'LogAppendTime' });
    expect(await facts(kafka, topic)).toMatchObject({ lastHour: 3, timesOf: 'arrival' });
  });
});

/** After a replay, the records that fail again are the last ones, with their old times. */
it('names the latest time of the last hour, and not that of the last record', async () => {
  const { kafka, topic } = queue([300, 40, 10, 5, 30, 20]);
  const iso = (age: number) => new Date(NOW - age * MINUTE).toISOString();
  expect(await facts(kafka, topic)).toMatchObject({ newest: iso(5), oldest: iso(300) });
  const older = queue([300, 200, 90, 95]);
  expect(await facts(older.kafka, older.topic)).toMatchObject({ newest: iso(90) });
  const empty = queue([]);
  expect(await facts(empty.kafka, empty.topic)).toMatchObject({ newest: null, oldest: null });
});
