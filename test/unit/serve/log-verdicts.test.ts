import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import type { SourceLog } from '../../../src/monitor/source-reading.ts';
import type { ConnectorSnapshot, HeartbeatSnapshot } from '../../../src/serve/snapshot.ts';
import { verdictsOf } from '../../../src/serve/verdicts.ts';
import type { AlertKind } from '../../../src/store/alerts.ts';
import { connectorSnapshot, NOON, snapshot, sourceLog } from '../../helpers/snapshot.ts';

const MINUTE = 60_000;
const GIB = 1024 ** 3;
const task = (state: string) => ({ id: 0, state, worker: 'w', cause: null, trace: null });
const source = (given: Partial<ConnectorSnapshot> = {}) =>
  connectorSnapshot('shop', { type: 'source', group: null, taskList: [task('RUNNING')], ...given });

function judge(kind: AlertKind, connector: ConnectorSnapshot) {
  return verdictsOf(snapshot([connector]), DEFAULT_RULES).find((one) => one.kind === kind && one.target === 'shop');
}
const ofLogs = (...logs: Partial<SourceLog>[]) => ({ source: { logs: logs.map(sourceLog), reason: null } });
const FAILED = { taskList: [task('FAILED')] };

describe('verdicts of the logs of sources', () => {
  it.each<[AlertKind, string, Partial<ConnectorSnapshot>, boolean | 'unknown', string?]>([
    ['source-log', 'reads on', ofLogs({}), false],
    [
      'source-log',
      'the slot was dropped',
      ofLogs({ exists: false, active: null, snapshot: 'done' }),
      true,
      'the slot shop does not exist on pg:5432/shop: what changes now never arrives',
    ],
    ['source-log', 'nobody knows whether it ever began', ofLogs({ exists: false, snapshot: null }), 'unknown'],
    ['source-log', 'it has not begun', ofLogs({ exists: false, snapshot: 'none' }), false],
    ['source-log', 'it only takes snapshots', ofLogs({ exists: false, snapshot: 'never' }), false],
    [
      'source-log',
      'a purged binary log',
      ofLogs({ broken: 'the server has purged the file bin.7', log: 'the binary log' }),
      true,
      'the server has purged the file bin.7 (on pg:5432/shop)',
    ],
    ['source-log', 'the database is away', ofLogs({ exists: null, unknown: 'no answer' }), 'unknown', 'no answer'],
    ['source-log', 'one of two databases is away', ofLogs({}, { exists: null, unknown: 'no answer' }), 'unknown'],
    ['source-log', 'one of two is lost, and one away', ofLogs({ exists: null }, { broken: 'lost' }), true],
    ['source-log', 'not read yet', { source: null }, 'unknown'],
    ['source-log', 'not watched', { source: { logs: [], reason: 'no password' } }, 'unknown', 'no password'],
    ['source-log', 'a sink', { type: 'sink' }, false],

    ['slot-inactive', 'it is read', ofLogs({}), false],
    [
      'slot-inactive',
      'nobody reads it',
      ofLogs({ active: false, snapshot: 'done' }),
      true,
      'Nobody reads the slot shop on pg:5432/shop, although the connector is RUNNING; the server retains 4.0 KiB for it',
    ],
    ['slot-inactive', 'a snapshot is taken', ofLogs({ active: false, snapshot: 'running' }), false],
    ['slot-inactive', 'a snapshot may be taken', ofLogs({ active: false, snapshot: null }), 'unknown'],
    [
      'slot-inactive',
      'the connector does not run',
      { ...ofLogs({ active: false, snapshot: 'done' }), ...FAILED },
      false,
    ],
    ['slot-inactive', 'nobody can say who reads a binary log', ofLogs({ active: null }), false],

    ['slot-wal', 'little is retained', ofLogs({ retainedBytes: 10 * GIB }), false],
    [
      'slot-wal',
      'much is retained',
      ofLogs({ retainedBytes: 12 * GIB, active: false }),
      true,
      'The server retains 12.0 GiB of WAL for the slot shop on pg:5432/shop (limit: 10.0 GiB)',
    ],
    ['slot-wal', 'a server that retains nothing for readers', ofLogs({ retainedBytes: null }), false],

    ['slot-safe-size', 'far from its end', ofLogs({ safeBytes: 2 * GIB }), false],
    ['slot-safe-size', 'without a limit', ofLogs({ safeBytes: null }), false],
    [
      'slot-safe-size',
      'near its end',
      ofLogs({ safeBytes: GIB / 2 }),
      true,
      'After 512 MiB more of WAL the server gives up the slot shop on pg:5432/shop (limit: 1.0 GiB)',
    ],
    [
      'slot-safe-size',
      'beyond its end',
      ofLogs({ safeBytes: -5, status: 'unreserved' }),
      true,
      'The server is about to remove WAL that the slot shop on pg:5432/shop needs',
    ],
    ['slot-safe-size', 'lost, which is another alert', ofLogs({ safeBytes: null, status: 'lost' }), false],
  ])('%s: %s', (kind, _what, given, active, summary) => {
    const found = judge(kind, source(given));
    expect(found?.active).toBe(active);
    if (summary !== undefined) expect(found?.summary).toBe(summary);
  });
});

describe('the verdict of heartbeats', () => {
  const beat = (more: Partial<HeartbeatSnapshot> = {}): Partial<ConnectorSnapshot> => ({
    heartbeat: {
      ...{ everyMs: 30_000, lastAt: NOON - 4 * MINUTE, beatsWhenIdle: true, logKnown: true, unansweredSince: null },
      ...more,
    },
  });
  it.each<[string, Partial<ConnectorSnapshot>, boolean | 'unknown']>([
    ['five intervals without one', beat(), true],
    ['fewer', beat({ lastAt: NOON - 2 * MINUTE }), false],
    ['less than a minute, however short the interval', beat({ everyMs: 100, lastAt: NOON - MINUTE }), false],
    ['more than a minute', beat({ everyMs: 100, lastAt: NOON - MINUTE - 1 }), true],
    ['there was never one: the first snapshot', beat({ lastAt: null }), 'unknown'],
    ['a source that failed', { ...beat(), ...FAILED }, 'unknown'],
    ['a source that is idle for an hour, and writes none', { heartbeat: 'none' }, false],
    ['a source whose heartbeats were not read yet', { heartbeat: null }, 'unknown'],
    ['a sink', { type: 'sink', heartbeat: null }, false],
    [
      'one that writes them with its log, which is idle',
      beat({ beatsWhenIdle: false, lastAt: NOON - 60 * MINUTE }),
      false,
    ],
    ['… and nobody knows whether it is', beat({ beatsWhenIdle: false, logKnown: false }), 'unknown'],
    ['… and its log has just moved', beat({ beatsWhenIdle: false, unansweredSince: NOON - MINUTE }), false],
    ['… and its log moved long ago', beat({ beatsWhenIdle: false, unansweredSince: NOON - 3 * MINUTE }), true],
  ])('%s', (_what, given, active) => expect(judge('heartbeat', source(given))?.active).toBe(active));

  it('says how long, and how often they are due', () => {
    expect(judge('heartbeat', source(beat()))).toMatchObject({
      summary: 'No heartbeat for 4m, and one is due every 30s',
      hint: 'The source may hang: sluice doctor shop',
    });
  });
});
