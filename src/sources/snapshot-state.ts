import type { ConnectorConfig, ConnectorOffset } from '../connect/types.ts';

/**
 * How far a Debezium source is with its snapshot, after which it reads the log. `none`: it has committed no offset yet;
 * `done`: it reads the log; `never`: it does not read the log at all; null: not known.
 */
export type SnapshotState = 'none' | 'running' | 'done' | 'never' | null;

/** Modes in which every start begins a snapshot: the offset may be that of the run before. */
const AT_ANY_START = /^(?:always|when_needed|configuration_based|custom)$/;

/** Pure. @param offsets those that Connect keeps for it; undefined if they could not be read */
export function snapshotState(
  { 'snapshot.mode': mode = 'initial' }: ConnectorConfig,
  offsets: readonly ConnectorOffset[] | undefined,
): SnapshotState {
  if (mode === 'initial_only') return 'never';
  if (offsets === undefined) return null;
  const committed = offsets.flatMap(({ offset }) => (offset === null ? [] : [offset]));
  if (committed.length === 0) return 'none';
  // Its last record says that it is complete, in one of two ways.
  const runs = committed.some(
    (offset) => offset['snapshot'] && offset['last_snapshot_record'] !== true && offset['snapshot_completed'] !== true,
  );
  if (runs) return 'running';
  return AT_ANY_START.test(mode) ? null : 'done';
}
