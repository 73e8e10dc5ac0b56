import type { Database } from '../../config/targets.ts';
import { openSession } from '../../databases/open.ts';
import type { SessionOptions } from '../../databases/session.ts';
import type { TableReference } from '../../databases/table-names.ts';
import { SluiceError } from '../../errors/error.ts';
import { fitsAny, namePatterns } from '../../text/lists.ts';
import { setting } from '../../text/settings.ts';
import { connectorClass } from '../../topology/connector-class.ts';
import { type PipelineConnector, sourceEngine, subscribedTopics } from '../../topology/pipeline.ts';
import type { SourceLog } from '../dialects/dialect.ts';
import { dialectFor } from '../dialects/index.ts';

/** How to advance a quiet source's log. */
export type MarkerPlan =
  | { kind: 'table'; table: TableReference }
  /** The connector's own `heartbeat.action.query`: its owner has allowed it already. */
  | { kind: 'heartbeat'; sql: string }
  | { kind: 'message' };

/** Writes one marker into the source's log. */
export interface Marker {
  write(): Promise<void>;
}

/** Prefix of the messages that sluice writes to PostgreSQL's log. */
const MESSAGE_PREFIX = 'sluice.marker';

const FORM = 'CREATE TABLE sluice_marker (id varchar(64) PRIMARY KEY, at varchar(40) NOT NULL)';

/**
 * How to write a marker for this source: into the given table, else by the connector's heartbeat statement, else
 * as a log message, which needs no table, if the connector reads those (PostgreSQL). Pure.
 * @param connectors of the cluster: a sink that reads the messages' topic would treat them as rows
 * @throws REQUEST_INVALID if none of these works
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
  if (!connectorClass(config['connector.class']).logMessages) {
    throw new SluiceError('REQUEST_INVALID', `${name} has no heartbeat statement for ${setting('marker')} to run`, {
      hint: `Set ${setting('markerTable')} to a table that the connector captures: ${FORM}`,
    });
  }
  if (isExcluded(config)) {
    if (heartbeats) return { kind: 'message' };
    throw new SluiceError(
      'REQUEST_INVALID',
      `${name} excludes messages with the prefix ${MESSAGE_PREFIX} and has no heartbeat`,
      {
        hint: `Its offset would not advance. Set heartbeat.interval.ms on the source, or use ${setting('markerTable')}.`,
      },
    );
  }
  const topic = `${config['topic.prefix']}.message`;
  const readers = connectors.filter((one) => sourceEngine(one.config) === undefined && mayRead(one, topic));
  if (readers.length > 0) {
    throw new SluiceError(
      'REQUEST_INVALID',
      `${readers.map((one) => one.name).join(', ')} would treat the marker as a row: topic ${topic} is among those read`,
      {
        hint: `Narrow topics.regex, set message.prefix.exclude.list=${MESSAGE_PREFIX.replace('.', '\\.')} and heartbeat.interval.ms on ${name}, or use ${setting('markerTable')}.`,
      },
    );
  }
  return { kind: 'message' };
}

/** A sink whose regular expression cannot be evaluated here may match. */
function mayRead({ config }: PipelineConnector, topic: string): boolean {
  try {
    return subscribedTopics(config)(topic);
  } catch {
    return true;
  }
}

function isExcluded(config: Readonly<Record<string, string>>): boolean {
  const matches = (list: string | undefined) => fitsAny(namePatterns(list), [MESSAGE_PREFIX]);
  const included = config['message.prefix.include.list'] ?? '';
  return included === '' ? matches(config['message.prefix.exclude.list']) === true : matches(included) === false;
}

/**
 * A marker that opens a separate session for each write, since the comparing session is read-only.
 * @throws (from `write`) DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_REJECTED, TABLE_NOT_FOUND
 */
export function openMarker(source: Database, plan: MarkerPlan, options: Omit<SessionOptions, 'write'>): Marker {
  return {
    async write() {
      const session = await openSession(source, { ...options, write: true });
      try {
        const table = plan.kind === 'table' ? await session.describe(plan.table) : undefined;
        const name = table === undefined ? '' : session.table(table);
        await session.restorePath?.();
        for (const sql of markerStatements(plan, dialectFor(session), name)) await session.execute(sql);
      } finally {
        await session.close();
      }
    },
  };
}

/**
 * Pure. @param table quoted, of a plan with a table
 * @throws REQUEST_INVALID if the database has no log messages, though its connector would read some
 */
export function markerStatements(plan: MarkerPlan, dialect: SourceLog, table: string): string[] {
  switch (plan.kind) {
    case 'heartbeat':
      return [plan.sql];
    case 'message':
      if (dialect.logMessage === undefined)
        throw new SluiceError('REQUEST_INVALID', 'the source database has no messages in its log to use as markers', {
          hint: `Check ${setting('source')}, or set ${setting('markerTable')}.`,
        });
      return [dialect.logMessage(MESSAGE_PREFIX)];
    case 'table':
      return [dialect.markerRow(table)];
  }
}
