import type { TableName } from '../../databases/model.ts';
import type { ForeignKey } from '../../databases/session.ts';

const idOf = ({ schema, name }: TableName) => JSON.stringify([schema, name]);

/**
 * Orders tables for inserting rows: a table after those that its foreign keys refer to. Rows are deleted in the
 * opposite order. Tables in a reference cycle keep their order.
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
