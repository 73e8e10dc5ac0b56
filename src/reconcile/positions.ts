import type { Session } from './dialects/dialect.ts';
import { gtidSet, lackingGtids } from './gtid-sets.ts';

/** A partition and an offset as Kafka Connect keeps them for a source connector. */
export interface SourceOffset {
  partition: Record<string, unknown>;
  offset: Record<string, unknown>;
}

/**
 * Whether a Debezium source is reading its tables for the first time, or again: its offset then already is where the log
 * will be read from, though rows from before it are still to come.
 */
export function snapshotIsRunning({ offset }: SourceOffset): boolean {
  const { snapshot, snapshot_completed: completed, last_snapshot_record: last } = offset;
  if (snapshot === undefined || snapshot === null || snapshot === false || snapshot === 'false') return false;
  return completed !== true && last !== true;
}

export interface Position {
  text: string;
  /** Whether a Debezium source's committed offset lies at or behind this position. */
  reachedBy(committed: SourceOffset): boolean;
  /**
   * Lacks only the end of the very last transaction. Debezium's MariaDB and MySQL connectors count a transaction as passed
   * when the next one begins, so that on an idle server their offset never gets further.
   */
  almostReachedBy?(committed: SourceOffset): boolean;
}

/** Where the log was at one moment; SQL Server can tell it only when its capture job has got there. */
export interface NotedPosition {
  /** What is waited for, for people. */
  text: string;
  /** Undefined while it is not known yet. */
  find(): Promise<Position | undefined>;
}

/**
 * Where the database's log is now: every row that is visible was written before.
 * @returns a reason where the database tells none
 */
export async function notePosition(session: Session): Promise<NotedPosition | { reason: string }> {
  switch (session.dialect.engine) {
    case 'postgresql':
      return known(lsnPosition(await postgresLsn(session)));
    case 'sqlserver':
      return noteSqlserver(session);
    case 'mysql':
      return noteMysql(session);
  }
}

function known(position: Position): NotedPosition {
  return { text: position.text, find: async () => position };
}

/**
 * The end of what was put into the log, written out or not: with synchronous_commit off a row is seen before its
 * commit is written.
 */
async function postgresLsn(session: Session): Promise<string> {
  const rows = await session.query(
    'SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text',
  );
  return rows[0]?.[0] ?? '0/0';
}

async function noteMysql(session: Session): Promise<NotedPosition | { reason: string }> {
  if (session.server.product === 'MariaDB') {
    const [row] = await session.query('SELECT @@gtid_current_pos');
    return known(gtidPosition(row?.[0] ?? ''));
  }
  // In this order: a transaction whose rows are seen may still be among the owned ones, and moves to the others.
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
    ? { reason: `${session.server.product} does not tell its binary log's position: the user needs REPLICATION CLIENT` }
    : known(binlogPosition(row[0] ?? '', Number(row[1] ?? 0)));
}

/** A commit that is seen now may bear a time of a few milliseconds from now: datetime counts in steps of 1/300 s. */
const ROUNDING_MS = 50;

const SQLSERVER_NOW = `SELECT CONVERT(varchar(23), DATEADD(millisecond, ${ROUNDING_MS}, GETDATE()), 126), (SELECT CAST(is_cdc_enabled AS int) FROM sys.databases WHERE database_id = DB_ID())`;
const SQLSERVER_LSN =
  "SELECT CONVERT(varchar(22), sys.fn_cdc_map_time_to_lsn('smallest greater than', CONVERT(datetime, @p1, 126)), 2)";

/**
 * Change data capture copies the log some seconds late, and its newest LSN says nothing of what it has not read. But it
 * reads in order of commits: once it has a transaction that ended after this moment, it has all that were seen at it.
 */
async function noteSqlserver(session: Session): Promise<NotedPosition | { reason: string }> {
  const [[now = '', captured] = []] = await session.query(SQLSERVER_NOW);
  if (captured !== '1')
    return { reason: `${session.server.database} has no change data capture: nothing is confirmed` };
  return {
    text: `a change after ${now}`,
    async find() {
      // A snapshot that has begun would never show what is captured from now on.
      await session.snapshot();
      const [row] = await session.query({ sql: SQLSERVER_LSN, parameters: [now] });
      const lsn = row?.[0] ?? null;
      return lsn === null ? undefined : commitPosition(lsn, session.server.database);
    },
  };
}

/** PostgreSQL's `16/B374D848`; Debezium keeps it as one number. */
export function lsnPosition(text: string): Position {
  const [high = '0', low = '0'] = text.split('/');
  const lsn = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
  return {
    text: `position ${text}`,
    reachedBy: ({ offset: { lsn: committed } }) =>
      (typeof committed === 'number' || typeof committed === 'string') && BigInt(committed) >= lsn,
  };
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
 * MySQL's sets of GTIDs, which are the same on every server that has the transactions. File and offset say nothing beside
 * them: a connector that begins again has the offset 4, and one that was moved to another server has that one's files.
 * @param executed `@@gtid_executed` @param owned `@@gtid_owned`: what is being committed
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

/** MySQL's file and offset, where it has no GTIDs; files are numbered upward. */
export function binlogPosition(file: string, position: number): Position {
  return {
    text: `${file}:${position}`,
    reachedBy: ({ offset: { file: committed, pos } }) => {
      if (typeof committed !== 'string' || typeof pos !== 'number') return false;
      // Files of another name are another server's.
      if (committed.replace(/\d+$/, '') !== file.replace(/\d+$/, '')) return false;
      const order = number(committed) - number(file);
      return order > 0 || (order === 0 && pos >= position);
    },
  };
}

function number(file: string): number {
  return Number(/(\d+)$/.exec(file)?.[1] ?? 0);
}

/**
 * SQL Server's LSN of a commit, twenty hexadecimal digits. Debezium writes them as `00000027:00000ac0:0002`, and keeps
 * one offset for each database. At the very commit it has passed all that came before, which is what is asked for.
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
