import type { Session } from '../../../databases/session.ts';
import type { LogPosition, Position } from '../../live/log-position.ts';
import type { SourceLog } from '../dialect.ts';

/** Commit times may be a few ms in the future (datetime has 1/300 s ticks). */
const ROUNDING_MS = 50;

const NOW = `SELECT CONVERT(varchar(23), DATEADD(millisecond, ${ROUNDING_MS}, GETDATE()), 126), (SELECT CAST(is_cdc_enabled AS int) FROM sys.databases WHERE database_id = DB_ID())`;
const LSN =
  "SELECT CONVERT(varchar(22), sys.fn_cdc_map_time_to_lsn('smallest greater than', CONVERT(datetime, @p1, 126)), 2)";

/**
 * Change data capture lags the log by seconds, and its newest LSN does not cover what it has not read. But it reads in
 * commit order: once it has a transaction that ended after this moment, it has all that were visible then.
 */
async function logPosition(session: Session): Promise<LogPosition | { reason: string }> {
  const [[now = '', captured] = []] = await session.query(NOW);
  if (captured !== '1')
    return { reason: `change data capture is off in ${session.server.database}: nothing is confirmed` };
  return {
    text: `a change after ${now}`,
    async find() {
      // An existing snapshot would never show later captures.
      await session.snapshot();
      const [row] = await session.query({ sql: LSN, parameters: [now] });
      const lsn = row?.[0] ?? null;
      return lsn === null ? undefined : commitPosition(lsn, session.server.database);
    },
  };
}

/**
 * SQL Server's LSN of a commit, twenty hexadecimal digits. Debezium writes them as `00000027:00000ac0:0002` and keeps
 * one offset per database. At that commit it has passed everything before it, which is what matters.
 */
export function commitPosition(lsn: string, database: string): Position {
  const wanted = BigInt(`0x${lsn}`);
  return {
    text: `LSN ${lsn}`,
    reachedBy({ partition, offset: { commit_lsn: committed } }) {
      const own = partition['database'];
      if (typeof own === 'string' && own.toLowerCase() !== database.toLowerCase()) return false;
      if (typeof committed !== 'string') return false;
      const digits = committed.replaceAll(':', '');
      return /^[0-9a-f]{20}$/i.test(digits) && BigInt(`0x${digits}`) >= wanted;
    },
  };
}

export const log: SourceLog = {
  logPosition,
  markerRow: (table) =>
    `UPDATE ${table} SET at = CONVERT(varchar(40), SYSDATETIME(), 126) WHERE id = 'sluice'; ` +
    `IF @@ROWCOUNT = 0 INSERT INTO ${table} (id, at) VALUES ('sluice', CONVERT(varchar(40), SYSDATETIME(), 126))`,
  signalCollection: ({ schema, name }, database) => `${database}.${schema}.${name}`,
};
