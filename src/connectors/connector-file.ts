import type { Excerpt, Position } from './finding.ts';

/** The target states that a file may ask for; the words of Connect's REST API in lower case. */
export const CONNECTOR_STATES = ['running', 'paused', 'stopped'] as const;
export type ConnectorState = (typeof CONNECTOR_STATES)[number];

/** How the connector was written. */
export type ConnectorForm = 'wrapped' | 'flat' | 'strimzi';

/** One connector as a file describes it, in Connect's own terms. */
export interface ConnectorFile {
  name: string;
  /**
   * The config as Connect would store it, all values text, references resolved, without `name`. Keys in the file's
   * order. A value whose variable is not set stands as written (see `unset`).
   */
  config: Readonly<Record<string, string>>;
  /** The config before references were resolved: what may be shown where `config` has secrets. */
  written: Readonly<Record<string, string>>;
  /** By key, what the variables in its value stand for: nowhere to be shown. */
  filled?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Keys whose value names a variable that is not set: not to be checked, never to be sent. */
  unset: ReadonlySet<string>;
  /** Keys that the file has with a list or an object, which is no value: a finding of the reader, and not to be checked again. */
  unreadable?: ReadonlySet<string> | undefined;
  /** Asked for beside `config`; undefined leaves the state alone. */
  state?: ConnectorState;
  /** The path as it was given; `-` for stdin. */
  file: string;
  form: ConnectorForm;
  /** The overlay that was laid over it, and the keys that come from there. */
  overlay?: { file: string; keys: ReadonlySet<string> };
  /** Where its parts stand; the file is parsed for it when first asked. */
  positions(): Promise<ConnectorPositions>;
}

/** Where a connector's parts stand in its file. `name` and `state` are keys like any other here. */
export interface ConnectorPositions {
  /** The whole connector. */
  start(): Position | undefined;
  key(key: string): Position | undefined;
  value(key: string): Position | undefined;
  /** The file that a position is in: the connector's own, or its overlay's. */
  file(position: Position): string;
  /** The line, with the secrets of the file masked. @param isSecret what is known of keys; by default their names decide */
  excerpt(position: Position, isSecret?: (key: string) => boolean): Excerpt;
  /** The text of the line that a position begins on, or of the one `before` lines above; not for display. */
  line(position: Position, before?: number): string;
}
