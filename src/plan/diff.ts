import { isMasked } from '../connect/masks.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { own } from '../text/own.ts';

/** The states that a file may ask for. */
export type TargetState = 'running' | 'paused' | 'stopped';

/** A connector as files describe it, every value text. */
export interface DesiredConnector {
  name: string;
  config: ConnectorConfig;
  /** Before references were resolved; the same where it is missing. */
  written?: ConnectorConfig;
  /** Undefined leaves the state alone. */
  state?: TargetState;
  file: string;
}

/** One key that differs. Values are raw: they are for display only through `src/plan/show.ts`. */
export interface KeyChange {
  key: string;
  /** Null where the key is not there. */
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
  /** Null where the state stays as it is. */
  state: { before: TargetState | null; after: TargetState } | null;
  /** Keys whose live values are masked: whether they differ cannot be known. */
  unknown: string[];
  desired: DesiredConnector;
  /** What was there when the change was computed; undefined for a create. */
  live: ListedConnector | undefined;
}

/**
 * What it takes to make the live connector what the file says. Pure.
 * Connect stores every value as text and injects `name`, which is therefore no difference.
 * @param options.sendMasked takes what the worker masks for changed, so that it is sent
 */
export function diffConnector(
  desired: DesiredConnector,
  live: ListedConnector | undefined,
  options: { sendMasked?: boolean } = {},
): ConnectorChange {
  const { keys, unknown } = diffConfig(desired.config, live?.info.config, options.sendMasked ?? false);
  const current = live === undefined ? null : stateOf(live);
  const state =
    desired.state === undefined || desired.state === (current ?? 'running')
      ? null
      : { before: current, after: desired.state };
  const action = live === undefined ? 'create' : keys.length > 0 ? 'update' : state === null ? 'unchanged' : 'state';
  return { name: desired.name, file: desired.file, action, keys, state, unknown, desired, live };
}

function diffConfig(
  desired: ConnectorConfig,
  live: ConnectorConfig | undefined,
  sendMasked: boolean,
): { keys: KeyChange[]; unknown: string[] } {
  const keys: KeyChange[] = [];
  const unknown: string[] = [];
  const all = [...new Set([...Object.keys(desired), ...Object.keys(live ?? {})])].sort();
  for (const key of all) {
    if (key === 'name') continue;
    const before = own(live, key) ?? null;
    const after = own(desired, key) ?? null;
    // Also where the file has the same mask: two masks say nothing about what is behind them.
    const masked = after !== null && isMasked(before ?? undefined);
    if (masked && !(sendMasked && !isMasked(after))) unknown.push(key);
    else if (before !== after) keys.push({ key, before, after });
  }
  return { keys, unknown };
}

/**
 * The state that was asked for, as far as REST tells: it shows what is, not what was asked. A FAILED or UNASSIGNED
 * connector was meant to run.
 */
export function stateOf({ status }: Pick<ListedConnector, 'status'>): TargetState {
  if (status?.connector.state === 'PAUSED') return 'paused';
  return status?.connector.state === 'STOPPED' ? 'stopped' : 'running';
}
