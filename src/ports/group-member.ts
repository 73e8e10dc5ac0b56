import type { PartitionLag } from './kafka.ts';

export type GroupPartition = Pick<PartitionLag, 'topic' | 'partition'>;

/** A member of a consumer group that leads it: it decides what the others read, and reads nothing itself. */
export interface GroupLeader extends AsyncDisposable {
  /** Whether another member reads the given partitions now. */
  readonly isGiven: boolean;
  /** Why others may have been given something else meanwhile; undefined if that is excluded. */
  readonly doubt: string | undefined;
}

/**
 * Joins a group that has no member, so that its next member gets these partitions, and no other one.
 * @param topics those that the group reads
 */
export type LeadGroup = (
  group: string,
  topics: readonly string[],
  given: readonly GroupPartition[],
) => Promise<GroupLeader>;
