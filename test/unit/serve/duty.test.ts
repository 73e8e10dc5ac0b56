import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import type { ServeEvent } from '../../../src/serve/events.ts';
import { Failures } from '../../../src/serve/failures.ts';
import { DaemonMetrics } from '../../../src/serve/metrics.ts';
import { type Duty, runServe } from '../../../src/serve/serve.ts';
import { Store } from '../../../src/store/store.ts';
import { memoryFolder } from '../../helpers/memory-folder.ts';
import { NOON } from '../../helpers/snapshot.ts';

let folder: string;
beforeEach(() => {
  folder = memoryFolder('duty');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the daemon on a clock of its own. @param onBeat at each beat, with its number */
async function run(duty: Duty, onBeat: (beat: number, at: number, store: Store, stop: () => void) => void) {
  using store = new Store(folder);
  const stop = new AbortController();
  const events: ServeEvent[] = [];
  let now = NOON;
  let beat = 0;
  await runServe(
    {
      watches: [{ context: 'prod', round: async () => true }],
      receivers: new Map(),
      alerts: store.alerts,
      leases: store.leases,
      metrics: new DaemonMetrics('1'),
      holder: 'a',
      everyMs: 10_000,
      clock: {
        now: () => new Date(now),
        sleep: async (ms) => {
          now += ms;
          beat += 1;
          onBeat(beat, now, store, () => stop.abort(new SluiceError('TERMINATED', 'stopped')));
          await new Promise((resolve) => setImmediate(resolve));
        },
      },
      stop: stop.signal,
      emit: (event) => events.push(event),
      failures: new Failures({
        now: () => now,
        say: (error) => events.push({ at: '', event: 'failed', error }),
        count: () => {},
      }),
      duty,
    },
    { beatAt: 0, leads: new Set() },
  );
  return { events, names: events.map(({ event }) => event), left: store.leases.holder('serve prod', now) };
}

describe('a duty of the daemon', () => {
  it('runs once, and may finish when the daemon is stopped: the lease is kept until then', async () => {
    const log: string[] = [];
    let finish = () => {};
    let begun = 0;
    const { names, left } = await run(
      async ({ stop, abort, isHeld }) => {
        begun += 1;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        log.push(`stopped ${stop.aborted}, aborted ${abort.aborted}, held ${isHeld()}`);
      },
      (beat, at, store, stop) => {
        if (beat === 3) stop();
        // A minute later: a lease that is not kept would have expired four times.
        if (beat === 23) {
          log.push(`held by ${store.leases.holder('serve prod', at)}`);
          finish();
        }
      },
    );
    expect(begun).toBe(1);
    expect(log).toEqual(['held by a', 'stopped true, aborted false, held true']);
    expect(names.at(-1)).toBe('stopped');
    expect(left).toBeUndefined();
  });

  it('ends at once when another process has taken over, and does not begin until the lease is back', async () => {
    const log: string[] = [];
    await run(
      async ({ stop, abort, isHeld }) => {
        log.push('begins');
        await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
        log.push(`aborted ${abort.aborted}, held ${isHeld()}`);
      },
      (beat, at, store, stop) => {
        // As after a suspended machine: this process was away for longer than its lease.
        if (beat === 2) store.leases.take('serve prod', 'b', at + 15_000, 15_000);
        if (beat === 20) stop();
      },
    );
    expect(log).toEqual(['begins', 'aborted true, held false', 'begins', 'aborted false, held true']);
  });

  it('is tried again a minute after it has failed, and the daemon goes on', async () => {
    let begun = 0;
    const { events } = await run(
      async () => {
        begun += 1;
        throw new SluiceError('PROJECT_INVALID', 'no such pair');
      },
      // 3 s each.
      (beat, _at, _store, stop) => {
        if (beat === 50) stop();
      },
    );
    expect(begun).toBe(3);
    // It is said once.
    expect(events.filter(({ event }) => event === 'failed')).toHaveLength(1);
  });
});
