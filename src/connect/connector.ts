import type { ConnectorState, ConnectorType, ListedConnector } from './types.ts';

/** What the worker says it is; older workers say it only in the status. */
export function connectorType({ info, status }: Pick<ListedConnector, 'info' | 'status'>): ConnectorType {
  const type = info.type ?? status?.type;
  return type === 'source' || type === 'sink' ? type : 'unknown';
}

/** The states that a connector can be asked for. */
export type RequestedState = Extract<ConnectorState, 'RUNNING' | 'PAUSED' | 'STOPPED'>;

/**
 * What a connector was asked to do, from what it does. REST does not show that of one that is FAILED or UNASSIGNED: it
 * counts as one that should run.
 */
export function requestedState(state: ConnectorState | undefined): RequestedState {
  return state === 'PAUSED' || state === 'STOPPED' ? state : 'RUNNING';
}
