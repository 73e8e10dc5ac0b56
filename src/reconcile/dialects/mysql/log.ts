import type { Session } from '../../../databases/session.ts';
import { integerOf } from '../../../text/exact-json.ts';
import { known, type LogPosition, type Position, type SourceOffset } from '../../live/log-position.ts';
import type { SourceLog } from '../dialect.ts';
import { gtidSet, lackingGtids } from './gtid-sets.ts';

async function logPosition(session: Session): Promise<LogPosition | { reason: string }> {
  if (session.server.product === 'MariaDB') {
    const [row] = await session.query('SELECT @@gtid_current_pos');
    return known(gtidPosition(row?.[0] ?? ''));
  }
  // In this order: a transaction with visible rows may still be among the owned ones and then move to the executed.
  const [[mode, owned, executed] = []] = await session
    .query('SELECT @@GLOBAL.gtid_mode, @@GLOBAL.gtid_owned, @@GLOBAL.gtid_executed')
    .catch(() => []);
  if (mode === 'ON') return known(gtidSetPosition(executed ?? '', owned ?? ''));
  // MySQL 8.4 renamed the statement.
  const [row] = await session
    .query('SHOW BINARY LOG STATUS')
    .catch(() => session.query('SHOW MASTER STATUS'))
    .catch(() => []);
  return row === undefined
    ? { reason: `${session.server.product} does not show its binary log position: the user needs REPLICATION CLIENT` }
    : known(binlogPosition(row[0] ?? '', Number(row[1] ?? 0)));
}

/** MariaDB's `domain-server-sequence`, several with commas: each domain's sequence must be reached. */
export function gtidPosition(text: string): Position {
  const wanted = sequences(text);
  const reached = (gtids: unknown, lacking: bigint) => {
    const committed = sequences(typeof gtids === 'string' ? gtids : '');
    return [...wanted].every(([domain, sequence]) => (committed.get(domain) ?? -1n) >= sequence - lacking);
  };
  return {
    text: `GTID ${text}`,
    reachedBy: ({ offset }) => reached(offset['gtids'], 0n),
    almostReachedBy: ({ offset }) => reached(offset['gtids'], 1n),
  };
}

function sequences(text: string): Map<string, bigint> {
  return new Map(
    text
      .split(',')
      .map((one) => /^\s*(\d+)-\d+-(\d+)\s*$/.exec(one))
      .flatMap((match) => (match === null ? [] : [[match[1] ?? '', BigInt(match[2] ?? '0')] as const])),
  );
}

/**
 * MySQL's GTID sets, identical on every server that has the transactions. File and offset add nothing: a restarted
 * connector has offset 4, and a moved one has the files of another server.
 * @param executed `@@gtid_executed` @param owned `@@gtid_owned`: being committed
 */
export function gtidSetPosition(executed: string, owned = ''): Position {
  const wanted = gtidSet(`${executed},${owned}`);
  const lacking = ({ offset: { gtids } }: SourceOffset) =>
    typeof gtids === 'string' ? lackingGtids(wanted, gtidSet(gtids)) : undefined;
  return {
    text: `GTIDs ${executed.replaceAll(/\s/g, '')}`,
    reachedBy: (committed) => lacking(committed) === 0n,
    almostReachedBy: (committed) => (lacking(committed) ?? 2n) <= 1n,
  };
}

/** MySQL's file and offset, without GTIDs; file numbers only increase. */
export function binlogPosition(file: string, position: number): Position {
  return {
    text: `${file}:${position}`,
    reachedBy: ({ offset: { file: committed, pos: written } }) => {
      const pos = integerOf(written);
      if (typeof committed !== 'string' || pos === undefined) return false;
      // Files with another name belong to another server.
      if (committed.replace(/\d+$/, '') !== file.replace(/\d+$/, '')) return false;
      const order = number(committed) - number(file);
      return order > 0 || (order === 0 && pos >= position);
    },
  };
}

function number(file: string): number {
  return Number(/(\d+)$/.exec(file)?.[1] ?? 0);
}

export const log: SourceLog = {
  logPosition,
  markerRow: (table) =>
    `INSERT INTO ${table} (id, at) VALUES ('sluice', SYSDATE(6)) ON DUPLICATE KEY UPDATE at = SYSDATE(6)`,
  signalCollection: ({ schema, name }) => `${schema}.${name}`,
  // The connector's session may be in another time zone than the one that the key was read in.
  signalRefusal: ({ type }) =>
    type.family === 'timestamp' && type.zone
      ? 'a TIMESTAMP in the key is a different moment in the connector’s time zone'
      : undefined,
  backslashLiteral: (text) => `CONVERT(X'${Buffer.from(text).toString('hex')}' USING utf8mb4)`,
};
