import type { ColumnType } from '../model.ts';

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
