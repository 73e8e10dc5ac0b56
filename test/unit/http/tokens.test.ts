import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cachedTokens, type Token } from '../../../src/http/tokens.ts';
import { fastClock } from '../../helpers/fake-connect.ts';

const signal = new AbortController().signal;

/** `token-1`, `token-2`, … */
function numbered(lifetime: number | undefined): () => Promise<Token> {
  let asked = 0;
  return async () => {
    asked += 1;
    return { value: `token-${asked}`, lifetime };
  };
}

describe('cachedTokens', () => {
  it('asks again shortly before a token expires: half a minute, or a tenth of a short life', async () => {
    for (const [lifetime, last] of [
      [3600, 3569],
      [100, 89],
    ] as const) {
      const clock = fastClock();
      const tokens = cachedTokens(numbered(lifetime), clock);
      expect(await tokens.token(signal)).toBe('token-1');
      await clock.sleep(last * 1000);
      expect(await tokens.token(signal)).toBe('token-1');
      await clock.sleep(2_000);
      expect(await tokens.token(signal)).toBe('token-2');
    }
  });

  it('keeps a token without an end until it is refused', async () => {
    const clock = fastClock();
    const tokens = cachedTokens(numbered(undefined), clock);
    await tokens.token(signal);
    await clock.sleep(1e9);
    expect(await tokens.token(signal)).toBe('token-1');
    expect(tokens.discard('token-1')).toBe(true);
    expect(await tokens.token(signal)).toBe('token-2');
    // Refused late, by an answer to an earlier request: the newer one stays.
    tokens.discard('token-1');
    expect(await tokens.token(signal)).toBe('token-2');
  });

  it('never gives an expired token, and never asks twice at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ waits: fc.nat({ max: 200 }), asks: fc.integer({ min: 1, max: 4 }), fails: fc.boolean() })),
        async (steps) => {
          const clock = fastClock();
          let [number, under] = [0, 0];
          let fails = false;
          const ends = new Map<string, number>();
          const tokens = cachedTokens(async () => {
            under += 1;
            expect(under).toBe(1);
            await Promise.resolve();
            under -= 1;
            if (fails) throw new Error('away');
            number += 1;
            const value = String(number);
            ends.set(value, clock.now().getTime() + 100_000);
            return { value, lifetime: 100 };
          }, clock);
          for (const step of steps) {
            await clock.sleep(step.waits * 1000);
            ({ fails } = step);
            const results = await Promise.allSettled(Array.from({ length: step.asks }, () => tokens.token(signal)));
            for (const one of results)
              if (one.status === 'fulfilled') expect(ends.get(one.value)).toBeGreaterThan(clock.now().getTime());
              else expect(fails).toBe(true);
          }
        },
      ),
    );
  });

  it('stops asking when the last of those that wait has gone, and not before', async () => {
    let stopped: AbortSignal | undefined;
    const tokens = cachedTokens((stop) => {
      stopped = stop;
      return new Promise(() => {});
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = [first, second].map((one) => tokens.token(one.signal));
    first.abort(new Error('first'));
    await expect(asked[0]).rejects.toThrow('first');
    expect(stopped?.aborted).toBe(false);
    second.abort(new Error('second'));
    await expect(asked[1]).rejects.toThrow('second');
    expect(stopped?.aborted).toBe(true);
  });
});
