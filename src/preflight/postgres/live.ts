import { literal } from '../../databases/literals.ts';
import { quote } from '../../databases/postgres/names.ts';
import type { Session } from '../../databases/session.ts';
import { firstNames, listItems } from '../../text/lists.ts';
import { captured, fullName } from '../captured-tables.ts';
import {
  type LiveChecks,
  type LockWait,
  type LogFacts,
  NO_LOG,
  noWrites,
  numberOf,
  type TableWrites,
  type Unpublished,
} from '../live-checks.ts';
import { shapedTables } from '../table-shapes.ts';

const ISO = (expression: string) => `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const END = 'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END';

/** Columns that older servers do not have. */
function since(session: Session): string {
  return session.server.major >= 17 ? ISO('inactive_since') : 'NULL';
}
function status(session: Session): string {
  return session.server.major >= 13 ? 'wal_status' : 'NULL';
}
function safe(session: Session): string {
  return session.server.major >= 13 ? 'safe_wal_size::text' : 'NULL';
}

/** A slot begins where no transaction is open. */
const OLDEST =
  'SELECT pid, usename, application_name, state, xact_start FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start;';

function slotOf(config: Readonly<Record<string, string>>): string {
  return config['slot.name'] ?? 'debezium';
}

export const live: LiveChecks = {
  clock: `SELECT ${ISO('clock_timestamp()')}`,

  position: 'server',

  async log(session, config) {
    const slot = slotOf(config);
    const name = `the slot ${slot}`;
    const [row] = await session.query({
      sql:
        `SELECT active::text, confirmed_flush_lsn::text, (${END})::text, pg_wal_lsn_diff(${END}, confirmed_flush_lsn)::text, ` +
        `pg_wal_lsn_diff(${END}, restart_lsn)::text, ${status(session)}, ${since(session)}, ${safe(session)} ` +
        'FROM pg_replication_slots WHERE slot_name = $1',
      parameters: [slot],
    });
    if (row === undefined) return { ...NO_LOG, name, exists: false };
    const [active, position, end, behind, retained, wal, inactiveSince, left] = row;
    const gap =
      wal === 'lost'
        ? { broken: `${name} has lost WAL that it needs` }
        : active === 'true' && position === null
          ? { broken: `the server still creates ${name}: it waits for older transactions to end`, statement: OLDEST }
          : brokenBy(await live.unpublished(session, config));
    return {
      ...NO_LOG,
      name,
      ...gap,
      active: active === 'true',
      inactiveSince: inactiveSince ?? null,
      position: position ?? null,
      end: end ?? null,
      behind: numberOf(behind),
      retained: numberOf(retained),
      safe: numberOf(left),
      status: wal ?? null,
    };
  },

  unpublished: publicationGap,

  async retainedLogs(session) {
    const rows = await session.query(
      `SELECT slot_name, active::text, pg_wal_lsn_diff(${END}, restart_lsn)::text, ${status(session)}, ` +
        `${since(session)} FROM pg_replication_slots ORDER BY slot_name`,
    );
    return rows.map(([slot, active, retained, wal, inactiveSince]) => ({
      name: `the slot ${slot}`,
      isOf: (config) => slotOf(config) === slot,
      statement: `SELECT pg_drop_replication_slot(${literal(slot ?? '')});`,
      active: active === 'true',
      retained: numberOf(retained) ?? 0,
      inactiveSince: inactiveSince ?? null,
      lost: wal === 'lost',
    }));
  },

  async lockWaits(session, user) {
    // What a session waits for is only visible with pg_read_all_stats, who blocks it always.
    const start = session.server.major >= 14 ? ISO('waitstart') : 'NULL';
    const rows = await session.query({
      sql:
        `SELECT a.pid::text, l.relation::regclass::text, l.since, p.pid::text, b.usename, b.application_name, b.state, ` +
        `${ISO('b.xact_start')} FROM pg_stat_activity a CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS p(pid) ` +
        `LEFT JOIN LATERAL (SELECT relation, ${start} AS since FROM pg_locks WHERE pid = a.pid AND NOT granted LIMIT 1) l ON true ` +
        'LEFT JOIN pg_stat_activity b ON b.pid = p.pid ' +
        'WHERE a.usename = $1 AND a.datname = current_database() AND a.pid <> pg_backend_pid() ORDER BY a.pid, p.pid',
      parameters: [user],
    });
    return rows.map(
      ([waiting, table, waits, blocker, name, program, state, began]): LockWait => ({
        session: waiting ?? '',
        table: table ?? null,
        since: waits ?? null,
        blocker:
          blocker === null || blocker === undefined
            ? null
            : {
                session: blocker,
                user: name ?? null,
                program: program || null,
                state: state ?? null,
                since: began ?? null,
              },
        // 0 stands for a prepared transaction.
        statement: Number(blocker) > 0 ? `SELECT pg_terminate_backend(${Number(blocker)});` : null,
      }),
    );
  },

  shapes: async (session) => shapedTables(await session.query(SHAPES)),

  async writes(session, tables) {
    const [defaultSchema = 'public'] = session.server.schemas ?? [];
    const rows = await session.query({
      sql:
        'SELECT n.nspname, c.relname, (coalesce(pg_stat_get_tuples_inserted(c.oid), 0) + ' +
        'coalesce(pg_stat_get_tuples_updated(c.oid), 0) + coalesce(pg_stat_get_tuples_deleted(c.oid), 0))::text ' +
        'FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ' +
        "WHERE c.relkind IN ('r', 'p') AND (n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
      parameters: [
        arrayOf(tables.map(({ schema }) => schema ?? defaultSchema)),
        arrayOf(tables.map(({ name }) => name)),
      ],
    });
    const found = new Map(rows.map(([schema, name, written]) => [JSON.stringify([schema, name]), written]));
    return tables.map((table): TableWrites => {
      const written = found.get(JSON.stringify([table.schema ?? defaultSchema, table.name]));
      // PostgreSQL does not keep the time of a table's last write.
      return written === undefined ? noWrites(table) : { ...noWrites(table), exists: true, written: numberOf(written) };
    });
  },
};

const SHAPES =
  'SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), (NOT a.attnotnull)::int::text, ' +
  "(a.atthasdef OR a.attidentity <> '')::int::text, array_position(i.indkey::int2[], a.attnum)::text " +
  'FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid ' +
  'LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary ' +
  "WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND a.attnum > 0 AND NOT a.attisdropped " +
  "AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, a.attnum";

function brokenBy(gap: Unpublished | null): Pick<LogFacts, 'broken' | 'statement'> {
  return { broken: gap?.message ?? null, statement: gap?.statement ?? null };
}

/** What a publication may publish, with the letters that Debezium has for it. */
const OPERATIONS = [
  ['c', 'inserts'],
  ['u', 'updates'],
  ['d', 'deletes'],
  ['t', 'truncations'],
] as const;

/** Operations that a connector captures, and its publication does not publish. @param published in the order of `OPERATIONS` */
export function unpublishedOperations(
  config: Readonly<Record<string, string>>,
  published: readonly (string | null)[],
): string[] {
  const skipped = new Set(listItems(config['skipped.operations'] ?? 't'));
  return OPERATIONS.flatMap(([letter, word], index) =>
    published[index] === 'false' && !skipped.has(letter) ? [word] : [],
  );
}

/** Why there are no changes to read, or not all. A publication that is created later needs a restart. */
async function publicationGap(session: Session, config: Readonly<Record<string, string>>): Promise<Unpublished | null> {
  if ((config['plugin.name'] ?? 'decoderbufs') !== 'pgoutput') return null;
  const name = config['publication.name'] ?? 'dbz_publication';
  const [row] = await session.query({
    sql: 'SELECT pubinsert::text, pubupdate::text, pubdelete::text, pubtruncate::text FROM pg_publication WHERE pubname = $1',
    parameters: [name],
  });
  if (row === undefined) return { message: `the publication ${name} does not exist`, statement: null };
  const operations = unpublishedOperations(config, row);
  if (operations.length > 0)
    return {
      message: `the publication ${name} does not publish ${operations.join(', ')}: these changes never arrive`,
      statement: `ALTER PUBLICATION ${quote(name)} SET (publish = 'insert, update, delete, truncate');`,
    };
  // Without a list the publication is what chooses the tables.
  if (!config['table.include.list']) return null;
  const unpublished = await session.query({ sql: UNPUBLISHED, parameters: [name] });
  const existing = unpublished.map(([schema, table]) => ({ schema: schema ?? '', name: table ?? '' }));
  const { tables } = captured(config, existing, 'schema');
  if (tables.length === 0) return null;
  const list = tables.map((table) => `${quote(table.schema)}.${quote(table.name)}`).join(', ');
  const names = firstNames(tables.map(fullName), SHOWN);
  return {
    message: `the publication ${name} does not include ${names}: changes made meanwhile never arrive`,
    statement: `ALTER PUBLICATION ${quote(name)} ADD TABLE ${list};`,
  };
}

const SHOWN = 5;

/** A partition may be published as its whole table, and a partitioned table as its partitions. */
const UNPUBLISHED =
  'SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ' +
  "WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relpersistence = 'p' " +
  "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (SELECT FROM pg_publication_tables t " +
  'WHERE t.pubname = $1 AND t.schemaname = n.nspname AND t.tablename = c.relname) ORDER BY 1, 2';

/** An array literal: parameters are texts. */
function arrayOf(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
