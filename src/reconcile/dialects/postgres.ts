import { hasHidden, replaceHidden } from '../../text/visible.ts';
import { keyMatch } from '../keys.ts';
import type { Cells, Column, Form, Statement, TableName } from '../model.ts';
import {
  combineIntegers,
  type Dialect,
  type DigestName,
  type FetchMatch,
  type FetchRequest,
  inGroups,
  KEY_PRIME,
  keyCondition,
  LETTERS,
  type RowPart,
  rowPieces,
} from './dialect.ts';
import { postgresStep } from './steps.ts';

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

function table({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}

/**
 * An operator of the server's own. The conditions of a script run where users' operators and functions are seen, and one whose
 * parameters fit better, such as a domain's, would be taken before the server's: all that a key's text is made by is qualified.
 */
const op = (symbol: string) => `OPERATOR(pg_catalog.${symbol})`;

/** The session runs with TimeZone UTC, DateStyle ISO and bytea_output hex: see the adapter. */
function canonical(column: Column, form: Form): string {
  const name = quote(column.name);
  const { family } = column.type;
  switch (form.kind) {
    case 'integer':
      return family === 'boolean' ? `${name}::int::text` : `${name}::text`;
    case 'decimal':
      return decimal(column, form);
    case 'float':
      return float(column, form);
    case 'text':
      return text(name, form);
    case 'uuid':
      return family === 'uuid' ? `${name}::text` : `pg_catalog.lower(${name}::text)`;
    case 'json':
      return json(column);
    case 'bytes':
      return `pg_catalog.encode(${name}, 'hex')`;
    case 'date':
      return `${name}::text`;
    case 'time':
      return time(column, form);
    case 'timestamp':
      return timestamp(column, form);
    case 'interval':
      return family === 'text'
        ? `CASE WHEN ${name}::text COLLATE "C" ${op('~')} ${DURATION} THEN ${name}::interval::text ELSE ${name}::text END`
        : `${name}::text`;
    case 'native':
      // The cast adds /32 and /128, which the type's own output, and so a connector, leaves out.
      return column.nativeType === 'inet'
        ? `CASE WHEN pg_catalog.masklen(${name}) = CASE pg_catalog.family(${name}) WHEN 4 THEN 32 ELSE 128 END THEN pg_catalog.host(${name}) ELSE ${name}::text END`
        : isUserDefined(column)
          ? // By the type's output: whoever owns a type may have made a cast of it to text that says anything. A composite value
            // whose members are all NULL is no NULL itself, though IS NULL takes it for one.
            `CASE WHEN ${name} IS DISTINCT FROM NULL THEN pg_catalog.concat(${name}) END`
          : `${column.type.family === 'decimal' ? exact(column) : name}::text`;
  }
}

/**
 * Of json what jsonb does not take, or may not: NUL, half a surrogate pair, and numbers of thousands of digits. Such a text
 * stays as it is, and is compared by its meaning where it differs.
 */
const NOT_JSONB = "'\\\\u(0000|[dD][89a-fA-F])|[eE][+-]?[0-9]{4}|[0-9]{255}'";

function json({ name: plain, nativeType, type }: Column): string {
  const name = quote(plain);
  if (type.family !== 'json' || nativeType !== 'json') return `${name}::text`;
  return `CASE WHEN ${name}::text ${op('~')} ${NOT_JSONB} THEN ${name}::text ELSE ${name}::jsonb::text END`;
}

/** The session's search path is pg_catalog alone, so that format_type writes the schema of all other types. */
function isUserDefined({ nativeType }: Column): boolean {
  return nativeType.replace(/"[^"]*"/g, '').includes('.');
}

/** What a cast to interval takes without fail, and without rounding. */
const DURATION =
  "'^P(?=.)(-?\\d{1,6}Y)?(-?\\d{1,6}M)?(-?\\d{1,8}D)?(T(?=.)(-?\\d{1,6}H)?(-?\\d{1,6}M)?(-?\\d{1,6}([.]\\d{1,6})?S)?)?$'";

function text(name: string, { trim, ignoreCase }: Extract<Form, { kind: 'text' }>): string {
  const trimmed =
    trim === false ? `${name}::text` : `pg_catalog.${trim === 'both' ? 'btrim' : 'rtrim'}(${name}::text, ' ')`;
  return ignoreCase ? `pg_catalog.translate(${trimmed}, '${LETTERS.toUpperCase()}', '${LETTERS}')` : trimmed;
}

function decimal(column: Column, { scale, rounded }: { scale?: number; rounded?: true }): string {
  const name = quote(column.name);
  const number =
    column.type.family === 'decimal'
      ? exact(column)
      : column.type.family === 'boolean'
        ? `${name}::int::numeric`
        : `${name}::numeric`;
  if (scale === undefined) return `pg_catalog.trim_scale(${number})::text`;
  const inScale = `pg_catalog.round(${number}, ${scale})`;
  if (column.type.family === 'decimal') {
    if (column.type.scale === scale) return `${number}::text`;
    // No digit may be lost: a value with more of them keeps them, and so differs from any value of the other side.
    if (column.type.scale === undefined && !rounded) {
      return `CASE WHEN ${number} ${op('=')} ${inScale} THEN ${inScale}::text ELSE pg_catalog.trim_scale(${number})::text END`;
    }
  }
  return `${inScale}::text`;
}

const NAN = "'7ff8000000000000'";
/** Of a decimal number: from where on it is infinite as floating point, and up to where it is 0, which casts refuse. */
const FLOAT_RANGE = { 32: ['3.4028235677973363e38', '7.1e-46'], 64: ['1.7976931348623158e308', '2.5e-324'] } as const;

/** Zero is added to make -0 and 0 one; there are many bit patterns of NaN, and the server takes all for equal. */
function float(column: Column, form: Extract<Form, { kind: 'float' }>): string {
  const name = quote(column.name);
  const bits = (number: string) => `pg_catalog.encode(pg_catalog.float8send(${number} ${op('+')} 0), 'hex')`;
  if (column.type.family === 'float')
    return `CASE WHEN ${name} ${op('=')} 'NaN' THEN ${NAN} ELSE ${bits(`${name}::float8`)} END`;
  const number = column.type.family === 'decimal' ? exact(column) : `${name}::numeric`;
  const [largest, smallest] = FLOAT_RANGE[form.bits];
  const rounded = form.bits === 32 ? `${number}::float4::float8` : `${number}::float8`;
  // What no floating-point column can hold keeps its digits, and so differs from all that one holds.
  return (
    `CASE WHEN ${number} ${op('=')} 'NaN' THEN ${NAN} WHEN ${number}::text ${op('~')} 'Infinity' THEN ${bits(rounded)} ` +
    `WHEN pg_catalog.abs(${number}) ${op('>=')} ${largest} OR (${number} ${op('<>')} 0 AND pg_catalog.abs(${number}) ${op('<')} ${smallest}) THEN pg_catalog.trim_scale(${number})::text ` +
    `ELSE ${bits(rounded)} END`
  );
}

/** A number as numeric: money is printed in the manner of a country. */
function exact({ name, nativeType }: Column): string {
  return nativeType === 'money' ? `${quote(name)}::numeric` : quote(name);
}

function time(column: Column, form: Extract<Form, { kind: 'time' }>): string {
  const name = quote(column.name);
  const zone = column.type.family === 'time' && column.type.zone;
  // The end of a day is not its beginning, as it is where zones are converted.
  const local = zone
    ? `(CASE WHEN ${name} ${op('=')} '24:00:00+00'::timetz THEN '24:00:00'::time ELSE (${name} AT TIME ZONE 'UTC')::time END)`
    : name;
  return fractional(column) > form.precision ? `${local}::time(${form.precision})::text` : `${local}::text`;
}

function timestamp(column: Column, form: Extract<Form, { kind: 'timestamp' }>): string {
  const name = quote(column.name);
  const zone = column.type.family === 'timestamp' && column.type.zone;
  const local = zone ? `(${name} AT TIME ZONE 'UTC')` : name;
  const stepped = form.step === undefined ? local : postgresStep(form.step, local);
  return fractional(column) > form.precision ? `${stepped}::timestamp(${form.precision})::text` : `${stepped}::text`;
}

function fractional(column: Column): number {
  return column.type.family === 'time' || column.type.family === 'timestamp' ? column.type.precision : 0;
}

function value(column: Column, form: Form): string {
  if (form.kind === 'float') {
    const name = quote(column.name);
    if (column.type.family === 'float') return `${name}::float8::text`;
    return `${column.type.family === 'decimal' ? exact(column) : name}::text`;
  }
  if (form.kind === 'json' || form.kind === 'uuid') return `${quote(column.name)}::text`;
  if (form.kind === 'decimal') return `${exact(column)}::text`;
  // As a pipeline brings it: a cast to text takes the blanks off, and a key without them would be another one in a varchar.
  if (form.kind === 'text' && column.type.family === 'text' && column.type.fixed)
    return `CASE WHEN ${quote(column.name)} IS NOT NULL THEN pg_catalog.concat(${quote(column.name)}) END`;
  return canonical(column, form);
}

/** A function takes at most 100 arguments. */
const MOST_ARGUMENTS = 100;
/** Transactions between two that the server can tell the older of. */
const LONG_AGO = 2n ** 30n;
/** Cheaper to output than a text; concat_ws takes longer for a separator than for a value. */
const SEPARATOR = `','::"char"`;

function rowText(parts: readonly RowPart[], inUtf8: (text: string) => string): string {
  const pieces = rowPieces(parts, {
    length: (sql) => `octet_length(${inUtf8(sql)})`,
    separator: SEPARATOR,
    value: asArgument,
  });
  return inGroups(pieces, MOST_ARGUMENTS, (group) => `concat(${group.join(', ')})`);
}

/** The function makes texts of its arguments, by what a cast does to these. */
function asArgument(canonical: string): string {
  return canonical.startsWith('CASE') || canonical.startsWith('pg_catalog.trim_scale')
    ? canonical
    : canonical.replace(/::text$/, '');
}

const reduce = (expression: string, by: number) => `(${expression}) % ${by}`;

/** A canonical text as a value that the column's index is made for. */
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

/** Families in which values that are equal have one text, be it a key's native or its canonical one. */
const ONE_TEXT = /^(integer|boolean|uuid|bytes|date)$/;

/** IS NULL takes a composite value whose members are all NULL for one, and so does IS NOT DISTINCT FROM the word NULL. */
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
  // Of other types several texts may be equal: for a collation, as numbers with and without zeros behind the point.
  return ONE_TEXT.test(column.type.family) ? [native] : [native, `${exactText} ${equalsToo} ${text}`];
}

function fetch({ table: name, key, keys, keyName, select, where, lock }: FetchRequest): Statement {
  const given = key.flatMap(({ match }, index) => (match === 'null' ? [] : [index]));
  const arrays = given.map((_, at) => `$${at + 1}::text[]`).join(', ');
  const names = given.map((index) => `${keyName}${index + 1}`).join(', ');
  const equal = key.flatMap(({ column, form, match }, index) => {
    const text = `k.${keyName}${index + 1}`;
    // PostgreSQL may merge by two equalities of one value, and fails where their collations sort it differently ("mergejoin
    // input data is out of order"): the second one only filters.
    const equalsToo = 'IS NOT DISTINCT FROM';
    return matches(column, form, match, { value: text, text, name: `t.${quote(column.name)}`, equalsToo });
  });
  const from = given.length === 0 ? '' : `unnest(${arrays}) AS k(${names}) JOIN `;
  const columns = [...key.map(({ column, form }) => canonical(column, form)), ...select];
  const join = where === undefined ? equal : [...equal, `(${where})`];
  return {
    sql:
      `SELECT ${columns.join(', ')} FROM ${from}${table(name)} AS t ${given.length === 0 ? 'WHERE' : 'ON'} ` +
      `${join.join(' AND ')}${lock ? ' FOR UPDATE OF t' : ''}`,
    parameters: given.map((index) => keys.map((one) => one[index] ?? null)),
  };
}

/** Types whose `=` the server has for exactly two of them, and for no other number. */
const BUILT_IN = /^(smallint|integer|bigint|uuid|date|boolean)$/;

function exactly(column: Column, form: Form, text: string | null): string {
  if (text === null) return isNull(column, quote(column.name));
  const match = keyMatch(column, form, text, 'postgresql');
  if (match === 'none') return 'false';
  const isNumber = column.type.family === 'integer' || column.type.family === 'decimal';
  const equals = BUILT_IN.test(column.nativeType) && !column.domain ? '=' : op('=');
  return matches(column, form, match, { value: isNumber ? text : quoted(text), text: quoted(text), equals }).join(
    ' AND ',
  );
}

function literal(column: Column, form: Form, text: string | null): string {
  if (text === null) return 'NULL';
  if (form.kind === 'bytes') return quoted(`\\x${text}`);
  if (/^(integer|decimal)$/.test(column.type.family) && /^-?\d+(\.\d+)?$/.test(text)) return text;
  if (column.type.family === 'timestamp' && column.type.zone && form.kind === 'timestamp' && !/infinity$/.test(text)) {
    // The text is in UTC; the zone stands before a year's BC.
    return quoted(text.replace(/( BC)?$/, '+00$1'));
  }
  return quoted(text);
}

function quoted(text: string): string {
  // A script is read by people first, on terminals that act on such characters. And a client may send all of it at once: it is
  // then read before its first statements have set what a backslash means.
  if (hasHidden(text) || text.includes('\\')) {
    const written = text.replaceAll('\\', '\\\\').replaceAll("'", "''");
    const asCode = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
    return `E'${replaceHidden(written, asCode)}'`;
  }
  return `'${text.replaceAll("'", "''")}'`;
}

/** @param encoding the server's: hashes are of UTF-8, whatever the database is stored in */
export function postgresDialect({
  encoding = 'UTF8',
  major,
}: {
  encoding?: string | undefined;
  major: number;
}): Dialect {
  const inUtf8 = (text: string) => (encoding === 'UTF8' ? text : `convert_to(${text}, 'UTF8')`);
  const dialect = (by: DigestName): Dialect => ({
    ...common,
    ...hashing(by, { encoding, major }),
    digesting: dialect,
    rowText: (parts) => rowText(parts, inUtf8),
    xor: major >= 14 ? (hash) => `bit_xor(${hash})` : undefined,
  });
  return dialect('md5');
}

function hashing(
  by: DigestName,
  { encoding, major }: { encoding: string; major: number },
): Pick<Dialect, 'digest' | 'hash' | 'textBucket'> {
  const bytes = (text: string) => `convert_to(${text}, 'UTF8')`;
  const hex = (text: string) => {
    if (by === 'sha256') return `encode(sha256(${bytes(text)}), 'hex')`;
    return `md5(${encoding === 'UTF8' ? text : bytes(text)})`;
  };
  const binary = (text: string) => (by === 'sha256' ? `sha256(${bytes(text)})` : `decode(${hex(text)}, 'hex')`);
  const half = (digest: string) => (by === 'md5' ? digest : `left(${digest}, 32)`);
  // PostgreSQL 18 takes bytes for a number; before that only digits are.
  const number = (text: string, from: number) =>
    major >= 18
      ? `substr(${binary(text)}, ${(from + 1) / 2}, 8)::bigint`
      : `('x' || substr(${hex(text)}, ${from}, 16))::bit(64)::bigint`;
  return {
    // The text is as long as the rows are many, up to what the server has memory for.
    digest: ({ text, key, from, most }) =>
      `SELECT count(*), ${half(hex("string_agg(t, ';' ORDER BY k)"))} FROM ` +
      `(SELECT ${text} AS t, ${key} AS k ${from} ORDER BY ${key} LIMIT ${most}) s`,
    hash: (text, strong) => (strong ? [number(text, 1), number(text, 17)] : [number(text, 1)]),
    textBucket: (text, buckets) => `('x' || left(${hex(text)}, 7))::bit(28)::int % ${buckets}`,
  };
}

const common: Omit<Dialect, 'rowText' | 'hash' | 'textBucket' | 'xor' | 'digesting'> = {
  engine: 'postgresql',
  quote,
  table,
  canonical,
  value,
  integerBucket: (columns, buckets) =>
    columns.length === 1
      ? `(${columns[0]} % ${buckets})::int`
      : `(${combineIntegers(
          columns.map((column) => `(${column} % ${KEY_PRIME})::bigint`),
          reduce,
        )} % ${buckets})::int`,
  hashBucket: (hash, buckets) => `((${hash} & 4294967295) % ${buckets})::int`,
  signed: (hash) => hash,
  count: 'count(*)',
  sum: (hash) => [`sum(${hash})`],
  sumOf: ([cell]: Cells) => BigInt.asUintN(64, BigInt(cell ?? '0')),
  among: (expression, numbers) => ({ sql: `${expression} = ANY($1::int[])`, parameters: [numbers] }),
  fetch,
  exactly,
  maxKeys: 1000,
  rowVersion: 't.xmin::text',
  fetchAlias: 't',
  // A DELETE does not see a row whose INSERT is not committed yet, and would be done before it.
  lockTable: (name) => ["SET LOCAL lock_timeout = '3s';", `LOCK TABLE ${table(name)} IN SHARE ROW EXCLUSIVE MODE;`],
  // The server sees what other tables had when the statement began, and not what came while it waited for the row.
  lockRow: (name, condition) => `SELECT FROM ${table(name)} WHERE ${condition} FOR UPDATE;`,
  // Constraints and their triggers may be deferred.
  doNow: 'SET CONSTRAINTS ALL IMMEDIATE;',
  // The parts of a partitioned table number their rows each for itself.
  rowAddress: "t.tableoid::text || ' ' || t.ctid::text",
  addressCondition: (address) => {
    const [table = '', row = ''] = address.split(' ');
    return `tableoid = ${quoted(table)}::oid AND ctid = ${quoted(row)}::tid`;
  },
  maxParameters: 65_535,
  // A result has 1,664 columns at most, and a table 1,600.
  together: (texts) => `array_to_json(ARRAY[${texts.join(', ')}]::text[])::text`,
  limit: (sql, rows) => `${sql} LIMIT ${rows}`,
  partCondition(splitting, from, to) {
    if (splitting.by === 'key') return keyCondition(quote(splitting.column), from, to);
    const bounds = [
      ...(from === undefined ? [] : [`ctid >= '(${BigInt(from)},0)'::tid`]),
      ...(to === undefined ? [] : [`ctid < '(${BigInt(to)},0)'::tid`]),
    ];
    return bounds.length === 0 ? undefined : bounds.join(' AND ');
  },
  newer: {
    moment: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text',
    since(moment, now, block) {
      // A row keeps the lower 32 bits of the number of its transaction, and no more: frozen ones may look new.
      const since = BigInt(now) - BigInt(moment);
      // Numbers do not go back: another server has taken this one's place, such as one that was restored.
      if (since < 0n || since >= LONG_AGO) return undefined;
      const came = `age(xmin) <= age('${BigInt(moment) % 2n ** 32n}'::xid)`;
      return block === undefined ? came : `ctid < '(${BigInt(block)},0)'::tid AND ${came}`;
    },
  },
  keyAfter: (of, column, from, rows) =>
    // By the column, and not by the text of it that is selected, which goes by the same name.
    `SELECT t.${quote(column)}::text FROM ${table(of)} AS t${from === undefined ? '' : ` WHERE ${keyCondition(quote(column), from, undefined)}`} ` +
    `ORDER BY t.${quote(column)} LIMIT 1 OFFSET ${rows}`,
  // Thousands of buckets in a row of three arrays: each row of a result costs more than what is in it.
  pack: (scan, [bucket = 'b', ...columns]) =>
    `SELECT ${[bucket, ...columns].map((column) => `array_agg(${column})`).join(', ')} FROM (${scan}) p GROUP BY ${bucket} / 8192`,
  literal,
  scriptHead: [
    // The file is; a client may take it for what the system or the database is in.
    "SET client_encoding = 'UTF8';",
    "SET TimeZone = 'UTC';",
    'SET standard_conforming_strings = on;',
    // Texts of a key's values are compared with those in the script.
    "SET DateStyle = 'ISO, YMD';",
    "SET IntervalStyle = 'iso_8601';",
    "SET bytea_output = 'hex';",
    'SET extra_float_digits = 1;',
    // Where a policy hides rows the server refuses, and does not leave them as they are.
    'SET row_security = off;',
    'SET array_nulls = on;',
    // A text that is XML but not a document can be written.
    'SET xmloption = content;',
  ],
  scriptInside: [
    // Of its operators and types the server's own are meant; triggers find what they found before.
    // An empty path reads as one without `pg_catalog, `, and a name in quotes, that of no schema, does no harm.
    "DO $$ BEGIN PERFORM pg_catalog.set_config('search_path', pg_catalog.concat('pg_catalog, ', pg_catalog.regexp_replace(pg_catalog.current_setting('search_path'), '^$', '\"\"')), true); END $$;",
  ],
  begin: 'BEGIN;',
  commit: 'COMMIT;',
  insertOverride: ' OVERRIDING SYSTEM VALUE',
};
