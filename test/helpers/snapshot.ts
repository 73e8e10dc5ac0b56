import type { ConnectorSnapshot, Snapshot } from '../../src/serve/snapshot.ts';
import { connectorReport } from './status-report.ts';

/** Noon of some day. */
export const NOON = Date.UTC(2026, 0, 10, 12);

/** A healthy sink that is up to date, but for what is given. */
export function connectorSnapshot(name: string, given: Partial<ConnectorSnapshot> = {}): ConnectorSnapshot {
  return {
    ...connectorReport(name),
    lagMs: 0,
    processed: 1_000,
    recordsPerSecond: 10,
    errorsPerMinute: 0,
    deadLetters: null,
    deadLettersPerMinute: null,
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
    failures: [],
    ...given,
  };
}
