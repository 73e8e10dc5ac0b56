import type { ColumnType } from '../model.ts';

/**
 * Types whose values each have a distinct text, and arrays of them. Others may not: two functions of one name are one
 * regproc.
 */
const TOLD_APART =
  /^(smallint|integer|bigint|numeric|boolean|uuid|date|bytea|text|character varying|(time|timestamp) with(out)? time zone|inet|cidr|macaddr8?|bit( varying)?|"char"|oid|xid8|pg_lsn|(int[48]|num|date|ts|tstz)(multi)?range)$/;

/** Encodings in which several characters map to one in Unicode. */
const MANY_TO_ONE = /^(EUC_JP|EUC_TW|MULE_INTERNAL)$/;

/** Whether values that differ as a key may have the same text: see `Column.ambiguous`. */
export function isAmbiguousPostgres(
  declared: string,
  { family }: ColumnType,
  { isEnum, encoding = 'UTF8' }: { isEnum: boolean; encoding?: string | undefined },
): boolean {
  if (family !== 'text' && family !== 'other') return false;
  if (MANY_TO_ONE.test(encoding)) return true;
  return (
    family === 'other' && !isEnum && !TOLD_APART.test(declared.replace(/\(\d+(,-?\d+)?\)/, '').replace(/(\[\])+$/, ''))
  );
}

/** @param declared as format_type() writes it, of a domain its base type */
export function postgresType(declared: string): ColumnType {
  const match = /^(?<name>[^(]+?)(?:\((?<first>-?\d+)(?:,(?<second>-?\d+))?\))?(?<rest> with(?:out)? time zone)?$/.exec(
    declared,
  );
  const { name = declared, first, second, rest } = match?.groups ?? {};
  const precision = first === undefined ? 6 : Number(first);
  switch (name) {
    case 'smallint':
      return { family: 'integer', bits: 16 };
    case 'integer':
      return { family: 'integer', bits: 32 };
    case 'bigint':
      return { family: 'integer', bits: 64 };
    case 'numeric':
      return first === undefined
        ? { family: 'decimal' }
        : { family: 'decimal', scale: Math.max(0, Number(second ?? 0)) };
    case 'money':
      return { family: 'decimal', scale: 2 };
    case 'interval':
      return { family: 'interval' };
    case 'real':
      return { family: 'float', bits: 32 };
    case 'double precision':
      return { family: 'float', bits: 64 };
    case 'boolean':
    case 'uuid':
    case 'date':
      return { family: name };
    case 'text':
    case 'character varying':
    case 'citext':
    case 'name':
      return { family: 'text' };
    case 'character':
    // One without a length.
    case 'bpchar':
      return { family: 'text', fixed: true };
    case 'json':
    case 'jsonb':
      return { family: 'json' };
    case 'bytea':
      return { family: 'bytes' };
    case 'time':
    case 'timestamp':
      return { family: name, zone: rest === ' with time zone', precision };
    case 'time without time zone':
      return { family: 'time', zone: false, precision: 6 };
    default:
      // `interval day to second` and the like.
      return { family: name.startsWith('interval ') ? 'interval' : 'other' };
  }
}
