import type { ConnectorState } from '../../connect/types.ts';
import type { Operation } from '../../operate/journal.ts';
import type { NarrowedKey } from './narrowing.ts';

/** The command that recovers it is `sluice dlq recover`. */
export const KIND = 'dlq';

/** What a quarantine has in the journal: no value of a configuration but those of the keys that it sets itself. */
export interface QuarantinePlan {
  narrowed: NarrowedKey[];
  /** The record that it copies to a queue, and then moves the sink past; written down before either. */
  pending: PendingRecord | null;
}

export interface PendingRecord {
  topic: string;
  topicId: string;
  partition: number;
  offset: number;
  queue: string;
  queueId: string;
}

/** Whether the journal has a plan that can be carried out. */
export function isQuarantinePlan(plan: unknown): plan is QuarantinePlan {
  const { narrowed, pending } = (plan ?? {}) as Partial<QuarantinePlan>;
  const isText = (value: unknown) => typeof value === 'string';
  return (
    Array.isArray(narrowed) &&
    narrowed.every(
      (one: Partial<NarrowedKey> | null) =>
        isText(one?.key) && isText(one?.narrowed) && (one?.former === null || isText(one?.former)),
    ) &&
    (pending === null ||
      (pending !== undefined &&
        [pending.topic, pending.topicId, pending.queue, pending.queueId].every(isText) &&
        [pending.partition, pending.offset].every((value) => Number.isSafeInteger(value) && value >= 0)))
  );
}

/** How to end an interrupted quarantine. */
export type Ending =
  /** Stop the sink, move it past a record that was copied, bring the former configuration back. */
  | { act: 'undo' }
  /** Only the former state is missing. */
  | { act: 'restore' }
  /** Leave the sink as it is. */
  | { act: 'forget' }
  /** A person must decide. */
  | { act: 'refuse'; because: string };

/** Pure. @param found undefined if the connector does not exist */
export function endingOf(
  operation: Operation<QuarantinePlan>,
  found: { connectorClass: string; state: ConnectorState | undefined } | undefined,
  keep: boolean,
): Ending {
  if (keep) return { act: 'forget' };
  if (found === undefined) return { act: 'refuse', because: 'the connector does not exist any more' };
  if (found.connectorClass !== operation.connectorClass)
    return {
      act: 'refuse',
      because: `it is another connector now: its class was ${operation.connectorClass} and is ${found.connectorClass}`,
    };
  // It ran now and then meanwhile, so its state does not show what somebody else did.
  return operation.phase === 'changing' ? { act: 'undo' } : { act: 'restore' };
}
