import { type CompareHooks, type Comparison, compareTables } from './compare.ts';
import { KeySpool } from './key-spool.ts';
import type { KeyDifference } from './merge.ts';
import type { Fence } from './options.ts';
import { keysAtOnce, lookAnew, type RowDifference, readRows } from './rows.ts';
import type { TablePair } from './table-pair.ts';

/** How often a row that goes on changing is looked at before it is given up. */
const ROUNDS = 6;

/**
 * A row that the source changes to and fro shows the same two states again and again, and the target the other one each
 * time, by chance. PostgreSQL's row version tells that; elsewhere the row must be seen unchanged this often in a row.
 */
const LOOKS_WITHOUT_VERSION = 3;

export interface LiveResult extends Comparison {
  /** Suspicions that were none when read again: rows that had been on their way. */
  settled: number;
  /** Rows that kept changing in the source, or that the pipeline did not pass in time. */
  undetermined: number;
  rounds: number;
  /** Why the fence was given up. */
  gaveUp?: string;
}

/**
 * Compares tables that are being written to. A difference is a suspicion, kept with the hashes of both rows. When the
 * pipeline has passed all that the source had by then, the rows are read again: alike, they were on their way;
 * different, and both the same as before, they are confirmed; changed, the next round decides, or nothing does. So
 * different is only what stayed as it was although the pipeline went past it. Where
 * the source has a version of each row, a row that was changed and changed back counts as changed.
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
    let result: LiveResult = { ...comparison, settled: 0, undetermined: 0, rounds: 0 };
    // A first look without a wait: most of what was on its way has arrived by now, and equal values of unequal texts are equal.
    for (let round = 0; waiting.size > 0 && round <= ROUNDS; round++) {
      let gaveUp: string | undefined = '';
      if (round > 0) {
        hooks.onProgress(`${waiting.size} suspicions, waiting for the pipeline (round ${round})`);
        gaveUp = await fence.pass(pair.source.session);
      }
      result = { ...result, rounds: round };
      const next = new KeySpool();
      try {
        result.settled += await look(pair, waiting, gaveUp === undefined, hooks, next);
      } catch (error) {
        next[Symbol.dispose]();
        throw error;
      }
      waiting[Symbol.dispose]();
      waiting = next;
      if (round > 0 && gaveUp !== undefined) {
        if (waiting.size > 0) result.gaveUp = gaveUp;
        break;
      }
    }
    return { ...result, undetermined: waiting.size };
  } finally {
    waiting[Symbol.dispose]();
  }
}

/** Reads every suspicion again, in a new snapshot of each side; what stays open goes to `next`. */
async function look(
  pair: TablePair,
  waiting: KeySpool,
  passed: boolean,
  hooks: CompareHooks,
  next: KeySpool,
): Promise<number> {
  await lookAnew(pair);
  const looks = pair.source.queries.versioned ? 1 : LOOKS_WITHOUT_VERSION;
  let settled = 0;
  for await (const batch of waiting.batches(keysAtOnce(pair))) {
    const suspected = new Map(batch.map((one) => [JSON.stringify(one.key), one]));
    const seen = await readRows(pair, batch, { bothSides: true });
    settled += seen.settled;
    const confirmed: RowDifference[] = [];
    for (const difference of seen.differences) {
      const before = suspected.get(JSON.stringify(difference.key));
      const again = passed && before !== undefined && unchanged(before, difference) ? (before.seen ?? 0) + 1 : 0;
      if (again >= looks) confirmed.push(difference);
      else next.add({ ...suspicion(difference), seen: again });
    }
    if (confirmed.length > 0) hooks.onDifferences(confirmed);
  }
  return settled;
}

/** Both rows are still those that were suspected; a key that is there several times is compared by kind only. */
function unchanged(before: KeyDifference, now: RowDifference): boolean {
  if (now.rows > 1 || now.columns.length === 0) return before.kind === now.kind && before.rows === now.rows;
  return before.sourceHash === now.sourceHash && before.targetHash === now.targetHash;
}

function suspicion({ kind, key, rows, sourceHash, targetHash }: RowDifference): KeyDifference {
  return { kind, key, rows, sourceHash, targetHash };
}
