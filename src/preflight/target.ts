import { listItems } from '../connect/lists.ts';
import type { TableInfo } from '../reconcile/model.ts';
import { isView } from '../reconcile/table-kinds.ts';
import { fullName } from './capture.ts';
import { type Issue, issue, type TableId } from './model.ts';

type Config = Readonly<Record<string, string>>;

/** A table that a sink is to write. */
export interface WantedTable {
  /** Undefined: the session's default schema. */
  schema?: string | undefined;
  name: string;
  topic: string;
  /** Key columns of the source's table; undefined where that is not known. */
  sourceKey?: readonly string[] | undefined;
}

/** What a JDBC sink is set to do, in one set of words for Debezium's and Confluent's. */
export interface SinkWishes {
  mode: 'insert' | 'upsert' | 'update';
  deletes: boolean;
  /** Makes tables and columns that are missing. */
  creates: boolean;
  tasks: number;
  /** Columns of `primary.key.fields` or `pk.fields`. */
  keyFields: readonly string[];
}

export function wishesOf(config: Config): SinkWishes {
  const debezium = /debezium/.test(config['connector.class'] ?? '');
  const mode = (config['insert.mode'] ?? 'insert').toLowerCase();
  const evolution = debezium
    ? (config['schema.evolution'] ?? 'none').toLowerCase() === 'basic'
    : config['auto.create'] === 'true';
  return {
    mode: mode === 'upsert' || mode === 'update' ? mode : 'insert',
    deletes: config['delete.enabled'] === 'true',
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

/** A wanted table as the target has it. */
export interface TargetTable {
  wanted: WantedTable;
  /** With the schema that it is looked for in. */
  id: TableId;
  /** Undefined where there is none. */
  there: Pick<TableInfo, 'primaryKey' | 'uniqueKeys' | 'kind'> | undefined;
  /** Undefined where they cannot be seen. */
  rights: ReadonlySet<TableRight> | undefined;
  foreignKeys: readonly ForeignKey[];
  /** Whether a table may be made in its schema; undefined where that cannot be seen. */
  mayCreate: boolean | undefined;
}

/** How one engine writes what mends an issue. */
export interface TargetStatements {
  /** The connector's user, for people. */
  user: string;
  grant(rights: readonly string[], table: TableId): string;
  grantCreate(schema: string): string;
  quote(identifier: string): string;
  table(table: TableId): string;
  dropForeignKey(table: TableId, key: string): string;
}

/** What a JDBC sink needs of its tables and they do not give. Pure. */
export function targetIssues(tables: readonly TargetTable[], wishes: SinkWishes, sql: TargetStatements): Issue[] {
  return [
    ...creationIssues(tables, wishes, sql),
    ...tables.flatMap((table) =>
      table.there === undefined ? [] : [...rightIssues(table, wishes, sql), ...keyIssues(table, wishes, sql)],
    ),
    ...orderIssues(tables, wishes, sql),
  ];
}

function creationIssues(tables: readonly TargetTable[], { creates }: SinkWishes, sql: TargetStatements): Issue[] {
  const missing = tables.filter((table) => table.there === undefined);
  if (!creates) {
    return missing.map(({ id, wanted }) =>
      issue('error', 'target-table', `there is no table ${fullName(id)} for the topic ${wanted.topic}`, {
        hint: 'Create it, or let the sink do so: schema.evolution=basic (Debezium), auto.create=true (Confluent).',
      }),
    );
  }
  const closed = missing.filter((table) => table.mayCreate === false);
  return [...Map.groupBy(closed, ({ id }) => id.schema)].map(([schema, lacking]) =>
    issue('error', 'create-right', `${sql.user} may not create ${lacking.map(({ id }) => fullName(id)).join(', ')}`, {
      statement: sql.grantCreate(schema),
      hint: 'Or create the tables first.',
    }),
  );
}

function rightIssues({ id, rights }: TargetTable, { mode, deletes }: SinkWishes, sql: TargetStatements): Issue[] {
  if (rights === undefined) return [];
  const needed: TableRight[] = [
    ...(mode === 'update' ? [] : (['INSERT'] as const)),
    ...(mode === 'insert' ? [] : (['UPDATE'] as const)),
    ...(deletes ? (['DELETE'] as const) : []),
    // The rows to change are found by their key.
    ...(mode !== 'insert' || deletes ? (['SELECT'] as const) : []),
  ];
  const lacking = needed.filter((right) => !rights.has(right));
  if (lacking.length === 0) return [];
  return [
    issue('error', 'target-right', `${sql.user} lacks ${lacking.join(', ')} on ${fullName(id)}`, {
      statement: sql.grant(lacking, id),
    }),
  ];
}

/** An upsert goes by a unique key; a DELETE without one reads the whole table each time. */
function keyIssues({ id, there, wanted }: TargetTable, wishes: SinkWishes, sql: TargetStatements): Issue[] {
  if (there === undefined || isView(there.kind) || (wishes.mode === 'insert' && !wishes.deletes)) return [];
  const columns = wishes.keyFields.length > 0 ? wishes.keyFields : wanted.sourceKey;
  const known = columns !== undefined && columns.length > 0;
  // That of a table from which others inherit holds for its own rows only, which are those that a sink writes.
  const keys = [...there.uniqueKeys, ...(there.primaryKey.length > 0 ? [there.primaryKey] : [])];
  const fits = known ? keys.some((key) => sameColumns(key, columns)) : keys.length > 0;
  if (fits) return [];
  const list = known ? columns.map((column) => sql.quote(column)).join(', ') : '';
  const what = known ? `on ${columns.join(', ')}` : 'at all';
  const why = wishes.mode === 'upsert' ? 'an upsert fails without one' : 'each change reads the whole table';
  return [
    issue(
      wishes.mode === 'upsert' ? 'error' : 'warning',
      'target-key',
      `${fullName(id)} has no primary or unique key ${what}; ${why}`,
      {
        statement: !known
          ? null
          : there.primaryKey.length === 0
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

/** Topics reach the target in no common order: a child can be there before its parent, with several tasks often. */
function orderIssues(tables: readonly TargetTable[], { tasks }: SinkWishes, sql: TargetStatements): Issue[] {
  const written = new Set(tables.map(({ id }) => fullName(id)));
  return tables.flatMap(({ id, foreignKeys }) =>
    foreignKeys
      .filter(({ references }) => written.has(fullName(references)))
      .map(({ name, references }) => {
        const parent = fullName(references) === fullName(id) ? 'itself' : fullName(references);
        return issue(
          tasks > 1 ? 'warning' : 'note',
          'foreign-key',
          tasks > 1
            ? `${fullName(id)} refers to ${parent} (${name}); ${tasks} tasks do not keep the order between tables, and a row before its parent fails the task`
            : `${fullName(id)} refers to ${parent} (${name}); the order between topics is not kept, and a row before its parent fails the task`,
          {
            statement: sql.dropForeignKey(id, name),
            hint: 'The source keeps the rows whole; in the target the constraint can go, or be checked afterwards.',
          },
        );
      }),
  );
}
