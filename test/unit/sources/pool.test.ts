import { describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../src/databases/session.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { SessionPool } from '../../../src/sources/pool.ts';
import { POOL } from '../../../src/sources/request.ts';

const lost = () => new SluiceError('DATABASE_UNREACHABLE', 'gone');
const shop = { url: 'postgres://h/shop', display: 'h/shop' };

/** A pool whose sessions are counted; each says when it is closed. */
function pool() {
  let now = 0;
  const opened: { url: string; closed: boolean }[] = [];
  const open = vi.fn(async ({ url }: { url: string }) => {
    const one = { url, closed: false };
    opened.push(one);
    return {
      async close() {
        one.closed = true;
      },
    } as unknown as Session;
  });
  const stop = new AbortController();
  return {
    opened,
    open,
    stop,
    sessions: new SessionPool(stop.signal, () => now, open as never),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('SessionPool', () => {
  it('opens one session for a database, however often it is asked, and one read runs at a time', async () => {
    const { sessions, opened } = pool();
    let running = 0;
    const most: number[] = [];
    const read = async () => {
      running += 1;
      most.push(running);
      await Promise.resolve();
      running -= 1;
    };
    await Promise.all([sessions.use(shop, read), sessions.use(shop, read), sessions.use(shop, read)]);
    await sessions.use({ url: 'postgres://h/other', display: 'h/other' }, read);
    expect(opened.map(({ url }) => url)).toEqual(['postgres://h/shop', 'postgres://h/other']);
    expect(Math.max(...most)).toBe(1);
  });

  it('opens another session where one was lost, and reads again', async () => {
    const { sessions, opened } = pool();
    await sessions.use(shop, async () => {});
    const read = vi.fn<() => Promise<string>>().mockRejectedValueOnce(lost()).mockResolvedValueOnce('read');
    expect(await sessions.use(shop, read)).toBe('read');
    expect(opened).toMatchObject([{ closed: true }, { closed: false }]);
  });

  it('does not try twice where the session is new', async () => {
    const { sessions, open } = pool();
    open.mockRejectedValueOnce(lost());
    await expect(sessions.use(shop, async () => {})).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(open).toHaveBeenCalledTimes(1);
    expect(sessions.size).toBe(0);
    await sessions.use(shop, async () => {});
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('keeps a session whose server refused one statement', async () => {
    const { sessions, open } = pool();
    const refused = async () => Promise.reject(new SluiceError('DATABASE_REJECTED', 'no'));
    await expect(sessions.use(shop, refused)).rejects.toMatchObject({ code: 'DATABASE_REJECTED' });
    await sessions.use(shop, async () => {});
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('closes what nobody uses, what is old, and everything at the end', async () => {
    const { sessions, opened, pass } = pool();
    const other = { url: 'postgres://h/other', display: 'h/other' };
    await sessions.use(other, async () => {});
    pass(POOL.idle + 1);
    await sessions.use(shop, async () => {});
    await vi.waitFor(() => expect(opened[0]).toEqual({ url: other.url, closed: true }));
    for (let used = 0; used <= POOL.age + POOL.idle; used += POOL.idle) {
      await sessions.use(shop, async () => {});
      pass(POOL.idle);
    }
    await vi.waitFor(() => expect(opened[1]).toEqual({ url: shop.url, closed: true }));
    await sessions[Symbol.asyncDispose]();
    expect(opened.every(({ closed }) => closed)).toBe(true);
    expect(sessions.size).toBe(0);
  });

  it('gives up a read that does not end', async () => {
    vi.useFakeTimers();
    try {
      const { sessions, opened } = pool();
      const timeout = new AbortController();
      vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(timeout.signal);
      const read = sessions.use(shop, () => new Promise(() => {}));
      const failed = expect(read).rejects.toMatchObject({
        code: 'TIMED_OUT',
        message: 'h/shop did not answer within 15 s',
      });
      await vi.advanceTimersByTimeAsync(0);
      timeout.abort();
      await failed;
      vi.restoreAllMocks();
      await vi.advanceTimersByTimeAsync(10);
      expect(opened[0]?.closed).toBe(true);
    } finally {
      vi.useRealTimers();
      vi.restoreAllMocks();
    }
  });

  it('ends when it is stopped', async () => {
    const { sessions, stop } = pool();
    const read = sessions.use(shop, () => new Promise(() => {}));
    const failed = expect(read).rejects.toThrow('stopped');
    stop.abort(new Error('stopped'));
    await failed;
    await expect(sessions.use(shop, async () => {})).rejects.toThrow('stopped');
  });
});
