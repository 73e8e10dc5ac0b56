import type { ConnectorType, ListedConnector } from './types.ts';

/** What the worker says it is; older workers say it only in the status. */
export function connectorType({ info, status }: Pick<ListedConnector, 'info' | 'status'>): ConnectorType {
  const type = info.type ?? status?.type;
  return type === 'source' || type === 'sink' ? type : 'unknown';
}
