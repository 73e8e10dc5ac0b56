import type { ColumnShape } from '../preflight/table-shapes.ts';
import { isTrue } from '../text/lists.ts';
import { connectorClass } from '../topology/connector-class.ts';
import { readsTopics } from '../topology/feeds.ts';
import { changesOf, isUnresolved, type PipelineConnector, subscribedTopics } from '../topology/pipeline.ts';
import { type SourceTable, topicOfTable } from '../topology/topic-names.ts';
import type { ShapeChange } from './shape.ts';

/**
 * What a change of a source's table does to a sink, from the mildest on: it does nothing; the sink makes it, too; source and
 * target differ from now on; it is not known; the sink's task may fail, or fails at the next record of the table.
 */
const EFFECTS = ['none', 'followed', 'differs', 'unknown', 'may fail', 'fails'] as const;
export type Effect = (typeof EFFECTS)[number];

export interface Consequence {
  effect: Effect;
  /** In a sentence, without the sink's name. */
  text: string;
}

/** What of a sink's settings decides how it takes a change. */
export interface SinkWays {
  /** Writes to a database whose ways are known. */
  isJdbc: boolean;
  /** Whether it adds columns to its table that its records have and the table lacks. */
  evolves: boolean | 'unknown';
  /** The setting that makes it do so. */
  evolution: string;
  /** The target's column for one of the source; undefined if the pipeline does not write it. */
  columnOf(column: string): string | undefined;
}

/**
 * Pure. As Debezium's sink 3.5 does (`JdbcChangeEventSink.alterTableIfNeeded`), and Confluent's and Aiven's do
 * (`DbStructure.amendIfNecessary`): all of them only add columns, and only look at names.
 *
 * | change | adds columns | does not |
 * | --- | --- | --- |
 * | column added | followed; fails if it is required and has no default | fails |
 * | column dropped | differs; may fail if it was required | same |
 * | column renamed | as one dropped and one added | same |
 * | type wider, or another | may fail | same |
 * | type narrower | none | same |
 * | made nullable | may fail | same |
 * | made required, default set or dropped | none | same |
 * | key changed | may fail | same |
 * | table dropped | differs | same |
 */
export function consequenceOf(change: ShapeChange, sink: SinkWays): Consequence {
  if (!sink.isJdbc) return { effect: 'unknown', text: 'What it makes of that is not known.' };
  switch (change.change) {
    case 'column added':
      return added(change.column, sink);
    case 'column dropped':
      return dropped(change.column, sink);
    case 'column renamed': {
      const parts = [added(change.column, sink), dropped({ ...change.column, name: change.from }, sink)];
      const texts = parts.flatMap(({ effect, text }) => (effect === 'none' ? [] : [text]));
      if (texts.length === 0) return NOT_WRITTEN;
      return { effect: worst(parts.map(({ effect }) => effect)), text: texts.join(' ') };
    }
    case 'type changed':
      return retyped(change, sink);
    case 'made nullable':
      return written(change.column.name, sink, (name) => ({
        effect: 'may fail',
        text: `A NULL fails the task if the target's ${name} is NOT NULL, as it is where the sink created the table. Allow NULL there.`,
      }));
    case 'made required':
      return { effect: 'none', text: 'The target may go on allowing NULL.' };
    case 'default set':
    case 'default dropped':
      return { effect: 'none', text: "The target's default stays as it is; records carry the value." };
    case 'key changed':
      return {
        effect: 'may fail',
        text: "Its records have another key, but the target's primary key stays: an upsert fails, or changes the wrong rows. Give the target the same key.",
      };
    case 'table dropped':
      return {
        effect: 'differs',
        text: 'The target keeps its table and its rows. If it was renamed, its records come in another topic.',
      };
    case 'table altered':
      return { effect: 'unknown', text: 'What that does is not known: compare the columns of source and target.' };
  }
}

/** The worst of several; `none` of none. */
export function worst(effects: readonly Effect[]): Effect {
  return EFFECTS.findLast((one) => effects.includes(one)) ?? 'none';
}

const NOT_WRITTEN: Consequence = { effect: 'none', text: 'The pipeline does not write this column.' };

function written(column: string, sink: SinkWays, say: (name: string) => Consequence): Consequence {
  const name = sink.columnOf(column);
  return name === undefined ? NOT_WRITTEN : say(name);
}

function added({ name: column, nullable, defaulted }: ColumnShape, sink: SinkWays): Consequence {
  return written(column, sink, (name) => {
    if (sink.evolves === 'unknown')
      return {
        effect: 'unknown',
        text: `Whether it adds ${name} is not known: the worker fills in whether ${sink.evolution}.`,
      };
    if (!sink.evolves)
      return {
        effect: 'fails',
        text: `It fails at the next record of the table unless the target has ${name}: it may not add columns. Add it there, or set ${sink.evolution}.`,
      };
    if (nullable)
      return { effect: 'followed', text: `It adds ${name} at the next record; rows written before have NULL there.` };
    if (defaulted)
      return {
        effect: 'may fail',
        text: `It adds ${name} at the next record if the records carry its default, which an expression such as now() does not; otherwise it fails. Add it to the target first.`,
      };
    return {
      effect: 'fails',
      text: `It fails at the next record of the table unless the target has ${name}: it cannot add a column that is NOT NULL and has no default. Add it there.`,
    };
  });
}

function dropped({ name: column, nullable, defaulted }: ColumnShape, sink: SinkWays): Consequence {
  return written(column, sink, (name) =>
    nullable || defaulted
      ? {
          effect: 'differs',
          text: `The target keeps ${name}: rows written before keep their value, new ones get the default or NULL.`,
        }
      : {
          effect: 'may fail',
          text: `The target keeps ${name}, and new rows fail the task if it is NOT NULL there, as it is where the sink created the table. Allow NULL there, or drop it.`,
        },
  );
}

function retyped(change: Extract<ShapeChange, { change: 'type changed' }>, sink: SinkWays): Consequence {
  return written(change.column.name, sink, (name) => {
    if (change.way === 'narrower')
      return { effect: 'none', text: `The target's ${name} keeps its type, and all values fit in it.` };
    const why = change.way === 'wider' ? 'that does not fit in it' : 'that it does not take';
    return {
      effect: 'may fail',
      text: `The target's ${name} keeps its type, and a value ${why} fails the task, or is rounded. Change its type there, too.`,
    };
  });
}

/** What one change does to one sink. */
export interface SinkConsequence extends Consequence {
  sink: string;
}

/** The sinks that write a table, and what each change of it does to them. Pure. */
export function consequencesOf(
  changes: readonly ShapeChange[],
  {
    source,
    table,
    connectors,
  }: { source: PipelineConnector; table: SourceTable; connectors: readonly PipelineConnector[] },
): SinkConsequence[][] {
  const topic = topicOfTable(source.config, table);
  const sinks =
    topic === undefined
      ? []
      : connectors
          .filter(({ config }) => readsTopics(config) && subscribedTopics(config)(topic))
          .map((sink) => ({
            sink,
            ways: waysOf(sink.config, changesOf(sink.config, source.config, topic, table).changes),
          }));
  return changes.map((change) => sinks.map(({ sink, ways }) => ({ sink: sink.name, ...consequenceOf(change, ways) })));
}

function waysOf(
  config: PipelineConnector['config'],
  changes: { drops(column: string): boolean; fieldOf(column: string): string },
): SinkWays {
  const { role, vendor } = connectorClass(config['connector.class']);
  const isDebezium = vendor === 'debezium';
  const key = isDebezium ? 'schema.evolution' : 'auto.evolve';
  const value = config[key];
  const evolves = isDebezium ? value?.trim().toLowerCase() === 'basic' : isTrue(value);
  return {
    isJdbc: role === 'sink',
    evolves: isUnresolved(value) ? 'unknown' : evolves,
    evolution: `${key}=${isDebezium ? 'basic' : 'true'}`,
    columnOf: (column) => (changes.drops(column) ? undefined : changes.fieldOf(column)),
  };
}
