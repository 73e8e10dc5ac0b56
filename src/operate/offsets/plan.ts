import { offsetsByPartition } from '../../connect/offsets.ts';
import type { ConnectorOffset } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import { compareTexts } from '../../text/compare-texts.ts';
import { canonicalJson, exactInteger, integerOf } from '../../text/exact-json.ts';
import { firstNames } from '../../text/lists.ts';
import { nearest } from '../../text/nearest.ts';
import type { OffsetChange, PartitionFacts, SinkRequest, TopicPartition, Where } from './model.ts';

/** The offsets as Connect should keep them in the end: null for a partition that is reset. */
export type Wanted = ConnectorOffset[];

/** How many problems an error names. */
const NAMED = 5;

/**
 * The offsets of a sink after a request. Pure.
 * @param live what Connect keeps now
 * @param facts of every partition that the sink reads
 * @throws REQUEST_INVALID with all that is wrong
 */
export function planSink(
  request: SinkRequest,
  live: readonly ConnectorOffset[],
  facts: readonly PartitionFacts[],
): Wanted {
  const committed = offsetsByPartition(live);
  const problems: string[] = [];
  const wanted: Wanted = [];
  const chosen = chosenPartitions(request, facts, problems);
  const alike = chosen.filter(({ where }) => where !== undefined && where === request.where).length;
  for (const { fact, where } of chosen) {
    if (where === undefined) {
      problems.push(`${nameOf(fact)}: where to?`);
      continue;
    }
    if (where.kind === 'offset' && where === request.where && alike > 1) {
      problems.push(`an offset belongs to one partition, and ${alike} are chosen`);
      break;
    }
    const before = kafkaOffset(committed.get(canonicalJson(sinkPartition(fact)))?.offset ?? null);
    const after = offsetAt(where, before, fact);
    if (after === undefined) problems.push(`${nameOf(fact)} has no committed offset to count from`);
    else if (after < fact.earliest || after > fact.end)
      problems.push(`${nameOf(fact)}: ${after} is out of its range, ${fact.earliest} to ${fact.end}`);
    else wanted.push({ partition: sinkPartition(fact), offset: { kafka_offset: exactInteger(after) } });
  }
  if (problems.length === 0 && wanted.length === 0) problems.push('there is no partition to change');
  if (problems.length > 0) throw invalid(problems);
  return wanted;
}

function offsetAt(where: Where, before: bigint | undefined, { earliest, end, at }: PartitionFacts): bigint | undefined {
  switch (where.kind) {
    case 'earliest':
      return earliest;
    case 'latest':
      return end;
    case 'offset':
      return where.offset;
    case 'shift':
      return before === undefined ? undefined : before + where.by;
    case 'time':
      return at.get(where.at) ?? end;
  }
}

function chosenPartitions(
  { where, topics, partitions }: SinkRequest,
  facts: readonly PartitionFacts[],
  problems: string[],
): { fact: PartitionFacts; where: Where | undefined }[] {
  const known = new Map(facts.map((fact) => [keyOf(fact), fact]));
  const read = [...new Set(facts.map(({ topic }) => topic))];
  const chosen = new Map<string, { fact: PartitionFacts; where: Where | undefined }>();
  for (const topic of topics) {
    if (!read.includes(topic)) problems.push(notRead(topic, read));
    for (const fact of facts) if (fact.topic === topic) chosen.set(keyOf(fact), { fact, where });
  }
  for (const one of partitions) {
    const fact = known.get(keyOf(one));
    if (fact !== undefined) chosen.set(keyOf(one), { fact, where: one.where ?? where });
    else if (!read.includes(one.topic)) problems.push(notRead(one.topic, read));
    else problems.push(noPartition(one, facts));
  }
  if (topics.length === 0 && partitions.length === 0)
    for (const fact of facts) chosen.set(keyOf(fact), { fact, where });
  return [...chosen.values()];
}

function notRead(topic: string, read: readonly string[]): string {
  const near = nearest(topic, read);
  const what = read.length === 0 ? 'no existing topic' : firstNames(read, NAMED);
  return `the connector does not read the topic "${topic}"${near === undefined ? `, but ${what}` : ` (did you mean ${near}?)`}`;
}

function noPartition({ topic, partition }: TopicPartition, facts: readonly PartitionFacts[]): string {
  const count = facts.filter((fact) => fact.topic === topic).length;
  return `the topic "${topic}" has no partition ${partition}: it has ${count === 1 ? 'only 0' : `0 to ${count - 1}`}`;
}

/**
 * The offsets of a source after a request: those given replace those of the same partitions. Pure.
 * @param add allows partitions that the connector has no offset for
 * @throws REQUEST_INVALID with all that is wrong
 */
export function planSource(given: readonly ConnectorOffset[], live: readonly ConnectorOffset[], add: boolean): Wanted {
  const known = offsetsByPartition(live);
  const keys = given.map(({ partition }) => canonicalJson(partition));
  const problems = given.flatMap(({ partition, offset }, at) => {
    const text = JSON.stringify(partition);
    if (keys.indexOf(keys[at] ?? '') < at) return [`the source partition ${text} is given twice`];
    if (known.has(keys[at] ?? '')) return [];
    if (offset === null) return [`there is no offset of the source partition ${text} to reset`];
    return add
      ? []
      : [`the connector has no offset of the source partition ${text}; it has ${knownText([...known.values()])}`];
  });
  if (given.length === 0) problems.push('there is no partition to change');
  if (problems.length > 0) throw invalid(problems);
  return given.map(({ partition, offset }) => ({ partition, offset }));
}

function knownText(known: readonly ConnectorOffset[]): string {
  if (known.length === 0) return 'none';
  return firstNames(
    known.map(({ partition }) => JSON.stringify(partition)),
    NAMED,
  );
}

/**
 * The offsets after a reset: of everything, or of some partitions of a sink. Pure.
 * @throws REQUEST_INVALID if a chosen topic or partition has no committed offset
 */
export function planSinkReset({ topics, partitions }: SinkRequest, live: readonly ConnectorOffset[]): Wanted {
  const known = [...offsetsByPartition(live).values()];
  if (topics.length === 0 && partitions.length === 0) return resetAll(live);
  const missing = [
    ...topics
      .filter((topic) => !known.some((one) => topicPartition(one.partition)?.topic === topic))
      .map((topic) => `"${topic}"`),
    ...partitions.filter((one) => !known.some(({ partition }) => isPartition(partition, one))).map(nameOf),
  ];
  if (missing.length > 0) throw invalid(missing.map((name) => `there is no committed offset of ${name} to reset`));
  return known
    .filter(
      ({ partition }) =>
        topics.includes(topicPartition(partition)?.topic ?? '') ||
        partitions.some((one) => isPartition(partition, one)),
    )
    .map(resetOf);
}

/** A reset of every partition. Pure. */
export function resetAll(live: readonly ConnectorOffset[]): Wanted {
  return [...offsetsByPartition(live).values()].map(resetOf);
}

const resetOf = ({ partition }: ConnectorOffset): ConnectorOffset => ({ partition, offset: null });

/** The offsets that make Connect keep exactly these: partitions that it has besides are reset. Pure. */
export function planExactly(saved: readonly ConnectorOffset[], live: readonly ConnectorOffset[]): Wanted {
  const kept = offsetsByPartition(saved);
  const surplus = [...offsetsByPartition(live)].filter(([key]) => !kept.has(key)).map(([, one]) => resetOf(one));
  return [...kept.values(), ...surplus];
}

/** Offsets of a sink that its topics no longer have, as problems. Pure. */
export function outOfRange(wanted: Wanted, facts: readonly PartitionFacts[]): string[] {
  const known = new Map(facts.map((fact) => [keyOf(fact), fact]));
  return wanted.flatMap(({ partition, offset }) => {
    const [at, to] = [topicPartition(partition), kafkaOffset(offset)];
    if (offset === null || at === undefined) return [];
    if (to === undefined) return [`${nameOf(at)}: ${JSON.stringify(offset)} is not an offset of a topic`];
    const fact = known.get(keyOf(at));
    if (fact === undefined)
      return [`the connector does not read partition ${at.partition} of the topic "${at.topic}", or it does not exist`];
    return to >= fact.earliest && to <= fact.end
      ? []
      : [`${nameOf(at)}: ${to} is out of its range, ${fact.earliest} to ${fact.end}`];
  });
}

/** What a request changes, sorted; partitions that stay as they are included. Pure. */
export function changesOf(
  wanted: Wanted,
  live: readonly ConnectorOffset[],
  facts: readonly PartitionFacts[] = [],
): OffsetChange[] {
  const known = offsetsByPartition(live);
  const ranges = new Map(facts.map((fact) => [keyOf(fact), fact]));
  return wanted
    .map(({ partition, offset }) => {
      const at = topicPartition(partition);
      const fact = at && ranges.get(keyOf(at));
      const range = fact === undefined ? null : { earliest: Number(fact.earliest), end: Number(fact.end) };
      return { partition, before: known.get(canonicalJson(partition))?.offset ?? null, after: offset, range };
    })
    .sort((a, b) => comparePartitions(a.partition, b.partition));
}

/** Whether an offset really differs. */
export function isChange({ before, after }: Pick<OffsetChange, 'before' | 'after'>): boolean {
  return canonicalJson(before) !== canonicalJson(after);
}

/** The partitions whose offsets differ between two lists: `before` is of the first, `after` of the second. Pure. */
export function differences(first: readonly ConnectorOffset[], second: readonly ConnectorOffset[]): OffsetChange[] {
  return changesOf(planExactly(second, first), first).filter(isChange);
}

function comparePartitions(a: Record<string, unknown>, b: Record<string, unknown>): number {
  const [one, other] = [topicPartition(a), topicPartition(b)];
  if (one === undefined || other === undefined) return compareTexts(canonicalJson(a), canonicalJson(b));
  return compareTexts(one.topic, other.topic) || one.partition - other.partition;
}

/** A sink's partition as Connect names it. */
export function sinkPartition({ topic, partition }: TopicPartition): Record<string, unknown> {
  return { kafka_topic: topic, kafka_partition: partition };
}

/** The topic and number in such a name; undefined for a source's partition. */
export function topicPartition(partition: Record<string, unknown>): TopicPartition | undefined {
  const { kafka_topic: topic, kafka_partition: number } = partition;
  const index = integerOf(number);
  if (typeof topic !== 'string' || index === undefined || Object.keys(partition).length !== 2) return undefined;
  return { topic, partition: Number(index) };
}

export function kafkaOffset(offset: Record<string, unknown> | null): bigint | undefined {
  return offset === null || Object.keys(offset).length !== 1 ? undefined : integerOf(offset['kafka_offset']);
}

function isPartition(partition: Record<string, unknown>, { topic, partition: index }: TopicPartition): boolean {
  const at = topicPartition(partition);
  return at !== undefined && at.topic === topic && at.partition === index;
}

const keyOf = ({ topic, partition }: TopicPartition) => canonicalJson(sinkPartition({ topic, partition }));

const nameOf = ({ topic, partition }: TopicPartition) => `${topic}:${partition}`;

function invalid(all: readonly string[]): SluiceError {
  const problems = [...new Set(all)];
  return new SluiceError('REQUEST_INVALID', `nothing was changed: ${firstProblems(problems)}`, {
    details: { problems },
  });
}

/** The first problems, in one line. */
export function firstProblems(problems: readonly string[]): string {
  const more = problems.length - NAMED;
  return `${problems.slice(0, NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
