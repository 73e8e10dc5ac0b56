import type { TableInfo } from '../../databases/model.ts';
import { isView } from '../../databases/table-kinds.ts';
import { isTrue, listItems } from '../../text/lists.ts';
import { isOfDebezium } from '../../topology/connector-class.ts';
import type { TableId, WantedTable } from '../../topology/model.ts';
import { fullName } from '../captured-tables.ts';
import { type DatabaseFinding, finding } from '../model.ts';

type Config = Readonly<Record<string, string>>;

/** What a JDBC sink is configured to do, in common terms for Debezium's and Confluent's. */
export interface SinkWishes {
  mode: 'insert' | 'upsert' | 'update';
  deletes: boolean;
  /** Creates missing tables and columns. */
  creates: boolean;
  tasks: number;
  /** Columns of `primary.key.fields` or `pk.fields`. */
  keyFields: readonly string[];
}

export function wishesOf(config: Config): SinkWishes {
  const debezium = isOfDebezium(config['connector.class']);
  const mode = (config['insert.mode'] ?? 'insert').toLowerCase();
  const evolution = debezium
    ? (config['schema.evolution'] ?? 'none').toLowerCase() === 'basic'
    : isTrue(config['auto.create']);
  return {
    mode: mode === 'upsert' || mode === 'update' ? mode : 'insert',
    deletes: isTrue(config['delete.enabled']),
    creates: evolution,
    tasks: Math.max(1, Number(config['tasks.max'] ?? 1) || 1),
    keyFields: listItems(config['primary.key.fields'] ?? config['pk.fields']),
  };
}

export const TABLE_RIGHTS = ['INSERT', 'UPDATE', 'DELETE', 'SELECT'] as const;
export type TableRight = (typeof TABLE_RIGHTS)[number];

export interface ForeignKey {
  name: string;
  references: TableId;
}

/** A wanted table in the target. */
export interface TargetTable {
  wanted: WantedTable;
  /** With the schema in which it is expected. */
  id: TableId;
  /** Undefined if the table does not exist. */
  existing: Pick<TableInfo, 'primaryKey' | 'uniqueKeys' | 'kind'> | undefined;
  /** Undefined if they cannot be read. */
  rights: ReadonlySet<TableRight> | undefined;
  foreignKeys: readonly ForeignKey[];
  /** Whether the user may create tables in its schema; undefined if that is unknown. */
  mayCreate: boolean | undefined;
}

/** The statements of one engine that fix a finding. */
export interface TargetStatements {
  /** The connector's user, for display. */
  user: string;
  grant(rights: readonly string[], table: TableId): string;
  grantCreate(schema: string): string;
  quote(identifier: string): string;
  table(table: TableId): string;
  dropForeignKey(table: TableId, key: string): string;
}

/** Requirements of a JDBC sink that its tables do not meet. Pure. */
export function targetFindings(
  tables: readonly TargetTable[],
  wishes: SinkWishes,
  sql: TargetStatements,
): DatabaseFinding[] {
  return [
    ...creationFindings(tables, wishes, sql),
    ...tables.flatMap((table) =>
      table.existing === undefined ? [] : [...rightFindings(table, wishes, sql), ...keyFindings(table, wishes, sql)],
    ),
    ...orderFindings(tables, wishes, sql),
  ];
}

function creationFindings(
  tables: readonly TargetTable[],
  { creates }: SinkWishes,
  sql: TargetStatements,
): DatabaseFinding[] {
  const missing = tables.filter((table) => table.existing === undefined);
  if (!creates) {
    return missing.map(({ id, wanted }) =>
      finding('error', 'target-table', `there is no table ${fullName(id)} for the topic ${wanted.topic}`, {
        hint: 'Create it, or let the sink create it: schema.evolution=basic (Debezium), auto.create=true (Confluent).',
      }),
    );
  }
  const closed = missing.filter((table) => table.mayCreate === false);
  return [...Map.groupBy(closed, ({ id }) => id.schema)].map(([schema, lacking]) =>
    finding('error', 'create-right', `${sql.user} may not create ${lacking.map(({ id }) => fullName(id)).join(', ')}`, {
      statement: sql.grantCreate(schema),
      hint: 'Or create the tables first.',
    }),
  );
}

function rightFindings(
  { id, rights }: TargetTable,
  { mode, deletes }: SinkWishes,
  sql: TargetStatements,
): DatabaseFinding[] {
  if (rights === undefined) return [];
  const needed: TableRight[] = [
    ...(mode === 'update' ? [] : (['INSERT'] as const)),
    ...(mode === 'insert' ? [] : (['UPDATE'] as const)),
    ...(deletes ? (['DELETE'] as const) : []),
    // Finding the rows to change needs SELECT.
    ...(mode !== 'insert' || deletes ? (['SELECT'] as const) : []),
  ];
  const lacking = needed.filter((right) => !rights.has(right));
  if (lacking.length === 0) return [];
  return [
    finding('error', 'target-right', `${sql.user} lacks ${lacking.join(', ')} on ${fullName(id)}`, {
      statement: sql.grant(lacking, id),
    }),
  ];
}

/** An upsert needs a unique key; a DELETE without one reads the whole table each time. */
function keyFindings(
  { id, existing, wanted }: TargetTable,
  wishes: SinkWishes,
  sql: TargetStatements,
): DatabaseFinding[] {
  if (existing === undefined || isView(existing.kind) || (wishes.mode === 'insert' && !wishes.deletes)) return [];
  const columns = wishes.keyFields.length > 0 ? wishes.keyFields : wanted.sourceKey;
  const known = columns !== undefined && columns.length > 0;
  // The key of an inheritance parent covers its own rows only, which are those that a sink writes.
  const keys = [...existing.uniqueKeys, ...(existing.primaryKey.length > 0 ? [existing.primaryKey] : [])];
  const fits = known ? keys.some((key) => sameColumns(key, columns)) : keys.length > 0;
  if (fits) return [];
  const list = known ? columns.map((column) => sql.quote(column)).join(', ') : '';
  const what = known ? `on ${columns.join(', ')}` : 'at all';
  const why = wishes.mode === 'upsert' ? 'an upsert fails without one' : 'each change reads the whole table';
  return [
    finding(
      wishes.mode === 'upsert' ? 'error' : 'warning',
      'target-key',
      `${fullName(id)} has no primary or unique key ${what}; ${why}`,
      {
        statement: !known
          ? null
          : existing.primaryKey.length === 0
            ? `ALTER TABLE ${sql.table(id)} ADD PRIMARY KEY (${list});`
            : `CREATE UNIQUE INDEX ${sql.quote(`${id.name}_key`)} ON ${sql.table(id)} (${list});`,
        ...(known ? {} : { hint: "Give it a primary key on the columns of the records' key." }),
      },
    ),
  ];
}

function sameColumns(key: readonly string[], wanted: readonly string[]): boolean {
  const fold = (columns: readonly string[]) =>
    [...columns]
      .map((column) => column.toLowerCase())
      .sort()
      .join('\n');
  return fold(key) === fold(wanted);
}

/** There is no order across topics: a child row can arrive before its parent, often so with several tasks. */
function orderFindings(
  tables: readonly TargetTable[],
  { tasks }: SinkWishes,
  sql: TargetStatements,
): DatabaseFinding[] {
  const written = new Set(tables.map(({ id }) => fullName(id)));
  return tables.flatMap(({ id, foreignKeys }) =>
    foreignKeys
      .filter(({ references }) => written.has(fullName(references)))
      .map(({ name, references }) => {
        const parent = fullName(references) === fullName(id) ? 'itself' : fullName(references);
        return finding(
          tasks > 1 ? 'warning' : 'note',
          'foreign-key',
          tasks > 1
            ? `${fullName(id)} refers to ${parent} (${name}); ${tasks} tasks do not keep the order between tables, and a row that arrives before its parent fails the task`
            : `${fullName(id)} refers to ${parent} (${name}); the order between topics is not kept, and a row that arrives before its parent fails the task`,
          {
            statement: sql.dropForeignKey(id, name),
            hint: 'The source enforces it already; drop the constraint in the target, or check it afterwards.',
          },
        );
      }),
  );
}
