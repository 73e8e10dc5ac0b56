import { offsetsByPartition } from '../../connect/offsets.ts';
import type { ConnectorConfig, ConnectorOffset } from '../../connect/types.ts';
import type { KafkaPort } from '../../ports/kafka.ts';
import { compareTexts } from '../../text/compare-texts.ts';
import { listItems } from '../../text/lists.ts';
import { mayRead, takesTopic } from '../../topology/feeds.ts';
import type { PartitionFacts, SinkRequest } from './model.ts';
import { topicPartition } from './plan.ts';

/** What @platformatic/kafka calls them, as times. */
const [LATEST, EARLIEST] = [-1, -2];

/** Kafka reads a negative time as one of those, or refuses it. No record is older than 1970. */
const sinceEpoch = (time: number) => Math.max(0, time);

/**
 * Every partition that a sink reads, with its range, and the offsets at the times that a request names.
 * @param live the committed offsets: they name the topics if `topics.regex` cannot be evaluated here
 */
export async function readFacts(
  config: ConnectorConfig,
  live: readonly ConnectorOffset[],
  kafka: KafkaPort,
  request?: SinkRequest,
): Promise<PartitionFacts[]> {
  const counts = await kafka.partitionCounts(await readTopics(config, live, kafka));
  const partitions = [...counts]
    .sort(([a], [b]) => compareTexts(a, b))
    .flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => ({ topic, partition })));
  const times = timesOf(request);
  const [earliest = [], end = [], ...at] = await Promise.all(
    [EARLIEST, LATEST, ...times.map(sinceEpoch)].map((time) => kafka.offsetsAt(partitions, time)),
  );
  return partitions.map((one, index) => ({
    ...one,
    earliest: BigInt(earliest[index] ?? 0),
    end: BigInt(end[index] ?? 0),
    at: new Map(
      times.flatMap((time, which) => {
        const offset = at[which]?.[index] ?? -1;
        return offset < 0 ? [] : [[time, BigInt(offset)] as const];
      }),
    ),
  }));
}

async function readTopics(
  config: ConnectorConfig,
  live: readonly ConnectorOffset[],
  kafka: KafkaPort,
): Promise<string[]> {
  const named = listItems(config['topics']);
  const regex = config['topics.regex'];
  if (named.length > 0 || !regex) return [...new Set(named)];
  const committed = [...offsetsByPartition(live).values()].flatMap(
    ({ partition }) => topicPartition(partition)?.topic ?? [],
  );
  const reads = mayRead(config);
  return [
    ...new Set([...(await kafka.topics()).filter((topic) => takesTopic(regex, topic)), ...committed.filter(reads)]),
  ];
}

function timesOf(request: SinkRequest | undefined): number[] {
  const wheres = request === undefined ? [] : [request.where, ...request.partitions.map(({ where }) => where)];
  return [...new Set(wheres.flatMap((where) => (where?.kind === 'time' ? [where.at] : [])))];
}
