import { isDeepStrictEqual } from 'node:util';
import type { ColumnShape, TableShape } from '../preflight/table-shapes.ts';

/** How the values that a column can hold changed: all of before still fit (`wider`), or all of now did (`narrower`). */
export type TypeWay = 'wider' | 'narrower' | 'other';

/** One difference between two shapes of a table. */
export type ShapeChange =
  | { change: 'column added' | 'column dropped'; column: ColumnShape }
  /** By its place and its type: nobody but the server knows for sure. */
  | { change: 'column renamed'; from: string; column: ColumnShape }
  | { change: 'type changed'; column: ColumnShape; from: string; way: TypeWay }
  | { change: 'made nullable' | 'made required' | 'default set' | 'default dropped'; column: ColumnShape }
  | { change: 'key changed'; from: readonly string[]; key: readonly string[] }
  | { change: 'table dropped' }
  /** What it was like before is not known. */
  | { change: 'table altered' };

/** What differs. Pure. */
export function shapeChanges(before: TableShape, after: TableShape): ShapeChange[] {
  const known = new Map(before.columns.map((one) => [one.name, one]));
  const names = new Set(after.columns.map(({ name }) => name));
  const dropped = before.columns.filter(({ name }) => !names.has(name));
  const added = after.columns.filter(({ name }) => !known.has(name));
  const renamed = renamedIn(before, after, dropped, added);
  return [
    ...renamed.map(({ from, column }): ShapeChange => ({ change: 'column renamed', from: from.name, column })),
    ...added
      .filter((column) => !renamed.some((one) => one.column === column))
      .map((column): ShapeChange => ({ change: 'column added', column })),
    ...dropped
      .filter((column) => !renamed.some(({ from }) => from === column))
      .map((column): ShapeChange => ({ change: 'column dropped', column })),
    ...after.columns.flatMap((column) => columnChanges(known.get(column.name), column)),
    ...keyChange(before.primaryKey, after.primaryKey, renamed),
  ];
}

interface Renamed {
  from: ColumnShape;
  column: ColumnShape;
}

/** At the same place among its columns, with the same type: where as many columns went as came. */
function renamedIn(
  before: TableShape,
  after: TableShape,
  dropped: readonly ColumnShape[],
  added: readonly ColumnShape[],
): Renamed[] {
  if (before.columns.length !== after.columns.length) return [];
  return added.flatMap((column) => {
    const from = before.columns[after.columns.indexOf(column)];
    const isAlike = from !== undefined && dropped.includes(from) && from.type === column.type;
    return isAlike && from.nullable === column.nullable ? [{ from, column }] : [];
  });
}

function columnChanges(before: ColumnShape | undefined, column: ColumnShape): ShapeChange[] {
  if (before === undefined) return [];
  const { type, nullable, defaulted } = before;
  return [
    ...(type === column.type
      ? []
      : [{ change: 'type changed', column, from: type, way: typeWay(type, column.type) } as const]),
    ...(nullable === column.nullable
      ? []
      : [{ change: column.nullable ? 'made nullable' : 'made required', column } as const]),
    ...(defaulted === column.defaulted
      ? []
      : [{ change: column.defaulted ? 'default set' : 'default dropped', column } as const]),
  ];
}

/** A key whose column was only renamed is still the same. */
function keyChange(before: readonly string[], key: readonly string[], renamed: readonly Renamed[]): ShapeChange[] {
  const names = new Map(renamed.map(({ from, column }) => [from.name, column.name]));
  const from = before.map((name) => names.get(name) ?? name);
  return isDeepStrictEqual(from, [...key]) ? [] : [{ change: 'key changed', from: before, key }];
}

interface ParsedType {
  base: string;
  unsigned: boolean;
  numbers: number[];
}

/** `numeric(12,2)`, `int(10) unsigned`, `timestamp(3) without time zone`. */
function parseType(written: string): ParsedType {
  const text = written.toLowerCase().trim();
  const numbers = /\(([\d, ]+)\)/.exec(text)?.[1]?.split(',').map(Number) ?? [];
  const words = text
    .replace(/\([^)]*\)/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const base = words.replace(/ (?:unsigned|zerofill|signed)\b/g, '').trim();
  return { base: ALIASES[base] ?? base, unsigned: /\bunsigned\b/.test(words), numbers };
}

const ALIASES: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  nvarchar: 'varchar',
  varchar2: 'varchar',
  character: 'char',
  nchar: 'char',
  bpchar: 'char',
  ntext: 'text',
  numeric: 'decimal',
  integer: 'int',
  int2: 'smallint',
  int4: 'int',
  int8: 'bigint',
  float4: 'real',
  float8: 'double',
  'double precision': 'double',
};

/** From the narrowest on. */
const LADDERS: readonly (readonly string[])[] = [
  ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'],
  ['real', 'double'],
  ['tinytext', 'text', 'mediumtext', 'longtext'],
  ['tinyblob', 'blob', 'mediumblob', 'longblob'],
  ['smalldatetime', 'datetime', 'datetime2'],
];

/** Types whose only number is a length or a precision: without it there is no limit, or the greatest. */
const SIZED = /^(?:varchar|char|varbinary|binary|bit varying|time|timestamp|datetime|datetime2)\b/;

function typeWay(before: string, after: string): TypeWay {
  const [from, to] = [parseType(before), parseType(after)];
  if (from.base === to.base) return from.base === 'decimal' ? decimalWay(from, to) : sizeWay(from, to);
  const ladder = LADDERS.find((one) => one.includes(from.base) && one.includes(to.base));
  if (ladder !== undefined && from.unsigned === to.unsigned)
    return ladder.indexOf(to.base) > ladder.indexOf(from.base) ? 'wider' : 'narrower';
  const isText = ({ base }: ParsedType) => /^(?:var)?char$/.test(base);
  if (isText(from) && to.base === 'text') return 'wider';
  if (from.base === 'text' && isText(to)) return 'narrower';
  return 'other';
}

function sizeWay(from: ParsedType, to: ParsedType): TypeWay {
  if (from.unsigned !== to.unsigned) return 'other';
  if (!SIZED.test(from.base)) {
    // The display width of an integer limits nothing.
    return /int$/.test(from.base) && from.numbers.length <= 1 ? 'wider' : 'other';
  }
  const size = ({ base, numbers }: ParsedType) => numbers[0] ?? (/char|binary|bit/.test(base) ? Infinity : 6);
  return size(to) === size(from) ? 'other' : size(to) > size(from) ? 'wider' : 'narrower';
}

/** Both the digits before the point and those after it count; without numbers there is no limit. */
function decimalWay(from: ParsedType, to: ParsedType): TypeWay {
  const parts = ({ numbers: [precision = Infinity, scale = precision === Infinity ? Infinity : 0] }: ParsedType) =>
    [precision === Infinity ? Infinity : precision - scale, scale] as const;
  const [[whole, fraction], [toWhole, toFraction]] = [parts(from), parts(to)];
  if (toWhole >= whole && toFraction >= fraction) return 'wider';
  return toWhole <= whole && toFraction <= fraction ? 'narrower' : 'other';
}

/** In a clause: `column note added (text)`. Names of columns and types, never a value. */
export function changeText(one: ShapeChange): string {
  switch (one.change) {
    case 'column added':
      return `column ${one.column.name} added (${typeText(one.column)})`;
    case 'column dropped':
      return `column ${one.column.name} dropped`;
    case 'column renamed':
      return `column ${one.from} renamed to ${one.column.name}`;
    case 'type changed':
      return `type of ${one.column.name} changed from ${one.from} to ${one.column.type}`;
    case 'made nullable':
      return `column ${one.column.name} may be NULL now`;
    case 'made required':
      return `column ${one.column.name} may not be NULL any more`;
    case 'default set':
      return `column ${one.column.name} has a default now`;
    case 'default dropped':
      return `column ${one.column.name} has no default any more`;
    case 'key changed':
      return `primary key changed from ${keyText(one.from)} to ${keyText(one.key)}`;
    case 'table dropped':
      return 'the table was dropped or renamed, or may not be seen any more';
    case 'table altered':
      return 'the table was altered; what it was like before is not known';
  }
}

function typeText({ type, nullable, defaulted }: ColumnShape): string {
  return `${type}${nullable ? '' : ' not null'}${defaulted ? ' with a default' : ''}`;
}

function keyText(key: readonly string[]): string {
  return key.length === 0 ? 'none' : `(${key.join(', ')})`;
}
