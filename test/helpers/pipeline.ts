import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { loadTemplate } from '../../src/connectors/templates.ts';
import { connectorConfig, renderTemplate } from '../../src/connectors/templates-render.ts';
import type { DatabaseAddress } from '../../src/sandbox/status.ts';

/** What a pipeline needs of the sandbox; a TestSandbox is one. */
export interface PipelineSandbox {
  connectUrl: string;
  bootstrapServers: string;
  source: DatabaseAddress;
  target: DatabaseAddress;
  mariadb: DatabaseAddress | undefined;
}

/** Tries until `check` returns something other than undefined; fails with what `describe` says after `seconds`. */
export async function eventually<T>(
  check: () => Promise<T | undefined>,
  describe: () => string | Promise<string>,
  seconds = 60,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Status {
  connector: { state: string; trace?: string };
  tasks: { id: number; state: string; trace?: string }[];
}

/** The states, and of each trace the lines that say why. */
function causes(status: Status | undefined): string {
  const parts = status === undefined ? [] : [status.connector, ...status.tasks];
  return parts
    .map(({ state, trace = '' }) => {
      const why = trace.split('\n').filter((line, index) => index === 0 || /^(Caused by| {2})/.test(line));
      return [state, ...why.map((line) => line.slice(0, 600))].join('\n  ');
    })
    .join('\n');
}

/** The connectors, topics, slots and tables of one test; `remove` takes all of it away again. */
export class Pipeline {
  readonly sandbox: PipelineSandbox;
  readonly prefix: string;
  readonly source: pg.Pool;
  readonly target: pg.Pool;
  readonly #connectors: string[] = [];
  readonly #undo: (() => Promise<unknown>)[] = [];

  /** @param prefix unique in the suite; names the topics, and begins the names of connectors, slots and schemas */
  constructor(sandbox: PipelineSandbox, prefix: string) {
    this.sandbox = sandbox;
    this.prefix = prefix;
    this.source = new pg.Pool({ connectionString: sandbox.source.url, max: 4 });
    this.target = new pg.Pool({ connectionString: sandbox.target.url, max: 4 });
  }

  /** A schema of its own in a database, dropped at the end. */
  async schema(pool: pg.Pool): Promise<void> {
    await pool.query(`DROP SCHEMA IF EXISTS ${this.prefix} CASCADE; CREATE SCHEMA ${this.prefix}`);
    this.#undo.push(() => pool.query(`DROP SCHEMA IF EXISTS ${this.prefix} CASCADE`));
  }

  /** A MariaDB connection, closed at the end; the database of the pipeline's name is made, and dropped at the end. */
  async mariadb(): Promise<mysql.Connection> {
    const { host, port, user, password } = this.#address('mariadb');
    const connection = await mysql.createConnection({
      host,
      port,
      user,
      password,
      timezone: 'Z',
      multipleStatements: true,
    });
    await connection.query(
      `DROP DATABASE IF EXISTS ${this.prefix}; CREATE DATABASE ${this.prefix} CHARACTER SET utf8mb4`,
    );
    this.#undo.push(async () => {
      await connection.query(`DROP DATABASE IF EXISTS ${this.prefix}`);
      await connection.end();
    });
    return connection;
  }

  #address(name: 'source' | 'target' | 'mariadb'): DatabaseAddress {
    const address = this.sandbox[name];
    if (address === undefined) throw new Error(`the sandbox has no ${name}`);
    return address;
  }

  /** Values of a template's connection placeholders for one of the sandbox's databases. */
  connection(name: 'source' | 'target' | 'mariadb'): Record<string, string> {
    const { host, port, database, user } = this.#address(name);
    return { host, port: String(port), database, user };
  }

  /** Renders a template, puts the connector on the worker, and waits until all its tasks run. */
  async deploy(template: string, values: Record<string, string>, more: Record<string, string> = {}): Promise<string> {
    const name = await this.submit(template, values, more);
    await this.running(name);
    return name;
  }

  /** As deploy, without waiting: for connectors that are to fail. */
  async submit(template: string, values: Record<string, string>, more: Record<string, string> = {}): Promise<string> {
    const rendered = renderTemplate(
      await loadTemplate(template),
      new Map(Object.entries({ prefix: this.prefix, ...values })),
    );
    const { source, target } = this.sandbox;
    const secrets: Record<string, string> = { SOURCE_PASSWORD: source.password, TARGET_PASSWORD: target.password };
    const config = Object.fromEntries(
      Object.entries({ ...connectorConfig(rendered), ...more }).map(([key, value]) => [
        key,
        value.replace(/\$\{([A-Z_]+)\}/g, (_all, name: string) => secrets[name] ?? ''),
      ]),
    );
    await this.put(rendered.name, config);
    return rendered.name;
  }

  async put(name: string, config: Record<string, string>): Promise<void> {
    if (!this.#connectors.includes(name)) this.#connectors.push(name);
    await eventually(
      async () => {
        const answer = await this.#rest('PUT', `/connectors/${name}/config`, config);
        // 409 is a rebalance under way.
        if (answer.status === 409) return undefined;
        if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
        return true;
      },
      () => `${name} could not be put`,
    );
  }

  async status(name: string): Promise<Status | undefined> {
    const answer = await this.#rest('GET', `/connectors/${name}/status`);
    return answer.ok ? ((await answer.json()) as Status) : undefined;
  }

  /** @throws with the trace as soon as the connector or a task has failed. */
  async running(name: string): Promise<void> {
    await eventually(
      async () => {
        const status = await this.status(name);
        if (status === undefined) return undefined;
        for (const part of [status.connector, ...status.tasks]) {
          if (part.state === 'FAILED') throw new Error(`${name} failed: ${causes(status)}`);
        }
        return status.tasks.length > 0 && status.tasks.every((task) => task.state === 'RUNNING') ? true : undefined;
      },
      async () => `${name} does not run: ${JSON.stringify(await this.status(name))}`,
    );
  }

  /** Stops a connector and waits until it has no task left. */
  async stop(name: string): Promise<void> {
    await this.#rest('PUT', `/connectors/${name}/stop`);
    await eventually(
      async () => {
        const status = await this.status(name);
        return status?.connector.state === 'STOPPED' && status.tasks.length === 0 ? true : undefined;
      },
      () => `${name} does not stop`,
    );
  }

  async resume(name: string): Promise<void> {
    await this.#rest('PUT', `/connectors/${name}/resume`);
    await this.running(name);
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.#withAdmin((admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1 }));
  }

  async restart(name: string): Promise<void> {
    await this.#rest('POST', `/connectors/${name}/restart?includeTasks=true`);
    // The status lags: a task that had failed still says so for a moment.
    await eventually(
      async () => ((await this.status(name))?.tasks.every((task) => task.state === 'RUNNING') ? true : undefined),
      async () => `${name} ${causes(await this.status(name))}`,
    );
  }

  /** Waits until a query on the target gives one row that fulfils `wanted`; tells what it gave else, and any failed task. */
  async arrives<Row extends pg.QueryResultRow>(
    sql: string,
    wanted: (row: Row | undefined) => boolean,
    seconds = 60,
  ): Promise<Row> {
    let last: unknown;
    return eventually(
      async () => {
        try {
          const { rows } = await this.target.query<Row>(sql);
          last = rows[0];
          if (wanted(rows[0])) return (rows[0] ?? {}) as Row;
        } catch (error) {
          last = (error as Error).message; // The table is not there yet.
        }
        await this.#failed(`${sql}\nlast: ${JSON.stringify(last)?.slice(0, 2000)}`);
        return undefined;
      },
      async () => {
        const states = await Promise.all(
          this.#connectors.map(async (name) => `${name}: ${causes(await this.status(name))}`),
        );
        return [sql, `last: ${JSON.stringify(last)?.slice(0, 2000)}`, ...states].join('\n');
      },
      seconds,
    );
  }

  /** @throws where a connector or task has failed: what is waited for will not come. */
  async #failed(waitingFor: string): Promise<void> {
    for (const name of this.#connectors) {
      const status = await this.status(name);
      const parts = status === undefined ? [] : [status.connector, ...status.tasks];
      if (parts.some((part) => part.state === 'FAILED')) throw new Error(`${waitingFor}\n${name} ${causes(status)}`);
    }
  }

  /** Waits until `holds`; a failed connector ends the wait. */
  async until(holds: () => Promise<boolean>, describe: () => Promise<string>, seconds = 60): Promise<void> {
    await eventually(
      async () => {
        if (await holds()) return true;
        await this.#failed('waiting');
        return undefined;
      },
      describe,
      seconds,
    );
  }

  /** The traces of a connector that is expected to fail. */
  async failure(name: string): Promise<string> {
    return eventually(
      async () => {
        const status = await this.status(name);
        const failed = status?.tasks.find((task) => task.state === 'FAILED');
        return failed === undefined ? undefined : causes(status);
      },
      () => `${name} does not fail`,
      90,
    );
  }

  async produce(topic: string, key: string, value: string): Promise<void> {
    const producer = new Producer({
      clientId: 'pipeline-tests',
      bootstrapBrokers: [this.sandbox.bootstrapServers],
      serializers: stringSerializers,
    });
    try {
      await producer.send({ messages: [{ topic, key, value }] });
    } finally {
      await producer.close();
    }
  }

  /** The first `count` records of a topic, waited for; none where the topic is empty or missing and `count` is 0. */
  async records(
    topic: string,
    count: number,
  ): Promise<{ value: string | undefined; headers: Record<string, string> }[]> {
    if (count === 0) {
      if (!(await this.topics()).includes(topic)) return [];
      const offsets = await this.#withAdmin((admin) =>
        admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }] }),
      );
      return Array.from({ length: Number(offsets[0]?.partitions[0]?.offset ?? 0) }, () => ({
        value: undefined,
        headers: {},
      }));
    }
    const consumer = new Consumer({
      clientId: 'pipeline-tests',
      groupId: `${this.prefix}-${topic}-reader`,
      bootstrapBrokers: [this.sandbox.bootstrapServers],
      deserializers: stringDeserializers,
    });
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
      const found: { value: string | undefined; headers: Record<string, string> }[] = [];
      for await (const record of stream) {
        found.push({ value: record.value, headers: Object.fromEntries(record.headers) });
        if (found.length >= count) break;
      }
      return found;
    } finally {
      await consumer.close(true);
    }
  }

  async deleteTopics(): Promise<void> {
    const topics = await this.topics();
    if (topics.length > 0) await this.#withAdmin((admin) => admin.deleteTopics({ topics }));
  }

  /** Takes a connector off the worker, and its offsets: one made again under the name starts from nothing. */
  async delete(name: string): Promise<void> {
    const accepted = (method: string, path: string) =>
      eventually(
        async () => {
          const { ok, status } = await this.#rest(method, `/connectors/${name}${path}`);
          return ok || status === 404 ? true : undefined;
        },
        () => `${name}: ${method} ${path} was not accepted`,
        30,
      );
    await accepted('PUT', '/stop');
    await accepted('DELETE', '/offsets');
    await accepted('DELETE', '');
  }

  async topics(): Promise<string[]> {
    return this.#withAdmin(async (admin) =>
      (await admin.listTopics({ includeInternals: false })).filter((topic) => topic.includes(this.prefix)),
    );
  }

  /** Partitions of the pipeline's topics. */
  async partitions(): Promise<Record<string, number>> {
    const topics = await this.topics();
    return this.#withAdmin(async (admin) => {
      const metadata = await admin.metadata({ topics });
      return Object.fromEntries([...metadata.topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]));
    });
  }

  /** Waits until a query on the source gives a row. */
  async sourceHas(sql: string): Promise<void> {
    await eventually(
      async () => ((await this.source.query(sql)).rowCount ? true : undefined),
      () => sql,
    );
  }

  async #withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin({ clientId: 'pipeline-tests', bootstrapBrokers: [this.sandbox.bootstrapServers] });
    try {
      return await use(admin);
    } finally {
      await admin.close();
    }
  }

  async #rest(method: string, path: string, body?: object): Promise<Response> {
    return fetch(this.sandbox.connectUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  }

  /** Connectors, slots, publications, schemas and topics away; each step is tried whatever the others did. */
  async remove(): Promise<void> {
    const steps = [
      ...this.#connectors.map((name) => () => this.delete(name)),
      () => this.dropSlots(),
      ...this.#undo.reverse(),
      () => this.deleteTopics(),
      () => this.source.end(),
      () => this.target.end(),
    ];
    const failures: unknown[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
  }

  async dropSlots(): Promise<void> {
    const slots = `SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE '${this.prefix}%'`;
    await eventually(
      async () => {
        await this.source.query(
          `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE '${this.prefix}%' AND NOT active`,
        );
        return (await this.source.query(slots)).rowCount === 0 ? true : undefined;
      },
      () => 'a replication slot is still in use',
    );
    const { rows } = await this.source.query<{ pubname: string }>(
      `SELECT pubname FROM pg_publication WHERE pubname LIKE '${this.prefix}%'`,
    );
    for (const { pubname } of rows) await this.source.query(`DROP PUBLICATION ${pubname}`);
  }
}
