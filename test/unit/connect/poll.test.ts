import { describe, expect, it } from 'vitest';
import { pollUntil } from '../../../src/connect/poll.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

const signal = new AbortController().signal;

function sequence(...values: boolean[]) {
  let index = 0;
  return async () => values[Math.min(index++, values.length - 1)] ?? false;
}

describe('pollUntil', () => {
  it('returns as soon as the condition holds', async () => {
    const clock = fastClock();
    const polled = await pollUntil(sequence(false, false, true), Boolean, {
      clock,
      signal,
      timeoutMs: 10_000,
      everyMs: 100,
    });
    expect(polled).toEqual({ seen: true, reached: true });
    expect(clock.slept).toEqual([100, 100]);
  });

  it('does not believe what does not last', async () => {
    const clock = fastClock();
    const look = sequence(true, true, false, true, true, true, true);
    const polled = await pollUntil(look, Boolean, { clock, signal, timeoutMs: 10_000, everyMs: 100, stableMs: 300 });
    expect(polled.reached).toBe(true);
    expect(clock.now().getTime()).toBe(600);
  });

  it('takes one end in place of another for a new one', async () => {
    const clock = fastClock();
    const seen = ['failed', 'failed', 'running', 'running', 'running', 'running'];
    let index = 0;
    const look = async () => seen[Math.min(index++, seen.length - 1)] ?? '';
    const polled = await pollUntil(look, (end) => end, {
      clock,
      signal,
      timeoutMs: 10_000,
      everyMs: 100,
      stableMs: 300,
    });
    expect(polled).toEqual({ seen: 'running', reached: true });
    expect(clock.now().getTime()).toBe(500);
  });

  it('gives up at the deadline, with what was seen last', async () => {
    const clock = fastClock();
    const polled = await pollUntil(sequence(false), Boolean, { clock, signal, timeoutMs: 250, everyMs: 100 });
    expect(polled).toEqual({ seen: false, reached: false });
    expect(clock.now().getTime()).toBe(250);
  });

  it('tells a sample how long it may take: as long as is left, but a moment at the end', async () => {
    const clock = fastClock();
    const left: number[] = [];
    const look = async (leftMs: number) => left.push(leftMs) > 10;
    await pollUntil(look, Boolean, { clock, signal, timeoutMs: 3_000, everyMs: 750 });
    expect(left).toEqual([3_000, 2_250, 2_000, 2_000, 2_000]);
  });

  it('looks once even without time', async () => {
    const clock = fastClock();
    expect((await pollUntil(sequence(true), Boolean, { clock, signal, timeoutMs: 0 })).reached).toBe(true);
  });

  it('ends when the run is interrupted', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    await expect(
      pollUntil(sequence(false), Boolean, { clock: fastClock(), signal: controller.signal, timeoutMs: 1000 }),
    ).rejects.toThrow('stop');
  });
});
