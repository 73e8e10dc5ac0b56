import type { ForeignKey } from './dialects/dialect.ts';
import type { TableName } from './model.ts';

const idOf = ({ schema, name }: TableName) => JSON.stringify([schema, name]);

/**
 * Tables in an order in which rows can be inserted: a table after those that its foreign keys refer to. Rows are deleted in
 * the opposite order. Tables that refer to each other in a circle keep the order that they came in.
 * @param keys foreign keys among the tables, and others
 */
export function parentsFirst<T extends { table: TableName }>(tables: readonly T[], keys: readonly ForeignKey[]): T[] {
  const parents = Map.groupBy(keys, ({ child }) => idOf(child));
  const byId = Map.groupBy(tables, ({ table }) => idOf(table));
  const ordered: T[] = [];
  const entered = new Set<string>();
  const enter = (id: string) => {
    if (entered.has(id)) return;
    entered.add(id);
    for (const { parent } of parents.get(id) ?? []) if (byId.has(idOf(parent))) enter(idOf(parent));
    ordered.push(...(byId.get(id) ?? []));
  };
  for (const { table } of tables) enter(idOf(table));
  return ordered;
}
