import type { TableName } from '../model.ts';

/** Quotes a name for a statement, whatever its characters. */
export function quote(identifier: string): string {
  return `[${identifier.replaceAll(']', ']]')}]`;
}

export function table({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}
