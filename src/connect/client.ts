import type { Context } from '../config/targets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

export interface ConnectClient {
  readonly placeholder?: never;
}

export interface ClientOptions {
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
}

export function createConnectClient(_context: Context, _options: ClientOptions): ConnectClient {
  return {};
}
