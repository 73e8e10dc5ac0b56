import type { Column } from '../../../databases/model.ts';
import { hasHidden, replaceHidden } from '../../../text/visible.ts';
import type { Form } from '../../model.ts';

export function literal(column: Column, form: Form, text: string | null): string {
  if (text === null) return 'NULL';
  if (form.kind === 'bytes') return quoted(`\\x${text}`);
  if (/^(integer|decimal)$/.test(column.type.family) && /^-?\d+(\.\d+)?$/.test(text)) return text;
  if (column.type.family === 'timestamp' && column.type.zone && form.kind === 'timestamp' && !/infinity$/.test(text)) {
    // The text is in UTC; the zone precedes a year's BC.
    return quoted(text.replace(/( BC)?$/, '+00$1'));
  }
  return quoted(text);
}

export function quoted(text: string): string {
  // People read scripts on terminals that act on such characters. And a client may send the script at once, so it is
  // parsed before its first statements set the meaning of a backslash.
  if (hasHidden(text) || text.includes('\\')) {
    const written = text.replaceAll('\\', '\\\\').replaceAll("'", "''");
    const asCode = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
    return `E'${replaceHidden(written, asCode)}'`;
  }
  return `'${text.replaceAll("'", "''")}'`;
}
