import type { Reply, Writing } from './caller.ts';
import * as shapes from './shapes.ts';
import type { ConnectorConfig, ConnectorInfo } from './types.ts';

/** How Connect says that a write was done. */
export type Confirmation<T> = Pick<Writing<T>, 'shape' | 'confirms'>;

/** An answer that shows the configuration as it is now. */
export function showsConfig(name: string, isIt: (config: ConnectorConfig) => boolean): Confirmation<ConnectorInfo> {
  return { shape: shapes.connectorInfo(name), confirms: ({ body }) => body !== undefined && isIt(body.config) };
}

/** An answer without a body, known by its status. */
export function confirmedBy(...statuses: number[]): Confirmation<unknown> {
  return { shape: () => {}, confirms: ({ status, body }) => body === undefined && statuses.includes(status) };
}

/** An answer with a message for people. */
export const MESSAGE = {
  shape: shapes.message,
  confirms: ({ body }: Reply<{ message: string } | undefined>) => body !== undefined,
};
