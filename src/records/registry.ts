import { NoResponse, type Transport } from '../connect/transport.ts';
import type { Logger } from '../ports/logger.ts';
import { redactText } from '../text/redact.ts';
import { avroReader } from './avro.ts';
import { parseJson } from './json.ts';

/** How to read what a schema describes, or why that is not possible. */
export type SchemaReader =
  | { format: 'avro' | 'json schema'; read(bytes: Buffer): unknown }
  | { format: 'unreadable'; reason: string };

/** For a user who looks at a record and waits. */
const TIMEOUT_MS = 5000;
/** No such subject, version, schema: codes of the registry's own. */
const NOT_FOUND = new Set([40401, 40402, 40403]);
/** Schemas refer to each other only a few levels deep. */
const MAX_REFERENCES = 200;

interface Registered {
  schema: string;
  schemaType: string;
  references: { subject: string; version: number }[];
}

/** The registry does not answer, or not to us: asking again for each record would take for ever. */
class Away extends Error {}

/**
 * A schema registry with Confluent's REST API: Confluent's own, Apicurio's `/apis/ccompat/v7`, Karapace. Each schema is
 * requested once. When the registry fails, it warns and asks no more: records are shown as bytes.
 * @see https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 */
export class SchemaRegistry {
  readonly #http: Pick<Transport, 'send'>;
  readonly #logger: Logger;
  readonly #readers = new Map<number, Promise<SchemaReader>>();
  #away: string | undefined;

  constructor(http: Pick<Transport, 'send'>, logger: Logger) {
    this.#http = http;
    this.#logger = logger;
  }

  /** @throws the signal's reason */
  reader(id: number): Promise<SchemaReader> {
    let reader = this.#readers.get(id);
    if (reader === undefined) {
      reader = this.#reader(id);
      this.#readers.set(id, reader);
    }
    return reader;
  }

  async #reader(id: number): Promise<SchemaReader> {
    if (this.#away !== undefined) return { format: 'unreadable', reason: this.#away };
    try {
      const found = await this.#get(`/schemas/ids/${id}`);
      if (found === undefined) return { format: 'unreadable', reason: `the schema registry has no schema ${id}` };
      return await this.#compiled(id, found);
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      if (this.#away === undefined) this.#logger.warn(`${error.message}; what needs a schema is shown as bytes`);
      this.#away = error.message;
      return { format: 'unreadable', reason: error.message };
    }
  }

  async #compiled(id: number, { schema, schemaType, references }: Registered): Promise<SchemaReader> {
    if (schemaType === 'JSON') {
      return {
        format: 'json schema',
        read: (bytes) => {
          const parsed = parseJson(bytes.toString());
          if (parsed === undefined) throw new Error('it is not JSON');
          return parsed.value;
        },
      };
    }
    if (schemaType !== 'AVRO') return { format: 'unreadable', reason: `sluice does not read ${schemaType}` };
    const referred = new Map<string, string>();
    await this.#collect(references, referred);
    try {
      return { format: 'avro', read: avroReader({ schema, references: [...referred.values()] }) };
    } catch (error) {
      return { format: 'unreadable', reason: `the schema ${id} cannot be used: ${(error as Error).message}` };
    }
  }

  /** What a schema refers to, the innermost first. */
  async #collect(references: Registered['references'], into: Map<string, string>): Promise<void> {
    for (const { subject, version } of references) {
      const name = `${subject}/${version}`;
      if (into.has(name) || into.size >= MAX_REFERENCES) continue;
      const found = await this.#get(`/subjects/${encodeURIComponent(subject)}/versions/${version}`);
      if (found === undefined) continue;
      await this.#collect(found.references, into);
      into.set(name, found.schema);
    }
  }

  /** Undefined if there is no such schema. @throws Away */
  async #get(path: string): Promise<Registered | undefined> {
    let answer: { status: number; text: string; base: string };
    try {
      answer = await this.#http.send({ method: 'GET', path, timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof NoResponse)) throw error;
      throw new Away(`the schema registry at ${redactText(error.base)} is not reachable (${error.reason})`);
    }
    const where = `the schema registry at ${redactText(answer.base)}`;
    if (answer.status === 401 || answer.status === 403)
      throw new Away(`${where} does not accept the credentials (${answer.status})`);
    const body = parseJson(answer.text)?.value as Partial<Registered> & { error_code?: number };
    // Any other 404 is a wrong path, or a proxy; Apicurio then says 404 as its code, too.
    if (answer.status === 404 && NOT_FOUND.has(body?.error_code ?? 0)) return undefined;
    if (answer.status !== 200 || typeof body?.schema !== 'string')
      throw new Away(`${where} answered ${answer.status}, and no schema`);
    const { schema, schemaType = 'AVRO', references = [] } = body;
    return { schema, schemaType, references };
  }
}
