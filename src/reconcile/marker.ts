import type { Database } from '../config/targets.ts';
import { namePatterns } from '../connect/lists.ts';
import { SluiceError } from '../errors/error.ts';
import type { SessionOptions } from './dialects/dialect.ts';
import type { EngineName } from './model.ts';
import { openSession, restorePath } from './open.ts';
import { type PipelineConnector, sourceEngine, subscribedTopics } from './pipeline.ts';
import type { TableReference } from './tables.ts';

/** What a quiet source's log is moved on by. */
export type MarkerPlan =
  | { kind: 'table'; table: TableReference }
  /** The connector's own `heartbeat.action.query`: its owner has allowed it already. */
  | { kind: 'heartbeat'; sql: string }
  | { kind: 'message' };

/** Writes one marker into the source's log. */
export interface Marker {
  write(): Promise<void>;
}

/** Prefix of the messages that sluice puts into PostgreSQL's log. */
export const MESSAGE_PREFIX = 'sluice.marker';

const FORM = 'CREATE TABLE sluice_marker (id varchar(64) PRIMARY KEY, at varchar(40) NOT NULL)';

/**
 * How a marker may be written for this source: into the table that was named, else by the connector's own heartbeat
 * statement, else, in PostgreSQL, as a message in its log, which needs no table. Pure.
 * @param connectors of the cluster: a sink that reads the messages' topic would take them for rows
 * @throws USAGE where none of them is of use
 */
export function planMarker(
  source: PipelineConnector,
  connectors: readonly PipelineConnector[],
  table: TableReference | undefined,
): MarkerPlan {
  const { config, name } = source;
  if (table !== undefined) return { kind: 'table', table };
  const heartbeats = Number(config['heartbeat.interval.ms'] ?? 0) > 0;
  const query = config['heartbeat.action.query'] ?? '';
  if (heartbeats && query !== '') return { kind: 'heartbeat', sql: query };
  if (sourceEngine(config) !== 'postgresql') {
    throw new SluiceError('USAGE', `${name} has no heartbeat statement that --marker could run`, {
      hint: `Give --marker-table a table that the connector captures: ${FORM}`,
    });
  }
  if (isExcluded(config)) {
    if (heartbeats) return { kind: 'message' };
    throw new SluiceError(
      'USAGE',
      `${name} leaves messages with the prefix ${MESSAGE_PREFIX} out, and has no heartbeat`,
      {
        hint: 'So no offset is committed for one. Set heartbeat.interval.ms on the source, or give --marker-table.',
      },
    );
  }
  const topic = `${config['topic.prefix']}.message`;
  const readers = connectors.filter((one) => sourceEngine(one.config) === undefined && mayRead(one, topic));
  if (readers.length > 0) {
    throw new SluiceError(
      'USAGE',
      `${readers.map((one) => one.name).join(', ')} would take the marker for a row: the topic ${topic} is among those read`,
      {
        hint: `Narrow topics.regex, set message.prefix.exclude.list=${MESSAGE_PREFIX.replace('.', '\\.')} and heartbeat.interval.ms on ${name}, or give --marker-table.`,
      },
    );
  }
  return { kind: 'message' };
}

/** A sink whose regular expression cannot be read here may well match. */
function mayRead({ config }: PipelineConnector, topic: string): boolean {
  try {
    return subscribedTopics(config)(topic);
  } catch {
    return true;
  }
}

function isExcluded(config: Readonly<Record<string, string>>): boolean {
  const matches = (list: string | undefined) => namePatterns(list).some((one) => one.test(MESSAGE_PREFIX));
  const included = config['message.prefix.include.list'] ?? '';
  return included === '' ? matches(config['message.prefix.exclude.list']) : !matches(included);
}

/**
 * A marker that opens a session of its own each time it is written, since the one that compares may not write.
 * @throws (from `write`) DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_REJECTED, TABLE_NOT_FOUND
 */
export function openMarker(source: Database, plan: MarkerPlan, options: Omit<SessionOptions, 'write'>): Marker {
  return {
    async write() {
      const session = await openSession(source, { ...options, write: true });
      try {
        const table = plan.kind === 'table' ? await session.describe(plan.table) : undefined;
        const name = table === undefined ? '' : session.dialect.table(table);
        await restorePath(session);
        for (const sql of markerStatements(plan, session.dialect.engine, name)) await session.execute(sql);
      } finally {
        await session.close();
      }
    },
  };
}

/** Pure. @param table quoted, of a plan with a table */
export function markerStatements(plan: MarkerPlan, engine: EngineName, table: string): string[] {
  switch (plan.kind) {
    case 'heartbeat':
      return [plan.sql];
    case 'message':
      // In a transaction, so that its commit is written out at once.
      return [`SELECT pg_logical_emit_message(true, '${MESSAGE_PREFIX}', now()::text)`];
    case 'table':
      return [MARKER_ROWS[engine](table)];
  }
}

const MARKER_ROWS: Record<EngineName, (table: string) => string> = {
  postgresql: (table) =>
    `INSERT INTO ${table} (id, at) VALUES ('sluice', clock_timestamp()::text) ON CONFLICT (id) DO UPDATE SET at = excluded.at`,
  mysql: (table) =>
    `INSERT INTO ${table} (id, at) VALUES ('sluice', SYSDATE(6)) ON DUPLICATE KEY UPDATE at = SYSDATE(6)`,
  sqlserver: (table) =>
    `UPDATE ${table} SET at = CONVERT(varchar(40), SYSDATETIME(), 126) WHERE id = 'sluice'; ` +
    `IF @@ROWCOUNT = 0 INSERT INTO ${table} (id, at) VALUES ('sluice', CONVERT(varchar(40), SYSDATETIME(), 126))`,
};
