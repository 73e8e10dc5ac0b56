import { canonicalJson } from '../text/exact-json.ts';
import type { ConnectorOffset } from './types.ts';

/** Whether live offsets hold these; a partition without an offset may also be missing. */
export function holdsOffsets(live: readonly ConnectorOffset[], wanted: readonly ConnectorOffset[]): boolean {
  const known = offsetsByPartition(live);
  return wanted.every(({ partition, offset }) => {
    const there = known.get(canonicalJson(partition))?.offset ?? null;
    return canonicalJson(there) === canonicalJson(offset);
  });
}

/** By the canonical text of the partition. Workers up to Kafka 3.6 list a partition that was reset: without an offset. */
export function offsetsByPartition(offsets: readonly ConnectorOffset[]): Map<string, ConnectorOffset> {
  return new Map(
    offsets
      .filter(({ offset }) => (offset ?? null) !== null)
      .map((one) => [canonicalJson(one.partition), one] as const),
  );
}
