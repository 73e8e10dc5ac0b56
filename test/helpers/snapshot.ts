import type { SourceLog } from '../../src/monitor/source-reading.ts';
import type { ConnectorSnapshot, Snapshot } from '../../src/serve/snapshot.ts';
import { connectorReport } from './status-report.ts';

/** The slot of a source that reads it, but for what is given. */
export function sourceLog(given: Partial<SourceLog> = {}): SourceLog {
  return {
    ...{ database: 'pg:5432/shop', log: 'the slot shop', exists: true, broken: null, statement: null, active: true },
    ...{ status: 'reserved', end: '0/20', behindBytes: 16, behindFiles: null, retainedBytes: 4096, safeBytes: null },
    ...{ captureMs: null, snapshot: null, unknown: null, error: null },
    ...given,
  };
}

/** Noon of some day. */
export const NOON = Date.UTC(2026, 0, 10, 12);

/** A healthy sink that is up to date, but for what is given. */
export function connectorSnapshot(name: string, given: Partial<ConnectorSnapshot> = {}): ConnectorSnapshot {
  return {
    ...connectorReport(name),
    lagMs: 0,
    recordsPerSecond: 10,
    errorsPerMinute: 0,
    deadLetters: null,
    deadLettersPerMinute: null,
    source: null,
    heartbeat: null,
    configMark: null,
    ...given,
  };
}

export function snapshot(connectors: readonly ConnectorSnapshot[], given: Partial<Snapshot> = {}): Snapshot {
  return {
    context: 'prod',
    at: NOON,
    tookMs: 120,
    error: null,
    workers: 3,
    rebalancing: false,
    connectors,
    unreadable: [],
    certificates: [],
    failures: [],
    ...given,
  };
}
