import type { Targets } from '../config/targets.ts';
import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorOffset } from '../connect/types.ts';
import type { Session } from '../databases/session.ts';
import { SluiceError, toErrorDocument } from '../errors/error.ts';
import type { ReadSources, SourceLog, SourceReading } from '../monitor/source-reading.ts';
import { ENGINE_CHECKS } from '../preflight/engines.ts';
import type { LogFacts } from '../preflight/live-checks.ts';
import type { Endpoint } from '../topology/model.ts';
import { sourceEngine } from '../topology/pipeline.ts';
import { type Databases, databasesOf } from './databases.ts';
import type { SessionPool } from './pool.ts';
import { POOL } from './request.ts';
import { snapshotState } from './snapshot-state.ts';

interface Source {
  name: string;
  config: Readonly<Record<string, string>>;
}

/** Databases that did not answer in this reading, by URL: the other sources of one would wait as long for the same. */
type Away = Map<string, SluiceError>;
const AWAY = /^(?:DATABASE_UN(?:REACHABLE|AUTHORIZED)|TIMED_OUT)$/;

export interface SourcePorts {
  pool: Pick<SessionPool, 'use'>;
  targets: Targets;
  /** Those that Connect keeps for a connector. */
  offsets(name: string): Promise<ConnectorOffset[]>;
  signal: AbortSignal;
}

/** Asks the databases of Debezium sources where in their logs the sources are. */
export class SourceReader {
  readonly #ports: SourcePorts;
  /** Where databases are does not change while a configuration does not. */
  readonly #located = new Map<string, { key: string; databases: Databases }>();

  constructor(ports: SourcePorts) {
    this.#ports = ports;
  }

  /** @throws the signal's reason */
  readonly read: ReadSources = async (sources) => {
    const known = sources.filter(({ config }) => sourceEngine(config) !== undefined);
    const away: Away = new Map();
    const readings = await mapBounded(known, POOL.databases, (source) => this.#reading(source, away));
    return new Map(known.map(({ name }, index) => [name, readings[index] as SourceReading]));
  };

  /** All databases that were located so far. */
  endpoints(): Endpoint[] {
    return [...this.#located.values()].flatMap(({ databases }) =>
      'endpoints' in databases ? databases.endpoints : [],
    );
  }

  /** Its databases, located once. */
  async databasesOf({ name, config }: Source): Promise<Databases> {
    const key = JSON.stringify(config);
    const before = this.#located.get(name);
    if (before?.key === key) return before.databases;
    const databases = await databasesOf({ name, config }, { targets: this.#ports.targets, databases: true });
    if ('endpoints' in databases) this.#located.set(name, { key, databases });
    return databases;
  }

  async #reading(source: Source, away: Away): Promise<SourceReading> {
    const databases = await this.databasesOf(source);
    if ('reason' in databases) return { logs: [], reason: databases.reason };
    const logs = await Promise.all(databases.endpoints.map((endpoint) => this.#log(source, endpoint, away)));
    // A password may have been replaced.
    if (logs.some(({ error }) => error !== null)) this.#located.delete(source.name);
    return { logs, reason: null };
  }

  async #log({ name, config }: Source, endpoint: Endpoint, away: Away): Promise<SourceLog> {
    const { pool, signal } = this.#ports;
    const { live } = ENGINE_CHECKS[endpoint.engine];
    const offsets = async (): Promise<ConnectorOffset[] | undefined> => {
      try {
        return await this.#ports.offsets(name);
      } catch (error) {
        if (!(error instanceof SluiceError) || signal.aborted) throw error;
        return undefined;
      }
    };
    try {
      const failure = away.get(endpoint.url);
      if (failure !== undefined) throw failure;
      const committed = live.position === 'committed' ? await offsets() : undefined;
      const facts = await pool.use(endpoint, (session: Session) => live.log(session, config, committed));
      const isUnread = !facts.exists || facts.active === false;
      // Before its snapshot is done nobody reads the log, and the log may not exist.
      const snapshot = isUnread ? snapshotState(config, committed ?? (await offsets())) : null;
      return { ...logOf(endpoint, facts), snapshot };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SluiceError)) throw error;
      if (AWAY.test(error.code)) away.set(endpoint.url, error);
      return { ...UNREAD, database: endpoint.display, unknown: error.message, error: toErrorDocument(error) };
    }
  }
}

const UNREAD: Omit<SourceLog, 'database'> = {
  log: 'the log',
  exists: null,
  broken: null,
  statement: null,
  active: null,
  status: null,
  end: null,
  behindBytes: null,
  behindFiles: null,
  retainedBytes: null,
  safeBytes: null,
  captureMs: null,
  snapshot: null,
  unknown: null,
  error: null,
};

function logOf({ display }: Endpoint, facts: LogFacts): SourceLog {
  const {
    name,
    exists,
    broken,
    statement,
    active,
    status,
    end,
    behind,
    filesBehind,
    retained,
    safe,
    captureMs,
    unknown,
  } = facts;
  return {
    ...{ ...UNREAD, database: display, log: name, exists, broken, statement, active, status, end, captureMs, unknown },
    ...{ behindBytes: behind, behindFiles: filesBehind, retainedBytes: retained, safeBytes: safe },
  };
}
