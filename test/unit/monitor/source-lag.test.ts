import { describe, expect, it } from 'vitest';
import type { SourceMetrics } from '../../../src/metrics/model.ts';
import { isAtEnd, sourceBehindMs } from '../../../src/monitor/source-lag.ts';
import { sourceLog } from '../../helpers/snapshot.ts';

const rows = { total: 9, created: 2, updated: 0, deleted: 0 };
const streaming: SourceMetrics = {
  ...{ plugin: 'mariadb', server: 'crm', connected: true, behindMs: 800, sinceLastEventMs: 100 },
  ...{ queue: { used: 0, capacity: 8192 }, snapshot: null, events: rows, erroneous: null, filtered: null },
};

describe('sourceBehindMs', () => {
  it.each([
    ['of the last event, while events arrive', {}, 800],
    ['nothing, once none arrives and none waits', { sinceLastEventMs: 6_000 }, 0],
    ['nothing before the first event', { behindMs: null, sinceLastEventMs: null }, 0],
    // Measured with MariaDB: MARIADB_GTID_LIST, 41 s after the start, as old as the binary log.
    [
      'nothing after the events that a binary log begins with',
      { behindMs: 185_543, sinceLastEventMs: 100, events: { total: 4, created: 0, updated: 0, deleted: 0 } },
      0,
    ],
    [
      'how long the last event has waited in the queue, too',
      { queue: { used: 3, capacity: 9 }, sinceLastEventMs: 20_000 },
      20_800,
    ],
    [
      'unknown if events wait, and none has arrived for long',
      { queue: { used: 3, capacity: 9 }, sinceLastEventMs: 61_000 },
      null,
    ],
    ['unknown if it is not connected', { connected: false }, null],
    ['of the last event if nothing is known of the connection', { connected: null, queue: null }, 800],
    [
      'unknown if nothing is known of the connection, and no event arrives',
      { connected: null, sinceLastEventMs: 61_000 },
      null,
    ],
    ['of the last event where kinds of events are not counted', { events: null }, 800],
  ] as [string, Partial<SourceMetrics>, number | null][])('is %s', (_what, given, wanted) =>
    expect(sourceBehindMs({ ...streaming, ...given })).toBe(wanted),
  );
});

describe('isAtEnd', () => {
  it.each([
    ['all is confirmed', [sourceLog({ behindBytes: 0 })], true],
    ['one log is not', [sourceLog({ behindBytes: 0 }), sourceLog({ behindBytes: 16 })], false],
    ['no position is known', [sourceLog({ behindBytes: null })], false],
    ['its snapshot runs', [sourceLog({ behindBytes: 0, snapshot: 'running' })], false],
    ['there is no log', [], false],
  ] as const)('%s', (_what, logs, wanted) => expect(isAtEnd({ logs, reason: null })).toBe(wanted));
});
