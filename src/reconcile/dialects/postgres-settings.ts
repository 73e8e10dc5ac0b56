import type { Client as PgClient } from 'pg';
import type { ServerFacts, SessionOptions } from './dialect.ts';

/**
 * A role, a database or the server may have set any of these otherwise, and each can change what a statement means, what
 * a value looks like, or which rows are seen.
 */
const SETTINGS: readonly (readonly [name: string, value: string, why: string])[] = [
  // What is seen.
  ['row_security', 'off', 'rows that a policy would hide make the server refuse, and are not left out in silence'],
  ['gin_fuzzy_search_limit', '0', 'above it an index scan returns some of the rows that fit --where'],
  // What a statement means. Functions, operators and types are found in pg_catalog only: whoever may create objects in
  // another schema of the path could have theirs called instead. pg_temp is named, or it would be searched first.
  ['search_path', 'pg_catalog, pg_temp', 'nothing that a user has planted is called'],
  ['standard_conforming_strings', 'on', 'a backslash in a literal is a backslash'],
  ['backslash_quote', 'safe_encoding', 'the default; the statements need no other'],
  ['transform_null_equals', 'off', '`x = NULL` is not `x IS NULL`'],
  ['array_nulls', 'on', 'NULL in an array of keys is not the text NULL'],
  ['xmloption', 'content', 'a text that is XML but not a document can be cast'],
  ['quote_all_identifiers', 'off', 'format_type writes uuid, not "uuid"'],
  // What a value looks like.
  ['client_encoding', 'UTF8', 'the driver reads UTF-8'],
  ['TimeZone', 'UTC', 'both sides write moments alike'],
  ['DateStyle', 'ISO, YMD', 'the same for dates'],
  ['IntervalStyle', 'iso_8601', 'the same for intervals'],
  ['bytea_output', 'hex', 'the same for bytes'],
  ['extra_float_digits', '1', 'a floating-point number is written with all its digits'],
  ['xmlbinary', 'base64', 'the default'],
  // What a transaction is.
  ['default_transaction_isolation', 'read committed', 'a repair that locks a row sees it as it is then'],
  ['default_transaction_deferrable', 'off', 'no transaction waits for a safe moment'],
  // What ends a statement: the options of the run decide, and one side may wait for the other for hours.
  ['lock_timeout', '0', ''],
  ['idle_in_transaction_session_timeout', '0', ''],
  ['idle_session_timeout', '0', 'PostgreSQL 14'],
  ['transaction_timeout', '0', 'PostgreSQL 17'],
  // Speed: the sums of all buckets fit, so that no plan avoids grouping them in memory; compiling would cost more than
  // it spares.
  ['work_mem', '64MB', ''],
  ['jit', 'off', ''],
];

/**
 * The search path that the role, the database or the server gave the session, before it is set to pg_catalog: names of
 * tables without a schema are still looked for there.
 */
export async function ownPath(client: PgClient): Promise<Required<Pick<ServerFacts, 'searchPath' | 'schemas'>>> {
  // Qualified, and without casts or operators, which would be looked for in that path.
  const { rows } = await client.query({
    text:
      "SELECT pg_catalog.current_setting('search_path'), " +
      'pg_catalog.array_to_json(pg_catalog.current_schemas(false))',
    rowMode: 'array',
    types: { getTypeParser: () => (text: unknown) => text } as never,
  });
  const [path, schemas] = (rows[0] ?? []) as unknown as [string?, string?];
  return { searchPath: path ?? '', schemas: JSON.parse(schemas ?? '[]') as string[] };
}

export async function prepareSession(client: PgClient, options: SessionOptions): Promise<void> {
  const settings = [
    ...SETTINGS,
    ['statement_timeout', String(Math.round(options.statementTimeout))] as const,
    // A role that is read-only by default stays so: it is a guard that somebody has put there.
    ...(options.write ? [] : [['default_transaction_read_only', 'on'] as const]),
  ];
  const rows = settings.map(([name, value], at) => `(${at}, '${name}', '${value}')`).join(', ');
  // The path first, by a statement of its own: the rest is then parsed in it. What this server does not know is not set.
  await client.query(
    `SET search_path = pg_catalog, pg_temp; SELECT set_config(v.name, v.value, false) ` +
      `FROM (VALUES ${rows}) v(at, name, value) JOIN pg_settings s ON lower(s.name) = lower(v.name) ORDER BY v.at`,
  );
}

/** The statement that gives a session the search path back that it began with. */
export function restoredPath({ searchPath = '' }: Pick<ServerFacts, 'searchPath'>): string {
  return `SELECT pg_catalog.set_config('search_path', '${searchPath.replaceAll("'", "''")}', false)`;
}

/**
 * Statements before and after writes, in one transaction: the session's own path, for triggers, with pg_catalog before it, so
 * that operators and types which the writes themselves name are not taken from elsewhere.
 */
export function pathForWrites({ searchPath = '' }: Pick<ServerFacts, 'searchPath'>): [before: string, after: string] {
  const set = (path: string) => `SELECT pg_catalog.set_config('search_path', '${path.replaceAll("'", "''")}', true);`;
  return [set(searchPath === '' ? 'pg_catalog' : `pg_catalog, ${searchPath}`), set('pg_catalog, pg_temp')];
}
