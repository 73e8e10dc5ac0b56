/** Transactions of MySQL servers: intervals by server, or by server and tag. */
export type GtidSet = ReadonlyMap<string, readonly Interval[]>;

type Interval = readonly [from: bigint, to: bigint];

/**
 * Reads `@@gtid_executed`, `@@gtid_owned` and Debezium's `gtids`: `uuid:1-5:9:tag:1-3`, several with commas; owned ones have
 * `#thread` behind them. Pure.
 * @see https://dev.mysql.com/doc/refman/9.6/en/replication-gtids-concepts.html
 */
export function gtidSet(text: string): GtidSet {
  const sets = new Map<string, Interval[]>();
  for (const one of text.replaceAll(/\s/g, '').toLowerCase().split(',')) {
    const [server = '', ...parts] = one.split(':');
    let key = server;
    for (const part of parts) {
      const [, from, to] = /^(\d+)(?:-(\d+))?(?:#\d+)?$/.exec(part) ?? [];
      if (from === undefined) key = `${server}:${part}`;
      else sets.set(key, [...(sets.get(key) ?? []), [BigInt(from), BigInt(to ?? from)]]);
    }
  }
  return new Map([...sets].map(([key, intervals]) => [key, joined(intervals)]));
}

/** How many transactions of the one set are not in the other. */
export function lackingGtids(wanted: GtidSet, committed: GtidSet): bigint {
  let lacking = 0n;
  for (const [key, intervals] of wanted) {
    for (const [from, to] of intervals) {
      lacking += to - from + 1n;
      for (const [low, high] of committed.get(key) ?? []) {
        const shared = least(high, to) - greatest(low, from) + 1n;
        if (shared > 0n) lacking -= shared;
      }
    }
  }
  return lacking;
}

/** In order, and without overlaps. */
function joined(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const [from, to] of intervals.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1n) result[result.length - 1] = [last[0], greatest(to, last[1])];
    else result.push([from, to]);
  }
  return result;
}

/** `Math.min` does not accept a bigint. */
function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

function greatest(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
