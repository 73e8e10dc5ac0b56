import type { Side } from '../model.ts';
import { both } from './rows.ts';
import type { TablePair } from './table-pair.ts';

/** Minimum rows for a whole-table checksum; buckets are cheap below this. */
const MIN_CANDIDATE_ROWS = 500_000;
/** Rows read at each end of the key: takes milliseconds, and most new rows are there. */
const END_ROWS = 4096;

/**
 * Whether a whole-table checksum before buckets may pay off: the table is large, and an index on each side has the rows
 * in key order. A row with a NULL key would be in no range.
 * @param rows estimate
 */
export function isCandidate(pair: TablePair, rows: number, from = MIN_CANDIDATE_ROWS): boolean {
  return rows >= from && pair.shard === undefined && hasIndexInOrder(pair, 'source') && hasIndexInOrder(pair, 'target');
}

/**
 * Whether the rows at both ends of the key match, so that the whole table may well be equal. One checksum of the whole
 * table costs a third less than buckets, but only says whether there is a difference. A wrong guess costs one extra
 * scan. If the sides order keys differently, the ends are different rows and do not match.
 */
export async function endsMatch({ source, target, where }: TablePair): Promise<boolean> {
  // If few rows match the condition, finding them takes as long as a scan.
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
