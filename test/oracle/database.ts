import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { insertStatement, inserts, qualified } from './ddl.ts';
import type { Cell, Column, Engine, Row, Table } from './model.ts';
import { quote } from './names.ts';

/** One side of a case: a database of the oracle's own, read and written by the engine's driver alone. */
export interface OracleDatabase {
  engine: Engine;
  /** What reconcile is given. */
  url: string;
  /** Where unqualified tables are: `public`, or the name of the database. */
  schema: string;
  /** One statement or several. */
  run(sql: string): Promise<void>;
  query(sql: string): Promise<(Buffer | string | null)[][]>;
  close(): Promise<void>;
}

const RAW = { getTypeParser: () => (text: unknown) => text } as never;

export async function openDatabase(engine: Engine, url: string): Promise<OracleDatabase> {
  return engine.family === 'mysql' ? openMysql(engine, url) : openPostgres(engine, url);
}

async function openPostgres(engine: Engine, url: string): Promise<OracleDatabase> {
  const client = new pg.Client(url);
  // A database that is dropped ends the connection; the next query says so.
  client.on('error', () => {});
  await client.connect();
  await client.query(
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; " +
      "SET extra_float_digits = 1; SET lc_monetary = 'C'; SET synchronous_commit = off; SET client_min_messages = error; " +
      "SET xmloption = 'content'",
  );
  return {
    engine,
    url,
    schema: 'public',
    async run(sql) {
      await client.query(sql);
    },
    async query(sql) {
      const result = await client.query({ text: sql, rowMode: 'array', types: RAW });
      return result.rows as unknown as (string | null)[][];
    },
    close: () => client.end(),
  };
}

async function openMysql(engine: Engine, url: string): Promise<OracleDatabase> {
  const connection = await createConnection({
    uri: url,
    multipleStatements: true,
    rowsAsArray: true,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    typeCast: (field) => field.buffer(),
  });
  await connection.query(
    "SET time_zone = '+00:00', SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO'",
  );
  return {
    engine,
    url,
    schema: decodeURIComponent(new URL(url).pathname.slice(1)),
    async run(sql) {
      await connection.query(sql);
    },
    async query(sql) {
      const [rows] = await connection.query(sql);
      return rows as unknown as (Buffer | null)[][];
    },
    close: () => connection.end(),
  };
}

/** The URL of another database of the same server. */
export function withDatabase(url: string, name: string, login?: { user: string; password: string }): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  if (login !== undefined) {
    changed.username = login.user;
    changed.password = login.password;
  }
  return changed.toString();
}

/** All rows of a table as the driver gives them, each value as text (bytes in hex). */
export async function readTable(database: OracleDatabase, table: Table, where?: string): Promise<Row[]> {
  const { engine } = database;
  const columns = table.columns.map((column) => selected(column, engine));
  const condition = where === undefined ? '' : ` WHERE ${where}`;
  const rows = await database.query(`SELECT ${columns.join(', ')} FROM ${qualified(table, engine)}${condition}`);
  return rows.map((row) => row.map((cell, at) => text(cell, table.columns[at] as Column)));
}

function selected({ name, type }: Column, engine: Engine): string {
  const quoted = quote(name, engine);
  // A FLOAT is sent with six digits, and MySQL sends a double that is an expression's with 15: JSON has all of them.
  if (engine.family === 'mysql' && type.kind === 'float')
    return `IF(${quoted} IS NULL, NULL, CAST(JSON_ARRAY(${quoted} + 0e0) AS CHAR))`;
  return quoted;
}

function text(cell: Buffer | string | null, { type }: Column): Cell {
  if (cell === null) return null;
  if (typeof cell === 'string') return type.kind === 'bytes' ? cell.replace(/^\\x/, '') : cell;
  if (type.kind === 'bytes' || type.kind === 'opaque') return cell.toString('hex');
  if (type.kind === 'boolean') return String(cell[0] ?? 0);
  return type.kind === 'float' ? cell.toString('utf8').replace(/^\[|\]$/g, '') : cell.toString('utf8');
}

/** Puts the rows in, those that the database refuses left out. */
export async function fill(database: OracleDatabase, table: Table): Promise<void> {
  const { engine } = database;
  for (const { into, rows } of inserts(table)) {
    if (rows.length === 0) continue;
    try {
      await database.run(insertStatement(table, engine, rows, into));
    } catch {
      for (const row of rows) await database.run(insertStatement(table, engine, [row], into)).catch(() => {});
    }
  }
}
