import { hasHidden, replaceHidden } from '../../text/visible.ts';
import type { TableName } from '../model.ts';

/** Quotes a name, with any characters, for a statement; those that a terminal would act on by their codes. */
export function quote(identifier: string): string {
  const doubled = identifier.replaceAll('"', '""');
  if (!hasHidden(identifier) && !identifier.includes('\n')) return `"${doubled}"`;
  const asCode = (code: number) => `\\${code.toString(16).padStart(4, '0')}`;
  return `U&"${replaceHidden(doubled.replaceAll('\\', '\\\\'), asCode).replaceAll('\n', asCode(10))}"`;
}

export function table({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}
