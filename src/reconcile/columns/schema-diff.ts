import type { Column, TableInfo } from '../../databases/model.ts';
import { thousands } from '../../text/thousands.ts';
import type { ColumnPlan } from './plan.ts';

/** A difference between two tables' definitions, apart from one-sided columns. */
export interface SchemaDifference {
  column: string;
  what: 'type' | 'nullability' | 'key';
  source: string;
  target: string;
}

/**
 * Differences that lose or refuse values: types with no common form or of lower precision, NOT NULL where the source
 * allows NULL, another key. A wider or laxer target is what connectors create, and not a difference.
 */
export function schemaDifferences(source: TableInfo, target: TableInfo, plan: ColumnPlan): SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  for (const { column } of plan.uncompared) {
    const left = source.columns.find((one) => one.name === column);
    const right = target.columns.find((one) => one.name.toLowerCase() === column.toLowerCase());
    differences.push({ column, what: 'type', source: left?.nativeType ?? '', target: right?.nativeType ?? '' });
  }
  for (const { source: left, target: right } of plan.pairs) {
    if (narrower(left, right)) {
      const alike = left.nativeType.toLowerCase() === right.nativeType.toLowerCase();
      const typeText = (column: Column) => (alike ? withLimits(column) : column.nativeType);
      differences.push({ column: left.name, what: 'type', source: typeText(left), target: typeText(right) });
    }
    if (left.nullable && !right.nullable) {
      differences.push({ column: left.name, what: 'nullability', source: 'NULL', target: 'NOT NULL' });
    }
  }
  const keys = [source, target].map((table) => table.primaryKey.map((name) => name.toLowerCase()));
  const renamed = (name: string) =>
    plan.pairs.find((pair) => pair.source.name.toLowerCase() === name)?.target.name.toLowerCase() ?? name;
  const [left = [], right = []] = keys;
  if (left.map(renamed).join() !== right.join()) {
    differences.push({
      column: '',
      what: 'key',
      source: left.join(', ') || 'none',
      target: right.join(', ') || 'none',
    });
  }
  return differences;
}

/** Whether the target's column refuses or cuts values that the source's can hold. */
function narrower(source: Column, target: Column): boolean {
  const { type: a } = source;
  const { type: b } = target;
  if (a.family === 'integer' && b.family === 'integer') {
    const [from, to] = [rangeOf(source), rangeOf(target)];
    return from === undefined || to === undefined || to.least > from.least || to.most < from.most;
  }
  if (a.family === 'decimal' && b.family === 'decimal') {
    if (b.scale === undefined) return false;
    if (a.scale === undefined || b.scale < a.scale) return true;
    const [from, to] = [wholeDigits(source), wholeDigits(target)];
    return to !== undefined && (from === undefined || to < from);
  }
  if ((a.family === 'decimal' || a.family === 'integer') && b.family === 'float') return true;
  if (a.family === 'decimal' && b.family === 'integer') return a.scale !== 0;
  if (a.family === 'float' && b.family === 'float') return b.bits < a.bits;
  if (a.family === 'text' && b.family === 'text')
    return shorter(source, target) || (isLimited(target.charset) && source.charset !== target.charset);
  if (a.family === 'bytes' && b.family === 'bytes') return shorter(source, target);
  if ((a.family === 'timestamp' && b.family === 'timestamp') || (a.family === 'time' && b.family === 'time')) {
    return b.precision < a.precision;
  }
  return false;
}

/** One name means different things: MariaDB's text has a maximum length, PostgreSQL's has none. */
function withLimits({ nativeType, type, length, charset }: Column): string {
  const most =
    length === undefined
      ? 'no limit'
      : `at most ${thousands(length)} ${type.family === 'text' ? 'characters' : 'bytes'}`;
  return `${nativeType} (${[most, ...(isLimited(charset) ? [charset] : [])].join(', ')})`;
}

function rangeOf({ type, nativeType }: Column): { least: bigint; most: bigint } | undefined {
  if (type.family !== 'integer') return undefined;
  if (/^year/i.test(nativeType)) return { least: 1901n, most: 2155n };
  const most = 2n ** BigInt(type.unsigned ? type.bits : type.bits - 1) - 1n;
  return { least: type.unsigned ? 0n : -most - 1n, most };
}

/** Digits before the point; undefined if unlimited. */
function wholeDigits({ nativeType }: Column): number | undefined {
  const [, precision, scale = '0'] = /\((\d+)(?:,\s*(-?\d+))?\)/.exec(nativeType) ?? [];
  return precision === undefined ? undefined : Number(precision) - Number(scale);
}

/** Bytes that MySQL's texts and blobs without a length hold. */
const MYSQL_SIZES: Record<string, number> = { tiny: 255, '': 65_535, medium: 16_777_215 };

/** Maximum characters or bytes of a value; undefined if there is no relevant limit. */
function longest({ nativeType, charset }: Column): number | undefined {
  if (nativeType === 'name') return 63;
  const declared = /\((\d+)\)/.exec(nativeType)?.[1];
  if (declared !== undefined) return Number(declared);
  const [, size] = /^(tiny||medium)(?:text|blob)$/.exec(nativeType) ?? [];
  // PostgreSQL and SQL Server each have a type with the name of one of these.
  return size === undefined || (size === '' && charset === undefined && nativeType === 'text')
    ? undefined
    : MYSQL_SIZES[size];
}

function shorter(source: Column, target: Column): boolean {
  const [from, to] = [longest(source), longest(target)];
  return to !== undefined && (from === undefined || to < from);
}

/** A character set that lacks characters. */
function isLimited(charset: string | undefined): boolean {
  return charset !== undefined && !/^(utf8mb4|utf16|utf16le|utf32|gb18030)$/i.test(charset);
}
