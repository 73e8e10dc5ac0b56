import { SluiceError } from '../errors/error.ts';
import type { RecordPort, RecordTopic } from '../ports/records.ts';
import { ENGINE_CHECKS } from '../preflight/engines.ts';
import type { ShapedTable } from '../preflight/table-shapes.ts';
import type { RecordDecoder } from '../records/decoder.ts';
import type { SchemaPosition } from '../store/schema-changes.ts';
import { databases, isExpected, type SourceTable, schemaTopic } from '../topology/topic-names.ts';
import type { Observed } from './observe.ts';
import type { SessionPool } from './pool.ts';
import type { SourceReader } from './read.ts';
import { type SchemaEvent, schemaEvents } from './schema-events.ts';

type Config = Readonly<Record<string, string>>;

export interface SchemaPorts {
  reader: Pick<SourceReader, 'databasesOf'>;
  pool: Pick<SessionPool, 'use'>;
  /** Undefined if the context has no Kafka. */
  records: (() => Promise<RecordPort>) | undefined;
  decoder: () => Promise<RecordDecoder>;
  /** How far the topic of a connector has been read. */
  position(connector: string): SchemaPosition | undefined;
  /** ms since 1970 */
  now(): number;
}

/** Records that say how tables are, read at first, and at a time after that. */
const FIRST = 10_000;
const AT_A_TIME = 1_000;
/** A catalog is read at most for this part of the time: a database with very many tables takes long. */
const SHARE = 20;

/** Reads how the tables of sources are: in Debezium's topic of schema changes where there is one, else in the catalog. */
export class SchemaReader {
  readonly #ports: SchemaPorts;
  /** When the catalog of a connector may be read next (ms since 1970). */
  readonly #next = new Map<string, number>();

  constructor(ports: SchemaPorts) {
    this.#ports = ports;
  }

  /** @returns undefined if there is nothing new @throws KAFKA_UNREACHABLE, DATABASE_* */
  async read(source: { name: string; config: Config }): Promise<Observed | undefined> {
    const topic = await this.#topic(source.config);
    if (topic !== undefined) {
      const observed = await this.#byTopic(source.name, topic);
      if (observed !== 'unreadable') return observed;
    }
    return this.#byCatalog(source);
  }

  async #topic(config: Config): Promise<RecordTopic | undefined> {
    const name = schemaTopic(config);
    const { records } = this.#ports;
    if (name === undefined || records === undefined) return undefined;
    try {
      return await (await records()).topic(name);
    } catch (error) {
      // Who may not read the topic may still read the catalog.
      if (error instanceof SluiceError && error.code === 'KAFKA_UNAUTHORIZED') return undefined;
      throw error;
    }
  }

  /** Debezium writes all of it to the first partition. */
  async #byTopic(connector: string, topic: RecordTopic): Promise<Observed | 'unreadable' | undefined> {
    const port = await this.#ports.records?.();
    const bounds = (await port?.bounds(topic))?.[0];
    if (port === undefined || bounds === undefined) return 'unreadable';
    const { start, end } = bounds;
    const position = this.#ports.position(connector);
    // One with another id was created again, and so was one that ends before what was read, where brokers have no ids.
    const isFirst = position === undefined || position.topic !== topic.id || position.next > end;
    const from = isFirst ? Math.max(start, end - FIRST) : Math.max(start, position.next);
    if (from >= end && !isFirst) return undefined;
    const to = isFirst ? end : Math.min(end, from + AT_A_TIME);
    const events: SchemaEvent[] = [];
    const decoder = await this.#ports.decoder();
    if (from < to)
      for await (const { records } of port.read(topic, { partition: 0, from, to }))
        for (const { value, timestamp } of records) {
          const decoded = await decoder.decode(value);
          // In a format that needs a registry which the context does not name.
          if (typeof decoded.value !== 'object') return 'unreadable';
          events.push(...schemaEvents(decoded.value, timestamp));
        }
    return { by: 'topic', topic: topic.id, next: to, isFirst, events };
  }

  async #byCatalog(source: { name: string; config: Config }): Promise<Observed | undefined> {
    const { reader, pool, now } = this.#ports;
    const began = now();
    if (began < (this.#next.get(source.name) ?? 0)) return undefined;
    const located = await reader.databasesOf(source);
    if ('reason' in located) return undefined;
    const found = await Promise.all(
      located.endpoints.map(async (endpoint) => {
        const shaped = await pool.use(endpoint, (session) => ENGINE_CHECKS[endpoint.engine].live.shapes(session));
        return shaped.map((one) => ofSource(one, endpoint.database ?? databases(source.config)[0]));
      }),
    );
    const tables = found.flat().filter(({ table }) => isExpected(source.config, table));
    this.#next.set(source.name, now() + SHARE * (now() - began));
    return { by: 'catalog', at: began, tables };
  }
}

function ofSource({ schema, name, columns, primaryKey }: ShapedTable, database: string | undefined) {
  const table: SourceTable = { ...(database === undefined ? {} : { database }), schema, name };
  return { table, shape: { columns, primaryKey } };
}
