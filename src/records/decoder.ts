import type { HttpAddress } from '../config/http-address.ts';
import { Transport, type TransportOptions } from '../connect/transport.ts';
import { decode } from './decode.ts';
import type { Decoded } from './decoded.ts';
import { SchemaRegistry } from './registry.ts';

/** Decodes keys and values. */
export interface RecordDecoder {
  decode(bytes: Buffer | null): Promise<Decoded>;
}

/** @param registry undefined if the context names none */
export function recordDecoder(registry: HttpAddress | undefined, options: TransportOptions): RecordDecoder {
  const schemas =
    registry === undefined
      ? undefined
      : new SchemaRegistry(new Transport(registry.urls, registry.settings, options), options.logger);
  return { decode: (bytes) => decode(bytes, schemas) };
}
