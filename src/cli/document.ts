import { type SluiceError, toErrorDocument } from '../errors/error.ts';

/** Version of the JSON documents' form; it grows when a key changes its meaning or goes away. */
export const SCHEMA_VERSION = 1;

/** The envelope that every JSON and YAML result has. */
export function toDocument(result: object, warnings: readonly string[]): object {
  return { schemaVersion: SCHEMA_VERSION, ...result, ...(warnings.length > 0 ? { warnings } : {}) };
}

export function toFailureDocument(error: SluiceError, warnings: readonly string[]): object {
  return toDocument({ error: toErrorDocument(error) }, warnings);
}
