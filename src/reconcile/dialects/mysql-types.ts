import type { ColumnType } from '../model.ts';

/** @param dataType without length, @param columnType as declared */
export function mysqlType(dataType: string, columnType: string, scale: number, precision: number): ColumnType {
  const unsigned = / unsigned/i.test(columnType);
  const integer = (bits: 8 | 16 | 32 | 64): ColumnType => ({
    family: 'integer',
    bits,
    ...(unsigned ? { unsigned } : {}),
  });
  switch (dataType.toLowerCase()) {
    case 'tinyint':
      return integer(8);
    case 'smallint':
      return integer(16);
    case 'mediumint':
    case 'int':
    case 'integer':
      return integer(32);
    case 'year':
      return { family: 'integer', bits: 16 };
    case 'bigint':
      return integer(64);
    case 'bit':
      return columnType === 'bit(1)'
        ? { family: 'boolean' }
        : { family: 'opaque', reason: 'bits are stored as bytes of another order by connectors' };
    case 'decimal':
    case 'numeric':
      return { family: 'decimal', scale };
    case 'float':
      return { family: 'float', bits: 32 };
    case 'double':
      return { family: 'float', bits: 64 };
    case 'char':
      return { family: 'text', fixed: true };
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return { family: 'text' };
    case 'enum':
    case 'set':
    case 'inet4':
    case 'inet6':
      return { family: 'other' };
    case 'uuid':
      return { family: 'uuid' };
    case 'json':
      return { family: 'json' };
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return { family: 'bytes' };
    case 'date':
      return { family: 'date' };
    case 'time':
      return { family: 'time', zone: false, precision };
    case 'datetime':
      return { family: 'timestamp', zone: false, precision };
    case 'timestamp':
      return { family: 'timestamp', zone: true, precision };
    default:
      return { family: 'opaque', reason: 'sluice has no text for this type' };
  }
}
