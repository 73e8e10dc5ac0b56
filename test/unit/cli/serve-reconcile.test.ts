import { expect, it } from 'vitest';
import { serveEventOf } from '../../../src/cli/serve-reconcile.ts';
import type { ScheduleEvent } from '../../../src/reconcile/schedule/events.ts';

const at = '2026-01-10T12:00:00.000Z';
const error = { code: 'DATABASE_UNREACHABLE' as const, message: 'no answer' };

it.each<[ScheduleEvent, object | undefined]>([
  [{ at, event: 'listening', url: 'http://127.0.0.1:1' }, undefined],
  [{ at, event: 'stopping', running: ['shop'], graceMs: 1 }, undefined],
  [{ at, event: 'stopped' }, undefined],
  [
    { at, event: 'scheduled', pair: 'shop', next: at },
    { change: 'scheduled', next: at },
  ],
  [
    { at, event: 'started', pair: 'shop' },
    { change: 'started', next: null, verdict: null, error: null },
  ],
  [
    { at, event: 'skipped', pair: 'shop', reason: 'another process acts' },
    { change: 'skipped', message: 'another process acts' },
  ],
  [
    { at, event: 'finished', pair: 'shop', verdict: 'different', exitCode: 10, durationMs: 5, tables: [] },
    { change: 'finished', verdict: 'different', durationMs: 5 },
  ],
  [
    { at, event: 'failed', pair: 'shop', exitCode: 12, durationMs: 5, error },
    { change: 'failed', verdict: null, error },
  ],
  [
    { at, event: 'aborted', pair: 'shop', durationMs: 5 },
    { change: 'aborted', verdict: null },
  ],
])('an event of the schedule, as the daemon reports it: %j', (event, expected) => {
  const body = serveEventOf(event);
  if (expected === undefined) expect(body).toBeUndefined();
  else expect(body).toMatchObject({ event: 'reconcile', pair: 'shop', ...expected });
});
