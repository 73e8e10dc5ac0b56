import type { HealInput } from '../heal/heal.ts';
import type { KeptWindow } from '../store/maintenance.ts';
import type { Snapshot } from './snapshot.ts';
import { inAnyWindow } from './stored.ts';

/** What a poll says to healing. */
export function healInput(snapshot: Snapshot, windows: readonly KeptWindow[]): HealInput {
  const { at, connectors, unreadable, error, rebalancing } = snapshot;
  return {
    ...{ at, connectors, unreadable },
    worker: error !== null ? 'away' : rebalancing === true ? 'rebalancing' : 'calm',
    inMaintenance: inAnyWindow(windows),
  };
}
