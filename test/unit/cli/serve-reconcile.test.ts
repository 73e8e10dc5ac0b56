import { expect, it } from 'vitest';
import { failureOf, serveEventOf } from '../../../src/cli/serve-reconcile.ts';
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

const table = (source: string, verdict: string, code?: string) =>
  ({ source, target: source, verdict, ...(code === undefined ? {} : { error: code }) }) as never;
const finished = (...tables: never[]): ScheduleEvent =>
  ({ at, event: 'finished', pair: 'shop', verdict: 'failed', exitCode: 14, durationMs: 5, tables }) as ScheduleEvent;

it.each<[string, ScheduleEvent, string | null | undefined]>([
  ['ended with an error', { at, event: 'failed', pair: 'shop', exitCode: 12, durationMs: 5, error }, 'no answer'],
  ['compared every table', finished(table('a', 'equal'), table('b', 'different')), null],
  [
    'could not compare a table',
    finished(table('a', 'different'), table('b', 'failed', 'TABLE_NOT_FOUND')),
    '1 of 2 tables without a result: b (TABLE_NOT_FOUND)',
  ],
  ['came to no answer', finished(table('a', 'undetermined')), '1 of 1 table without a result: a (undetermined)'],
  ['was aborted', { at, event: 'aborted', pair: 'shop', durationMs: 5 }, undefined],
])('a run that %s: why it has no answer', (_what, event, failure) => expect(failureOf(event)).toBe(failure));
