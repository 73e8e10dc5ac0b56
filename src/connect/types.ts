import type { SluiceError } from '../errors/error.ts';

/** The Connect REST API's own shapes, reduced to what sluice reads. */

export type ConnectorState = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'UNASSIGNED' | 'RESTARTING' | 'DESTROYED';

export type ConnectorType = 'source' | 'sink' | 'unknown';

/** A connector's configuration as Connect keeps it: every value is text. */
export type ConnectorConfig = Record<string, string>;

/** Response of `GET /`. */
export interface ServerInfo {
  version: string;
  commit: string;
  kafka_cluster_id: string;
}

export interface ConnectorInfo {
  name: string;
  config: ConnectorConfig;
  tasks: { connector: string; task: number }[];
  type?: ConnectorType;
}

interface StateOnWorker {
  state: ConnectorState;
  /** host:port of the worker. */
  worker_id: string;
  /** Java stack trace of a FAILED one. */
  trace?: string;
}

export interface TaskStatus extends StateOnWorker {
  id: number;
}

export interface ConnectorStatus {
  name: string;
  connector: StateOnWorker;
  tasks: TaskStatus[];
  type: ConnectorType;
}

/** One connector of a listing. Status is null while the worker has none yet. */
export interface ListedConnector {
  name: string;
  info: ConnectorInfo;
  status: ConnectorStatus | null;
}

/** A connector that the worker lists but does not show. It exists: never treat it as absent. */
export interface UnreadableConnector {
  name: string;
  /** Names the connector. */
  error: SluiceError;
}

/** All connectors of a worker. */
export interface Listing {
  connectors: ListedConnector[];
  unreadable: UnreadableConnector[];
}

export interface PluginInfo {
  class: string;
  type: string;
  version?: string;
}

/** One key of a plugin's definition (KIP-769). */
export interface ConfigKey {
  name: string;
  type: string;
  required: boolean;
  default_value: string | null;
  importance: string;
  documentation: string;
  group?: string | null;
  order?: number;
  display_name?: string;
  width?: string;
  dependents?: string[];
}

export interface ConfigValue {
  name: string;
  value: string | null;
  recommended_values: string[];
  errors: string[];
  visible: boolean;
}

/** Response of `PUT /connector-plugins/{class}/config/validate`. */
export interface ConfigValidation {
  name: string;
  error_count: number;
  groups: string[];
  configs: { definition: ConfigKey; value: ConfigValue }[];
}

export interface ConnectorOffset {
  partition: Record<string, unknown>;
  /** null in an alteration resets that partition. */
  offset: Record<string, unknown> | null;
}

export type InitialState = 'RUNNING' | 'PAUSED' | 'STOPPED';

export interface NewConnector {
  name: string;
  config: ConnectorConfig;
  /** Needs Kafka 3.7. */
  initialState?: InitialState;
}

/** A listing of loggers: level and, if known, when it was set (ms since the epoch). */
export type Loggers = Record<string, { level: string | null; last_modified?: number | null }>;
