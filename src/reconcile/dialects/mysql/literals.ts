import type { Column } from '../../../databases/model.ts';
import { hasHidden } from '../../../text/visible.ts';
import type { Form } from '../../model.ts';

export function quoted(value_: string): string {
  // The mysql client turns CR LF in a script into one character and refuses NUL; other control characters would act on
  // a terminal.
  if (hasHidden(value_)) return `_utf8mb4 X'${Buffer.from(value_).toString('hex')}'`;
  return `'${value_.replaceAll("'", "''")}'`;
}

export function literal(_column: Column, form: Form, value_: string | null): string {
  if (value_ === null) return 'NULL';
  if (form.kind === 'bytes') return `X'${value_}'`;
  // NaN and Infinity would be read as names of columns.
  if (/^(integer|decimal)$/.test(form.kind) && /^-?\d+(\.\d+)?$/.test(value_)) return value_;
  // NO_BACKSLASH_ESCAPES is set at the head of the script: a backslash is an ordinary character.
  return quoted(value_);
}

/**
 * A number that is not a value of an enum or set means a position, and two digits mean a year of this century or the
 * last.
 */
export function misreads(column: Column, form: Form, text: string): boolean {
  // The number 0 is the year 0000, and the text '0' is 2000.
  if (/^year/i.test(column.nativeType))
    return (
      /^\s*[+-]?\d{1,2}(\.\d*)?\s*$/.test(text) && (!/^0(\.0*)?$/.test(text) || !/^(integer|decimal)$/.test(form.kind))
    );
  if (!/^(enum|set)\(/i.test(column.nativeType) || !/^\s*[+-]?\d+\s*$/.test(text)) return false;
  const values: string[] = column.nativeType.match(/'(?:[^']|'')*'/g) ?? [];
  return !values.includes(`'${text}'`);
}
