import type { Cells } from '../model.ts';
import type { SessionOptions } from '../session.ts';

/** One session variable, in SQL, and why it is set. */
type Setting = readonly [name: string, value: string, why: string];

/** As large as it can be: no limit. */
const NO_LIMIT = '18446744073709551615';

/**
 * The server's configuration or `init_connect` may have changed any of these, and each can change which rows are
 * visible, what a statement means or how values are printed.
 */
const SETTINGS: readonly Setting[] = [
  // What is seen.
  ['system_versioning_asof', 'DEFAULT', 'MariaDB: a moment set here would show old rows instead of current ones'],
  ['max_join_size', NO_LIMIT, 'it refuses large reads'],
  ['sql_big_selects', '1', 'the same'],
  ['sql_auto_is_null', '0', '`id IS NULL` is not the row that was inserted last'],
  ['show_gipk_in_create_table_and_information_schema', '1', 'MySQL: a generated primary key is listed as a column'],
  ['information_schema_stats_expiry', '0', 'MySQL: row estimates are current, not up to a day old'],
  // What a statement means.
  ['old_mode', "''", 'MariaDB: utf8 and casts of times have their current meaning'],
  ['div_precision_increment', '4', 'both sides divide the same way in conditions'],
  ['default_week_format', '0', 'the same for weeks'],
  ['lc_time_names', "'en_US'", 'the same for names of months'],
  // What a transaction is.
  ['autocommit', '1', 'a read outside a transaction sees the current rows'],
  // What ends a session: one side may wait for the other for hours.
  ['wait_timeout', '86400', ''],
  ['net_write_timeout', '3600', ''],
  ['idle_transaction_timeout', '0', 'MariaDB'],
  ['idle_readonly_transaction_timeout', '0', 'MariaDB'],
];

/** For repairs: writes must satisfy all constraints, and are not refused for lack of an index. */
const WRITING: readonly Setting[] = [
  ['foreign_key_checks', '1', ''],
  ['unique_checks', '1', ''],
  ['check_constraint_checks', '1', 'MariaDB'],
  ['sql_safe_updates', '0', 'it refuses an UPDATE or DELETE whose condition uses no key'],
  ['idle_write_transaction_timeout', '0', 'MariaDB'],
];

/**
 * Zero dates must be readable, and a backslash in a literal is a backslash. All other modes are off: of those that
 * change values or statements PAD_CHAR_TO_FULL_LENGTH, ANSI_QUOTES, PIPES_AS_CONCAT, HIGH_NOT_PRECEDENCE,
 * EMPTY_STRING_IS_NULL, TIME_TRUNCATE_FRACTIONAL.
 */
const MODES = ['STRICT_ALL_TABLES', 'NO_BACKSLASH_ESCAPES', 'NO_AUTO_VALUE_ON_ZERO'];

/** Brings a session into the state that the dialect's SQL relies on. @param longestText bytes */
export async function prepareMysql(
  query: (sql: string) => Promise<Cells[]>,
  run: (sql: string) => Promise<unknown>,
  { mariadb, longestText }: { mariadb: boolean; longestText: number },
  { write = false, statementTimeout }: SessionOptions,
): Promise<void> {
  // First, since each of them affects what follows: a limit silently cuts every SELECT and SHOW, a commit or rollback
  // can end the session, and MySQL's SHOW reads more than a small max_join_size allows. All exist on every server still
  // in use.
  await run(`SET SESSION sql_select_limit = ${NO_LIMIT}, SESSION completion_type = 0, SESSION sql_big_selects = 1`);
  // `init_connect` may have changed what the driver negotiated.
  await run('SET NAMES utf8mb4 COLLATE utf8mb4_bin');
  await run("SET time_zone = '+00:00'");
  // MariaDB truncates fractions unless told to round, as MySQL and PostgreSQL always do.
  const modes = [...MODES, ...(mariadb ? ['TIME_ROUND_FRACTIONAL'] : [])];
  await run(`SET SESSION sql_mode = '${modes.join(',')}', SESSION group_concat_max_len = ${longestText}`);
  const wanted: Setting[] = [
    ...SETTINGS,
    ...(write ? WRITING : []),
    // Even if 0: the server's own limit would end statements that this run does not limit.
    ['max_statement_time', String(statementTimeout / 1000), 'MariaDB'],
    ['max_execution_time', String(Math.round(statementTimeout)), 'MySQL'],
    ...(write && statementTimeout > 0
      ? [['innodb_lock_wait_timeout', String(Math.ceil(statementTimeout / 1000)), 'MySQL limits SELECT only'] as const]
      : []),
  ];
  const names = [...wanted.map(([name]) => name), 'query_cache_type', 'optimizer_switch'];
  const known = new Map(
    (await query(`SHOW SESSION VARIABLES WHERE variable_name IN (${names.map((name) => `'${name}'`).join(', ')})`)).map(
      ([name, value]) => [(name ?? '').toLowerCase(), value],
    ),
  );
  const settings = wanted.filter(([name]) => known.has(name)).map(([name, value]) => `SESSION ${name} = ${value}`);
  // MySQL writes a condition that it moves into a view of several SELECTs with backslashes, and reads it again without such
  // escapes: a text with a backslash finds no row, and one with a quote is an error.
  if (known.get('optimizer_switch')?.includes('derived_condition_pushdown='))
    settings.push("SESSION optimizer_switch = 'derived_condition_pushdown=off'");
  // A server that was started without the cache refuses to set it.
  if (/^(on|demand|[12])$/i.test(known.get('query_cache_type') ?? '')) settings.push('SESSION query_cache_type = OFF');
  await run(`SET ${settings.join(', ')}`);
  // With any other level WITH CONSISTENT SNAPSHOT is ignored, with a warning only.
  await run(`SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ${write ? '' : ', READ ONLY'}`);
}

/**
 * Makes the statement fail. If the result exceeds max_allowed_packet, CONCAT_WS returns NULL and JSON an empty text,
 * with only a warning: such rows would have no hash and would compare equal with any content.
 */
export const TOO_LONG = 'EXP(710)';
