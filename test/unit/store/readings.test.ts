import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { type Reading, Readings, TIERS } from '../../../src/store/readings.ts';

const HEALTHS = ['failed', 'degraded', 'unknown', 'healthy'];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Noon of some day: at the beginning of a minute and of an hour. */
const NOON = Date.UTC(2026, 0, 10, 12);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-readings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function reading(health = 'healthy', lagRecords: number | null = 0, others: Partial<Reading> = {}): Reading {
  return { health, lagRecords, lagMs: null, recordsPerSecond: null, errorsPerMinute: null, ...others };
}

const one = (value: Reading) => new Map([['orders', value]]);

describe('Readings', () => {
  it('gives back what was kept, with what is unknown as null', () => {
    using readings = new Readings(folder, HEALTHS);
    const full = reading('degraded', 16_777_216, { lagMs: 1500, recordsPerSecond: 0.5, errorsPerMinute: 0 });
    readings.append('prod', NOON, new Map([['orders', full]]));
    readings.append('prod', NOON + 10_000, new Map([['orders', reading('unknown', null)]]));
    expect(readings.of('prod', 'orders', NOON, NOON + 60_000)).toEqual([
      { at: NOON, ...full },
      { at: NOON + 10_000, ...reading('unknown', null) },
    ]);
    expect(readings.of('prod', 'users', NOON, NOON + 60_000)).toEqual([]);
    expect(readings.of('other', 'orders', NOON, NOON + 60_000)).toEqual([]);
  });

  it('keeps connectors apart that come and go', () => {
    using readings = new Readings(folder, HEALTHS);
    readings.append(
      'prod',
      NOON,
      new Map([
        ['a', reading('failed', 1)],
        ['b', reading('healthy', 2)],
      ]),
    );
    readings.append(
      'prod',
      NOON + 10_000,
      new Map([
        ['c', reading('degraded', 3)],
        ['b', reading('healthy', 4)],
      ]),
    );
    const lags = (name: string) => readings.of('prod', name, NOON, NOON + 60_000).map(({ lagRecords }) => lagRecords);
    expect([lags('a'), lags('b'), lags('c')]).toEqual([[1], [2, 4], [3]]);
    expect(Object.fromEntries(readings.healths('prod', NOON, NOON + 60_000))).toEqual({
      a: { health: 'failed', at: NOON },
      b: { health: 'healthy', at: NOON },
      c: { health: 'degraded', at: NOON + 10_000 },
    });
  });

  it('down-samples: the worst health, the greatest lag, the mean rate', () => {
    using readings = new Readings(folder, HEALTHS);
    const rates = [1, 2, 3, 4, 5, 6];
    for (const [index, rate] of rates.entries())
      readings.append(
        'prod',
        NOON + index * 10_000,
        one(reading(index === 2 ? 'failed' : 'healthy', index === 4 ? 99 : 1, { recordsPerSecond: rate })),
      );
    // After that the fine ones are too old.
    for (let at = NOON + 60_000; at < NOON + 3 * HOUR; at += 60_000) readings.append('prod', at, one(reading()));
    expect(readings.of('prod', 'orders', NOON, NOON + 60_000)).toEqual([
      { at: NOON, ...reading('failed', 99, { recordsPerSecond: 3.5 }) },
    ]);
  });

  it('keeps 10 s for 2 hours, 1 min for 2 days and 1 h for 90 days, each time once', () => {
    using readings = new Readings(folder, HEALTHS);
    const end = NOON + 3 * DAY;
    for (let at = NOON; at < end; at += 60_000) readings.append('prod', at, one(reading('healthy', 1)));
    for (let at = end; at < end + 3 * HOUR; at += 10_000) readings.append('prod', at, one(reading('healthy', 2)));
    const now = end + 3 * HOUR;
    const all = readings.of('prod', 'orders', 0, now);
    const steps = new Set(all.slice(1).map(({ at }, index) => at - (all[index]?.at ?? 0)));
    expect([...steps]).toEqual([HOUR, 60_000, 10_000]);
    expect(all[0]?.at).toBe(NOON);
    expect(all.filter(({ at }) => at >= now - 2 * HOUR)).toHaveLength(720);
    expect(all.filter(({ at }) => at >= now - 2 * DAY && at < now - 2 * HOUR).length).toBeGreaterThan(46 * 60 - 61);
  });

  it('gives a time no more than one reading, however irregular the polls were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 0, max: 1_000_000 })), {
          minLength: 1,
          maxLength: 60,
        }),
        (polls) => {
          const own = mkdtempSync(path.join(folder, 'run-'));
          using readings = new Readings(own, HEALTHS);
          let now = NOON;
          let greatest = 0;
          for (const [seconds, lag] of polls) {
            now += seconds * 1000;
            readings.append('prod', now, one(reading('healthy', lag)));
            greatest = Math.max(greatest, lag);
          }
          const all = readings.of('prod', 'orders', 0, now + 1);
          const times = all.map(({ at }) => at);
          expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
          // Nothing is younger than 90 days ago here, so the greatest lag is still there unless its step was replaced.
          const values = all.map(({ lagRecords }) => lagRecords ?? 0);
          expect(Math.max(...values)).toBeLessThanOrEqual(greatest);
          expect(values.at(-1)).toBe(polls.at(-1)?.[1]);
        },
      ),
      { numRuns: 40, seed: 17 },
    );
  });

  it('gives the worst of each step, and since when each health holds, across what is kept coarsely', () => {
    using readings = new Readings(folder, HEALTHS);
    const peak = NOON + 61 * 60_000;
    const end = NOON + 4 * HOUR;
    for (let at = NOON; at < end; at += 60_000)
      readings.append('prod', at, one(reading(at >= peak ? 'failed' : 'healthy', at === peak ? 99 : 1)));
    const points = readings.trend('prod', ['orders', 'nosuch'], { from: NOON, to: end, stepMs: HOUR });
    expect([...points.keys()]).toEqual(['orders']);
    expect(points.get('orders')?.map(({ at, health, lagRecords }) => [at - NOON, health, lagRecords])).toEqual([
      [0, 'healthy', 1],
      [HOUR, 'failed', 99],
      [2 * HOUR, 'failed', 1],
      [3 * HOUR, 'failed', 1],
    ]);
    expect(readings.healths('prod', NOON, end).get('orders')).toEqual({ health: 'failed', at: peak });
  });

  it('does not say that a health holds since the hour began, or the minute, in which it was first seen', () => {
    using readings = new Readings(folder, HEALTHS);
    const began = NOON + 47 * 60_000 + 20_000;
    const failed = NOON + 58 * 60_000 + 30_000;
    const end = NOON + HOUR + 30_000;
    for (let at = began; at < end; at += 10_000)
      readings.append('prod', at, one(reading(at >= failed ? 'failed' : 'healthy')));
    expect(readings.healths('prod', NOON - DAY, end).get('orders')).toEqual({ health: 'failed', at: failed });
    expect(readings.of('prod', 'orders', NOON - DAY, end)).toHaveLength((end - began) / 10_000);
  });

  it('forgets readings of the future, once the clock is right again', () => {
    using readings = new Readings(folder, HEALTHS);
    readings.append('prod', NOON, one(reading('healthy', 1)));
    readings.append('prod', NOON + 30 * DAY, one(reading('healthy', 2)));
    readings.append('prod', NOON + 60_000, one(reading('healthy', 3)));
    expect(readings.of('prod', 'orders', 0, NOON + 60 * DAY).map(({ lagRecords }) => lagRecords)).not.toContain(2);
    expect(readings.of('prod', 'orders', NOON, NOON + 120_000).map(({ lagRecords }) => lagRecords)).toEqual([3]);
  });

  it('gives the place of a connector that has long been deleted to another, and mixes none up', () => {
    using readings = new Readings(folder, HEALTHS);
    readings.append(
      'prod',
      NOON,
      new Map([
        ['old', reading('failed', 7)],
        ['stays', reading('healthy', 1)],
      ]),
    );
    const later = NOON + 92 * DAY;
    readings.append(
      'prod',
      later,
      new Map([
        ['new', reading('healthy', 5)],
        ['stays', reading('healthy', 2)],
      ]),
    );
    expect(readings.of('prod', 'old', 0, later + 1)).toEqual([]);
    expect(readings.of('prod', 'new', 0, later + 1).map(({ lagRecords }) => lagRecords)).toEqual([5]);
    expect(readings.of('prod', 'stays', later, later + 1).map(({ lagRecords }) => lagRecords)).toEqual([2]);
  });

  it('stays within its size: of many connectors it keeps less time', () => {
    const maxBytes = 3_000_000;
    using readings = new Readings(folder, HEALTHS, { maxBytes });
    const many = new Map(
      Array.from({ length: 1_000 }, (_, index) => [`connector-${index}`, reading('healthy', index)]),
    );
    for (let poll = 0; poll < 400; poll += 1) readings.append('prod', NOON + poll * 10_000, many);
    expect(statSync(path.join(folder, 'readings.sqlite')).size).toBeLessThan(maxBytes * 1.1);
    const latest = readings.of('prod', 'connector-7', NOON, NOON + DAY);
    expect(latest.at(-1)).toMatchObject({ at: NOON + 399 * 10_000, lagRecords: 7 });
  });

  it('opens a file of a release that knew other healths', () => {
    {
      using readings = new Readings(folder, ['gone', 'healthy']);
      readings.append('prod', NOON, one(reading('healthy', 1)));
      readings.append('prod', NOON + 10_000, one(reading('gone', 2)));
    }
    using readings = new Readings(folder, HEALTHS);
    readings.append('prod', NOON + 20_000, one(reading('failed', 3)));
    expect(readings.of('prod', 'orders', NOON, NOON + 60_000).map(({ health }) => health)).toEqual([
      'healthy',
      'gone',
      'failed',
    ]);
  });

  it('is for its owner only, and says which file it cannot open', () => {
    {
      using _ = new Readings(folder, HEALTHS);
      expect(statSync(path.join(folder, 'readings.sqlite')).mode & 0o777).toBe(0o600);
    }
    writeFileSync(path.join(folder, 'file'), '');
    chmodSync(path.join(folder, 'file'), 0o400);
    expect(() => new Readings(path.join(folder, 'file'), HEALTHS)).toThrow(SluiceError);
    expect(existsSync(path.join(folder, 'file', 'readings.sqlite'))).toBe(false);
  });

  it('has tiers that are multiples of each other', () => {
    for (const [index, { stepMs }] of TIERS.entries())
      if (index > 0) expect(stepMs % (TIERS[index - 1]?.stepMs ?? 1)).toBe(0);
  });
});
