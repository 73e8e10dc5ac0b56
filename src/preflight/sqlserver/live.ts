import type { ConnectorOffset } from '../../connect/types.ts';
import type { Cells } from '../../databases/model.ts';
import type { Session } from '../../databases/session.ts';
import { type LiveChecks, type LockWait, type LogFacts, NO_LOG, noWrites, numberOf } from '../live-checks.ts';
import { shapedTables } from '../table-shapes.ts';

const ISO = (expression: string) => `CONVERT(varchar(23), ${expression}, 126) + 'Z'`;
/** These views have the server's local time. */
const UTC = (local: string) => ISO(`DATEADD(minute, DATEDIFF(minute, GETDATE(), GETUTCDATE()), ${local})`);

/** Lengths are in bytes, -1 without a limit. */
const SHAPES =
  'SELECT s.name, t.name, c.name, y.name + CASE ' +
  "WHEN y.name IN ('varchar', 'char', 'varbinary', 'binary') THEN '(' + CASE c.max_length WHEN -1 THEN 'max' ELSE CAST(c.max_length AS varchar(9)) END + ')' " +
  "WHEN y.name IN ('nvarchar', 'nchar') THEN '(' + CASE c.max_length WHEN -1 THEN 'max' ELSE CAST(c.max_length / 2 AS varchar(9)) END + ')' " +
  "WHEN y.name IN ('decimal', 'numeric') THEN '(' + CAST(c.precision AS varchar(9)) + ',' + CAST(c.scale AS varchar(9)) + ')' " +
  "WHEN y.name IN ('datetime2', 'datetimeoffset', 'time') THEN '(' + CAST(c.scale AS varchar(9)) + ')' ELSE '' END, " +
  "CAST(c.is_nullable AS varchar(1)), CASE WHEN c.default_object_id > 0 OR c.is_identity = 1 OR c.is_computed = 1 THEN '1' ELSE '0' END, " +
  'CAST(k.key_ordinal AS varchar(9)) FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id ' +
  'JOIN sys.columns c ON c.object_id = t.object_id JOIN sys.types y ON y.user_type_id = c.user_type_id ' +
  'LEFT JOIN sys.indexes i ON i.object_id = t.object_id AND i.is_primary_key = 1 ' +
  'LEFT JOIN sys.index_columns k ON k.object_id = t.object_id AND k.index_id = i.index_id AND k.column_id = c.column_id ' +
  'WHERE t.is_tracked_by_cdc = 1 ORDER BY 1, 2, c.column_id';

const LATENCY =
  'SELECT TOP 1 CAST(latency AS varchar(20)) FROM sys.dm_cdc_log_scan_sessions ' +
  'WHERE session_id > 0 AND end_time IS NOT NULL ORDER BY session_id DESC';

export const live: LiveChecks = {
  clock: `SELECT ${ISO('SYSUTCDATETIME()')}`,

  position: 'committed',

  async log(session, _config, offsets) {
    const [[database, captures, edition] = []] = await session.query(
      "SELECT DB_NAME(), CAST(is_cdc_enabled AS int), CAST(SERVERPROPERTY('EngineEdition') AS int) " +
        'FROM sys.databases WHERE database_id = DB_ID()',
    );
    const name = `the change data capture of ${database}`;
    if (captures !== '1') return { ...NO_LOG, name, exists: false };
    // Needs VIEW SERVER STATE.
    const [[agent] = []] = await session
      .query("SELECT status_desc FROM sys.dm_server_services WHERE servicename LIKE '%Agent%'")
      .catch((): Cells[] => []);
    // Needs VIEW DATABASE STATE. Of a session that runs it is not known yet; of one that found nothing it is 0.
    const [[latency] = []] = await session.query(LATENCY).catch((): Cells[] => []);
    const seconds = numberOf(latency);
    const [[end] = []] = await session.query('SELECT CONVERT(varchar(22), sys.fn_cdc_get_max_lsn(), 1)');
    const position = confirmed(offsets, database ?? '');
    return {
      ...NO_LOG,
      name,
      ...stopped(agent, edition),
      position,
      end: lsnText(end),
      behind: position !== null && position === lsnText(end) ? 0 : null,
      captureMs: seconds === null ? null : seconds * 1000,
      unknown: position === null ? 'the connector has committed no offset that could be read' : null,
    };
  },

  // Kept for a number of days by the cleanup job.
  unpublished: async () => null,
  retainedLogs: async () => [],

  async lockWaits(session, user) {
    const rows = await session
      .query({
        sql:
          `SELECT CAST(r.session_id AS varchar(9)), OBJECT_SCHEMA_NAME(l.resource_associated_entity_id) + '.' + ` +
          `OBJECT_NAME(l.resource_associated_entity_id), ${ISO('DATEADD(millisecond, -r.wait_time, SYSUTCDATETIME())')}, ` +
          `CAST(r.blocking_session_id AS varchar(9)), b.login_name, b.program_name, b.status, ${UTC('t.began')} ` +
          'FROM sys.dm_exec_requests r JOIN sys.dm_exec_sessions s ON s.session_id = r.session_id ' +
          'LEFT JOIN sys.dm_exec_sessions b ON b.session_id = r.blocking_session_id ' +
          'OUTER APPLY (SELECT MIN(a.transaction_begin_time) AS began FROM sys.dm_tran_session_transactions x ' +
          'JOIN sys.dm_tran_active_transactions a ON a.transaction_id = x.transaction_id WHERE x.session_id = r.blocking_session_id) t ' +
          "OUTER APPLY (SELECT TOP 1 CASE WHEN resource_type = 'OBJECT' THEN resource_associated_entity_id END AS resource_associated_entity_id " +
          "FROM sys.dm_tran_locks WHERE request_session_id = r.session_id AND request_status = 'WAIT') l " +
          'WHERE r.blocking_session_id > 0 AND r.database_id = DB_ID() AND s.login_name = @p1',
        parameters: [user],
      })
      // Needs VIEW SERVER STATE.
      .catch(() => undefined);
    if (rows === undefined) return null;
    return rows.map(
      ([waiting, table, since, blocker, name, program, state, began]): LockWait => ({
        session: waiting ?? '',
        table: table ?? null,
        since: since ?? null,
        blocker: {
          session: blocker ?? '',
          user: name ?? null,
          program: program || null,
          state: state ?? null,
          since: began ?? null,
        },
        statement: `KILL ${Number(blocker)};`,
      }),
    );
  },

  shapes: async (session) => shapedTables(await session.query(SHAPES)),

  async writes(session, tables) {
    const rows = await writtenTables(session);
    return tables.map((table) => {
      const row = rows.find(
        ([schema, name]) => same(name, table.name) && (table.schema === undefined || same(schema, table.schema)),
      );
      return row === undefined ? noWrites(table) : { ...noWrites(table), exists: true, lastWritten: row[2] ?? null };
    });
  },
};

async function writtenTables(session: Session): Promise<Cells[]> {
  const tables = (last: string) =>
    `SELECT s.name, t.name, ${last} FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id`;
  const usage =
    '(SELECT MAX(u.last_user_update) FROM sys.dm_db_index_usage_stats u WHERE u.database_id = DB_ID() AND u.object_id = t.object_id)';
  // Needs VIEW SERVER STATE.
  return session.query(tables(UTC(usage))).catch(() => session.query(tables('NULL')));
}

function same(a: string | null | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}

/** Azure SQL Database captures changes without an agent. */
function stopped(
  agent: string | null | undefined,
  edition: string | null | undefined,
): Pick<LogFacts, 'broken' | 'statement'> {
  if (edition === '5' || agent === null || agent === undefined || agent === 'Running')
    return { broken: null, statement: null };
  return {
    broken: `SQL Server Agent is ${agent.toLowerCase()}: without it nothing is captured`,
    statement: "EXEC xp_servicecontrol N'START', N'SQLServerAGENT';",
  };
}

/** `0x0000002500000448` and four more digits, as Debezium writes it: `00000025:00000448:0003`. */
export function lsnText(lsn: string | null | undefined): string | null {
  const [, ...parts] = /^0x(.{8})(.{8})(.{4})$/.exec(lsn?.toLowerCase() ?? '') ?? [];
  return parts.length === 0 ? null : parts.join(':');
}

/** What the connector has read of a database, one of several perhaps. */
function confirmed(offsets: readonly ConnectorOffset[] | undefined, database: string): string | null {
  const own = offsets?.find(({ partition }) => {
    const named = partition['database'];
    return named === undefined || same(String(named), database);
  });
  const lsn = own?.offset?.['commit_lsn'];
  return typeof lsn === 'string' ? lsn.toLowerCase() : null;
}
