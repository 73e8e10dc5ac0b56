import type { Side } from './model.ts';
import { both } from './rows.ts';
import type { TablePair } from './table-pair.ts';

/** Rows from which on a table may be compared without buckets first: they cost a smaller one next to nothing. */
const WORTH_A_LOOK = 500_000;
/** Rows of each end of the key that are looked at: some milliseconds' work, and where most that is new stands. */
const END_ROWS = 4096;

/**
 * Whether it may pay to compare a table without buckets first: a large one, whose rows an index of each side has in the
 * key's order. A row whose key is NULL would be in no range of it.
 * @param rows about how many the table has
 */
export function worthALook(pair: TablePair, rows: number, from = WORTH_A_LOOK): boolean {
  return rows >= from && pair.shard === undefined && hasIndexInOrder(pair, 'source') && hasIndexInOrder(pair, 'target');
}

/**
 * Whether the rows at both ends of the key are alike, so that the whole table may well be: one checksum of all of it costs
 * a third less than buckets, but says no more than whether there is a difference. A wrong guess costs one more scan, and
 * nothing else; where the two sides order their keys differently, the ends are other rows, and the answer is no.
 */
export async function seemsEqual({ source, target, where }: TablePair): Promise<boolean> {
  // Where few rows fit, finding them takes as long as a scan.
  if (where !== undefined) return false;
  const ends = async ({ session, queries }: TablePair['source']) => {
    const [row = []] = await session.query(queries.ends(END_ROWS));
    return queries.readEnds(row);
  };
  const [left, right] = await both(ends(source), ends(target));
  return left === right;
}

function hasIndexInOrder({ plan: { key }, ...sides }: TablePair, side: Side): boolean {
  return sides[side].table.uniqueKeys.some(
    (names) =>
      key.length > 0 &&
      names.length === key.length &&
      key.every((pair, at) => pair[side].name === names[at] && !pair[side].nullable),
  );
}
