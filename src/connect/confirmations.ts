import type { Reply, Writing } from './caller.ts';
import * as shapes from './shapes.ts';
import type { ConnectorConfig, ConnectorInfo } from './types.ts';

/** How Connect confirms a write. */
export type Confirmation<T> = Pick<Writing<T>, 'shape' | 'confirms'>;

/** A response with the current configuration. */
export function showsConfig(name: string, isIt: (config: ConnectorConfig) => boolean): Confirmation<ConnectorInfo> {
  return { shape: shapes.connectorInfo(name), confirms: ({ body }) => body !== undefined && isIt(body.config) };
}

/** A response without a body, recognized by its status. */
export function confirmedBy(...statuses: number[]): Confirmation<unknown> {
  return { shape: () => {}, confirms: ({ status, body }) => body === undefined && statuses.includes(status) };
}

/** A response with a human-readable message. */
export const MESSAGE = {
  shape: shapes.message,
  confirms: ({ body }: Reply<{ message: string } | undefined>) => body !== undefined,
};
