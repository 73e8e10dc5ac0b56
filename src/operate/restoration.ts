import { createHash } from 'node:crypto';
import { type RequestedState, requestedState } from '../connect/connector.ts';
import type { ConnectorConfig, ConnectorState, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { FormerState, MaintenanceAction, WindowConnector } from '../store/maintenance.ts';
import { redactTree } from '../text/redact.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import type { StateVerb } from './state.ts';

/** What puts a connector into a state, and what it then is. */
export const RESTORED: Readonly<Record<RequestedState, { verb: StateVerb; is: string }>> = {
  RUNNING: { verb: 'resume', is: 'running' },
  PAUSED: { verb: 'pause', is: 'paused' },
  STOPPED: { verb: 'stop', is: 'stopped' },
};

const LEFT = { pause: 'PAUSED', stop: 'STOPPED' } as const;

export type Step =
  | { kind: 'gone' }
  /** Someone else changed its state, and not to the former one. */
  | { kind: 'changed'; is: string; was: string }
  /** @param sends false if the window never changed it */
  | { kind: 'restore'; to: RequestedState; sends: boolean };

/** How the state from before a window comes back. @param live undefined if the connector is gone */
export function restoration(
  { before, action }: Pick<WindowConnector, 'before' | 'action'>,
  live: ConnectorState | undefined,
): Step {
  if (live === undefined) return { kind: 'gone' };
  const [to, now] = [requestedState(before), requestedState(live)];
  if (action === null ? now === to : now === to || now === LEFT[action])
    return { kind: 'restore', to, sends: action !== null };
  return { kind: 'changed', is: RESTORED[now].is, was: RESTORED[to].is };
}

/**
 * What a window does to a connector: nothing if it already is what it should be, or less.
 * @param left why it stays as it is
 */
export function actionFor(before: FormerState, action: MaintenanceAction): MaintenanceAction {
  if (action === null || before === 'STOPPED') return null;
  return action === 'pause' && before === 'PAUSED' ? null : action;
}

/** @throws CONNECT_REBALANCING if its state is about to change */
export function formerState({ name, status }: ListedConnector): Pick<WindowConnector, 'before' | 'failedTasks'> {
  const state = status?.connector.state;
  if (state === 'RUNNING' || state === 'PAUSED' || state === 'STOPPED' || state === 'FAILED') {
    const failed = status?.tasks.filter((task) => task.state === 'FAILED') ?? [];
    return { before: state, failedTasks: failed.map(({ id }) => id) };
  }
  const what = state === undefined ? 'has no state yet' : `is ${state.toLowerCase()}`;
  throw new SluiceError('CONNECT_REBALANCING', `"${name}" ${what}, so there is no state to come back to`, {
    hint: `Try again when it has settled. See: ${command(`status ${shellWord(name)}`)}`,
    details: { name },
  });
}

/** Tells whether a configuration has changed. Secrets are not in it: it must not help to guess them. */
export function fingerprint(config: ConnectorConfig): string {
  const entries = Object.entries(redactTree(config)).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
}
