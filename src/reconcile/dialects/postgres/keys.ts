import type { Column, Statement } from '../../../databases/model.ts';
import { quote, table } from '../../../databases/postgres/names.ts';
import { keyMatch } from '../../columns/keys.ts';
import type { Form } from '../../model.ts';
import type { FetchMatch, FetchRequest } from '../dialect.ts';
import { quoted } from './literals.ts';
import { canonical, isUserDefined, op, textRefusal } from './values.ts';

/** A canonical text as a typed value that can use the column's index. */
function keyValue({ type, nativeType }: Column, reference: string): string {
  switch (type.family) {
    case 'integer':
      return `${reference}::${type.bits === 16 ? 'smallint' : type.bits === 64 ? 'bigint' : 'integer'}`;
    case 'decimal':
      return `${reference}::${nativeType === 'money' ? 'numeric::money' : 'numeric'}`;
    case 'text':
      return type.fixed ? `${reference}::bpchar` : reference;
    case 'bytes':
      return `pg_catalog.decode(${reference}, 'hex')`;
    case 'time':
    case 'timestamp':
      return `${reference}::${type.family}${type.zone ? 'tz' : ''}`;
    default:
      return `${reference}::${type.family}`;
  }
}

/** Families whose equal values have one text, native or canonical. */
const ONE_TEXT = /^(integer|boolean|uuid|bytes|date)$/;

/** IS NULL treats a composite value with only NULL members as NULL, and so does IS NOT DISTINCT FROM NULL. */
function isNull(column: Column, name: string): string {
  return isUserDefined(column) ? `(${name} IS DISTINCT FROM NULL) IS FALSE` : `${name} IS NULL`;
}

/** Conditions that together are true for exactly the rows with this canonical text. */
function matches(
  column: Column,
  form: Form,
  match: FetchMatch,
  {
    value,
    text,
    name = quote(column.name),
    equals = '=',
    equalsToo = equals,
  }: { value: string; text: string; name?: string; equals?: string; equalsToo?: string },
): string[] {
  if (match === 'null') return [isNull(column, name)];
  const exactText = `(${canonical(column, form)}) COLLATE "C"`;
  if (match === 'canonical') return [`${exactText} ${equals} ${text}`];
  const native = `${name} ${equals} ${/^-?[\d.]+$/.test(value) ? value : keyValue(column, value)}`;
  // In other types equal values may have several texts: by collation, or numbers with and without trailing zeros.
  return ONE_TEXT.test(column.type.family) ? [native] : [native, `${exactText} ${equalsToo} ${text}`];
}

export function fetch({ table: name, key, keys, keyName, select, where, lock }: FetchRequest): Statement {
  // A condition may call the table by its name, so it has no other one.
  const own = quote(name.name);
  const given = key.flatMap(({ match }, index) => (match === 'null' ? [] : [index]));
  const arrays = given.map((_, at) => `$${at + 1}::text[]`).join(', ');
  const names = given.map((index) => `${keyName}${index + 1}`).join(', ');
  const equal = key.flatMap(({ column, form, match }, index) => {
    const text = `${keyName}.${keyName}${index + 1}`;
    // PostgreSQL may merge by two equalities of one value, and fails if their collations sort it differently
    // ("mergejoin input data is out of order"): the second one only filters.
    const equalsToo = 'IS NOT DISTINCT FROM';
    return matches(column, form, match, { value: text, text, name: `${own}.${quote(column.name)}`, equalsToo });
  });
  const from = given.length === 0 ? '' : `unnest(${arrays}) AS ${keyName}(${names}) JOIN `;
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const join = where === undefined ? equal : [...equal, `(${where})`];
  return {
    sql:
      `SELECT ${columns.join(', ')} FROM ${from}${table(name)} ${given.length === 0 ? 'WHERE' : 'ON'} ` +
      `${join.join(' AND ')}${lock ? ` FOR UPDATE OF ${own}` : ''}`,
    parameters: given.map((index) => keys.map((one) => one[index] ?? null)),
  };
}

/** Types whose `=` the server has for exactly two of them, and for no other number. */
const BUILT_IN = /^(smallint|integer|bigint|uuid|date|boolean)$/;

export function exactly(column: Column, form: Form, text: string | null): string {
  if (text === null) return isNull(column, quote(column.name));
  const match = keyMatch(column, form, text, { textRefusal });
  if (match === 'none') return 'false';
  const isNumber = column.type.family === 'integer' || column.type.family === 'decimal';
  const equals = BUILT_IN.test(column.nativeType) && !column.domain ? '=' : op('=');
  return matches(column, form, match, { value: isNumber ? text : quoted(text), text: quoted(text), equals }).join(
    ' AND ',
  );
}
