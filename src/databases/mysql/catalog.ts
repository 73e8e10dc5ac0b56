import { SluiceError } from '../../errors/error.ts';
import type { Cells, Column, Hidden, Statement, TableInfo, TableName } from '../model.ts';
import { type ForeignKey, unseenKey } from '../session.ts';
import { isView, type TableKind } from '../table-kinds.ts';
import type { TableReference } from '../table-names.ts';
import { type KnownTable, pickTable, refuse } from '../tables.ts';
import { hiddenByView } from '../user-views.ts';
import { readGrants } from './grants.ts';
import { table } from './names.ts';
import { isAmbiguousMysql, mysqlType } from './types.ts';

type Query = (statement: Statement | string) => Promise<Cells[]>;

interface CatalogTable extends KnownTable {
  rows: number;
  engine: string;
}

/** Characters that no name can have here; the catalogs refuse queries with them. */
const NOT_IN_NAMES = /[\u{10000}-\u{10ffff}]/u;

/** @param only one table: the server opens every table that it lists, and some have thousands */
export async function listMysql(query: Query, only?: TableReference): Promise<CatalogTable[]> {
  if (only !== undefined && NOT_IN_NAMES.test(`${only.schema ?? ''}${only.name}`)) return [];
  const tables = await query({
    sql:
      'SELECT table_schema, table_name, table_type, table_schema <=> DATABASE(), table_rows, engine, create_options ' +
      'FROM information_schema.tables WHERE ' +
      (only === undefined
        ? "table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"
        : `table_schema = ${only.schema === undefined ? 'DATABASE()' : '?'} AND table_name = ?`),
    parameters: only === undefined ? [] : [...(only.schema === undefined ? [] : [only.schema]), only.name],
  });
  return tables.map(([schema, name, type, current, rows, engine, options]) => ({
    schema: schema ?? '',
    name: name ?? '',
    kind: kindOf(type ?? '', engine ?? '', options ?? ''),
    visible: current === '1',
    rows: Number(rows ?? 0),
    engine: engine ?? '',
  }));
}

/** Engines whose rows are elsewhere: their keys and NOT NULL are not checked here. */
const ELSEWHERE = /^(FEDERATED|CONNECT|SPIDER|S3|OQGRAPH|SPHINX)$/i;

/** @see https://mariadb.com/kb/en/information-schema-tables-table/ */
function kindOf(type: string, engine: string, options: string): TableKind {
  if (/TEMPORARY/i.test(type)) return 'temporary table';
  if (/VIEW/i.test(type)) return 'view';
  if (/SEQUENCE/i.test(type)) return 'sequence';
  if (ELSEWHERE.test(engine)) return 'foreign table';
  if (/^MRG_MYISAM$/i.test(engine)) return 'merge table';
  if (/^BLACKHOLE$/i.test(engine)) return 'blackhole table';
  if (/SYSTEM VERSIONED/i.test(type)) return 'system-versioned table';
  return /\bpartitioned\b/i.test(options) ? 'partitioned table' : 'table';
}

/** Engines with row versions; others show each statement the current rows. */
const WITH_SNAPSHOT = /^(INNODB|ROCKSDB|TOKUDB)$/i;

/** @throws TABLE_NOT_FOUND, TABLE_NOT_COMPARABLE */
export async function describeMysql(query: Query, wanted: TableReference, database: string): Promise<TableInfo> {
  const exact = (await listMysql(query, wanted)).filter((table) => table.name === wanted.name);
  const found = pickTable(exact.length === 1 ? exact : await listMysql(query), wanted, database);
  refuse(found, database);
  const { kind } = found;
  const parameters = [found.schema, found.name];
  const columns = await query({
    sql:
      'SELECT column_name, column_type, data_type, numeric_scale, datetime_precision, is_nullable, extra, character_set_name, ' +
      'character_maximum_length, generation_expression, column_default ' +
      'FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position',
    parameters,
  });
  const keys = await query({
    sql:
      'SELECT index_name, column_name FROM information_schema.statistics ' +
      'WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index',
    parameters,
  });
  const json = await jsonColumns(query, parameters);
  // In every key of a system-versioned table, and the same in all current rows.
  const periodEnds = new Set(columns.flatMap((column) => (column[9] === 'ROW END' ? [column[0]] : [])));
  const unique = Map.groupBy(
    keys.filter(([, column]) => !periodEnds.has(column ?? '')),
    ([index]) => index ?? '',
  );
  // Keys on expressions have no column, so they make no column unique.
  const indexed = [...unique].flatMap(([index, parts]) => {
    const names = parts.flatMap(([, column]) => column ?? []);
    return names.length === parts.length ? [{ index, columns: names }] : [];
  });
  const primaryKey = indexed.find((key) => key.index === 'PRIMARY')?.columns ?? [];
  const [first] = columns.filter(([name]) => name === primaryKey[0]);
  // A view's columns are not checked by the view, nor a foreign table's by this server.
  const unchecked = isView(kind) || kind === 'foreign table';
  return {
    schema: found.schema,
    name: found.name,
    kind,
    transactional: isView(kind) || WITH_SNAPSHOT.test(found.engine),
    hidden: (await hiddenColumns(query, found)) ?? (kind === 'view' ? await hiddenRows(query, found) : undefined),
    splitting:
      kind !== 'foreign table' && /int$/i.test(first?.[2] ?? '') ? { by: 'key', column: first?.[0] ?? '' } : undefined,
    columns: columns.map(
      ([name, nativeType, dataType, scale, precision, nullable, extra, charset, length, , initial]): Column => ({
        name: name ?? '',
        nativeType: nativeType ?? '',
        type: json.has(name ?? '')
          ? { family: 'json' }
          : mysqlType(dataType ?? '', nativeType ?? '', Number(scale ?? 0), Number(precision ?? 0)),
        nullable: nullable === 'YES' || unchecked,
        length: length === null ? undefined : Number(length),
        charset: charset ?? undefined,
        ambiguous: isAmbiguousMysql(dataType ?? '', nativeType ?? '', charset ?? undefined),
        generated: /GENERATED/i.test(extra ?? '') && !/DEFAULT_GENERATED/i.test(extra ?? ''),
        identity: false,
        ...(/ON UPDATE/i.test(extra ?? '') ? { touched: true } : {}),
        // MariaDB writes NULL in words.
        ...((initial ?? 'NULL') === 'NULL' ? {} : { defaulted: true }),
      }),
    ),
    primaryKey,
    uniqueKeys: unchecked || kind === 'merge table' ? [] : indexed.map((key) => key.columns),
    estimatedRows: found.rows,
  };
}

/** information_schema only lists columns that the user may use; all others would be skipped silently. */
async function hiddenColumns(query: Query, { schema, name }: CatalogTable): Promise<Hidden | undefined> {
  try {
    await query(`SELECT * FROM ${table({ schema, name })} LIMIT 0`);
    return undefined;
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'DATABASE_UNAUTHORIZED')
      return {
        what: 'columns',
        reason: 'this user may not read all columns',
        hint: 'Grant SELECT on the whole table, or name a view with the columns that are to be compared.',
      };
    throw error;
  }
}

/** Rows that the view, or one that it reads, shows to some users only. */
async function hiddenRows(query: Query, { schema, name }: CatalogTable): Promise<Hidden | undefined> {
  const views = await query('SELECT table_schema, table_name, view_definition FROM information_schema.views');
  const byName = new Map(
    views.map(([db, view, definition]) => [table({ schema: db ?? '', name: view ?? '' }), definition ?? '']),
  );
  const read = new Set([table({ schema, name })]);
  for (const one of read) {
    const definition = byName.get(one) ?? '';
    for (const other of byName.keys()) if (definition.includes(other)) read.add(other);
  }
  return hiddenByView([...read].map((one) => byName.get(one)));
}

/** MariaDB's json is longtext with a check constraint, which is the only sign. */
async function jsonColumns(query: Query, parameters: readonly string[]): Promise<Set<string>> {
  const checks = await query({
    sql: 'SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = ? AND table_name = ?',
    parameters,
  }).catch(() => []);
  const names = checks.flatMap(([clause]) => /^json_valid\(`((?:[^`]|``)+)`\)$/i.exec(clause ?? '')?.[1] ?? []);
  return new Set(names.map((name) => name.replaceAll('``', '`')));
}

/** Foreign keys that refer to a table. */
export async function referencesMysql(query: Query, { schema, name }: TableName): Promise<ForeignKey[]> {
  const rows = await query({
    sql:
      'SELECT k.constraint_schema, k.constraint_name, k.table_schema, k.table_name, k.column_name, k.referenced_column_name, ' +
      'r.delete_rule, r.update_rule FROM information_schema.key_column_usage k ' +
      'JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema ' +
      'AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name ' +
      'WHERE k.referenced_table_schema = ? AND k.referenced_table_name = ? ORDER BY 1, 2, 3, 4, k.ordinal_position',
    parameters: [schema, name],
  });
  const keys = Map.groupBy(rows, (row) => JSON.stringify(row.slice(0, 4)));
  const refuses = (rule: string | null | undefined) => (/^(NO ACTION|RESTRICT)$/.test(rule ?? '') ? 'refuse' : 'act');
  const seen = [...keys.values()].map((columns): ForeignKey => {
    const [[, , childSchema, child, , , onDelete, onUpdate] = []] = columns;
    return {
      child: { schema: childSchema ?? '', name: child ?? '' },
      childColumns: columns.map(([, , , , column]) => column ?? ''),
      parent: { schema, name },
      parentColumns: columns.map(([, , , , , column]) => column ?? ''),
      onDelete: refuses(onDelete),
      onUpdate: refuses(onUpdate),
    };
  });
  return (await seesKeys(query, schema)) ? seen : [...seen, unseenKey({ schema, name })];
}

/**
 * Privileges on a table that show its keys. In MariaDB SELECT does not, and neither do privileges on other objects,
 * such as EXECUTE.
 */
const SHOW_KEYS = ['INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'INDEX', 'ALTER', 'CREATE', 'DROP', 'TRIGGER'];

/** A user only sees keys of tables on which it has some privilege; a privilege on the whole schema shows them all. */
async function seesKeys(query: Query, schema: string): Promise<boolean> {
  const grants = readGrants((await query('SHOW GRANTS')).map(([grant]) => grant ?? ''));
  return SHOW_KEYS.some((privilege) => grants.has(privilege, schema));
}
