import { type CompareHooks, type Comparison, compareTables } from '../compare/compare.ts';
import { addCounts, type DifferenceCounts, type KeyDifference, noDifferences } from '../compare/diff-buckets.ts';
import { KeySpool } from '../compare/key-spool.ts';
import { keysAtOnce, type RowDifference, readRows, takeSnapshots } from '../compare/rows.ts';
import type { TablePair } from '../compare/table-pair.ts';
import type { Fence } from '../model.ts';

/** Rounds for a row that keeps changing. */
const ROUNDS = 6;

/**
 * If the source flips a row back and forth, both sides may show the same two states again and again by chance.
 * PostgreSQL's row version detects that; on other engines a row must be unchanged this many times in a row.
 */
const READS_WITHOUT_VERSION = 3;

export interface LiveResult extends Comparison {
  /** Rows in flight, by what they were in the snapshots. */
  inFlight: DifferenceCounts;
  /** Rows that kept changing in the source, or that the pipeline did not pass in time, by what they were first. */
  undetermined: DifferenceCounts;
  rounds: number;
  /** Why the fence was given up. */
  gaveUp?: string;
}

/**
 * Compares live tables. Every difference is only suspected at first:
 * - In the scan's snapshots, its rows must be found by the key; otherwise it is a contradiction that no later check can
 *   settle.
 * - The rows are then read again, at once and after each fence. Match → in flight.
 * - Unchanged after the fence → different.
 * - Changed → next round.
 * - Never stable → undetermined.
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
    // The first check does not wait: most rows in flight have arrived by now.
    for (let round = 0; waiting.size > 0 && round <= ROUNDS; round++) {
      let gaveUp: string | undefined = '';
      if (round > 0) {
        hooks.onProgress(`${waiting.size} suspected differences, waiting for the pipeline (round ${round})`);
        gaveUp = await fence.pass(pair.source.session);
      }
      result.rounds = round;
      const passed = gaveUp === undefined;
      waiting = await replace(waiting, (next) => recheck(pair, waiting, passed, hooks, next, result));
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

/** Finds the rows of every suspicion in the scan's snapshots; apparent differences are settled. */
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

/** Reads every suspicion again in new snapshots; what stays open goes to `next`. */
async function recheck(
  pair: TablePair,
  waiting: KeySpool,
  passed: boolean,
  hooks: CompareHooks,
  next: KeySpool,
  result: LiveResult,
): Promise<void> {
  await takeSnapshots(pair);
  const reads = pair.source.queries.versioned ? 1 : READS_WITHOUT_VERSION;
  for await (const batch of waiting.batches(keysAtOnce(pair))) {
    const suspected = new Map(batch.map((one) => [JSON.stringify(one.key), one]));
    const { open, settled, contradictions } = await readRows(pair, batch, { again: true });
    for (const one of settled) addCounts(result.inFlight, one.first ?? one);
    if (contradictions.length > 0) hooks.onContradictions(contradictions);
    const confirmed: RowDifference[] = [];
    for (const one of open) {
      const before = suspected.get(JSON.stringify(one.key));
      const again = passed && before !== undefined && before.state === one.state ? (before.seen ?? 0) + 1 : 0;
      if (again >= reads) {
        confirmed.push(...one.differences);
        // A missing row arrived with other values: what was in flight is the difference between the two.
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
