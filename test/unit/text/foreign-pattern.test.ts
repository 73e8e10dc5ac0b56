import { describe, expect, it, vi } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { ForeignPattern, fitsAnyLength, takesWhole } from '../../../src/text/foreign-pattern.ts';
import { namePatterns } from '../../../src/text/lists.ts';
import { takesTopic } from '../../../src/topology/feeds.ts';
import { javaRegex } from '../../../src/topology/name-regex.ts';

/** Would be tried for years. */
const SLOW = '((a|\\.)+)+!';
const NAME = `${'a'.repeat(30)}.${'a'.repeat(30)}`;

describe('expressions that someone else wrote', () => {
  it('fit the whole of a text', () => {
    expect(takesWhole('shop\\..*', 'shop.orders')).toBe(true);
    expect(takesWhole('shop', 'shop.orders')).toBe(false);
    expect(takesWhole('(shop\\.)+orders', 'shop.shop.orders')).toBe(true);
    expect(takesWhole('(', 'shop')).toBeUndefined();
  });

  it('of ours that take the square of a text are stopped, too', () => {
    const pairs = /^\s*([^:]+):([^:,]+(,[^:,]+)*)\s*$/;
    expect(fitsAnyLength(pairs, `a:${'b'.repeat(10_000)}`)).toBe(true);
    // Not stopped, it would take longer than this test may.
    expect(fitsAnyLength(pairs, ' '.repeat(300_000))).toBe(false);
  });

  it('give the groups of what they fit', () => {
    const pattern = new ForeignPattern('([^.]+)\\.([^.]+)\\.([^.]+)');
    expect(pattern.first('a.b.c')?.[3]).toBe('c');
    expect(pattern.first('a.b')).toBeNull();
    expect(new ForeignPattern(SLOW).first(NAME)).toBeUndefined();
  });

  it('are stopped once, and not tried again', () => {
    const pattern = new ForeignPattern(SLOW);
    expect(pattern.test(NAME)).toBeUndefined();
    // Tried again, each would take 100 ms: all of them longer than this test may.
    for (let at = 0; at < 1000; at++) expect(new ForeignPattern(SLOW).test(`${NAME}${at}`)).toBeUndefined();
  });

  it('are tried again if the time went to something else on a busy machine', () => {
    const spent = (user: number) => ({ user, system: 0 });
    using clock = vi.spyOn(process, 'threadCpuUsage');
    for (const user of [0, 10_000, 0, 90_000]) clock.mockReturnValueOnce(spent(user));
    expect(new ForeignPattern('((b|\\.)+)+!').test(NAME.replaceAll('a', 'b'))).toBeUndefined();
    expect(clock).toHaveBeenCalledTimes(4);
  });

  it.each([SLOW, '(a|a)*!', 'a*a*a*a*a*a*!', `${'.*'.repeat(20)}!`, '(a*)\\1*!'])('hold up nothing: %s', (written) => {
    expect(namePatterns(written)[0]?.test(NAME)).not.toBe(true);
    expect(takesTopic(written, NAME)).toBe(false);
    // It fits nothing, or cannot be judged: then it is refused.
    expect(() => {
      if (!javaRegex(written).test('a'.repeat(60))) throw new SluiceError('REQUEST_INVALID', 'does not fit');
    }).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});
