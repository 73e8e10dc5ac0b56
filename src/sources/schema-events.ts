import type { ColumnShape, TableShape } from '../preflight/table-shapes.ts';
import type { SourceTable } from '../topology/topic-names.ts';

/** What Debezium wrote of one table to its topic of schema changes. */
export interface SchemaEvent {
  table: SourceTable;
  kind: 'create' | 'alter' | 'drop';
  /** Its name before, if this renamed it. */
  was?: SourceTable;
  /** Null for a table that was dropped. */
  shape: TableShape | null;
  /** Of a snapshot, which first drops all tables, and creates them as they are. */
  inSnapshot: boolean;
  /** When it happened (ms since 1970). */
  at: number;
}

/** Of a record's value: none if it says nothing of tables. Pure. @param at the record's time */
export function schemaEvents(value: unknown, at: number): SchemaEvent[] {
  const { source, tableChanges, ddl, databaseName } = objectOf(value);
  const { snapshot, ts_ms: happened } = objectOf(source);
  const inSnapshot = !(snapshot === undefined || snapshot === null || snapshot === 'false' || snapshot === false);
  return listOf(tableChanges).flatMap((one): SchemaEvent[] => {
    const { type, id, table } = objectOf(one);
    const names = [...String(id).matchAll(/"((?:[^"]|"")*)"/g)].map(([, name = '']) => name.replaceAll('""', '"'));
    const kind = String(type).toLowerCase();
    const of = namedBy(names);
    if (of === undefined || (kind !== 'create' && kind !== 'alter' && kind !== 'drop')) return [];
    const shape = kind === 'drop' ? null : shapeOf(objectOf(table));
    const was = kind === 'alter' ? nameBefore(of, String(ddl ?? ''), String(databaseName ?? '')) : undefined;
    const when = typeof happened === 'number' ? happened : at;
    return [{ table: of, kind, ...(was === undefined ? {} : { was }), shape, inSnapshot, at: when }];
  });
}

const WORD = '(?:`(?:[^`]|``)+`|[\\w$\\u0080-\\uffff]+)';
const NAME = `${WORD}(?:\\s*\\.\\s*${WORD})?`;
/** `RENAME TABLE a TO b, c TO d` */
const RENAMES = new RegExp(`(${NAME})\\s+TO\\s+(${NAME})`, 'gi');
/** `ALTER TABLE a … RENAME [TO | AS] b`: what is renamed otherwise is a column, an index, or a key. */
const ALTERS = new RegExp(
  `^\\s*ALTER\\b[^]*?\\bTABLE\\s+(?:IF\\s+EXISTS\\s+)?(${NAME})[^]*\\bRENAME\\s+(?:TO\\s+|AS\\s+|=\\s*)?(?!(?:COLUMN|INDEX|KEY)\\b)(${NAME})`,
  'i',
);

/** A statement that names tables only is short. */
const LONGEST = 10_000;

/** Debezium writes the name after a renaming only; the one before is in the statement. */
function nameBefore(table: SourceTable, statement: string, database: string): SourceTable | undefined {
  const ddl = statement.slice(0, LONGEST);
  const altered = ALTERS.exec(ddl);
  const pairs = /^\s*RENAME\s+TABLE/i.test(ddl)
    ? [...ddl.replace(/^\s*RENAME\s+TABLES?\s+(?:IF\s+EXISTS\s+)?/i, '').matchAll(RENAMES)]
    : altered === null
      ? []
      : [altered];
  for (const [, before = '', after = ''] of pairs) {
    const [from, to] = [before, after].map((name) => namedIn(name, database));
    if (to?.name === table.name && to.schema === table.schema) return from;
  }
  return undefined;
}

function namedIn(written: string, database: string): SourceTable {
  const [first = '', second] = [...written.matchAll(new RegExp(WORD, 'g'))].map(([word]) =>
    word.startsWith('`') ? word.slice(1, -1).replaceAll('``', '`') : word,
  );
  return second === undefined ? { schema: database, name: first } : { schema: first, name: second };
}

function namedBy(names: readonly string[]): SourceTable | undefined {
  const [first, second, third] = names;
  if (first === undefined || second === undefined) return undefined;
  return third === undefined ? { schema: first, name: second } : { database: first, schema: second, name: third };
}

function shapeOf({ columns, primaryKeyColumnNames }: Record<string, unknown>): TableShape {
  const primaryKey = listOf(primaryKeyColumnNames).map(String);
  return {
    columns: listOf(columns).map((one): ColumnShape => {
      const { name, optional, defaultValueExpression, autoIncremented, generated, ...type } = objectOf(one);
      return {
        name: String(name),
        type: typeOf(type),
        // `MODIFY id bigint` does not say so, and Debezium takes it at its word; but no column of a primary key may be NULL.
        nullable: optional === true && !primaryKey.includes(String(name)),
        defaulted: (defaultValueExpression ?? null) !== null || autoIncremented === true || generated === true,
      };
    }),
    primaryKey,
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
