import type { Column, Statement } from '../../../databases/model.ts';
import { quote, table } from '../../../databases/mysql/names.ts';
import { keyMatch } from '../../columns/keys.ts';
import type { Form } from '../../model.ts';
import type { FetchRequest } from '../dialect.ts';
import { quoted } from './literals.ts';
import { canonical } from './values.ts';

/** A literal that can use the column's index; the text is a value of the column: see `keyMatch`. */
function keyValue({ type }: Column, value_: string): string {
  switch (type.family) {
    case 'integer':
    case 'boolean':
    case 'decimal':
      return value_;
    case 'bytes':
      return `X'${value_}'`;
    // Typed: among several columns, MySQL may compare a time as text, and '12:34:56.5' is not '12:34:56.500'.
    case 'date':
      return `DATE${quoted(value_)}`;
    case 'time':
      return `TIME${quoted(value_)}`;
    case 'timestamp':
      return `TIMESTAMP${quoted(value_)}`;
    default:
      return quoted(value_);
  }
}

/** Exact match, regardless of what the collation treats as equal: even `utf8mb4_bin` ignores trailing blanks. */
const bytesOf = (expression: string) => `CAST(${expression} AS BINARY)`;
const literalBytes = (value_: string) => `X'${Buffer.from(value_).toString('hex')}'`;

export function fetch({ table: name, key, keys, select, where, lock }: FetchRequest): Statement {
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const among = (
    terms: readonly { index: number; left: string; right: (value_: string) => string }[],
  ): readonly string[] => {
    if (terms.length === 0) return [];
    const tuple = (values: readonly string[]) => (values.length === 1 ? (values[0] ?? '') : `(${values.join(', ')})`);
    const rows = keys.map((one) => tuple(terms.map(({ index, right }) => right(one[index] ?? ''))));
    return [`${tuple(terms.map(({ left }) => left))} IN (${rows.join(', ')})`];
  };
  const native = key.flatMap(({ column, match }, index) =>
    match === 'native' ? [{ index, left: quote(column.name), right: (one: string) => keyValue(column, one) }] : [],
  );
  const exact = key.flatMap(({ column, form, match }, index) =>
    match === 'canonical' || (match === 'native' && column.type.family === 'text')
      ? [{ index, left: bytesOf(canonical(column, form)), right: literalBytes }]
      : [],
  );
  const conditions = [
    ...key.flatMap(({ column, match }) => (match === 'null' ? [`${quote(column.name)} IS NULL`] : [])),
    ...among(native),
    ...among(exact),
    ...(where === undefined ? [] : [`(${where})`]),
  ];
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${table(name)} WHERE ${conditions.join(' AND ')}${lock ? ' FOR UPDATE' : ''}`,
    parameters: [],
  };
}

export function exactly(column: Column, form: Form, text_: string | null): string {
  if (text_ === null) return `${quote(column.name)} IS NULL`;
  const match = keyMatch(column, form, text_, {});
  if (match === 'none') return 'FALSE';
  const exact = `${bytesOf(canonical(column, form))} = ${literalBytes(text_)}`;
  if (match === 'canonical') return exact;
  const native = `${quote(column.name)} = ${keyValue(column, text_)}`;
  return column.type.family === 'text' ? `${native} AND ${exact}` : native;
}
