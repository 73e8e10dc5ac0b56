import { randomUUID } from 'node:crypto';
import { formatDatabaseUrl, parseDatabaseUrl } from '../../config/database-url.ts';
import type { KafkaSettings } from '../../config/project.ts';
import type { Database } from '../../config/targets.ts';
import { kafkaMissing } from '../../config/without-kafka.ts';
import type { TableInfo } from '../../databases/model.ts';
import { openSession } from '../../databases/open.ts';
import type { Session, SessionOptions } from '../../databases/session.ts';
import { tableText } from '../../databases/table-names.ts';
import { SluiceError } from '../../errors/error.ts';
import { dialectFor } from '../dialects/index.ts';
import type { Form } from '../model.ts';
import type { SignalRoute } from './signal-plan.ts';

/** Sends signals to one Debezium source. */
export interface SignalChannel {
  /** For people: `the table shop.signals`. */
  readonly text: string;
  /** Characters that the data of one signal may have. */
  longest(): Promise<number>;
  /** @param data JSON */
  send(type: string, data: string): Promise<void>;
  close(): Promise<void>;
}

/** Keeps statements manageable, even if the column or topic could hold more. */
const MAX_CHARACTERS = 32_000;
const TEXT: Form = { kind: 'text', trim: false };

/**
 * @param context where the topic is
 * @throws (from its methods) DATABASE_…, TABLE_NOT_FOUND, KAFKA_…; PROJECT_INVALID if a topic is used and there is no
 * Kafka
 */
export function openSignals(
  route: SignalRoute,
  source: Database,
  { name: context, kafka }: { name: string; kafka?: KafkaSettings | undefined },
  options: Omit<SessionOptions, 'write'>,
): SignalChannel {
  if (route.kind === 'table') return new SignalTable(route.table, inDatabase(source, route.database), options);
  if (kafka === undefined) throw kafkaMissing(context, `signals are written to the topic ${route.topic}`);
  return new SignalTopic(route, kafka);
}

/** The same server, in the database that has the signal table. */
function inDatabase(source: Database, database: string | undefined): Database {
  if (database === undefined) return source;
  return { ...source, url: formatDatabaseUrl({ ...parseDatabaseUrl(source.url), database }) };
}

class SignalTable implements SignalChannel {
  readonly text: string;
  readonly #table: { schema?: string | undefined; name: string };
  readonly #source: Database;
  readonly #options: Omit<SessionOptions, 'write'>;
  #open: Promise<{ session: Session; table: TableInfo }> | undefined;

  constructor(
    table: { schema?: string | undefined; name: string },
    source: Database,
    options: Omit<SessionOptions, 'write'>,
  ) {
    this.text = `the table ${tableText(table)}`;
    this.#table = table;
    this.#source = source;
    this.#options = options;
  }

  async longest(): Promise<number> {
    const { table } = await this.#opened();
    const declared = Number(/\((\d+)\)/.exec(table.columns[2]?.nativeType ?? '')?.[1] ?? MAX_CHARACTERS);
    return Math.min(declared, MAX_CHARACTERS);
  }

  async send(type: string, data: string): Promise<void> {
    const { session, table } = await this.#opened();
    const dialect = dialectFor(session);
    // Debezium reads the columns by position, not by name.
    const columns = table.columns.slice(0, 3);
    const values = [randomUUID(), type, data].map((text, index) => {
      const column = columns[index];
      return column === undefined ? 'NULL' : dialect.literal(column, TEXT, text);
    });
    const names = columns.map(({ name }) => session.quote(name)).join(', ');
    await session.execute(`INSERT INTO ${session.table(table)} (${names}) VALUES (${values.join(', ')})`);
  }

  async close(): Promise<void> {
    const open = await this.#open?.catch(() => undefined);
    await open?.session.close();
  }

  #opened(): Promise<{ session: Session; table: TableInfo }> {
    this.#open ??= this.#connect();
    return this.#open;
  }

  async #connect(): Promise<{ session: Session; table: TableInfo }> {
    const session = await openSession(this.#source, { ...this.#options, write: true });
    try {
      const table = await session.describe(this.#table);
      if (table.columns.length < 3) {
        throw new SluiceError('TABLE_NOT_COMPARABLE', `${this.#source.name}: ${this.text} is not a signal table`, {
          hint: 'It needs the columns id varchar(42), type varchar(32), data varchar(2048), in this order.',
        });
      }
      await session.restorePath?.();
      return { session, table };
    } catch (error) {
      await session.close();
      throw error;
    }
  }
}

class SignalTopic implements SignalChannel {
  readonly text: string;
  readonly #route: Extract<SignalRoute, { kind: 'topic' }>;
  readonly #kafka: KafkaSettings;

  constructor(route: Extract<SignalRoute, { kind: 'topic' }>, kafka: KafkaSettings) {
    this.text = `the topic ${route.topic}`;
    this.#route = route;
    this.#kafka = kafka;
  }

  async longest(): Promise<number> {
    return MAX_CHARACTERS;
  }

  async send(type: string, data: string): Promise<void> {
    const { produceRecord } = await import('../../kafka/produce.ts');
    const { topic, key } = this.#route;
    await produceRecord(this.#kafka, { topic, key, value: JSON.stringify({ type, data: JSON.parse(data) }) });
  }

  async close(): Promise<void> {}
}
