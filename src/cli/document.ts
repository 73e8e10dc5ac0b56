import { type ErrorDocument as ErrorBody, type SluiceError, toErrorDocument } from '../errors/error.ts';

/** Version of the JSON documents; incremented when a key changes its meaning or is removed. */
const SCHEMA_VERSION = 1;

/** A JSON document that never has warnings, such as a line of a stream. */
export type Versioned<Body extends object> = Body & { schemaVersion: typeof SCHEMA_VERSION };

/**
 * The JSON document of a command. scripts/output-schemas.ts writes the schema of each exported type whose name ends in
 * `Document`, here and in `views/`: `PlanDocument` is schemas/output/plan.json.
 */
export type WithWarnings<Body extends object> = Versioned<Body & { warnings?: string[] }>;

/** What a command puts into its document; the rest is added here. */
export type BodyOf<D extends object> = D extends unknown ? Omit<D, 'schemaVersion'> : never;

/** @title The JSON document of a command that failed */
export type ErrorDocument = WithWarnings<{ error: ErrorBody }>;

export function toDocument<Body extends object>(body: Body, warnings: readonly string[]): WithWarnings<Body> {
  return { schemaVersion: SCHEMA_VERSION, ...body, ...(warnings.length > 0 ? { warnings: [...warnings] } : {}) };
}

export function toFailureDocument(error: SluiceError, warnings: readonly string[]): ErrorDocument {
  return toDocument({ error: toErrorDocument(error) }, warnings);
}
