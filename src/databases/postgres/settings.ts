import type { Client as PgClient } from 'pg';
import type { ServerFacts, SessionOptions } from '../session.ts';

/**
 * A role, a database or the server may have changed any of these, and each can change what a statement means, how
 * values are printed, or which rows are visible.
 */
const SETTINGS: readonly (readonly [name: string, value: string, why: string])[] = [
  // What is seen.
  ['row_security', 'off', 'if a policy would hide rows, the server refuses instead of skipping them silently'],
  ['gin_fuzzy_search_limit', '0', 'with a limit, an index scan may return only some of the matching rows'],
  // What a statement means. Functions, operators and types are only found in pg_catalog: otherwise objects that a user
  // created in another schema of the path could be called instead. pg_temp is listed, or it would be searched first.
  ['search_path', 'pg_catalog, pg_temp', 'nothing that a user has planted is called'],
  ['standard_conforming_strings', 'on', 'a backslash in a literal is a backslash'],
  ['backslash_quote', 'safe_encoding', 'the default; the statements need no other'],
  ['transform_null_equals', 'off', '`x = NULL` is not `x IS NULL`'],
  ['array_nulls', 'on', 'NULL in an array of keys is not the text NULL'],
  ['xmloption', 'content', 'a text that is XML but not a document can be cast'],
  ['quote_all_identifiers', 'off', 'format_type writes uuid, not "uuid"'],
  // What a value looks like.
  ['client_encoding', 'UTF8', 'the driver reads UTF-8'],
  ['TimeZone', 'UTC', 'both sides print timestamps the same way'],
  ['DateStyle', 'ISO, YMD', 'the same for dates'],
  ['IntervalStyle', 'iso_8601', 'the same for intervals'],
  ['bytea_output', 'hex', 'the same for bytes'],
  ['extra_float_digits', '1', 'a floating-point number is written with all its digits'],
  ['xmlbinary', 'base64', 'the default'],
  // What a transaction is.
  ['default_transaction_isolation', 'read committed', 'a repair that locks a row sees its current state'],
  ['default_transaction_deferrable', 'off', 'no transaction waits for a safe moment'],
  // What ends a statement: the run's options decide, and one side may wait for the other for hours.
  ['lock_timeout', '0', ''],
  ['idle_in_transaction_session_timeout', '0', ''],
  ['idle_session_timeout', '0', 'PostgreSQL 14'],
  ['transaction_timeout', '0', 'PostgreSQL 17'],
  // Speed: the sums of all buckets fit in memory, so plans need not avoid hash aggregates; JIT would cost more than it
  // saves.
  ['work_mem', '64MB', ''],
  ['jit', 'off', ''],
];

/** How long a repair waits for a lock at a time; it tries a few times. */
const MAX_WAIT = '3s';

/**
 * The search path from the role, the database or the server, before it is set to pg_catalog: unqualified table names
 * are still looked up there.
 */
export async function ownPath(client: PgClient): Promise<Required<Pick<ServerFacts, 'searchPath' | 'schemas'>>> {
  // Qualified, and without casts or operators, which would be looked up in that path.
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
    // A row that another session keeps locked is skipped, and locks on other rows, for which the pipeline may be
    // waiting, are released.
    ...(options.write ? [['lock_timeout', MAX_WAIT] as const] : []),
    // A role that is read-only by default stays so: it is a deliberate safeguard.
    ...(options.write ? [] : [['default_transaction_read_only', 'on'] as const]),
  ];
  const rows = settings.map(([name, value], at) => `(${at}, '${name}', '${value}')`).join(', ');
  // The path first, in a separate statement, so that the rest is parsed under it. Settings unknown to this server are
  // skipped.
  await client.query(
    `SET search_path = pg_catalog, pg_temp; SELECT set_config(v.name, v.value, false) ` +
      `FROM (VALUES ${rows}) v(at, name, value) JOIN pg_settings s ON lower(s.name) = lower(v.name) ORDER BY v.at`,
  );
}

/** The statement that restores the search path with which a session began. */
export function restoredPath({ searchPath = '' }: Pick<ServerFacts, 'searchPath'>): string {
  return `SELECT pg_catalog.set_config('search_path', '${searchPath.replaceAll("'", "''")}', false)`;
}

/**
 * Statements around writes in one transaction: the session's original path, for triggers, after pg_catalog, so that the
 * writes' own operators and types are the built-in ones.
 */
export function pathForWrites({ searchPath = '' }: Pick<ServerFacts, 'searchPath'>): [before: string, after: string] {
  const set = (path: string) => `SELECT pg_catalog.set_config('search_path', '${path.replaceAll("'", "''")}', true);`;
  return [set(searchPath === '' ? 'pg_catalog' : `pg_catalog, ${searchPath}`), set('pg_catalog, pg_temp')];
}
