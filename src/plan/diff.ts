import { requestedState } from '../connect/connector.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { isMasked } from '../text/masks.ts';
import { own } from '../text/own.ts';

/** The states that a file can set. */
export type TargetState = 'running' | 'paused' | 'stopped';

/** A connector as described in files; every value is text. */
export interface DesiredConnector {
  name: string;
  config: ConnectorConfig;
  /** Before references were resolved; `config` if missing. */
  written?: ConnectorConfig;
  /** Keys with a variable that is not set: their values are as written. */
  unset?: ReadonlySet<string>;
  /** Undefined leaves the state unchanged. */
  state?: TargetState;
  file: string;
}

/** One key that differs. Values are raw: they are for display only through `src/plan/show.ts`. */
export interface KeyChange {
  key: string;
  /** Null if the key is missing. */
  before: string | null;
  after: string | null;
}

/** `state` changes nothing but the state; an `update` or `create` may bring a state along. */
export type Action = 'create' | 'update' | 'state' | 'unchanged';

export interface ConnectorChange {
  name: string;
  file: string;
  action: Action;
  /** By key; for a create every key is added. */
  keys: KeyChange[];
  /** Null if the state stays the same. */
  state: { before: TargetState | null; after: TargetState } | null;
  /** Keys whose live values are masked: they may or may not differ. */
  unknown: string[];
  /** Keys of the live connector for which the file has a variable that is not set: they may or may not differ. */
  unset: string[];
  desired: DesiredConnector;
  /** The live connector when the change was computed; undefined for a create. */
  live: ListedConnector | undefined;
}

/**
 * The change that makes the live connector match its file. Pure.
 * Connect stores every value as text and adds `name`, which therefore does not count as a difference.
 * @param options.sendMasked treats masked values as changed, to send them
 */
export function diffConnector(
  desired: DesiredConnector,
  live: ListedConnector | undefined,
  options: { sendMasked?: boolean } = {},
): ConnectorChange {
  const { keys, unknown, unset } = diffConfig(desired, live?.info.config, options.sendMasked ?? false);
  const current = live === undefined ? null : stateOf(live);
  const state =
    desired.state === undefined || desired.state === (current ?? 'running')
      ? null
      : { before: current, after: desired.state };
  const action = live === undefined ? 'create' : keys.length > 0 ? 'update' : state === null ? 'unchanged' : 'state';
  return { name: desired.name, file: desired.file, action, keys, state, unknown, unset, desired, live };
}

function diffConfig(
  { config: desired, unset: withoutValue }: DesiredConnector,
  live: ConnectorConfig | undefined,
  sendMasked: boolean,
): Pick<ConnectorChange, 'keys' | 'unknown' | 'unset'> {
  const keys: KeyChange[] = [];
  const unknown: string[] = [];
  const unset: string[] = [];
  const all = [...new Set([...Object.keys(desired), ...Object.keys(live ?? {})])].sort();
  for (const key of all) {
    if (key === 'name') continue;
    const before = own(live, key) ?? null;
    const after = own(desired, key) ?? null;
    // Even if the file has the same mask: two masks say nothing about the values behind them.
    const masked = after !== null && isMasked(before ?? undefined);
    if (before !== null && withoutValue?.has(key)) unset.push(key);
    else if (masked && !(sendMasked && !isMasked(after))) unknown.push(key);
    else if (before !== after) keys.push({ key, before, after });
  }
  return { keys, unknown, unset };
}

/** The target state, as files write it, derived from the actual state that REST reports. */
export function stateOf({ status }: Pick<ListedConnector, 'status'>): TargetState {
  return requestedState(status?.connector.state).toLowerCase() as TargetState;
}
