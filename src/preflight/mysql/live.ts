import type { ConnectorOffset } from '../../connect/types.ts';
import type { Cells } from '../../databases/model.ts';
import type { Session } from '../../databases/session.ts';
import { SluiceError } from '../../errors/error.ts';
import { type LiveChecks, type LockWait, type LogFacts, NO_LOG, noWrites } from '../live-checks.ts';
import { shapedTables } from '../table-shapes.ts';

/** Sessions of sluice are in UTC. */
const ISO = (expression: string) => `DATE_FORMAT(${expression}, '%Y-%m-%dT%H:%i:%s.%fZ')`;

/** MariaDB writes the default of a column without one as NULL, MySQL has none. */
const SHAPES =
  'SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, ' +
  "CAST(c.IS_NULLABLE = 'YES' AS char), CAST(COALESCE(c.COLUMN_DEFAULT, 'NULL') <> 'NULL' " +
  "OR c.EXTRA LIKE '%auto_increment%' OR c.EXTRA LIKE '%GENERATED%' AS char), CAST(s.SEQ_IN_INDEX AS char) " +
  'FROM information_schema.TABLES t JOIN information_schema.COLUMNS c USING (TABLE_SCHEMA, TABLE_NAME) ' +
  'LEFT JOIN information_schema.STATISTICS s ON s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME ' +
  "AND s.COLUMN_NAME = c.COLUMN_NAME AND s.INDEX_NAME = 'PRIMARY' WHERE t.TABLE_TYPE = 'BASE TABLE' " +
  "AND t.TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') " +
  'ORDER BY 1, 2, c.ORDINAL_POSITION';

const LOG: LogFacts = { ...NO_LOG, name: 'the binary log' };

export interface LogFile {
  name: string;
  bytes: number;
}

export const live: LiveChecks = {
  clock: `SELECT ${ISO('UTC_TIMESTAMP(6)')}`,

  position: 'committed',

  async log(session, _config, offsets) {
    const rows = await refusable(() => session.query('SHOW BINARY LOGS'));
    if (rows instanceof SluiceError) {
      if (/binary logging/i.test(rows.message)) return { ...LOG, exists: false };
      return { ...LOG, unknown: `its files cannot be listed: ${rows.message}` };
    }
    return placeInFiles(
      rows.map(([name, bytes]) => ({ name: name ?? '', bytes: Number(bytes ?? 0) })),
      offsets,
    );
  },

  // The binary log is removed by age and size, whoever still needs it.
  unpublished: async () => null,
  retainedLogs: async () => [],

  async lockWaits(session, user) {
    const rows = await rowWaits(session, user);
    const tables = await tableWaits(session, user);
    // Without the privilege PROCESS, waits for rows are not visible.
    if (rows === null) return tables.length > 0 ? tables : null;
    return [...rows, ...tables.filter((one) => !rows.some((row) => row.session === one.session))];
  },

  shapes: async (session) => shapedTables(await session.query(SHAPES)),

  async writes(session, tables) {
    if (tables.length === 0) return [];
    const wanted = tables.map(({ schema, name }) => [schema ?? session.server.database, name] as const);
    const rows = await session.query({
      sql: `SELECT TABLE_SCHEMA, TABLE_NAME, ${ISO('UPDATE_TIME')} FROM information_schema.TABLES WHERE ${wanted
        .map(() => '(TABLE_SCHEMA = ? AND TABLE_NAME = ?)')
        .join(' OR ')}`,
      parameters: wanted.flat(),
    });
    return tables.map((table, index) => {
      const [schema, name] = wanted[index] ?? [];
      const row = rows.find(([ofSchema, ofName]) => ofSchema === schema && ofName === name);
      // UPDATE_TIME is lost when the server restarts.
      return row === undefined ? noWrites(table) : { ...noWrites(table), exists: true, lastWritten: row[2] ?? null };
    });
  },
};

/** Where a source is in the files that the server still has. Pure. */
export function placeInFiles(files: readonly LogFile[], offsets: readonly ConnectorOffset[] | undefined): LogFacts {
  const last = files.at(-1);
  const end = last === undefined ? null : `${last.name}:${last.bytes}`;
  if (offsets === undefined) return { ...LOG, end, unknown: 'the offsets of the connector could not be read' };
  const offset = offsets.map((one) => one.offset).find((one) => typeof one?.['file'] === 'string');
  if (offset === undefined || offset === null) return { ...LOG, end, unknown: 'the connector has committed no offset' };
  const [file, at] = [String(offset['file']), Number(offset['pos'] ?? 0)];
  const position = `${file}:${at}`;
  const index = files.findIndex(({ name }) => name === file);
  if (index >= 0) {
    const behind = files.slice(index).reduce((sum, { bytes }) => sum + bytes, 0) - at;
    return { ...LOG, position, end, behind: Math.max(0, behind), filesBehind: files.length - 1 - index };
  }
  // With GTIDs a source can go on from the files of another server.
  if (typeof offset['gtids'] === 'string')
    return { ...LOG, position, end, unknown: `the server has no file ${file}; the connector may go on by its GTIDs` };
  return { ...LOG, position, end, broken: `the server has purged the file ${file} that the connector must read next` };
}

/** A refusal is a fact, too; a lost connection is not. */
async function refusable(query: () => Promise<Cells[]>): Promise<Cells[] | SluiceError> {
  try {
    return await query();
  } catch (error) {
    const isRefused = error instanceof SluiceError && /^DATABASE_(?:REJECTED|UNAUTHORIZED)$/.test(error.code);
    if (!isRefused) throw error;
    return error;
  }
}

/** MySQL keeps these times in the server's own zone, MariaDB shows them in the session's. */
function agoIn(session: Session): (column: string) => string {
  const now = session.server.product === 'MariaDB' ? 'NOW(6)' : "CONVERT_TZ(UTC_TIMESTAMP(6), '+00:00', 'SYSTEM')";
  return (column) => ISO(`UTC_TIMESTAMP(6) - INTERVAL TIMESTAMPDIFF(SECOND, ${column}, ${now}) SECOND`);
}

async function rowWaits(session: Session, user: string): Promise<LockWait[] | null> {
  const ago = agoIn(session);
  const [from, table] =
    session.server.product === 'MariaDB'
      ? [
          'information_schema.INNODB_LOCK_WAITS w JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id ' +
            'JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id ' +
            'LEFT JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id',
          "REPLACE(l.lock_table, '`', '')",
        ]
      : [
          'performance_schema.data_lock_waits w JOIN information_schema.INNODB_TRX r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID ' +
            'JOIN information_schema.INNODB_TRX b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID ' +
            'LEFT JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID',
          "CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME)",
        ];
  const rows = await refusable(() =>
    session.query({
      sql:
        `SELECT DISTINCT r.trx_mysql_thread_id, ${table}, ${ago('r.trx_wait_started')}, b.trx_mysql_thread_id, q.USER, q.COMMAND, ` +
        `${ago('b.trx_started')} FROM ${from} JOIN information_schema.PROCESSLIST p ON p.ID = r.trx_mysql_thread_id ` +
        'LEFT JOIN information_schema.PROCESSLIST q ON q.ID = b.trx_mysql_thread_id WHERE p.USER = ?',
      parameters: [user],
    }),
  );
  if (rows instanceof SluiceError) return null;
  return rows.map(([waiting, of, since, blocker, name, state, began]) => ({
    session: waiting ?? '',
    table: of ?? null,
    since: since ?? null,
    blocker: {
      session: blocker ?? '',
      user: name ?? null,
      program: null,
      state: state?.toLowerCase() ?? null,
      since: began ?? null,
    },
    statement: `KILL ${Number(blocker)};`,
  }));
}

/** Of LOCK TABLES and changes of tables; who has such a lock is only known with an instrument that is off by default. */
async function tableWaits(session: Session, user: string): Promise<LockWait[]> {
  const rows = await refusable(() =>
    session.query({
      sql:
        `SELECT ID, ${ISO('UTC_TIMESTAMP(6) - INTERVAL TIME SECOND')} FROM information_schema.PROCESSLIST ` +
        "WHERE USER = ? AND STATE LIKE 'Waiting for % lock'",
      parameters: [user],
    }),
  );
  if (rows instanceof SluiceError) return [];
  return rows.map(([waiting, since]) => ({
    session: waiting ?? '',
    table: null,
    since: since ?? null,
    blocker: null,
    statement: null,
  }));
}
