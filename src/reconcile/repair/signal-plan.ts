import type { Cells, TableInfo } from '../../databases/model.ts';
import { isView } from '../../databases/table-kinds.ts';
import type { TableReference } from '../../databases/table-names.ts';
import { SluiceError } from '../../errors/error.ts';
import { isTrue, listItems } from '../../text/lists.ts';
import { setting } from '../../text/settings.ts';
import { connectorClass } from '../../topology/connector-class.ts';
import type { PipelineConnector } from '../../topology/pipeline.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import { shownText } from '../columns/values.ts';
import type { Dialect, SourceLog } from '../dialects/dialect.ts';
import type { ColumnPair } from '../model.ts';

/** How a Debezium source receives signals. */
export type SignalRoute =
  /** `database`: of a SQL Server connector, which may capture several and has its signal table in one of them. */
  | { kind: 'table'; table: TableReference; database?: string }
  /** `key`: the source's topic prefix, which its signals must have as their key. */
  | { kind: 'topic'; topic: string; key: string };

/**
 * How signals reach this source: by its signal table, else by its signal topic. Pure.
 * @see https://debezium.io/documentation/reference/stable/configuration/signalling.html
 * @throws REQUEST_INVALID naming the keys that enable one
 */
export function planSignals({ name, config }: PipelineConnector): SignalRoute {
  const enabled = listItems(config['signal.enabled.channels'] ?? 'source');
  const table = config['signal.data.collection'] ?? '';
  if (enabled.includes('source') && table !== '') {
    // SQL Server prefixes the database.
    const [own = '', schema, database] = table.split('.').reverse();
    return { kind: 'table', table: { schema, name: own }, ...(database === undefined ? {} : { database }) };
  }
  const topic = config['signal.kafka.topic'] ?? '';
  // Unless the source is read-only, a snapshot also needs the table: the connector writes its watermarks into it.
  if (enabled.includes('kafka') && topic !== '' && isTrue(config['read.only'])) {
    const { signalFault } = connectorClass(config['connector.class']);
    if (signalFault !== undefined && Number(config['heartbeat.interval.ms'] ?? 0) > 0) {
      throw new SluiceError(
        'REQUEST_INVALID',
        `${name} is read-only and has a heartbeat: a snapshot by signal would stop it`,
        {
          hint: `${signalFault} Give it a signal table without read.only, or repair with ${setting('repair', 'apply')}.`,
        },
      );
    }
    return { kind: 'topic', topic, key: config['topic.prefix'] ?? '' };
  }
  throw new SluiceError('REQUEST_INVALID', `${name} accepts no signals for incremental snapshots`, {
    hint:
      'Create a table (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048)) in its database that it may write to, ' +
      `and set signal.data.collection=SCHEMA.TABLE on it (template: signal-table); or repair with ${setting('repair', 'apply')}.`,
  });
}

/** An insert-only sink fails on existing rows, which a snapshot resends. @throws REQUEST_INVALID */
export function assertUpserts({ name, config }: PipelineConnector): void {
  if (config['insert.mode'] === 'upsert') return;
  throw new SluiceError('REQUEST_INVALID', `${name} does not upsert: a resent row would stop it`, {
    hint: `Set insert.mode=upsert on the sink, or repair with ${setting('repair', 'apply')}.`,
  });
}

/** Why no signal can name rows of this table; undefined if one can. */
export function unsignalable(
  { signalRefusal }: Pick<SourceLog, 'signalRefusal'>,
  table: TableInfo,
  { key }: ColumnPlan,
): string | undefined {
  if (key.length === 0) return 'the table has no key: no signal can name one row';
  if (isView(table.kind)) return 'it is a view, and connectors do not capture views';
  if (table.primaryKey.length === 0) return 'the source table has no primary key, which an incremental snapshot needs';
  return key.map(({ source }) => signalRefusal?.(source)).find((reason) => reason !== undefined);
}

/** `data` of an `execute-snapshot` signal for the rows of these keys. */
export function snapshotSignal(collection: string, filter: string): string {
  // Debezium treats the names as regular expressions.
  const pattern = collection.replaceAll(/[\\^$*+?()[\]{}|]/g, '\\$&');
  return JSON.stringify({
    type: 'incremental',
    'data-collections': [pattern],
    'additional-conditions': [{ 'data-collection': pattern, filter }],
  });
}

/**
 * Chunks of keys, each as a condition on the source's rows whose signal has at most `longest` characters.
 * @throws REQUEST_INVALID if a single key is longer
 */
export function* signalChunks<K extends { key: Cells }>(
  keys: readonly K[],
  input: { dialect: Dialect; key: readonly ColumnPair[]; collection: string; longest: number },
): Generator<{ keys: K[]; data: string }> {
  const { dialect, key, collection, longest } = input;
  let chunk: { row: string; item: K }[] = [];
  const dataOf = (rows: readonly { row: string }[]) =>
    snapshotSignal(
      collection,
      conditionOf(
        dialect,
        key,
        rows.map(({ row }) => row),
      ),
    );
  let length = 0;
  for (const item of keys) {
    const row = rowOf(dialect, key, item.key);
    // Length that a row adds, escaped; the whole is measured again at the start of a chunk.
    const added = JSON.stringify(row).length + ' OR '.length;
    if (chunk.length > 0 && length + added > longest) {
      yield { keys: chunk.map((one) => one.item), data: dataOf(chunk) };
      chunk = [];
    }
    chunk.push({ row, item });
    length = chunk.length === 1 ? dataOf(chunk).length : length + added;
    if (chunk.length === 1 && length > longest) {
      throw new SluiceError(
        'REQUEST_INVALID',
        `a signal for one row has ${length} characters; the signal table holds ${longest}`,
        {
          hint: `Widen its data column, or repair with ${setting('repair', 'apply')}.`,
        },
      );
    }
  }
  if (chunk.length > 0) yield { keys: chunk.map((one) => one.item), data: dataOf(chunk) };
}

function conditionOf(dialect: Dialect, key: readonly ColumnPair[], rows: readonly string[]): string {
  const [only, ...more] = key;
  if (only !== undefined && more.length === 0) return `${dialect.quote(only.source.name)} IN (${rows.join(', ')})`;
  return `(${rows.join(' OR ')})`;
}

function rowOf(dialect: Dialect, key: readonly ColumnPair[], cells: Cells): string {
  const literals = key.map((pair, index) => foreignLiteral(dialect, pair, cells[index] ?? null));
  if (key.length === 1) return literals[0] ?? 'NULL';
  return `(${key.map((pair, index) => `${dialect.quote(pair.source.name)} = ${literals[index]}`).join(' AND ')})`;
}

/** A literal that is safe under other session settings: a backslash may be an escape there. */
function foreignLiteral(dialect: Dialect, pair: ColumnPair, text: string | null): string {
  if (text?.includes('\\') && pair.form.kind !== 'bytes' && dialect.backslashLiteral !== undefined)
    return dialect.backslashLiteral(text);
  return dialect.literal(pair.source, pair.form, shownText(pair.form, text));
}
