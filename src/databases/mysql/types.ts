import type { ColumnType } from '../model.ts';

/** Whether every text of a character set, including invalid bytes, maps to its own Unicode text. */
export function isWhole(charset: string): boolean {
  return /^(utf8(mb[34])?|latin1)$/i.test(charset);
}

/**
 * Character sets without two characters that map to one in Unicode, apart from unmapped ones. By contrast cp932 has 396
 * such characters, and sjis, ujis, eucjpms and armscii8 some.
 */
const ONE_TO_ONE =
  /^(utf8(mb[34])?|utf16(le)?|utf32|ucs2|ascii|latin[1257]|cp(125[0167]|85[02]|866)|koi8[ru]|mac(ce|roman)|dec8|hp8|swe7|greek|hebrew|tis620|geostd8|keybcs2|big5|gbk|gb2312|euckr)$/i;

/** Whether values that differ as a key may have the same text: see `Column.ambiguous`. */
export function isAmbiguousMysql(dataType: string, columnType: string, charset: string | undefined): boolean {
  // A key uses the labels' positions. Outside strict mode a label may occur twice, and an invalid value also reads as
  // ''.
  if (/^(enum|set)$/i.test(dataType)) {
    const labels = [...columnType.matchAll(/'(?:[^']|'')*'/g)].map(([label]) => label);
    return labels.includes("''") || new Set(labels).size < labels.length;
  }
  return charset !== undefined && !ONE_TO_ONE.test(charset);
}

/** @param dataType without length, @param columnType as declared */
export function mysqlType(dataType: string, columnType: string, scale: number, precision: number): ColumnType {
  const unsigned = / unsigned/i.test(columnType);
  const integer = (bits: 8 | 16 | 24 | 32 | 64): ColumnType => ({
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
      return integer(24);
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
        : { family: 'opaque', reason: 'connectors store bits in a different byte order' };
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
      return { family: 'opaque', reason: 'sluice has no text form for this type' };
  }
}
