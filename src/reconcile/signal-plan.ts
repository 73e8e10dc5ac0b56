import { isTrue, listItems } from '../connect/lists.ts';
import { SluiceError } from '../errors/error.ts';
import type { ColumnPlan } from './columns.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { Cells, ColumnPair, EngineName, TableInfo } from './model.ts';
import { type PipelineConnector, sourceEngine } from './pipeline.ts';
import { isView } from './table-kinds.ts';
import type { TableReference } from './tables.ts';
import { shownText } from './values.ts';

/** Where a Debezium source takes signals from. */
export type SignalRoute =
  /** `database`: of a SQL Server connector, which may capture several and has its signal table in one of them. */
  | { kind: 'table'; table: TableReference; database?: string }
  /** `key`: the source's topic prefix, which its signals must have as their key. */
  | { kind: 'topic'; topic: string; key: string };

/**
 * The way of signals to this source: its signal table, else its signal topic. Pure.
 * @see https://debezium.io/documentation/reference/stable/configuration/signalling.html
 * @throws USAGE with the keys that would open one
 */
export function planSignals({ name, config }: PipelineConnector): SignalRoute {
  const enabled = listItems(config['signal.enabled.channels'] ?? 'source');
  const table = config['signal.data.collection'] ?? '';
  if (enabled.includes('source') && table !== '') {
    // SQL Server puts the database before schema and table.
    const [own = '', schema, database] = table.split('.').reverse();
    return { kind: 'table', table: { schema, name: own }, ...(database === undefined ? {} : { database }) };
  }
  const topic = config['signal.kafka.topic'] ?? '';
  // But for a source that only reads, a snapshot needs the table, too: the connector writes its watermarks into it.
  if (enabled.includes('kafka') && topic !== '' && isTrue(config['read.only'])) {
    if (sourceEngine(config) === 'postgresql' && Number(config['heartbeat.interval.ms'] ?? 0) > 0) {
      throw new SluiceError('USAGE', `${name} only reads and has a heartbeat: a snapshot by signal would stop it`, {
        hint:
          'Debezium 3.5 for PostgreSQL fails at the first heartbeat of such a snapshot (NullPointerException in isTransactionVisible). ' +
          'Give it a signal table without read.only, or repair with --repair apply.',
      });
    }
    return { kind: 'topic', topic, key: config['topic.prefix'] ?? '' };
  }
  throw new SluiceError('USAGE', `${name} takes no signals for incremental snapshots`, {
    hint:
      'Make a table (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048)) in its database, which it may write to, ' +
      'and set signal.data.collection=SCHEMA.TABLE on it (template: signal-table); or repair with --repair apply.',
  });
}

/** A sink that only inserts stops at a row that is there already, as a snapshot sends them. @throws USAGE */
export function assertUpserts({ name, config }: PipelineConnector): void {
  if (config['insert.mode'] === 'upsert') return;
  throw new SluiceError('USAGE', `${name} does not upsert: a row that is sent again would stop it`, {
    hint: 'Set insert.mode=upsert on the sink, or repair with --repair apply.',
  });
}

/** Why no signal can name rows of this table, or undefined where one can. */
export function unsignalable(engine: EngineName, table: TableInfo, { key }: ColumnPlan): string | undefined {
  if (key.length === 0) return 'the table has no key: no signal can name one row';
  if (isView(table.kind)) return 'a view is no table that a connector captures';
  if (table.primaryKey.length === 0) return 'the source table has no primary key, which an incremental snapshot needs';
  // The connector's session may be in another time zone than the one that the key was read in.
  if (engine === 'mysql' && key.some(({ source }) => source.type.family === 'timestamp' && source.type.zone))
    return 'a TIMESTAMP in the key means another moment in the connector’s time zone';
  return undefined;
}

/** The table's name as the source's Debezium connector writes it. */
export function collectionName(engine: EngineName, table: TableInfo, database: string): string {
  const own = `${table.schema}.${table.name}`;
  return engine === 'sqlserver' ? `${database}.${own}` : own;
}

/** `data` of an `execute-snapshot` signal for the rows of these keys. */
export function snapshotSignal(collection: string, filter: string): string {
  // Debezium takes the names for regular expressions.
  const pattern = collection.replaceAll(/[\\^$*+?()[\]{}|]/g, '\\$&');
  return JSON.stringify({
    type: 'incremental',
    'data-collections': [pattern],
    'additional-conditions': [{ 'data-collection': pattern, filter }],
  });
}

/**
 * Keys in chunks, each as a condition on the source's rows whose signal is no longer than `longest` characters.
 * @throws USAGE where one key alone is longer
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
    // What a row adds, escaped as it will be; the whole is measured anew when a chunk is begun.
    const added = JSON.stringify(row).length + ' OR '.length;
    if (chunk.length > 0 && length + added > longest) {
      yield { keys: chunk.map((one) => one.item), data: dataOf(chunk) };
      chunk = [];
    }
    chunk.push({ row, item });
    length = chunk.length === 1 ? dataOf(chunk).length : length + added;
    if (chunk.length === 1 && length > longest) {
      throw new SluiceError(
        'USAGE',
        `a signal for one row has ${length} characters; the signal table holds ${longest}`,
        {
          hint: 'Widen its data column, or repair with --repair apply.',
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

/** A literal that means the same in a session whose settings are not ours: a backslash may be an escape there. */
function foreignLiteral(dialect: Dialect, pair: ColumnPair, text: string | null): string {
  if (text?.includes('\\') && pair.form.kind !== 'bytes') {
    if (dialect.engine === 'postgresql') return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
    if (dialect.engine === 'mysql') return `CONVERT(X'${Buffer.from(text).toString('hex')}' USING utf8mb4)`;
  }
  return dialect.literal(pair.source, pair.form, shownText(pair.form, text));
}
