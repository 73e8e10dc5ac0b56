import type { Column, EngineName } from '../../src/databases/model.ts';
import { isAmbiguousMysql, mysqlType } from '../../src/databases/mysql/types.ts';
import { isAmbiguousPostgres, postgresType } from '../../src/databases/postgres/types.ts';
import { sqlserverType } from '../../src/databases/sqlserver/types.ts';

const plain = { generated: false, identity: false, nullable: true };

function declaredLength(nativeType: string): number | undefined {
  const length = /^[^(]*(?:char|binary)[^(]*\((\d+)\)/.exec(nativeType)?.[1];
  return length === undefined ? undefined : Number(length);
}

/** A column of PostgreSQL, as its catalog describes it. */
function postgresColumn(name: string, nativeType: string, more: Partial<Column> = {}): Column {
  const type = postgresType(nativeType);
  const ambiguous = isAmbiguousPostgres(nativeType, type, { isEnum: false });
  return { ...plain, name, nativeType, type, ambiguous, length: declaredLength(nativeType), ...more };
}

/** The same of MariaDB or MySQL. */
function mysqlColumn(name: string, nativeType: string, more: Partial<Column> = {}): Column {
  const [, dataType = '', digits = '0', scale] = /^(\w+)(?:\((\d+)(?:,(\d+))?\))?/.exec(nativeType) ?? [];
  const precision = /^(?:time|datetime|timestamp)$/.test(dataType) ? Number(digits) : 6;
  const type = mysqlType(dataType, nativeType, Number(scale ?? 0), precision);
  const charset = /char|text|^enum|^set/.test(dataType) ? 'utf8mb4' : undefined;
  const ambiguous = isAmbiguousMysql(dataType, nativeType, more.charset ?? charset);
  return { ...plain, name, nativeType, type, ambiguous, charset, length: declaredLength(nativeType), ...more };
}

/** The same of SQL Server. */
function sqlserverColumn(name: string, nativeType: string, more: Partial<Column> = {}): Column {
  const [, type = '', scale] = /^(\w+)(?:\((?:\d+,)?(\w+)\))?$/.exec(nativeType) ?? [];
  const collation = /char|^n?text$/.test(type) ? 'Latin1_General_CI_AS' : undefined;
  const own = sqlserverType(type, Number(scale ?? (/^(?:time|datetime2|datetimeoffset)$/.test(type) ? 7 : 0)));
  return { ...plain, name, nativeType, type: own, collation, length: declaredLength(nativeType), ...more };
}

interface DeclaredColumns {
  column(name: string, nativeType: string, more?: Partial<Column>): Column;
  /** Each kind of value, and each spelling that is written differently in SQL. */
  types: readonly string[];
  /** Columns that are no more than their type. */
  special?: readonly Column[];
  /** What tables are made of: see golden.test.ts. */
  plain: { id: string; text: string; moment: string; number: string };
}

const DECLARED: Record<EngineName, DeclaredColumns> = {
  postgresql: {
    column: postgresColumn,
    types: [
      ...['smallint', 'integer', 'bigint', 'boolean', 'numeric', 'numeric(12,2)', 'numeric(9,0)', 'money'],
      ...[
        'real',
        'double precision',
        'text',
        'character varying(20)',
        'character(5)',
        'uuid',
        'json',
        'jsonb',
        'bytea',
      ],
      ...['date', 'time without time zone', 'time(3) with time zone', 'timestamp(3) without time zone'],
      ...['timestamp without time zone', 'timestamp with time zone', 'interval', 'inet', 'integer[]', 'public.mood'],
    ],
    special: [postgresColumn('in domain', 'integer', { domain: true })],
    plain: { id: 'bigint', text: 'text', moment: 'timestamp with time zone', number: 'numeric(12,2)' },
  },
  mysql: {
    column: mysqlColumn,
    types: [
      ...['tinyint(4)', 'smallint(6)', 'int(11)', 'int(10) unsigned zerofill', 'bigint(20)', 'bigint(20) unsigned'],
      ...[
        'bit(1)',
        'year(4)',
        'decimal(12,2)',
        'decimal(9,0)',
        'float',
        'double',
        'char(5)',
        'varchar(20)',
        'longtext',
      ],
      ...['uuid', 'json', 'binary(16)', 'varbinary(20)', 'longblob', 'date', 'time(0)', 'time(6)', 'datetime(0)'],
      ...['datetime(6)', 'timestamp(3)', "enum('a','b')", 'inet6'],
    ],
    special: [
      mysqlColumn('in latin2', 'varchar(20)', { charset: 'latin2' }),
      mysqlColumn('in utf16', 'varchar(20)', { charset: 'utf16' }),
      mysqlColumn('in latin1', 'longtext', { charset: 'latin1' }),
      mysqlColumn('json in text', 'longtext', { type: { family: 'json' } }),
    ],
    plain: { id: 'bigint(20)', text: 'varchar(20)', moment: 'timestamp(3)', number: 'decimal(12,2)' },
  },
  sqlserver: {
    column: sqlserverColumn,
    types: [
      ...['tinyint', 'smallint', 'int', 'bigint', 'bit', 'decimal(12,2)', 'decimal(9,0)', 'money', 'real', 'float'],
      ...['char(5)', 'nchar(5)', 'varchar(20)', 'nvarchar(20)', 'nvarchar(3000)', 'nvarchar(max)', 'text'],
      ...['uniqueidentifier', 'json', 'xml', 'binary(16)', 'varbinary(20)', 'varbinary(max)', 'date', 'time(3)'],
      ...['time(7)', 'smalldatetime', 'datetime', 'datetime2(3)', 'datetime2(7)', 'datetimeoffset(7)'],
    ],
    special: [sqlserverColumn('by code page', 'varchar(20)', { collation: undefined })],
    plain: { id: 'bigint', text: 'nvarchar(20)', moment: 'datetime2(7)', number: 'decimal(12,2)' },
  },
};

export const ENGINE_NAMES = Object.keys(DECLARED) as EngineName[];

/** A column of an engine by its declared type. */
export function columnOf(engine: EngineName, name: string, nativeType: string, more: Partial<Column> = {}): Column {
  return DECLARED[engine].column(name, nativeType, more);
}

/** Columns of every kind that an engine has, each named by its type. */
export function columnsOf(engine: EngineName): Column[] {
  const { types, special = [] } = DECLARED[engine];
  return [...types.map((type) => columnOf(engine, type, type)), ...special];
}

/** Types of an engine's ordinary tables. */
export function plainTypes(engine: EngineName): DeclaredColumns['plain'] {
  return DECLARED[engine].plain;
}
