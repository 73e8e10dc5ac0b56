import type { ColumnShape, TableShape } from '../preflight/table-shapes.ts';
import type { SourceTable } from '../topology/topic-names.ts';

/** What Debezium wrote of one table to its topic of schema changes. */
export interface SchemaEvent {
  table: SourceTable;
  kind: 'create' | 'alter' | 'drop';
  /** Null for a table that was dropped. */
  shape: TableShape | null;
  /** Of a snapshot, which first drops all tables, and creates them as they are. */
  inSnapshot: boolean;
  /** When it happened (ms since 1970). */
  at: number;
}

/** Of a record's value: none if it says nothing of tables. Pure. @param at the record's time */
export function schemaEvents(value: unknown, at: number): SchemaEvent[] {
  const { source, tableChanges } = objectOf(value);
  const { snapshot, ts_ms: happened } = objectOf(source);
  const inSnapshot = !(snapshot === undefined || snapshot === null || snapshot === 'false' || snapshot === false);
  return listOf(tableChanges).flatMap((one): SchemaEvent[] => {
    const { type, id, table } = objectOf(one);
    const names = [...String(id).matchAll(/"((?:[^"]|"")*)"/g)].map(([, name = '']) => name.replaceAll('""', '"'));
    const kind = String(type).toLowerCase();
    const of = namedBy(names);
    if (of === undefined || (kind !== 'create' && kind !== 'alter' && kind !== 'drop')) return [];
    const shape = kind === 'drop' ? null : shapeOf(objectOf(table));
    return [{ table: of, kind, shape, inSnapshot, at: typeof happened === 'number' ? happened : at }];
  });
}

function namedBy(names: readonly string[]): SourceTable | undefined {
  const [first, second, third] = names;
  if (first === undefined || second === undefined) return undefined;
  return third === undefined ? { schema: first, name: second } : { database: first, schema: second, name: third };
}

function shapeOf({ columns, primaryKeyColumnNames }: Record<string, unknown>): TableShape {
  return {
    columns: listOf(columns).map((one): ColumnShape => {
      const { name, optional, defaultValueExpression, autoIncremented, generated, ...type } = objectOf(one);
      return {
        name: String(name),
        type: typeOf(type),
        nullable: optional === true,
        defaulted: (defaultValueExpression ?? null) !== null || autoIncremented === true || generated === true,
      };
    }),
    primaryKey: listOf(primaryKeyColumnNames).map(String),
  };
}

/**
 * `INT UNSIGNED`, `VARCHAR(20)`. The width that an integer is shown with limits nothing, and is only there where somebody
 * wrote it.
 */
function typeOf({ typeName, typeExpression, length, scale, enumValues }: Record<string, unknown>): string {
  const name = String(typeExpression ?? typeName ?? '?');
  const values = listOf(enumValues);
  if (values.length > 0) return `${name}(${values.join(',')})`;
  if (typeof length !== 'number' || /INT|YEAR|SERIAL/i.test(name)) return name;
  const numbers = typeof scale === 'number' ? `${length},${scale}` : `${length}`;
  return name.replace(/^\S+/, (word) => `${word}(${numbers})`);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
