import type { Session } from '../../../databases/session.ts';
import { integerOf } from '../../../text/exact-json.ts';
import { known, type Position } from '../../live/log-position.ts';
import type { SourceLog } from '../dialect.ts';

/** The end of the log, flushed or not: with synchronous_commit off, rows are visible before their commit is flushed. */
async function currentLsn(session: Session): Promise<string> {
  const rows = await session.query(
    'SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text',
  );
  return rows[0]?.[0] ?? '0/0';
}

/** PostgreSQL's `16/B374D848`; Debezium keeps it as one number. */
export function lsnPosition(text: string): Position {
  const [high = '0', low = '0'] = text.split('/');
  const lsn = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
  return {
    text: `position ${text}`,
    reachedBy: ({ offset: { lsn: committed } }) => (integerOf(committed) ?? -1n) >= lsn,
  };
}

export const log: SourceLog = {
  logPosition: async (session) => known(lsnPosition(await currentLsn(session))),
  markerRow: (table) =>
    `INSERT INTO ${table} (id, at) VALUES ('sluice', clock_timestamp()::text) ON CONFLICT (id) DO UPDATE SET at = excluded.at`,
  // Transactional, so that its commit is flushed at once.
  logMessage: (prefix) => `SELECT pg_logical_emit_message(true, '${prefix}', now()::text)`,
  signalCollection: ({ schema, name }) => `${schema}.${name}`,
  backslashLiteral: (text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
};
