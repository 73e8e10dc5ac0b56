import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/databases/session.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { onEach, partRowsOf, SessionPool } from '../../../../src/reconcile/compare/session-pool.ts';

function session(log: string[], name: string): Session {
  return {
    share: async () => `moment of ${name}`,
    snapshot: async (shared?: string) => void log.push(`${name} sees the ${shared}`),
    close: async () => void log.push(`${name} closed`),
  } as unknown as Session;
}

describe('further sessions of a side', () => {
  it('begin when they are there, and the main one does not wait for them', async () => {
    const log: string[] = [];
    const opened = Promise.withResolvers<Session>();
    const main = session(log, 'main');
    const helpers = new SessionPool(() => opened.promise, 1, silentLogger);
    const work = onEach({ session: main, helpers: helpers.seeing(main) }, async (one) => {
      log.push(one === main ? 'main works' : 'helper works');
      if (one === main) opened.resolve(session(log, 'helper'));
    });
    expect((await work).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await helpers.close();
    expect(log).toEqual(['main works', 'helper sees the moment of main', 'helper works', 'helper closed']);
  });

  it('are closed also where they come after the end', async () => {
    const log: string[] = [];
    const opened = Promise.withResolvers<Session>();
    const helpers = new SessionPool(() => opened.promise, 1, silentLogger);
    const seeing = helpers.seeing(session(log, 'main'));
    const closed = helpers.close();
    opened.resolve(session(log, 'helper'));
    await Promise.all([closed, seeing]);
    expect(log).toContain('helper closed');
  });

  it('that cannot be opened are done without; that cannot see the moment are a failure of the work', async () => {
    const log: string[] = [];
    const main = session(log, 'main');
    const none = new SessionPool(() => Promise.reject(new Error('too many connections')), 2, silentLogger);
    expect(await none.seeing(main)).toEqual([]);
    const blind = { ...session(log, 'blind'), snapshot: () => Promise.reject(new Error('no such snapshot')) };
    const helpers = new SessionPool(async () => blind, 1, silentLogger);
    const results = await onEach({ session: main, helpers: helpers.seeing(main) }, async () => {});
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

it('parts are as large as is asked for, small where the load is watched, else by the rows and the connections', () => {
  expect(partRowsOf(9_000_000, { partRows: 7, maxLoad: 3 })).toBe(7);
  expect(partRowsOf(9_000_000, { maxLoad: 3 })).toBe(500_000);
  expect([1000, 9_000_000, 90_000_000].map((rows) => partRowsOf(rows, { parallel: 2 }))).toEqual([
    2_500_000, 4_500_000, 5_000_000,
  ]);
});
