import type { Cells } from '../databases/model.ts';
import type { TableId } from '../topology/model.ts';

/** A column of a source's table, as its database or Debezium writes it. */
export interface ColumnShape {
  name: string;
  /** `varchar(20)`. */
  type: string;
  nullable: boolean;
  /** Has a default other than NULL, or is filled in by the server. */
  defaulted: boolean;
}

export interface TableShape {
  /** In their order. */
  columns: readonly ColumnShape[];
  primaryKey: readonly string[];
}

/** A table of a catalog. */
export type ShapedTable = TableId & TableShape;

/**
 * Of rows of a catalog, those of a table together: schema, table, column, type, and as `1` or `0` whether it may be NULL and has
 * a default; last its place in the primary key, if it is in it. Pure.
 */
export function shapedTables(rows: readonly Cells[]): ShapedTable[] {
  const tables = Map.groupBy(rows, ([schema, name]) => JSON.stringify([schema, name]));
  return [...tables.values()].map((of) => {
    const [[schema, name] = []] = of;
    const key = of.flatMap(([, , column, , , , place]) =>
      place === null || place === undefined ? [] : [{ column: column ?? '', place: Number(place) }],
    );
    return {
      schema: schema ?? '',
      name: name ?? '',
      columns: of.map(([, , column, type, nullable, defaulted]) => ({
        name: column ?? '',
        type: type ?? '',
        nullable: nullable === '1',
        defaulted: defaulted === '1',
      })),
      primaryKey: key.sort((a, b) => a.place - b.place).map(({ column }) => column),
    };
  });
}
