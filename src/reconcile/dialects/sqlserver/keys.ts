import type { Column, Statement } from '../../../databases/model.ts';
import { quote, table } from '../../../databases/sqlserver/names.ts';
import type { Form } from '../../model.ts';
import type { FetchRequest } from '../dialect.ts';
import { textLiteral } from './literals.ts';
import { canonical } from './values.ts';

/**
 * A canonical text as a typed value that can use the column's index; NULL if it is not a value. Undefined if no index
 * helps.
 */
function keyValue({ type, nativeType, collation }: Column, text: string): string | undefined {
  if (/^(text|ntext|image|xml|json)$|\(max\)$/.test(nativeType)) return undefined;
  switch (type.family) {
    case 'text':
      // A conversion to varchar depends on a code page, and only the column's own has all of its characters.
      if (/^n/.test(nativeType)) return `TRY_CONVERT(${nativeType}, ${text})`;
      return collation === undefined || /\W/.test(collation)
        ? undefined
        : `TRY_CONVERT(${nativeType}, ${text} COLLATE ${collation})`;
    case 'bytes':
      return `TRY_CONVERT(${nativeType}, ${text}, 2)`;
    case 'timestamp':
      // The older types would read a date by the language of the session.
      return `TRY_CONVERT(${nativeType}, ${text}${type.step === undefined ? '' : ', 121'})`;
    case 'date':
    case 'time':
    case 'integer':
    case 'boolean':
    case 'decimal':
    case 'uuid':
      return `TRY_CONVERT(${nativeType}, ${text})`;
    default:
      return undefined;
  }
}

/** Whether rows with one canonical text are equal for the server, too: none may be rounded, or cut, on the way to it. */
function isNative({ type }: Column, form: Form): boolean {
  switch (form.kind) {
    case 'text':
      return (
        type.family === 'text' &&
        !form.ignoreCase &&
        (form.trim === false || (form.trim === true && type.fixed === true))
      );
    case 'integer':
      return type.family === 'integer' || type.family === 'boolean';
    case 'decimal':
      return (
        type.family === 'integer' ||
        (type.family === 'decimal' && !form.rounded && (type.scale ?? 0) <= (form.scale ?? 38))
      );
    case 'time':
      return type.family === 'time' && type.precision <= form.precision;
    case 'timestamp':
      return type.family === 'timestamp' && type.precision <= form.precision && (form.step ?? type.step) === type.step;
    case 'uuid':
    case 'bytes':
    case 'date':
      return type.family === form.kind;
    default:
      return false;
  }
}

/** Whether the canonical text, and one character more, surely fits into nvarchar(4000): (max) is slow, and cannot be hashed. */
function isShort(column: Column, form: Form): boolean {
  const { family } = column.type;
  const declared = Number(/\((\d+)\)$/.exec(column.nativeType)?.[1] ?? Number.POSITIVE_INFINITY);
  switch (form.kind) {
    case 'text':
    case 'json':
    case 'interval':
      return declared < 4000;
    case 'uuid':
      return family === 'uuid' || declared < 4000;
    case 'native':
      return (family !== 'text' && family !== 'other') || declared < 4000;
    case 'bytes':
      return 2 * declared < 4000;
    case 'decimal':
      return (form.scale ?? 0) < 1000;
    default:
      return true;
  }
}

/**
 * True for exactly one text: by code points, and with a full stop behind both, since a comparison fills up with blanks.
 * @param marked SQL, an nvarchar with the full stop
 */
function sameText(column: Column, form: Form, marked: string): string {
  const type = isShort(column, form) ? 'nvarchar(4000)' : 'nvarchar(max)';
  return `CAST(${canonical(column, form)} AS ${type}) COLLATE Latin1_General_100_BIN2 + N'.' = ${marked}`;
}

/** Conditions that together are true for exactly the rows with one canonical text. */
function matches(
  column: Column,
  form: Form,
  { native, text, marked, own = quote(column.name) }: { native: boolean; text: string; marked: string; own?: string },
): string[] {
  const value_ = native && isNative(column, form) ? keyValue(column, text) : undefined;
  if (value_ === undefined) return [sameText(column, form, marked)];
  // Only integers that are equal always have one text: others may have been rounded when they were converted.
  return column.type.family === 'integer' && form.kind === 'integer'
    ? [`${own} = ${value_}`]
    : [`${own} = ${value_}`, sameText(column, form, marked)];
}

export function fetch({ table: name, key, keys, keyName, select, where, lock }: FetchRequest): Statement {
  const given = key.flatMap(({ match }, index) => (match === 'null' ? [] : [index]));
  // No row has a text longer than the column; it must not be cut to a text that a row has.
  const possible = keys.filter((one) =>
    key.every(({ column, form }, index) => !isShort(column, form) || (one[index] ?? '').length < 4000),
  );
  const rows = possible.map(
    (_, row) => `(${given.map((_index, at) => `@p${row * given.length + at + 1}`).join(', ')})`,
  );
  const equal = key.flatMap(({ column, form, match = 'canonical' }, index) => {
    const own = `${quote(name.name)}.${quote(column.name)}`;
    if (match === 'null') return [`${own} IS NULL`];
    const reference = `${keyName}.${keyName}${index + 1}`;
    const text = isShort(column, form) ? `CAST(${reference} AS nvarchar(4000))` : reference;
    return matches(column, form, { native: match === 'native', text, marked: `${text} + N'.'`, own });
  });
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const conditions = where === undefined ? equal : [...equal, `(${where})`];
  const none = possible.length === 0;
  // A condition may call the table by its name, so it has no other one.
  const of = `${table(name)}${lock ? ' WITH (UPDLOCK, HOLDLOCK, ROWLOCK)' : ''}`;
  const names = given.map((index) => `${keyName}${index + 1}`).join(', ');
  const from =
    given.length === 0 || none ? `${of} WHERE` : `(VALUES ${rows.join(', ')}) AS ${keyName}(${names}) JOIN ${of} ON`;
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${from} ${none ? '1 = 0' : conditions.join(' AND ')}`,
    parameters: possible.flatMap((one) => given.map((index) => one[index] ?? null)),
  };
}

export function exactly(column: Column, form: Form, text: string | null): string {
  const name = quote(column.name);
  if (text === null) return `${name} IS NULL`;
  if (form.kind === 'integer' && isNative(column, form) && INTEGER.test(text)) {
    const value_ = BigInt(text);
    return value_ === BigInt.asIntN(64, value_) ? `${name} = ${integer(value_)}` : '1 = 0';
  }
  return matches(column, form, { native: true, text: `(${textLiteral(text)})`, marked: textLiteral(`${text}.`) }).join(
    ' AND ',
  );
}

const INTEGER = /^-?\d{1,20}$/;

/** A larger constant is a decimal, to which a bigint would be converted before it is compared, and no index would help. */
function integer(value: bigint): string {
  return value > 2_147_483_647n || value < -2_147_483_647n ? `CAST(${value} AS bigint)` : String(value);
}

/** Bounds are integers; they may come from a file. */
export function keyRange(column: string, from: string | undefined, to: string | undefined): string | undefined {
  const bounds = [
    ...(from === undefined ? [] : [`${quote(column)} >= ${integer(BigInt(from))}`]),
    ...(to === undefined ? [] : [`${quote(column)} < ${integer(BigInt(to))}`]),
  ];
  return bounds.length === 0 ? undefined : bounds.join(' AND ');
}
