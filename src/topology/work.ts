import type { ConnectorConfig, ConnectorType } from '../connect/types.ts';
import { listItems } from '../text/lists.ts';
import { connectorClass } from './connector-class.ts';
import { isUnresolved, subscribedTopics } from './pipeline.ts';

/** How many tasks of a connector have something to do. */
export interface Workable {
  /** No more than these, however many there are; null if it cannot be known from outside. */
  most: number | null;
  /** With the assignor that the sink uses, which is Kafka's default unless its configuration names another. */
  likely: number | null;
  /** Why, in a clause. */
  because: string;
}

/** Kafka gives the partitions with the same number of each topic to the same consumer, unless another assignor is set. */
const BY_RANGE = 'org.apache.kafka.clients.consumer.RangeAssignor';
const ASSIGNOR = 'consumer.override.partition.assignment.strategy';
/** With this in a sink's configuration, any task can have any partition. */
export const SPREADING = `${ASSIGNOR}=org.apache.kafka.clients.consumer.CooperativeStickyAssignor`;

/**
 * Pure.
 * @param partitions of all topics, by name; undefined if Kafka could not be asked
 */
export function workable(
  config: ConnectorConfig,
  type: ConnectorType,
  partitions: ReadonlyMap<string, number> | undefined,
): Workable {
  if (type === 'sink') return ofSink(config, partitions);
  const { tasks, databaseList = '', tableList = '', keysOfOlderTasks = [] } = connectorClass(config['connector.class']);
  const older = keysOfOlderTasks.find((key) => config[key]);
  if (older !== undefined) return unknown(`${older} is of a release that may divide its work into several tasks`);
  switch (tasks) {
    case 'one':
      return only(1, 'this source always runs one task');
    case 'one per database':
      return perItem(config[databaseList], 'database', databaseList);
    case 'one per table':
      if (config['query']) return only(1, 'a source with a query runs one task');
      return perItem(config[tableList], 'table', tableList);
    default:
      return unknown('its class decides how many tasks it divides its work into');
  }
}

function only(count: number, because: string): Workable {
  return { most: count, likely: count, because };
}

function unknown(because: string): Workable {
  return { most: null, likely: null, because };
}

function perItem(list: string | undefined, what: string, key: string): Workable {
  // One that is named twice is read once.
  const items = [...new Set(listItems(list))];
  if (items.length === 0 || isUnresolved(list))
    return unknown(`it runs one task per ${what}, and ${key} does not say how many`);
  const count = items.length === 1 ? `its one ${what}` : `its ${items.length} ${what}s`;
  return only(items.length, `it runs one task per ${what}: ${key} names ${count}`);
}

function ofSink(config: ConnectorConfig, partitions: ReadonlyMap<string, number> | undefined): Workable {
  if (partitions === undefined) return unknown('Kafka was not asked how many partitions its topics have');
  const isRead = subscribedTopics(config);
  const counts = [...partitions].filter(([topic]) => isRead(topic)).map(([, count]) => count);
  if (counts.length === 0) return only(0, 'none of its topics exists');
  const most = counts.reduce((sum, count) => sum + count, 0);
  const largest = Math.max(...counts);
  const topics = counts.length === 1 ? 'its topic has' : `its ${counts.length} topics have`;
  const have = `${topics} ${most} ${most === 1 ? 'partition' : 'partitions'}`;
  if (largest === most || !byRange(config)) return only(most, have);
  return {
    most,
    likely: largest,
    because: `${have}, but Kafka's default assignor gives partitions with the same number to the same task, so only ${largest} can have work`,
  };
}

function byRange(config: ConnectorConfig): boolean {
  // With the newer protocol the broker assigns, and spreads partitions over all members.
  if (config['consumer.override.group.protocol']?.trim().toLowerCase() === 'consumer') return false;
  const [first] = listItems(config[ASSIGNOR]);
  return first === undefined || first === BY_RANGE || isUnresolved(first);
}
