import { hasWorkerReference } from '../text/braced.ts';
import { fitsAny, listItems, namePatterns } from '../text/lists.ts';
import { javaRegex } from './name-regex.ts';
import { namedTopic, type SourceTable } from './topic-names.ts';
import { type PassedTransform, passTransforms, routes, simpleName } from './transforms.ts';

type Config = Readonly<Record<string, string>>;

/** Rows or changes of one table that a pipeline leaves out, or may leave out, on purpose. */
export interface RowChanges {
  /** What leaves some out, for people: `Filter (eu)`. */
  leftOutBy: string[];
  /** Resending a row by a signal would bypass what leaves it out. */
  bypassed: boolean;
  /** Transforms, and other parts of a source, whose effect on rows is unknown: `Mask (mask)`. */
  unfollowed: string[];
}

/** Classes that neither change a value nor leave out a row, or that are followed, besides routers; by their simple names. */
const FOLLOWED =
  /^(ReplaceField|MaskField|InsertField|HeaderFrom|ExtractField|ExtractNewRecordState|ValueToKey|HoistField|Flatten|InsertHeader|DropHeaders|SetSchemaMetadata|Cast|TimestampConverter|PartitionRouting|TombstoneHandler|ReadToInsertEvent|ExtractChangedRecordState|ActivateTracingSpan|SchemaChangeEventFilter|DecodeLogicalDecodingMessageContent)(\$Value)?$|\$Key$/;

/**
 * Which rows of a table a pipeline leaves out by its settings.
 * @param topic undefined if the settings do not determine it
 */
export function rowChanges(sink: Config, source: Config, topic: string | undefined, from: SourceTable): RowChanges {
  const passed = [
    ...passTransforms(source, namedTopic(source, from)).passed,
    ...passTransforms(sink, topic).passed,
  ].filter(({ acts }) => acts !== false);
  const filters = passed.filter(leavesOut);
  const reading = leftOutReading(source, from);
  return {
    leftOutBy: [...reading, ...filters.map(nameOf)],
    bypassed: reading.length > 0,
    unfollowed: [
      ...foreignParts(source),
      ...READ_BY.filter((one) => hasWorkerReference(source[one] ?? '')),
      ...passed
        .filter((one) => !isFilter(one))
        .filter((one) => one.refers || !(FOLLOWED.test(simpleName(one.type)) || routes(one.type, one.option)))
        .map(nameOf),
    ],
  };
}

/** Settings of a source on which rows and values depend, other than lists of names. */
const READ_BY = [
  'snapshot.mode',
  'snapshot.select.statement.overrides',
  'skipped.operations',
  'decimal.handling.mode',
  'time.precision.mode',
];

function nameOf({ alias, type }: PassedTransform): string {
  return `${simpleName(type).replace(/\$Value$/, '')} (${alias})`;
}

/** Classes by which a Debezium source changes values as it reads them; its own keep their meaning. */
function foreignParts(source: Config): string[] {
  return ['converters', 'post.processors'].flatMap((list) =>
    listItems(source[list]).flatMap((name) => {
      const type = source[`${list}.${name}.type`] ?? source[`${name}.type`] ?? '';
      return /^io\.debezium\./.test(type) ? [] : [`${simpleName(type)} (${name})`];
    }),
  );
}

/** Kafka's, Debezium's, Confluent's and others'. */
function isFilter({ type }: PassedTransform): boolean {
  return /Filter(\$(Key|Value))?$/.test(simpleName(type)) && simpleName(type) !== 'SchemaChangeEventFilter';
}

/** Debezium's has a topic of its own. */
function leavesOut(transform: PassedTransform): boolean {
  const { topic, option } = transform;
  if (!isFilter(transform)) return false;
  const topics = option('topic.regex') ?? '';
  return topics === '' || topic === undefined || javaRegex(topics).test(topic);
}

/** Modes in which a source does not send existing rows; also by their former names. */
const WITHOUT_ROWS = /^(no_data|never|schema_only)$/i;

/** A table that is left out of the first snapshot, a statement of its own for it, and operations that a Debezium source does not send. */
function leftOutReading(source: Config, { database, schema, name }: SourceTable): string[] {
  const full = `${schema}.${name}`.toLowerCase();
  const names = database === undefined ? [full] : [full, `${database}.${full}`.toLowerCase()];
  const overridden = listItems(source['snapshot.select.statement.overrides']).some((one) =>
    names.includes(one.toLowerCase()),
  );
  const skipped = listItems(source['skipped.operations']).filter((one) => /^[cu]$/i.test(one));
  const mode = (source['snapshot.mode'] ?? '').trim();
  const first = namePatterns(source['snapshot.include.collection.list']);
  const inFirst = first.length === 0 || fitsAny(first, names) === true;
  return [
    ...(WITHOUT_ROWS.test(mode) ? [`snapshot.mode=${mode}`] : []),
    ...(inFirst ? [] : ['snapshot.include.collection.list']),
    ...(overridden ? ['snapshot.select.statement.overrides'] : []),
    ...(skipped.length > 0 ? [`skipped.operations=${skipped.join(',')}`] : []),
  ];
}
