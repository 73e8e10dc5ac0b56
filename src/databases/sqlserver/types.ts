import type { ColumnType } from '../model.ts';

/** The type with its length, as CAST wants it. @param bytes -1: max */
export function declaredType(type: string, bytes: number, precision: number, scale: number): string {
  switch (type) {
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return `${type}(${bytes < 0 ? 'max' : bytes})`;
    case 'nchar':
    case 'nvarchar':
      return `${type}(${bytes < 0 ? 'max' : bytes / 2})`;
    case 'decimal':
    case 'numeric':
      return `${type}(${precision},${scale})`;
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      return `${type}(${scale})`;
    default:
      return type;
  }
}

/** @param type as in sys.types, for an alias type its base */
export function sqlserverType(type: string, scale: number): ColumnType {
  switch (type) {
    case 'tinyint':
      return { family: 'integer', bits: 8, unsigned: true };
    case 'smallint':
      return { family: 'integer', bits: 16 };
    case 'int':
      return { family: 'integer', bits: 32 };
    case 'bigint':
      return { family: 'integer', bits: 64 };
    case 'bit':
      return { family: 'boolean' };
    case 'decimal':
    case 'numeric':
      return { family: 'decimal', scale };
    case 'money':
    case 'smallmoney':
      return { family: 'decimal', scale: 4 };
    case 'real':
      return { family: 'float', bits: 32 };
    case 'float':
      return { family: 'float', bits: 64 };
    case 'char':
    case 'nchar':
      return { family: 'text', fixed: true };
    case 'varchar':
    case 'nvarchar':
    case 'text':
    case 'ntext':
      return { family: 'text' };
    case 'xml':
      return { family: 'other' };
    case 'json':
    case 'uniqueidentifier':
      return { family: type === 'json' ? 'json' : 'uuid' };
    case 'binary':
    case 'varbinary':
    case 'image':
      return { family: 'bytes' };
    case 'date':
      return { family: 'date' };
    case 'time':
      return { family: 'time', zone: false, precision: scale };
    case 'smalldatetime':
      return { family: 'timestamp', zone: false, precision: 0, step: 'minute' };
    case 'datetime':
      return { family: 'timestamp', zone: false, precision: 3, step: 'tick' };
    case 'datetime2':
      return { family: 'timestamp', zone: false, precision: scale };
    case 'datetimeoffset':
      return { family: 'timestamp', zone: true, precision: scale };
    case 'timestamp':
      return { family: 'opaque', reason: 'each database counts row versions on its own' };
    default:
      return { family: 'opaque', reason: 'sluice has no text form for this type' };
  }
}
