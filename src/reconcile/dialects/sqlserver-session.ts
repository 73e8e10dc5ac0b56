import type { config as MssqlConfig } from 'mssql';
import type { ErrorCode } from '../../errors/registry.ts';
import type { Cells, Column, ColumnType, Statement, TableInfo } from '../model.ts';
import { type KnownTable, pickTable } from '../tables.ts';
import type { ServerFacts, Session, SessionOptions } from './dialect.ts';
import { translate } from './failures.ts';
import { sqlserver } from './sqlserver.ts';

/** Numbers of sys.messages, and the driver's own codes. */
const CODES: Record<string, ErrorCode> = {
  ELOGIN: 'DATABASE_UNAUTHORIZED',
  '18456': 'DATABASE_UNAUTHORIZED',
  '4060': 'DATABASE_UNAUTHORIZED',
  '229': 'DATABASE_UNAUTHORIZED',
  '230': 'DATABASE_UNAUTHORIZED',
  ESOCKET: 'DATABASE_UNREACHABLE',
  ECONNCLOSED: 'DATABASE_UNREACHABLE',
  EINSTLOOKUP: 'DATABASE_UNREACHABLE',
  ETIMEOUT: 'TIMED_OUT',
  '1222': 'TIMED_OUT',
};

export async function openSqlserver(url: string, name: string, options: SessionOptions): Promise<Session> {
  const { default: mssql } = await import('mssql');
  let connected = false;
  const fail = (error: unknown) =>
    translate(withNumber(error), name, (code) =>
      code === 'ETIMEOUT' && !connected ? 'DATABASE_UNREACHABLE' : CODES[code],
    );
  // One connection: settings and transactions belong to it.
  const pool = new mssql.ConnectionPool({ ...settingsOf(url, options), pool: { max: 1, min: 1 } });
  pool.on('error', () => {});
  try {
    await pool.connect();
    connected = true;
  } catch (error) {
    await pool.close().catch(() => {});
    throw fail(error);
  }
  const requestOf = ({ parameters }: Statement) => {
    const request = pool.request();
    request.arrayRowMode = true;
    for (const [index, value] of parameters.entries()) request.input(`p${index + 1}`, mssql.NVarChar(mssql.MAX), value);
    return request;
  };
  const query = async (statement: Statement | string): Promise<Cells[]> => {
    options.signal?.throwIfAborted();
    const full = typeof statement === 'string' ? { sql: statement, parameters: [] } : statement;
    try {
      const result = await requestOf(full).query(full.sql);
      return ((result.recordset ?? []) as unknown as unknown[][]).map(toCells);
    } catch (error) {
      throw fail(error);
    }
  };
  const batch = async (sql: string) => {
    try {
      return await pool.request().batch(sql);
    } catch (error) {
      throw fail(error);
    }
  };
  const facts = await serverFacts(query).catch(async (error) => {
    await pool.close().catch(() => {});
    throw error;
  });
  const abort = () => void pool.close().catch(() => {});
  options.signal?.addEventListener('abort', abort, { once: true });

  return {
    dialect: sqlserver,
    server: facts,
    query,
    share: async () => undefined,
    async snapshot() {
      if (options.write) return;
      await batch(
        'IF @@TRANCOUNT > 0 ROLLBACK; ' +
          (facts.snapshot
            ? 'SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION;'
            : 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED;'),
      );
    },
    each(statement, onRow) {
      options.signal?.throwIfAborted();
      const request = requestOf(statement);
      request.stream = true;
      return new Promise((resolve, reject) => {
        let failure: unknown;
        request.on('row', (row: unknown) => onRow(toCells(row as unknown[])));
        request.on('error', (error) => {
          failure ??= error;
        });
        request.on('done', () => (failure === undefined ? resolve() : reject(fail(failure))));
        request.query(statement.sql).catch(() => {});
      });
    },
    async *stream(statement) {
      options.signal?.throwIfAborted();
      const request = requestOf(statement);
      const rows = request.toReadableStream({ highWaterMark: 1024 });
      request.query(statement.sql).catch(() => {});
      let buffer: Cells[] = [];
      try {
        for await (const row of rows) {
          buffer.push(toCells(row as unknown[]));
          if (buffer.length === 1024) {
            yield buffer;
            buffer = [];
          }
        }
      } catch (error) {
        throw fail(error);
      }
      if (buffer.length > 0) yield buffer;
    },
    tables: () => listTables(query),
    describe: (wanted) => describe(query, wanted, name),
    async execute(sql) {
      const result = await batch(sql);
      return result.rowsAffected.reduce((sum: number, one: number) => sum + one, 0);
    },
    async close() {
      options.signal?.removeEventListener('abort', abort);
      await pool.close().catch(() => {});
    },
  };
}

function toCells(row: readonly unknown[]): Cells {
  return row.map((cell) => (cell === null || cell === undefined ? null : String(cell)));
}

/** The server's own number says more than the driver's EREQUEST. */
function withNumber(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, number } = error as { code?: string; number?: number };
  if (code !== 'EREQUEST' || number === undefined) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code: String(number) });
}

/** `sqlserver://user:password@host:1433/name?encrypt=true&trustServerCertificate=true`, `mssql://` and JDBC's form. */
export function settingsOf(url: string, options: SessionOptions): MssqlConfig {
  const jdbc = /^jdbc:sqlserver:\/\/([^;/]*)(.*)$/i.exec(url);
  const properties = new Map<string, string>();
  let address: URL;
  if (jdbc) {
    address = new URL(`sqlserver://${jdbc[1]}`);
    for (const property of (jdbc[2] ?? '').split(';')) {
      const [key = '', value = ''] = property.split(/=(.*)/s);
      if (key !== '') properties.set(key.toLowerCase(), value);
    }
  } else {
    address = new URL(url);
    for (const [key, value] of address.searchParams) properties.set(key.toLowerCase(), value);
  }
  const database =
    properties.get('databasename') ??
    properties.get('database') ??
    decodeURIComponent(address.pathname.replace(/^\//, ''));
  const encrypt = properties.get('encrypt');
  return {
    server: address.hostname,
    port: Number(address.port || 1433),
    user: properties.get('user') ?? decodeURIComponent(address.username),
    password: properties.get('password') ?? decodeURIComponent(address.password),
    ...(database === '' ? {} : { database }),
    connectionTimeout: options.connectTimeout,
    requestTimeout: options.statementTimeout,
    options: {
      encrypt: encrypt === undefined || !/^(false|no|optional)$/i.test(encrypt),
      trustServerCertificate: /^(true|yes)$/i.test(properties.get('trustservercertificate') ?? ''),
      // A readable secondary may answer; a session that repairs needs the primary.
      readOnlyIntent: options.write !== true,
      appName: 'sluice reconcile',
      useUTC: true,
      enableArithAbort: true,
    },
  };
}

type Query = (statement: Statement | string) => Promise<Cells[]>;

async function serverFacts(query: Query): Promise<ServerFacts> {
  const [row = []] = await query(
    "SELECT CONVERT(varchar(50), SERVERPROPERTY('ProductVersion')), DB_NAME(), @@SERVERNAME, " +
      '(SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID())',
  );
  const [version, database, server, snapshot] = row;
  return {
    product: 'SQL Server',
    version: version ?? '',
    major: Number.parseInt(version ?? '0', 10),
    database: database ?? '',
    identity: `${server}/${database}`,
    snapshot: snapshot === '1',
    digests: ['md5', 'sha256'],
  };
}

async function listTables(query: Query): Promise<(KnownTable & { id: string; rows: number })[]> {
  const tables = await query(
    'SELECT s.name, o.name, o.type, o.object_id, CASE WHEN s.name = SCHEMA_NAME() THEN 1 ELSE 0 END, ' +
      '(SELECT SUM(p.rows) FROM sys.partitions p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)) ' +
      "FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V')",
  );
  return tables.map(([schema, name, type, id, current, rows]) => ({
    schema: schema ?? '',
    name: name ?? '',
    kind: type?.trim() === 'V' ? 'view' : 'table',
    id: id ?? '',
    visible: current === '1',
    rows: Number(rows ?? 0),
  }));
}

async function describe(
  query: Query,
  wanted: { schema?: string | undefined; name: string },
  database: string,
): Promise<TableInfo> {
  const found = pickTable(await listTables(query), wanted, database);
  const parameters = [found.id];
  const columns = await query({
    sql:
      'SELECT c.name, TYPE_NAME(c.system_type_id), c.max_length, c.precision, c.scale, ' +
      'CAST(c.is_nullable AS int), CAST(c.is_computed AS int), CAST(c.is_identity AS int) ' +
      'FROM sys.columns c WHERE c.object_id = CAST(@p1 AS int) ORDER BY c.column_id',
    parameters,
  });
  const keys = await query({
    sql:
      'SELECT i.name, CAST(i.is_primary_key AS int), c.name FROM sys.indexes i ' +
      'JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.is_included_column = 0 ' +
      'JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id ' +
      'WHERE i.object_id = CAST(@p1 AS int) AND i.is_unique = 1 AND i.has_filter = 0 ORDER BY i.name, k.key_ordinal',
    parameters,
  });
  const unique = [...Map.groupBy(keys, ([index]) => index ?? '').values()].map((rows) => ({
    primary: rows[0]?.[1] === '1',
    columns: rows.map(([, , column]) => column ?? ''),
  }));
  const primaryKey = unique.find((key) => key.primary)?.columns ?? [];
  const [first] = columns.filter(([name]) => name === primaryKey[0]);
  return {
    schema: found.schema,
    name: found.name,
    kind: found.kind,
    transactional: true,
    splitting: /int$/.test(first?.[1] ?? '') ? { by: 'key', column: first?.[0] ?? '' } : undefined,
    columns: columns.map(
      ([name, type, length, precision, scale, nullable, computed, identity]): Column => ({
        name: name ?? '',
        nativeType: declaredType(type ?? '', Number(length), Number(precision), Number(scale)),
        type: sqlserverType(type ?? '', Number(scale)),
        nullable: nullable === '1',
        generated: computed === '1' || type === 'timestamp',
        identity: identity === '1',
      }),
    ),
    primaryKey,
    uniqueKeys: unique.map((key) => key.columns),
    estimatedRows: found.rows,
  };
}

/** The type with its length, as CAST wants it. */
export function declaredType(type: string, bytes: number, precision: number, scale: number): string {
  switch (type) {
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return `${type}(${bytes < 0 ? 'max' : bytes})`;
    case 'nchar':
    case 'nvarchar':
      return `${type}(${bytes < 0 ? 'max' : bytes / 2})`;
    case 'decimal':
    case 'numeric':
      return `${type}(${precision},${scale})`;
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      return `${type}(${scale})`;
    default:
      return type;
  }
}

export function sqlserverType(type: string, scale: number): ColumnType {
  switch (type) {
    case 'tinyint':
      return { family: 'integer', bits: 8, unsigned: true };
    case 'smallint':
      return { family: 'integer', bits: 16 };
    case 'int':
      return { family: 'integer', bits: 32 };
    case 'bigint':
      return { family: 'integer', bits: 64 };
    case 'bit':
      return { family: 'boolean' };
    case 'decimal':
    case 'numeric':
      return { family: 'decimal', scale };
    case 'money':
    case 'smallmoney':
      return { family: 'decimal', scale: 4 };
    case 'real':
      return { family: 'float', bits: 32 };
    case 'float':
      return { family: 'float', bits: 64 };
    case 'char':
    case 'nchar':
      return { family: 'text', fixed: true };
    case 'varchar':
    case 'nvarchar':
    case 'text':
    case 'ntext':
      return { family: 'text' };
    case 'xml':
      return { family: 'other' };
    case 'uniqueidentifier':
      return { family: 'uuid' };
    case 'binary':
    case 'varbinary':
    case 'image':
      return { family: 'bytes' };
    case 'date':
      return { family: 'date' };
    case 'time':
      return { family: 'time', zone: false, precision: scale };
    case 'smalldatetime':
      return { family: 'timestamp', zone: false, precision: 0 };
    case 'datetime':
      // Steps of 1/300 s: three digits are what drivers read of it.
      return { family: 'timestamp', zone: false, precision: 3 };
    case 'datetime2':
      return { family: 'timestamp', zone: false, precision: scale };
    case 'datetimeoffset':
      return { family: 'timestamp', zone: true, precision: scale };
    case 'timestamp':
      return { family: 'opaque', reason: 'a row version is counted by each database on its own' };
    default:
      return { family: 'opaque', reason: 'sluice has no text for this type' };
  }
}
