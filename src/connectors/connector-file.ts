import type { Excerpt, Position } from './finding.ts';
import type { SharedValue } from './sources/source.ts';

/** The target states that a file may request; those of Connect's REST API in lower case. */
export const CONNECTOR_STATES = ['running', 'paused', 'stopped'] as const;
export type ConnectorState = (typeof CONNECTOR_STATES)[number];

/** How the connector was written. */
export type ConnectorForm = 'wrapped' | 'flat' | 'strimzi';

/** One connector from a file, in Connect's own terms. */
export interface ConnectorFile {
  name: string;
  /**
   * The config as Connect would store it: all values text, references resolved, without `name`, keys in the file's
   * order. A value whose variable is not set stays as written (see `unset`).
   */
  config: Readonly<Record<string, string>>;
  /** The config before references were resolved; safer to show than `config`, which has secrets. */
  written: Readonly<Record<string, string>>;
  /** By key, the values of its variables; never shown. */
  filled?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Keys that share one value in the file. */
  shared?: readonly Omit<SharedValue, 'spans'>[] | undefined;
  /** Keys whose value has a variable that is not set: not checked, never sent. */
  unset: ReadonlySet<string>;
  /** Keys whose value is a list or an object: reported by the reader, and not checked again. */
  unreadable?: ReadonlySet<string> | undefined;
  /** Requested in addition to `config`; undefined leaves the state unchanged. */
  state?: ConnectorState;
  /** The path as given; `-` for stdin. */
  file: string;
  form: ConnectorForm;
  /** The overlay that was applied, and the keys that come from it. */
  overlay?: { file: string; keys: ReadonlySet<string> };
  /** The positions of its parts; parses the file on the first call. */
  positions(): Promise<ConnectorPositions>;
}

/** The positions of a connector's parts in its file. `name` and `state` are ordinary keys here. */
export interface ConnectorPositions {
  /** The whole connector. */
  start(): Position | undefined;
  key(key: string): Position | undefined;
  value(key: string): Position | undefined;
  /** The file that a position is in: the connector's own, or its overlay's. */
  file(position: Position): string;
  /** The line, with the secrets of the file masked. @param isSecret decides by key; by default by its name */
  excerpt(position: Position, isSecret?: (key: string) => boolean): Excerpt;
  /** The line that a position starts on, or the one `before` lines above; not for display. */
  line(position: Position, before?: number): string;
}
