import { SluiceError } from '../../errors/error.ts';
import type { Cells, Column, ColumnType, Statement, TableInfo, TableName } from '../model.ts';
import { type ForeignKey, type ServerFacts, unseenKey } from '../session.ts';
import type { TableReference } from '../table-names.ts';
import { pickTable } from '../tables.ts';
import { declaredType, sqlserverType } from './types.ts';

export type Query = (statement: Statement | string) => Promise<Cells[]>;

/** 2019: collations in UTF-8, by which rows are hashed as the other engines hash them. */
const MIN_MAJOR = 15;
/** 2016's: OPENJSON, TRY_CONVERT, exact conversions of numbers. */
const MIN_LEVEL = 130;

/**
 * Facts about the server.
 * @throws DATABASE_UNSUPPORTED if it lacks what comparisons need
 */
export async function serverFacts(query: Query, name: string): Promise<ServerFacts> {
  const [row = []] = await query(
    "SELECT CONVERT(varchar(50), SERVERPROPERTY('ProductVersion')), DB_NAME(), @@SERVERNAME, " +
      'd.snapshot_isolation_state, CAST(d.compatibility_level AS int) FROM sys.databases d WHERE d.database_id = DB_ID()',
  );
  const [version, database, server, snapshot, level] = row;
  const major = Number.parseInt(version ?? '0', 10);
  if (major < MIN_MAJOR) await assertCapable(query, `${name}: SQL Server ${version}`);
  if (level !== null && level !== undefined && Number(level) < MIN_LEVEL) {
    throw new SluiceError('DATABASE_UNSUPPORTED', `${name}: ${database} is at compatibility level ${level}`, {
      hint: `It takes ${MIN_LEVEL} or higher: ALTER DATABASE … SET COMPATIBILITY_LEVEL = 150;`,
    });
  }
  return {
    product: 'SQL Server',
    version: version ?? '',
    major,
    database: database ?? '',
    identity: `${server}/${database}`,
    snapshot: snapshot === '1',
    digests: ['md5', 'sha256'],
  };
}

/** Azure SQL reports version 12, but supports everything needed. */
async function assertCapable(query: Query, server: string): Promise<void> {
  try {
    await query(
      "SELECT CAST(N'é' COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(10)), (SELECT COUNT(*) FROM OPENJSON(N'[1]'))",
    );
  } catch (cause) {
    if (!(cause instanceof SluiceError) || cause.code !== 'DATABASE_REJECTED') throw cause;
    throw new SluiceError('DATABASE_UNSUPPORTED', `${server} is too old: it has no collations in UTF-8`, {
      hint: 'Use SQL Server 2019 or later, or Azure SQL.',
      cause,
    });
  }
}

/** The first statement whose names the server knows: not every server that speaks the protocol has the whole catalog. */
async function firstKnown(query: Query, first: Statement, ...others: Statement[]): Promise<Cells[]> {
  try {
    return await query(first);
  } catch (error) {
    const [next, ...rest] = others;
    const unknown = error instanceof SluiceError && /^(207|208)$/.test(String(error.details?.['code']));
    if (!unknown || next === undefined) throw error;
    return firstKnown(query, next, ...rest);
  }
}

const KINDS =
  "CASE WHEN o.type = 'V' THEN 'view' WHEN t.is_external = 1 THEN 'foreign table' WHEN t.is_memory_optimized = 1 THEN 'memory-optimized table' " +
  "WHEN t.temporal_type = 1 THEN 'history table' WHEN t.temporal_type = 2 THEN 'system-versioned table' " +
  "WHEN t.is_node = 1 OR t.is_edge = 1 THEN 'graph table' ELSE 'table' END";
const PLAIN_KINDS = "CASE WHEN o.type = 'V' THEN 'view' ELSE 'table' END";

function tablesOf(kind: string): Statement {
  return {
    sql:
      `SELECT s.name, o.name, ${kind}, o.object_id, CASE WHEN s.name = SCHEMA_NAME() THEN 1 ELSE 0 END, ` +
      '(SELECT SUM(p.rows) FROM sys.partitions p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)) ' +
      'FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id LEFT JOIN sys.tables t ON t.object_id = o.object_id ' +
      "WHERE o.type IN ('U', 'V')",
    parameters: [],
  };
}

export async function listTables(query: Query) {
  const tables = await firstKnown(query, tablesOf(KINDS), tablesOf(PLAIN_KINDS));
  return tables.map(([schema, name, kind, id, current, rows]) => ({
    schema: schema ?? '',
    name: name ?? '',
    kind: (kind ?? 'table') as TableInfo['kind'],
    id: id ?? '',
    visible: current === '1',
    rows: Number(rows ?? 0),
  }));
}

/** An alias type is its base; a type of the CLR has none. */
const PLAIN_COLUMNS =
  'c.name, COALESCE(TYPE_NAME(c.system_type_id), TYPE_NAME(c.user_type_id)), c.max_length, c.precision, c.scale, ' +
  'CAST(c.is_nullable AS int), CAST(c.is_computed AS int), CAST(c.is_identity AS int), c.collation_name, c.default_object_id';
/** Whether a mask is lifted: for the database, or (2022) for this column. */
const UNMASKED =
  "CASE WHEN HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'UNMASK') = 1 OR " +
  "HAS_PERMS_BY_NAME(QUOTENAME(OBJECT_SCHEMA_NAME(c.object_id)) + '.' + QUOTENAME(OBJECT_NAME(c.object_id)), 'OBJECT', 'UNMASK', c.name, 'COLUMN') = 1 " +
  'THEN 1 ELSE 0 END';
const MORE_COLUMNS =
  'CAST(c.generated_always_type AS int), CAST(c.graph_type AS int), CAST(c.encryption_type AS int), ' +
  `CASE WHEN c.is_masked = 1 AND ${UNMASKED} = 0 THEN 1 ELSE 0 END`;

function columnsOf(columns: string, id: string): Statement {
  const sql = `SELECT ${columns} FROM sys.columns c WHERE c.object_id = CAST(@p1 AS int) ORDER BY c.column_id`;
  return { sql, parameters: [id] };
}

/** Columns of a graph table that cannot be selected. */
const INTERNAL = new Set(['1', '3', '4', '6', '7']);

async function readColumns(query: Query, id: string): Promise<Column[]> {
  const rows = await firstKnown(
    query,
    columnsOf(`${PLAIN_COLUMNS}, ${MORE_COLUMNS}`, id),
    columnsOf(PLAIN_COLUMNS, id),
  );
  return rows
    .filter((row) => !INTERNAL.has(row[11] ?? ''))
    .map((row): Column => {
      const [name, type, bytes, precision, scale, nullable, computed, identity, collation, initial, always] = row;
      const own = sqlserverType(type ?? '', Number(scale));
      const length = Number(bytes) / (/^n(char|varchar)$/.test(type ?? '') ? 2 : 1);
      return {
        name: name ?? '',
        nativeType: declaredType(type ?? '', Number(bytes), Number(precision), Number(scale)),
        type: unreadable(row) ?? own,
        nullable: nullable === '1',
        ...(/^(text|bytes)$/.test(own.family) && length > 0 && type !== 'text' && type !== 'ntext' && type !== 'image'
          ? { length }
          : {}),
        ...(collation === null || collation === undefined ? {} : { collation }),
        // Period columns and ledger columns are written by the server only.
        generated: computed === '1' || type === 'timestamp' || Number(always ?? 0) > 0,
        identity: identity === '1',
        ...(Number(initial ?? 0) > 0 ? { defaulted: true } : {}),
      };
    });
}

/** Columns whose values the session would not see unchanged. */
function unreadable(row: Cells): ColumnType | undefined {
  const [graph, encryption, masked] = [row[11], row[12], row[13]];
  if (masked === '1') return { family: 'opaque', reason: 'the column is masked, and the user lacks UNMASK' };
  if (Number(encryption ?? 0) > 0) return { family: 'opaque', reason: 'the column is encrypted by Always Encrypted' };
  if (Number(graph ?? 0) > 0) return { family: 'opaque', reason: 'each database numbers graph ids differently' };
  return undefined;
}

export async function describe(query: Query, wanted: TableReference, database: string): Promise<TableInfo> {
  const found = pickTable(await listTables(query), wanted, database);
  const note = await assertAllRows(query, found, database);
  const columns = await readColumns(query, found.id);
  const keys = await query({
    sql:
      'SELECT i.name, CAST(i.is_primary_key AS int), c.name FROM sys.indexes i ' +
      'JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.is_included_column = 0 ' +
      'JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id ' +
      'WHERE i.object_id = CAST(@p1 AS int) AND i.is_unique = 1 AND i.has_filter = 0 AND i.is_disabled = 0 ' +
      'ORDER BY i.name, k.key_ordinal',
    parameters: [found.id],
  });
  const unique = [...Map.groupBy(keys, ([index]) => index ?? '').values()].map((rows) => ({
    primary: rows[0]?.[1] === '1',
    columns: rows.map(([, , column]) => column ?? ''),
  }));
  const primaryKey = unique.find((key) => key.primary)?.columns ?? [];
  const first = columns.find((column) => column.name === primaryKey[0]);
  // Each part of a memory-optimized table would see another moment.
  const splits = first?.type.family === 'integer' && found.kind !== 'memory-optimized table';
  return {
    schema: found.schema,
    name: found.name,
    kind: found.kind,
    transactional: true,
    splitting: splits ? { by: 'key', column: first.name } : undefined,
    columns,
    primaryKey,
    uniqueKeys: unique.map((key) => key.columns),
    oneNull: unique.flatMap((key) => key.columns),
    estimatedRows: found.rows,
    note,
  };
}

/** Of the table, or of what a view reads. */
const POLICIES =
  'WITH d AS (SELECT CAST(@p1 AS int) AS id, 0 AS depth UNION ALL SELECT e.referenced_id, d.depth + 1 FROM d ' +
  'JOIN sys.sql_expression_dependencies e ON e.referencing_id = d.id WHERE e.referenced_id IS NOT NULL AND d.depth < 16) ' +
  "SELECT TOP (1) s.name + '.' + p.name FROM d JOIN sys.security_predicates x ON x.target_object_id = d.id " +
  'JOIN sys.security_policies p ON p.object_id = x.object_id JOIN sys.schemas s ON s.schema_id = p.schema_id ' +
  'WHERE x.predicate_type = 0 AND p.is_enabled = 1';
const NO_POLICIES = "SELECT '' WHERE 1 = 0";
/** Any of these rights shows policies; the last is new in 2022. */
const SEES_POLICIES = hasOne(['VIEW DEFINITION', 'ALTER ANY SECURITY POLICY', 'VIEW SECURITY DEFINITION']);

/** `1` if the user has one of these rights on the whole database. */
function hasOne(rights: readonly string[]): string {
  const conditions = rights.map((right) => `HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', '${right}') = 1`);
  return `SELECT CASE WHEN ${conditions.join(' OR ')} THEN 1 ELSE 0 END`;
}

/**
 * A filter applies to every user, even the database owner, and gives no sign of hidden rows.
 * @returns a note if the user cannot see the policies
 * @throws ROWS_HIDDEN
 */
async function assertAllRows(
  query: Query,
  table: TableName & { id: string },
  database: string,
): Promise<string | undefined> {
  const none = { sql: NO_POLICIES, parameters: [] };
  const [policy] = await firstKnown(query, { sql: POLICIES, parameters: [table.id] }, none);
  if (policy !== undefined) {
    const name = `${table.schema}.${table.name}`;
    throw new SluiceError('ROWS_HIDDEN', `${database}: the security policy ${policy[0]} may hide rows of ${name}`, {
      hint: 'Hidden rows cannot be compared. Skip the table, or switch the policy off during the comparison.',
      details: { table: name, policy: policy[0] },
    });
  }
  const [[sees] = []] = await query(SEES_POLICIES);
  return sees === '1'
    ? undefined
    : 'a security policy may hide rows: the user lacks VIEW DEFINITION on the database to tell';
}

const REFERENCES = `
  SELECT f.object_id, SCHEMA_NAME(c.schema_id), c.name, cc.name, SCHEMA_NAME(p.schema_id), p.name, pc.name,
    f.delete_referential_action, f.update_referential_action
  FROM sys.foreign_keys f
  JOIN sys.foreign_key_columns k ON k.constraint_object_id = f.object_id
  JOIN sys.tables c ON c.object_id = f.parent_object_id
  JOIN sys.columns cc ON cc.object_id = k.parent_object_id AND cc.column_id = k.parent_column_id
  JOIN sys.tables p ON p.object_id = f.referenced_object_id
  JOIN sys.columns pc ON pc.object_id = k.referenced_object_id AND pc.column_id = k.referenced_column_id
  WHERE f.is_disabled = 0 AND f.referenced_object_id = OBJECT_ID(@p1)
  ORDER BY f.object_id, k.constraint_column_id`;

/** A table's keys are only visible to users with some privilege on it. */
const SEES_KEYS = hasOne(['VIEW DEFINITION', 'SELECT', 'INSERT', 'UPDATE', 'DELETE']);

/** Foreign keys that refer to a table. @param quoted its quoted name */
export async function references(query: Query, table: TableName, quoted: string): Promise<ForeignKey[]> {
  const rows = await query({ sql: REFERENCES, parameters: [quoted] });
  const [[sees] = []] = await query(SEES_KEYS);
  const seen = [...Map.groupBy(rows, ([id]) => id).values()].map((columns): ForeignKey => {
    const [, childSchema, child, , parentSchema, parent, , onDelete, onUpdate] = columns[0] ?? [];
    return {
      child: { schema: childSchema ?? '', name: child ?? '' },
      childColumns: columns.map((row) => row[3] ?? ''),
      parent: { schema: parentSchema ?? '', name: parent ?? '' },
      parentColumns: columns.map((row) => row[6] ?? ''),
      onDelete: onDelete === '0' ? 'refuse' : 'act',
      onUpdate: onUpdate === '0' ? 'refuse' : 'act',
    };
  });
  return sees === '1' ? seen : [...seen, unseenKey(table)];
}

/** Availability group secondaries, readable copies of Azure SQL and database snapshots accept no updates. */
export async function replica(query: Query): Promise<string | undefined> {
  const [[updateability] = []] = await query(
    "SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS nvarchar(20))",
  );
  return updateability === 'READ_ONLY' ? 'the database is read-only, as on a secondary' : undefined;
}
