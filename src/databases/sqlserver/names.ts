import type { TableName } from '../model.ts';

/** Quotes a name, with any characters, for a statement. */
export function quote(identifier: string): string {
  return `[${identifier.replaceAll(']', ']]')}]`;
}

export function table({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}
