import type { Column, Engine, Table } from './model.ts';
import { list, quote } from './names.ts';

export function qualified(table: Pick<Table, 'schema' | 'name'>, engine: Engine): string {
  return `${quote(table.schema, engine)}.${quote(table.name, engine)}`;
}

/** Everything up to the empty table, statement by statement. */
export function createStatements(table: Table, engine: Engine): string[] {
  const parts = [
    ...table.columns.map((column) => definition(column, table, engine)),
    ...(table.primaryKey.length === 0 ? [] : [`PRIMARY KEY (${list(table.primaryKey, engine)})`]),
    ...table.unique.map((names) => `UNIQUE (${list(names, engine)})`),
  ];
  const indexes = table.indexes.map(
    (names, at) =>
      `CREATE INDEX ${quote(`i${at}_${table.name}`.slice(0, 50), engine)} ON ${qualified(table, engine)} (${list(names, engine)})`,
  );
  return [
    ...table.columns.flatMap((column) => column.before ?? []),
    `CREATE TABLE ${qualified(table, engine)} (\n  ${parts.join(',\n  ')}\n)${table.suffix ?? ''}`,
    ...table.parts,
    ...indexes,
  ];
}

function definition(column: Column, table: Table, engine: Engine): string {
  const words = [quote(column.name, engine), column.declared];
  if (column.generated !== undefined) {
    words.push(`GENERATED ALWAYS AS (${column.generated}) STORED`);
    return words.join(' ');
  }
  if (column.identity !== undefined) {
    if (engine.family === 'mysql') words.push('NOT NULL AUTO_INCREMENT');
    else words.push(`GENERATED ${column.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`);
    return words.join(' ');
  }
  const notNull = !column.nullable || table.primaryKey.includes(column.name);
  // MySQL's first TIMESTAMP column is NOT NULL and changes by itself unless this is said.
  if (engine.family === 'mysql' && column.type.kind === 'timestamp' && column.type.zone) {
    const zero = `'0000-00-00 00:00:00'`;
    words.push(notNull ? `NOT NULL DEFAULT ${zero}` : 'NULL DEFAULT NULL');
  } else if (notNull) words.push('NOT NULL');
  return words.join(' ');
}

/** Rows that cannot be had twice are left out: what lies in the table is read, not supposed. */
export function insertStatement(
  table: Table,
  engine: Engine,
  rows: readonly (readonly (string | undefined)[])[],
  into: string = table.name,
): string {
  const written = table.columns.flatMap((column, at) => (column.generated === undefined ? [at] : []));
  const names = written.map((at) => table.columns[at]?.name ?? '');
  const always = table.columns.some((column) => column.identity === 'always');
  const values = rows.map((row) => `(${written.map((at) => row[at] ?? 'DEFAULT').join(', ')})`);
  const target = qualified({ schema: table.schema, name: into }, engine);
  return engine.family === 'mysql'
    ? `INSERT IGNORE INTO ${target} (${list(names, engine)}) VALUES\n  ${values.join(',\n  ')}`
    : `INSERT INTO ${target} (${list(names, engine)})${always ? ' OVERRIDING SYSTEM VALUE' : ''} VALUES\n  ${values.join(',\n  ')}\nON CONFLICT DO NOTHING`;
}

/** Which rows go into the table itself, and which into its child by inheritance. */
export function inserts(table: Table): { into: string; rows: Table['rows'] }[] {
  const { child, rows } = table;
  if (child === undefined) return [{ into: table.name, rows }];
  return [
    { into: table.name, rows: rows.slice(0, child.from) },
    { into: child.name, rows: rows.slice(child.from) },
  ];
}

/** The whole table as one script. */
export function script(table: Table, engine: Engine): string {
  const filled = inserts(table).flatMap(({ into, rows }) =>
    rows.length === 0 ? [] : [insertStatement(table, engine, rows, into)],
  );
  return [...createStatements(table, engine), ...filled, ...table.after].map((statement) => `${statement};`).join('\n');
}
