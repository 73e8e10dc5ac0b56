import { ENGINES } from '../databases/engines.ts';
import type { EngineName, TableName } from '../databases/model.ts';
import { engineOfUrl } from '../databases/open.ts';
import { patternRefusal } from '../databases/table-kinds.ts';
import {
  existingTableText,
  matchesParts,
  mayBeSameTable,
  type NamePart,
  nameParts,
  referenceOf,
  type TableReference,
} from '../databases/table-names.ts';
import { type KnownTable, pickTable } from '../databases/tables.ts';
import { SluiceError } from '../errors/error.ts';
import { globExpression } from '../text/glob.ts';
import { isTrue } from '../text/lists.ts';
import { setting } from '../text/settings.ts';
import { isOfDebezium } from './connector-class.ts';
import { tablesOfOthers } from './other-sources.ts';
import {
  changesOf,
  type Pipeline,
  type PipelineConnector,
  type PipelineTable,
  type SharedWith,
  subscribedTopics,
  targetTable,
  type UnknownTopic,
} from './pipeline.ts';
import {
  databaseOfTopic,
  databases,
  isCaptured,
  isExpected,
  type SourceTable,
  tableOfTopic,
  topicOfTable,
  topicStart,
} from './topic-names.ts';

/** An argument next to --connector: tables by name or pattern, or a pair. */
export interface TableArgument {
  written: string;
  /** Of the source: database, schema and name, or the last of these. */
  parts: readonly NamePart[];
  target?: TableReference | undefined;
}

/** @throws REQUEST_INVALID */
export function parseArgument(written: string): TableArgument {
  const [parts = [], target, ...more] = nameParts(written, '.=');
  const hint = 'Write TABLE, SCHEMA.TABLE, DATABASE.SCHEMA.TABLE or a pattern of these; SOURCE=TARGET for a pair.';
  if (more.length > 0 || parts.length > 3 || parts.some(({ text }) => text === ''))
    throw new SluiceError('REQUEST_INVALID', `"${written}" is not a valid table name`, { hint });
  return { written, parts, ...(target === undefined ? {} : { target: referenceOf(target, written, hint) }) };
}

/** Nothing else is known: nobody has asked whether the topics exist. */
const NO_TOPIC = 'Name a sink that reads topics of a Debezium source; its topics may not exist yet.';

/**
 * The only source with the wanted tables and, if it reads several databases, the only one of those. Pure: only topic
 * names are known here.
 * @throws REQUEST_INVALID if there is none, or more than one
 */
export function chooseSource(
  pipeline: Pipeline,
  wanted: readonly TableArgument[],
): { source: PipelineConnector; topics: string[]; database: string | undefined } {
  const { sink, fed } = pipeline;
  if (fed.length === 0) {
    throw new SluiceError('REQUEST_INVALID', `no table of a Debezium source feeds ${sink}`, {
      hint: pipeline.unknown.map(({ topic, reason }) => `${topic}: ${reason}`).join('; ') || NO_TOPIC,
    });
  }
  const matching = fed.filter(
    ({ topic, source }) => wanted.length === 0 || wanted.some((one) => mayMean(one, source, topic)),
  );
  // A name that matches no topic may still be a table's, if there is only one source.
  const candidates = matching.length > 0 ? matching : fed;
  const sources = [...new Set(candidates.map(({ source }) => source))];
  const [source, ...others] = sources;
  if (source === undefined || others.length > 0) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `${sink} is fed by several sources: ${sources.map(({ name }) => name).join(', ')}`,
      {
        hint: 'Name the tables of one of them.',
      },
    );
  }
  const own = candidates.filter((one) => one.source === source).map(({ topic }) => topic);
  const database = chooseDatabase(source, own);
  const topics = fed
    .filter((one) => one.source === source && databaseOfTopic(source.config, one.topic) === database)
    .map(({ topic }) => topic);
  return { source, topics, database };
}

function chooseDatabase({ name, config }: PipelineConnector, topics: readonly string[]): string | undefined {
  const read = databases(config);
  if (read.length === 0) return undefined;
  const matching = [...new Set(topics.map((topic) => databaseOfTopic(config, topic)))];
  const [database, ...others] = matching.filter((one) => one !== undefined);
  if (database === undefined) {
    throw new SluiceError('REQUEST_INVALID', `no topic contains a database name of ${name} (${read.join(', ')})`, {
      hint: `Use ${setting('source')}, ${setting('target')} and the tables instead of ${setting('connector')}.`,
    });
  }
  if (others.length > 0) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `the tables are in several databases of ${name}: ${[database, ...others].join(', ')}`,
      {
        hint: `Name those of one, such as '${existingTableText({ name: database })}.*', and compare each database in a separate run.`,
      },
    );
  }
  return database;
}

/** Whether an argument may mean the table of a topic, whose name replaces some characters. */
function mayMean({ parts }: TableArgument, { config }: PipelineConnector, topic: string): boolean {
  const glob = parts
    .map(({ text, quoted }) => text.replaceAll(quoted ? /[^a-zA-Z0-9._-]/g : /[^a-zA-Z0-9._*?-]/g, '_'))
    .join('.');
  const expression = globExpression(glob, 'is');
  const rest = topic.slice(topicStart(config).length).split('.');
  return rest.some((_part, index) => expression.test(rest.slice(index).join('.')));
}

export interface ReadTopic {
  topic: string;
  sink: PipelineConnector;
}

export interface ResolveInput {
  sink: PipelineConnector;
  source: PipelineConnector;
  /** Topics of the source that the sink reads. */
  topics: readonly string[];
  /** All topics that the sink reads, from any source, and those that other sinks write to the same database. */
  read: readonly ReadTopic[];
  /** All connectors of the cluster but the source. */
  others?: readonly PipelineConnector[] | undefined;
  /** Topics of tables that have no rows, so no record is missing. */
  empty?: ReadonlySet<string> | undefined;
  /** The source's database, if it reads several. */
  database: string | undefined;
  /** Tables of the source's database, and of the target's. */
  from: readonly KnownTable[];
  to: readonly KnownTable[];
  targetEngine: EngineName;
  /** Default schema of the target's sessions; undefined if unknown. */
  targetSchema: string | undefined;
  wanted: readonly TableArgument[];
}

export interface ResolvedPipeline {
  tables: PipelineTable[];
  /** Topics that are not compared, and how they could be. */
  unknown: UnknownTopic[];
}

/**
 * Finds the tables behind the topics in the two catalogs: a topic's name lacks characters that Kafka does not allow,
 * and does not distinguish dots in a table's name from separators. Pure.
 * @throws REQUEST_INVALID if two tables match, or an argument matches none
 */
export function resolveTables(input: ResolveInput): ResolvedPipeline {
  const { sink, source, topics, wanted } = input;
  const patterns = wanted.filter(({ target }) => target === undefined);
  const pairs = wanted.filter(({ target }) => target !== undefined).map((pair) => resolvePair(pair, input));
  const unknown: UnknownTopic[] = [];
  const found: PipelineTable[] = [];
  for (const topic of topics) {
    if (pairs.some((pair) => pair.topic === topic)) continue;
    const from = tablesOf(topic, input);
    const chosen =
      wanted.length === 0 ? from : from.filter((table) => patterns.some((one) => means(one, table, topic, input)));
    const [table, ...others] = chosen;
    const to = targetTable(sink.config, topic);
    if (others.length > 0) throw ambiguous(topic, chosen, 'reason' in to ? undefined : to);
    if (table === undefined) {
      if (from.length === 0)
        unknown.push({
          topic,
          reason: `no table of ${source.name} has this topic; name the pair if there is one: 'SCHEMA.TABLE=TARGET'`,
        });
    } else if ('reason' in to) {
      const example = `${existingTableText(table)}=TARGET`;
      unknown.push({ topic, reason: `${to.reason}; name the pair: '${example}'` });
    } else {
      const reference = targetReference(to, input);
      // Without rows the sink creates no table; and in a shared one, all rows would be extra.
      const isOwn = isFound(reference, input) && !isShared(topic, to, input);
      if (wanted.length === 0 && input.empty?.has(topic) && !isOwn)
        unknown.push({
          topic,
          reason: `${existingTableText(table)} is empty and has no target table of its own`,
        });
      else found.push(tableOf(topic, table, reference, input));
    }
  }
  const tables = [...found, ...pairs];
  const unmatched = patterns.filter((one) => !tables.some((table) => means(one, table.from, table.topic, input)));
  if (unmatched.length > 0 || tables.length === 0) throw nothing(unmatched, tables, unknown, input);
  return {
    tables: tables.map((table) => ({ ...table, sharedWith: sharedWith(table, tables, input) })),
    // Naming tables excludes the others.
    unknown: wanted.length === 0 ? unknown : [],
  };
}

function isFound({ schema, name }: TableReference, { to }: ResolveInput): boolean {
  return to.some((table) => table.name === name && table.schema === schema);
}

function isShared(topic: string, { schema, name }: TableReference, { topics, sink }: ResolveInput): boolean {
  return topics.some((other) => {
    const to = other === topic ? undefined : targetTable(sink.config, other);
    return to !== undefined && !('reason' in to) && to.name === name && to.schema === schema;
  });
}

/** Tables whose rows have a topic of their own. */
const SENT: ReadonlySet<string> = new Set([
  'table',
  'system-versioned table',
  'partitioned table',
  'partition',
  'inheritance parent',
]);

/** A table without a topic, and the topic that its rows would have. */
export interface SilentTable {
  topic: string;
  table: TableName;
  /** Others inherit from it: a read of it includes their rows, which have other topics. */
  inherited: boolean;
}

/**
 * Tables that the source should capture and whose topics the sink would read, but which have no topic yet: missing
 * tables must not go unnoticed. Rows of a partitioned table go to its topic or to those of its partitions, so the table
 * stands for all of them as long as none has one, and none is missed if the table has.
 */
export function silentTables({
  source: { config },
  sink,
  database,
  from,
  topics,
}: Pick<ResolveInput, 'source' | 'sink' | 'database' | 'from' | 'topics'>): SilentTable[] {
  const subscribed = subscribedTopics(sink.config);
  const of = ({ schema, name }: TableName) => ({ ...(database === undefined ? {} : { database }), schema, name });
  const sent = new Set(topics);
  const topicOf = (table: TableName) => topicOfTable(config, of(table));
  const isSent = (table: TableName) => sent.has(topicOf(table) ?? '');
  const isAwaited = (table: TableName) => isExpected(config, of(table)) && subscribed(topicOf(table) ?? '');
  const byName = new Map(from.map((table) => [existingTableText(table), table]));
  const above = (table: KnownTable): KnownTable[] => {
    const parent = table.parent && byName.get(existingTableText(table.parent));
    return parent === undefined ? [] : [parent, ...above(parent)];
  };
  const sentInParts = new Set(from.filter(isSent).flatMap(above));
  return from.flatMap((table) => {
    const topic = topicOf(table);
    if (topic === undefined || !SENT.has(table.kind) || isSent(table) || !isAwaited(table)) return [];
    const stands = (one: KnownTable) => isSent(one) || (!sentInParts.has(one) && isAwaited(one));
    if (sentInParts.has(table) || above(table).some(stands)) return [];
    const { schema, name, kind } = table;
    return [{ topic, table: { schema, name }, inherited: kind === 'inheritance parent' }];
  });
}

/**
 * What else is written to a table's target: topics that a sink writes there, tables paired with it, and tables,
 * including those of other sources, with changes in the same topic. Their rows are extra for this table and must not be
 * deleted by a repair. The same goes for topics whose table the settings do not determine.
 */
function sharedWith(table: PipelineTable, tables: readonly PipelineTable[], input: ResolveInput): SharedWith[] {
  const written = input.read.flatMap(({ topic, sink }): (SharedWith & { topic: string })[] => {
    const to = targetTable(sink.config, topic);
    const known = !('reason' in to);
    if (known && !mayBeSameTable(targetReference(to, { ...input, sink }), table.to)) return [];
    const name = sink === input.sink ? topic : `${topic} (by ${sink.name})`;
    return [{ topic, name, known }];
  });
  // A topic that is not known may be the only one.
  const others =
    table.topic === ''
      ? new Set(written.map(({ topic }) => topic)).size > 1
        ? written
        : []
      : written.filter(({ topic }) => topic !== table.topic);
  const paired = tables.filter(
    (one) => one !== table && mayBeSameTable(one.to, table.to) && !others.some(({ topic }) => topic === one.topic),
  );
  const sameTopic =
    table.topic === '' ? [] : tablesOf(table.topic, input).filter((one) => !isSameTable(one, table.from));
  const named = [...paired.map(({ from }) => from), ...sameTopic].map((one) => existingTableText(one));
  const into = table.topic === '' ? input.topics : [table.topic];
  const foreign = into.flatMap((topic) => tablesOfOthers(input.others ?? [], input.source, topic, table.from));
  return [
    ...others.map(({ name, known }) => ({ name, known })),
    ...new Map(foreign.map((one) => [one.name, one])).values(),
    ...[...new Set(named)].map((name) => ({ name, known: true })),
  ];
}

function isSameTable(a: SourceTable, b: SourceTable): boolean {
  return a.name === b.name && a.schema === b.schema;
}

function tableOf(topic: string, from: SourceTable, to: TableReference, { sink, source }: ResolveInput): PipelineTable {
  // It is unknown whether a predicate matches an unknown topic.
  return {
    topic,
    source: source.name,
    from,
    to,
    ...changesOf(sink.config, source.config, topic === '' ? undefined : topic, from),
  };
}

/** The tables of the catalog whose changes go to a topic; one that the naming strategy leaves open, by its parts. */
function tablesOf(topic: string, { source: { config }, database, from }: ResolveInput): SourceTable[] {
  const tables = from
    .filter(({ kind }) => patternRefusal(kind) === undefined)
    .map(({ schema, name }) => ({ ...(database === undefined ? {} : { database }), schema, name }));
  const forward = tables.filter((table) => topicOfTable(config, table) === topic);
  const captured = forward.filter((table) => isCaptured(config, table));
  if (captured.length > 0) return captured;
  if (forward.length > 0) return forward;
  const byParts = tableOfTopic(config, topic);
  return tables.filter(
    (table) =>
      topicOfTable(config, table) === undefined && table.schema === byParts?.schema && table.name === byParts?.name,
  );
}

/** By the table's own name, or by the one that its topic has. */
function means({ parts }: TableArgument, table: SourceTable, topic: string, { source }: ResolveInput): boolean {
  const byTopic = tableOfTopic(source.config, topic);
  return matchesParts(parts, table) || (byTopic !== undefined && matchesParts(parts, byTopic));
}

function resolvePair({ parts, target, written }: TableArgument, input: ResolveInput): PipelineTable {
  const { source, database, from, topics } = input;
  const reference = referenceOf(parts.slice(-2), written, 'Write SOURCE=TARGET.');
  const { schema, name } = pickTable(from, reference, source.name);
  const table = { ...(database === undefined ? {} : { database }), schema, name };
  const topic = topicOfTable(source.config, table);
  // Without a known topic, the pipeline has passed when all topics have been read.
  const own = topic !== undefined && topics.includes(topic) ? topic : '';
  return tableOf(own, table, target ?? { name }, input);
}

function ambiguous(topic: string, tables: readonly SourceTable[], to: TableReference | undefined): SluiceError {
  const names = tables.map((table) => existingTableText(table));
  const target = to === undefined ? 'TARGET' : existingTableText(to);
  return new SluiceError('REQUEST_INVALID', `the topic ${topic} may hold the rows of ${names.join(' or ')}`, {
    hint: `Name the pair, the source's table first, such as '${names[0]}=${target}'.`,
    details: { topic, tables: names },
  });
}

function nothing(
  unmatched: readonly TableArgument[],
  tables: readonly PipelineTable[],
  unknown: readonly UnknownTopic[],
  { sink, source }: ResolveInput,
): SluiceError {
  const known = tables.map(({ from }) => existingTableText(from));
  return new SluiceError(
    'REQUEST_INVALID',
    unmatched.length > 0
      ? `${sink.name} writes no table ${unmatched.map(({ written }) => written).join(', ')}`
      : `no table of ${source.name} feeds ${sink.name}`,
    {
      hint:
        known.length > 0
          ? `It writes: ${known.join(', ')}.`
          : unknown.map(({ topic, reason }) => `${topic}: ${reason}`).join('; ') || NO_TOPIC,
    },
  );
}

/**
 * The sink's target table as the target's catalog names it. Debezium's sink quotes names only if configured to, so
 * PostgreSQL lower-cases them; Confluent's and Aiven's quote them. If the catalog has no such table, the name is looked
 * up ignoring case.
 */
function targetReference(to: TableReference, input: ResolveInput): TableReference {
  const { config } = input.sink;
  const own = quotesNames(config) ? (part: string) => part : ENGINES[input.targetEngine].unquoted;
  const schemas = to.schema === undefined ? currentSchemas(config) : [own(to.schema)];
  const named = input.to.filter(({ name }) => name === own(to.name));
  const found =
    schemas.flatMap((schema) => named.filter((table) => table.schema === schema))[0] ??
    (schemas.length === 0 ? named.find(({ visible }) => visible) : undefined);
  if (found !== undefined) return { schema: found.schema, name: found.name, quoted: { schema: true, name: true } };
  // Always with a schema: the source's, which is tried otherwise, is not where a sink writes.
  const schema = to.schema ?? schemas[0] ?? input.targetSchema;
  return schema === undefined ? to : { schema, name: to.name };
}

function quotesNames(config: Readonly<Record<string, string>>): boolean {
  if (isOfDebezium(config['connector.class'])) return isTrue(config['quote.identifiers']);
  return !/^(never|false)$/i.test(config['quote.sql.identifiers'] ?? config['sql.quote.identifiers'] ?? 'always');
}

/** The schemas that the sink's connection searches for unqualified names, if its URL sets them. */
function currentSchemas(config: Readonly<Record<string, string>>): string[] {
  const url = config['connection.url'] ?? '';
  const engine = engineOfUrl(url);
  const path = engine === undefined ? undefined : ENGINES[engine].jdbcSearchPath?.(url);
  return decoded(path ?? '')
    .split(',')
    .map((schema) => schema.trim())
    .filter((schema) => schema !== '');
}

/** A text with a stray `%` stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
