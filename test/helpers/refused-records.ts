import type { ConnectorConfig } from '../../src/connect/types.ts';
import type { RecordToWrite } from '../../src/ports/records.ts';
import { eventually, sandboxClient } from './connectors.ts';
import { TestTopics } from './dead-letters.ts';
import { query } from './query.ts';
import { sandbox } from './sandbox.ts';

interface Row {
  id: number;
  /** Negative ones are refused by the target. */
  amount: number;
}

/** A sink of Debezium's into a table that refuses negative amounts, with its topic and its queue. */
export class RefusedRecords {
  readonly name: string;
  readonly partitions: number;
  readonly client = sandboxClient();
  readonly topics = new TestTopics();

  constructor(name: string, partitions = 3) {
    this.name = name;
    this.partitions = partitions;
  }

  get sink(): string {
    return `${this.name}-sink`;
  }

  get queue(): string {
    return `${this.name}-dead`;
  }

  get table(): string {
    return this.name.replaceAll('-', '_');
  }

  config(more: Record<string, string> = {}): ConnectorConfig {
    const { host, port, database, user, password } = sandbox.target;
    return {
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      'tasks.max': '2',
      topics: this.name,
      'connection.url': `jdbc:postgresql://${host}:${port}/${database}`,
      'connection.username': user,
      'connection.password': password,
      'insert.mode': 'upsert',
      'primary.key.mode': 'record_key',
      'schema.evolution': 'none',
      'collection.name.format': this.table,
      'delete.enabled': 'true',
      'flush.max.retries': '0',
      'errors.deadletterqueue.topic.name': this.queue,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'batch.size': '50',
      ...more,
    };
  }

  async create(): Promise<void> {
    await query(
      sandbox.target,
      `DROP TABLE IF EXISTS ${this.table}, ${this.table}_writes`,
      `CREATE TABLE ${this.table} (id int PRIMARY KEY, amount int NOT NULL CONSTRAINT ${this.table}_amount CHECK (amount >= 0))`,
      `CREATE TABLE ${this.table}_writes (id int)`,
      `CREATE OR REPLACE FUNCTION ${this.table}_written() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO ${this.table}_writes VALUES (NEW.id); RETURN NEW; END $$`,
      `CREATE TRIGGER written AFTER INSERT OR UPDATE ON ${this.table} FOR EACH ROW EXECUTE FUNCTION ${this.table}_written()`,
    );
    await this.topics.create(this.name, this.partitions);
    await this.topics.create(this.queue);
  }

  /** Each to the partition of its id. */
  async write(rows: readonly Row[]): Promise<void> {
    await this.topics.write(
      this.name,
      rows.map((row) => this.record(row)),
    );
  }

  record({ id, amount }: Row): Partial<RecordToWrite> {
    return {
      partition: id % this.partitions,
      timestamp: Date.now(),
      key: json([{ field: 'id', type: 'int32', optional: false }], { id }),
      value: json(
        [
          { field: 'id', type: 'int32', optional: false },
          { field: 'amount', type: 'int32', optional: false },
        ],
        { id, amount },
      ),
      headers: [[Buffer.from('kept'), Buffer.from([0, 255, id])]],
    };
  }

  /** Also again, with another configuration: no task is left of the former one. */
  async start(more: ConnectorConfig = {}): Promise<void> {
    if (await this.client.delete(this.sink))
      await eventually(
        () => this.client.status(this.sink),
        (status) => status === undefined,
      );
    await this.client.putConfig(this.sink, this.config(more));
  }

  async failed(): Promise<void> {
    await eventually(
      () => this.client.status(this.sink),
      (status) => status?.tasks.some(({ state }) => state === 'FAILED') ?? false,
    );
  }

  /** Until it has failed, or each of so many records is in the target or in the queue. @returns whether they are */
  async settled(count: number): Promise<boolean> {
    const found = await eventually(
      async () => ({
        status: await this.client.status(this.sink),
        done: (await this.ids()).length + new Set(await this.queued()).size === count,
      }),
      ({ status, done }) => done || (status?.tasks.some(({ state }) => state === 'FAILED') ?? false),
    );
    return found.done;
  }

  /** The ids in the target, in order. */
  async ids(): Promise<number[]> {
    const rows = await query(sandbox.target, `SELECT id FROM ${this.table} ORDER BY id`);
    return (rows as Row[]).map(({ id }) => id);
  }

  /** The ids that were written, in order: one that was written twice is there twice. */
  async writes(): Promise<number[]> {
    const rows = await query(sandbox.target, `SELECT id FROM ${this.table}_writes ORDER BY id`);
    return (rows as Row[]).map(({ id }) => id);
  }

  /** The ids in the queue, in its order. */
  async queued(): Promise<number[]> {
    const records = await this.topics.read(this.queue);
    return records.map(({ value }) => (JSON.parse(String(value)) as { payload: Row }).payload.id);
  }

  async allowAll(): Promise<void> {
    await query(sandbox.target, `ALTER TABLE ${this.table} DROP CONSTRAINT ${this.table}_amount`);
  }

  async remove(): Promise<void> {
    await this.client.delete(this.sink);
    await this.topics.removeAll();
    await query(
      sandbox.target,
      `DROP TABLE IF EXISTS ${this.table}, ${this.table}_writes`,
      `DROP FUNCTION IF EXISTS ${this.table}_written CASCADE`,
    );
  }
}

function json(fields: readonly unknown[], payload: Row | { id: number }): Buffer {
  return Buffer.from(JSON.stringify({ schema: { type: 'struct', fields, optional: false }, payload }));
}
