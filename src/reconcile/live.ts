import { type CompareHooks, type Comparison, compareTables } from './compare.ts';
import { KeySpool } from './key-spool.ts';
import { addCounts, type DifferenceCounts, type KeyDifference, noDifferences } from './merge.ts';
import type { Fence } from './options.ts';
import { keysAtOnce, lookAnew, type RowDifference, readRows } from './rows.ts';
import type { TablePair } from './table-pair.ts';

/** How often a row that goes on changing is read before it is given up. */
const ROUNDS = 6;

/**
 * A row that the source changes to and fro shows the same two states again and again, and the target the other one each
 * time, by chance. PostgreSQL's row version tells that; elsewhere the row must be seen unchanged this often in a row.
 */
const LOOKS_WITHOUT_VERSION = 3;

export interface LiveResult extends Comparison {
  /** Rows that were on their way, by what they were in the snapshots. */
  inFlight: DifferenceCounts;
  /** Rows that kept changing in the source, or that the pipeline did not pass in time, by what they were at first. */
  undetermined: DifferenceCounts;
  rounds: number;
  /** Why the fence was given up. */
  gaveUp?: string;
}

/**
 * Compares tables that are being written to. Every difference is first a suspicion.
 * - In the snapshots of the scan its rows must be found by the key: else it is a contradiction, and no later look can
 *   settle it.
 * - Then its rows are read again, at once and each time the pipeline has passed all that the source had by then. Rows that
 *   are equal were in flight.
 * - Rows that differ, and have not changed since they were suspected, are different.
 * - Rows that have changed are left to the next round. What is open after the last one is undetermined.
 */
export async function compareLive(pair: TablePair, fence: Fence, hooks: CompareHooks): Promise<LiveResult> {
  let waiting = new KeySpool();
  try {
    const comparison = await compareTables(pair, {
      ...hooks,
      onSuspicions: (found) => {
        for (const one of found) waiting.add(one);
      },
    });
    const result: LiveResult = {
      ...comparison,
      inFlight: noDifferences(),
      undetermined: noDifferences(),
      rounds: 0,
    };
    waiting = await replace(waiting, (next) => confirmSuspicions(pair, waiting, hooks, next));
    // The first look is without a wait: most of what was on its way has arrived by now.
    for (let round = 0; waiting.size > 0 && round <= ROUNDS; round++) {
      let gaveUp: string | undefined = '';
      if (round > 0) {
        hooks.onProgress(`${waiting.size} suspicions, waiting for the pipeline (round ${round})`);
        gaveUp = await fence.pass(pair.source.session);
      }
      result.rounds = round;
      const passed = gaveUp === undefined;
      waiting = await replace(waiting, (next) => look(pair, waiting, passed, hooks, next, result));
      if (round > 0 && !passed) {
        if (waiting.size > 0 && gaveUp !== undefined) result.gaveUp = gaveUp;
        break;
      }
    }
    for await (const batch of waiting.batches(1000)) {
      for (const one of batch) addCounts(result.undetermined, one.first ?? one);
    }
    return result;
  } finally {
    waiting[Symbol.dispose]();
  }
}

/** A new spool in place of another, which is removed. */
async function replace(old: KeySpool, fill: (next: KeySpool) => Promise<void>): Promise<KeySpool> {
  const next = new KeySpool();
  try {
    await fill(next);
  } catch (error) {
    next[Symbol.dispose]();
    throw error;
  }
  old[Symbol.dispose]();
  return next;
}

/** Finds the rows of every suspicion in the snapshots that the scan has seen; what only looks different is settled. */
async function confirmSuspicions(
  pair: TablePair,
  waiting: KeySpool,
  hooks: CompareHooks,
  next: KeySpool,
): Promise<void> {
  for await (const batch of waiting.batches(keysAtOnce(pair))) {
    const { open, settled, contradictions } = await readRows(pair, batch);
    if (settled.length > 0) hooks.onSettled(settled);
    if (contradictions.length > 0) hooks.onContradictions(contradictions);
    for (const one of open) next.add(suspicion(one, 0));
  }
}

/** Reads every suspicion again, in a new snapshot of each side; what stays open goes to `next`. */
async function look(
  pair: TablePair,
  waiting: KeySpool,
  passed: boolean,
  hooks: CompareHooks,
  next: KeySpool,
  result: LiveResult,
): Promise<void> {
  await lookAnew(pair);
  const looks = pair.source.queries.versioned ? 1 : LOOKS_WITHOUT_VERSION;
  for await (const batch of waiting.batches(keysAtOnce(pair))) {
    const suspected = new Map(batch.map((one) => [JSON.stringify(one.key), one]));
    const { open, settled, contradictions } = await readRows(pair, batch, { again: true });
    for (const one of settled) addCounts(result.inFlight, one.first ?? one);
    if (contradictions.length > 0) hooks.onContradictions(contradictions);
    const confirmed: RowDifference[] = [];
    for (const one of open) {
      const before = suspected.get(JSON.stringify(one.key));
      const again = passed && before !== undefined && before.state === one.state ? (before.seen ?? 0) + 1 : 0;
      if (again >= looks) {
        confirmed.push(...one.differences);
        // A row that was missing and came, but with other values: what was in flight is the difference between the two.
        const first = one.first ?? one;
        addCounts(result.inFlight, {
          missing: first.missing - one.missing,
          extra: first.extra - one.extra,
          different: first.different - one.different,
        });
      } else next.add(suspicion(one, again));
    }
    if (confirmed.length > 0) hooks.onDifferences(confirmed);
  }
}

function suspicion(one: KeyDifference, seen: number): KeyDifference {
  const { key, missing, extra, different, state } = one;
  return { key, missing, extra, different, state, seen, first: one.first ?? { missing, extra, different } };
}
