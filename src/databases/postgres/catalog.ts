import type { Cells, Column, Statement, TableInfo, TableName } from '../model.ts';
import type { ForeignKey, ServerFacts } from '../session.ts';
import type { TableKind } from '../table-kinds.ts';
import type { TableReference } from '../table-names.ts';
import { type KnownTable, pickTable, refuse } from '../tables.ts';
import { hiddenByView } from '../user-views.ts';
import { table } from './names.ts';
import { isAmbiguousPostgres, postgresType } from './types.ts';

type Query = (statement: Statement | string) => Promise<Cells[]>;

export const HIDDEN_HINT =
  "Connect as the table's owner, if FORCE ROW LEVEL SECURITY is not set, or as a role with BYPASSRLS. For a view, its owner's privileges count, unless it is security_invoker.";

interface CatalogTable extends KnownTable {
  oid: string;
  /** Of pg_class.relkind. */
  relation: string;
}

/** A partition and its table are in pg_inherits, as a table and those that inherit from it are. */
const TABLES = `
  SELECT n.nspname, c.relname, c.oid::text, c.relkind, CASE
      WHEN c.relpersistence = 't' THEN 'temporary table'
      WHEN c.relkind = 'S' THEN 'sequence'
      WHEN c.relispartition THEN 'partition'
      WHEN c.relkind = 'v' THEN 'view'
      WHEN c.relkind = 'm' THEN 'materialized view'
      WHEN c.relkind = 'f' THEN 'foreign table'
      WHEN c.relkind = 'p' THEN 'partitioned table'
      WHEN c.relhassubclass AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid) THEN 'inheritance parent'
      WHEN c.relpersistence = 'u' THEN 'unlogged table'
      ELSE 'table' END,
    CASE WHEN c.relpersistence <> 't' THEN array_position($1::text[], n.nspname::text)::text END,
    pn.nspname, p.relname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
    LEFT JOIN pg_class p ON p.oid = i.inhparent LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg_toast%'
  ORDER BY array_position($1::text[], n.nspname::text) NULLS LAST, 1, 2`;

/** Everything that can be read by SELECT, and sequences, those of the search path first. */
export async function listPostgres(query: Query, { schemas = [] }: ServerFacts): Promise<CatalogTable[]> {
  const rows = await query({ sql: TABLES, parameters: [schemas] });
  return rows.map(([schema, name, oid, relation, kind, position, parentSchema, parent]) => ({
    schema: schema ?? '',
    name: name ?? '',
    kind: (kind ?? 'table') as TableKind,
    visible: position !== null,
    oid: oid ?? '',
    relation: relation ?? '',
    ...(parent === null || parent === undefined ? {} : { parent: { schema: parentSchema ?? '', name: parent } }),
  }));
}

/** Tables whose rows a read of this one reads too, at any depth, with pg_class.relkind. */
const DESCENDANTS = `
  WITH RECURSIVE d(oid) AS (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::oid
    UNION SELECT i.inhrelid FROM pg_inherits i JOIN d ON i.inhparent = d.oid)
  SELECT c.oid::text, c.relkind FROM d JOIN pg_class c ON c.oid = d.oid`;

/**
 * A domain counts as its base type, at any depth. NOT NULL only counts if it holds for all rows read: foreign tables do
 * not check it ($3), inheriting tables may drop it ($2), and NOT VALID does not cover older rows.
 */
const COLUMNS = `
  WITH RECURSIVE base(attnum, oid, typmod) AS (
    SELECT attnum, atttypid, atttypmod FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT b.attnum, t.typbasetype, t.typtypmod FROM base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd')
  SELECT a.attname, format_type(t.oid, b.typmod),
    CASE WHEN EXISTS (SELECT FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_extension'::regclass
          AND d.deptype = 'e' AND x.extname = t.typname) THEN t.typname::text END,
    NOT $3::boolean AND NOT EXISTS (
      SELECT FROM unnest($2::oid[]) f(oid)
        LEFT JOIN pg_attribute o ON o.attrelid = f.oid AND o.attname = a.attname AND NOT o.attisdropped
      WHERE o.attnotnull IS NOT TRUE OR EXISTS (SELECT FROM pg_constraint k
        WHERE k.conrelid = f.oid AND k.contype = 'n' AND NOT k.convalidated AND o.attnum = ANY (k.conkey))),
    a.attgenerated <> '', a.attidentity <> '', t.typtype = 'e', a.atttypid <> b.oid, a.attidentity = 'a',
    a.atthasdef AND a.attgenerated = ''
  FROM pg_attribute a JOIN base b ON b.attnum = a.attnum JOIN pg_type t ON t.oid = b.oid AND t.typtype <> 'd'
  WHERE a.attrelid = $1::oid ORDER BY a.attnum`;

/** PostgreSQL has NULLS NOT DISTINCT since version 15. */
const KEYS = `
  SELECT i.indisprimary, array_to_json(array(
    SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(n, o)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n WHERE k.o <= i.indnkeyatts ORDER BY k.o))::text,
    (to_jsonb(i) ->> 'indnullsnotdistinct')::boolean
  FROM pg_index i
  WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL`;

/** The planner's method: rows per page at the last count, times the current pages. Also whether rows are hidden. */
const ROWS = `
  SELECT sum(CASE WHEN relpages > 0 AND reltuples >= 0
    THEN reltuples / relpages * (pg_relation_size(oid) / current_setting('block_size')::int)
    ELSE pg_relation_size(oid) / 60.0 END)::bigint,
    max(pg_relation_size(oid) / current_setting('block_size')::int), row_security_active($2::oid),
    coalesce(pg_relation_filenode($2::oid), 0)::text
  FROM pg_class WHERE relkind IN ('r', 'm') AND oid = ANY ($1::oid[])`;

/** The definitions of a view and of all views that it reads. */
const VIEWS = `
  WITH RECURSIVE read (oid) AS (SELECT $1::oid UNION
    SELECT d.refobjid FROM read JOIN pg_rewrite r ON r.ev_class = read.oid
      JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass)
  SELECT pg_get_viewdef(oid) FROM read JOIN pg_class c USING (oid) WHERE c.relkind = 'v'`;

/** @throws TABLE_NOT_FOUND, TABLE_NOT_COMPARABLE */
export async function describePostgres(
  query: Query,
  wanted: TableReference,
  database: string,
  server: ServerFacts,
): Promise<TableInfo> {
  const found = pickTable(await listPostgres(query, server), wanted, database);
  const { kind, relation, oid } = found;
  refuse(found, database);
  const descendants = /^[rpf]$/.test(relation) ? await query({ sql: DESCENDANTS, parameters: [oid] }) : [];
  const family = [oid, ...descendants.map(([child]) => child ?? '')];
  const foreign = relation === 'f' || descendants.some(([, other]) => other === 'f');
  // The partitions of a table cannot do without its constraints.
  const parameters = [oid, relation === 'p' ? [oid] : family, foreign];
  const columns = await query({ sql: COLUMNS, parameters });
  const keys = await query({ sql: KEYS, parameters: [oid] });
  const [estimate] = await query({ sql: ROWS, parameters: [family, oid] });
  const blocks = Number(estimate?.[1] ?? 0);
  const indexed = keys.map(([primary, names, oneNull]) => ({
    primary: primary === 't',
    names: JSON.parse(names ?? '[]') as string[],
    oneNull: oneNull === 't',
  }));
  // Inheriting tables have separate keys, if any; partitions have those of their table.
  const together = relation !== 'p' && descendants.length > 0;
  return {
    schema: found.schema,
    name: found.name,
    kind,
    reads: family,
    // Rows on another server are outside this one's snapshot.
    transactional: !foreign,
    hidden:
      estimate?.[2] === 't'
        ? { what: 'rows', reason: 'row-level security hides rows from this user', hint: HIDDEN_HINT }
        : relation === 'v'
          ? hiddenByView((await query({ sql: VIEWS, parameters: [oid] })).map(([definition]) => definition))
          : undefined,
    columns: columns.map(
      ([
        name,
        nativeType = '',
        extensionType,
        notNull,
        generated,
        identity,
        isEnum,
        domain,
        always,
        hasDefault,
      ]): Column => {
        const declared = extensionType ?? nativeType ?? '';
        const type = postgresType(declared);
        return {
          name: name ?? '',
          nativeType: nativeType ?? '',
          type,
          nullable: notNull !== 't',
          generated: generated === 't',
          identity: identity === 't',
          ...(domain === 't' ? { domain: true } : {}),
          ...(always === 't' ? { always: true } : {}),
          ...(hasDefault === 't' ? { defaulted: true } : {}),
          ...(server.encoding === 'SQL_ASCII' && /^(text|other)$/.test(type.family) ? { unchecked: true } : {}),
          ambiguous: isAmbiguousPostgres(declared, type, { isEnum: isEnum === 't', encoding: server.encoding }),
        };
      },
    ),
    primaryKey: indexed.find((key) => key.primary)?.names ?? [],
    uniqueKeys: together || foreign || kind === 'view' ? [] : indexed.map((key) => key.names),
    oneNull: indexed.flatMap((key) => (key.oneNull ? key.names : [])),
    // Views and foreign tables have no statistics: the scan will show.
    estimatedRows: Number(estimate?.[0] ?? 0),
    // PostgreSQL 14 reads a range of blocks and nothing else; before that each part would read the whole table.
    splitting:
      server.major >= 14 && /^[rm]$/.test(relation) && descendants.length === 0 && blocks > 1
        ? { by: 'blocks', blocks, file: estimate?.[3] ?? '' }
        : undefined,
  };
}

/**
 * Whether a table still has the files it had in the snapshot: catalog queries show the snapshot, functions on relations
 * the present. Includes the tables that a read of it reads, such as those of a view. A file number of 0 means that
 * there is no file, or that it is recorded elsewhere, as for some catalogs.
 */
const AS_SEEN = `
  WITH RECURSIVE d(oid) AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
    UNION SELECT e.oid FROM d JOIN LATERAL (
      SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = d.oid
      UNION ALL SELECT u.refobjid FROM pg_rewrite r JOIN pg_depend u
        ON u.classid = 'pg_rewrite'::regclass AND u.objid = r.oid AND u.refclassid = 'pg_class'::regclass
      WHERE r.ev_class = d.oid) e ON true)
  SELECT bool_and(c.relfilenode = 0 OR coalesce(pg_relation_filenode(c.oid), 0) = c.relfilenode)
    AND to_regclass(format('%I.%I', $1::text, $2::text))::oid = ANY (array_agg(c.oid))
  FROM d JOIN pg_class c ON c.oid = d.oid`;

/** See `Session.hold`: a statement that reads no rows still takes a read's locks. */
export async function holdPostgres(query: Query, { schema, name }: TableName): Promise<boolean> {
  await query(`SELECT FROM ${table({ schema, name })} LIMIT 0`);
  const [[seen] = []] = await query({ sql: AS_SEEN, parameters: [schema, name] });
  return seen === 't';
}

/**
 * A row may belong to several tables: a partition and its table, or an inheriting table and its parent. A key may refer
 * to any of them, and acts in all. Keys that partitions repeat from their table are skipped. An UPDATE that moves a row
 * to another partition deletes it from the old one, for keys that refer to that partition and, before PostgreSQL 15,
 * for keys that refer to the table. Rows move by the columns of the partition key, or by any column if it has
 * expressions.
 */
const REFERENCES = `
  WITH RECURSIVE family(oid, root) AS (
    SELECT p.oid, p.oid FROM pg_class p JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE pn.nspname = $1 AND p.relname = $2
    UNION SELECT i.inhrelid, f.root FROM pg_inherits i JOIN family f ON i.inhparent = f.oid)
  SELECT cn.nspname, c.relname, k.confdeltype::text, k.confupdtype::text,
    array_to_json(array(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS u(n, o)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o))::text,
    array_to_json(array(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS u(n, o)
      JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o))::text,
    array_to_json(array(SELECT format('OPERATOR(%I.%s)', s.nspname, o.oprname)
      FROM unnest(k.conpfeqop) WITH ORDINALITY AS u(n, o_) JOIN pg_operator o ON o.oid = u.n
      JOIN pg_namespace s ON s.oid = o.oprnamespace ORDER BY u.o_))::text,
    array_to_json(array(SELECT DISTINCT a.attname FROM family f JOIN pg_partitioned_table p ON p.partrelid = f.oid
      JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE (k.confrelid <> f.root OR current_setting('server_version_num')::int < 150000)
        AND (p.partexprs IS NOT NULL OR a.attnum = ANY (p.partattrs::int2[]))))::text
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM family) AND NOT EXISTS (
    SELECT FROM pg_constraint w WHERE w.oid = k.conparentid AND w.confrelid IN (SELECT oid FROM family))`;

/** Foreign keys that refer to a table. */
export async function referencesPostgres(query: Query, { schema, name }: TableName): Promise<ForeignKey[]> {
  const rows = await query({ sql: REFERENCES, parameters: [schema, name] });
  const names = (json: string | null | undefined) => JSON.parse(json ?? '[]') as string[];
  return rows.map(([childSchema, child, onDelete, onUpdate, childColumns, parentColumns, operators, movers]) => ({
    child: { schema: childSchema ?? '', name: child ?? '' },
    childColumns: names(childColumns),
    parent: { schema, name },
    parentColumns: names(parentColumns),
    // An extension's type has its own operators, which are not in pg_catalog.
    operators: names(operators),
    movedBy: names(movers),
    // NO ACTION and RESTRICT; the others act.
    onDelete: /^[ar]$/.test(onDelete ?? '') ? 'refuse' : 'act',
    onUpdate: /^[ar]$/.test(onUpdate ?? '') ? 'refuse' : 'act',
  }));
}
