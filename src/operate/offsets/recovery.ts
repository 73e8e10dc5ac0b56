import { holdsOffsets, offsetsByPartition } from '../../connect/offsets.ts';
import type { ConnectorOffset, ConnectorState } from '../../connect/types.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import type { Operation } from '../journal.ts';
import { planExactly, type Wanted } from './plan.ts';

/** What an operation on offsets has in the journal, once the connector is stopped. */
export interface OffsetsPlan {
  /** All offsets before the change. */
  before: ConnectorOffset[];
  /** Those that it changes. */
  wanted: Wanted;
  /** The file with `before`. */
  backup: string;
}

/** Whether the plan in the journal is one: its file may be damaged. */
export function isPlan(plan: unknown): plan is OffsetsPlan | null {
  if (plan === null) return true;
  const { before, wanted, backup } = plan as Partial<OffsetsPlan>;
  const isList = (value: unknown) => Array.isArray(value) && value.every((one) => one?.partition !== undefined);
  return isList(before) && isList(wanted) && typeof backup === 'string';
}

/** What a person wants of an interrupted operation; undefined leaves it to what is found. */
export type Wish = 'finish' | 'undo' | 'keep' | undefined;

/** The connector as it is found. */
export interface Found {
  state: ConnectorState;
  connectorClass: string;
  offsets: readonly ConnectorOffset[];
}

export type Decision =
  /** Nothing is to be written: bring the former state back. */
  | { act: 'restore'; outcome: 'finished' | 'undone' }
  /** Stop the connector unless it is, write these offsets, bring the former state back. */
  | { act: 'write'; offsets: Wanted; outcome: 'finished' | 'undone' }
  /** Leave the connector as it is, and forget the operation. */
  | { act: 'forget' }
  /** Somebody else has changed something in the meantime: a person must decide. */
  | { act: 'refuse'; because: string };

/**
 * How to end an operation on offsets that was interrupted. Without a wish it is finished if the new offsets are in place,
 * and undone otherwise; what somebody else has changed is overwritten only on request. Pure.
 * @param found undefined if the connector does not exist
 */
export function decide(operation: Operation<OffsetsPlan | null>, found: Found | undefined, wish: Wish): Decision {
  if (wish === 'keep') return { act: 'forget' };
  if (found === undefined) return { act: 'refuse', because: 'the connector does not exist any more' };
  if (found.connectorClass !== operation.connectorClass)
    return {
      act: 'refuse',
      because: `it is another connector now: its class was ${operation.connectorClass} and is ${found.connectorClass}`,
    };
  const { phase, plan } = operation;
  if (phase === 'stopping' || plan === null) {
    if (wish === 'finish')
      return { act: 'refuse', because: 'its offsets had not been changed yet: undo it, and run the command again' };
    return { act: 'restore', outcome: 'undone' };
  }
  const { before, wanted } = plan;
  if (wish === 'undo') {
    const offsets = planExactly(before, found.offsets);
    return isStopped(found) && holdsOffsets(found.offsets, offsets)
      ? { act: 'restore', outcome: 'undone' }
      : { act: 'write', offsets, outcome: 'undone' };
  }
  // They were checked then. A state that somebody else has set since is left as it is.
  if (phase === 'restoring') return { act: 'restore', outcome: 'finished' };
  if (!isStopped(found)) {
    if (wish === 'finish') return { act: 'write', offsets: wanted, outcome: 'finished' };
    return {
      act: 'refuse',
      because: `somebody else has set it to ${found.state} in the meantime, so its offsets may have moved`,
    };
  }
  switch (stateOf(found.offsets, plan)) {
    case 'after':
      return { act: 'restore', outcome: 'finished' };
    case 'before':
      if (wish === 'finish') return { act: 'write', offsets: wanted, outcome: 'finished' };
      return { act: 'restore', outcome: 'undone' };
    case 'between':
      if (wish === 'finish') return { act: 'write', offsets: wanted, outcome: 'finished' };
      return { act: 'write', offsets: planExactly(before, found.offsets), outcome: 'undone' };
    case 'other':
      if (wish === 'finish') return { act: 'write', offsets: wanted, outcome: 'finished' };
      return { act: 'refuse', because: 'somebody else has changed its offsets in the meantime' };
  }
}

const isStopped = ({ state }: Found) => state === 'STOPPED';

/** Whether offsets are those before a change, those after it, some of each, or others. Pure. */
export function stateOf(
  live: readonly ConnectorOffset[],
  { before, wanted }: Pick<OffsetsPlan, 'before' | 'wanted'>,
): 'before' | 'after' | 'between' | 'other' {
  const maps = {
    live: offsetsByPartition(live),
    before: offsetsByPartition(before),
    wanted: new Map(wanted.map((one) => [canonicalJson(one.partition), one])),
  };
  const keys = new Set([...maps.live.keys(), ...maps.before.keys(), ...maps.wanted.keys()]);
  const textOf = (map: ReadonlyMap<string, ConnectorOffset>, key: string) =>
    canonicalJson(map.get(key)?.offset ?? null);
  const each = [...keys].map((key) => {
    const now = textOf(maps.live, key);
    const former = textOf(maps.before, key);
    const planned = maps.wanted.has(key) ? textOf(maps.wanted, key) : former;
    return { isBefore: now === former, isAfter: now === planned };
  });
  if (each.every(({ isAfter }) => isAfter)) return 'after';
  if (each.every(({ isBefore }) => isBefore)) return 'before';
  return each.every(({ isBefore, isAfter }) => isBefore || isAfter) ? 'between' : 'other';
}
