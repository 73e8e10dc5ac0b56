import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { loadTemplate } from '../../src/connectors/templates/load.ts';
import { connectorConfig, renderTemplate } from '../../src/connectors/templates/render.ts';
import type { DatabaseAddress } from '../../src/sandbox/status.ts';
import { eventually, PipelineConnectors } from './pipeline-connectors.ts';
import { PipelineTopics } from './pipeline-topics.ts';
import { dropReplication } from './replication.ts';
import { sluice } from './run.ts';

/** What a pipeline needs of the sandbox; a TestSandbox is one. */
export interface PipelineSandbox {
  connectUrl: string;
  bootstrapServers: string;
  source: DatabaseAddress;
  target: DatabaseAddress;
  mariadb: DatabaseAddress | undefined;
  /** What answers at `mariadb`; MariaDB where it is left out. */
  engine?: 'MariaDB' | 'MySQL';
}

/** The connectors, topics, slots and tables of one test; `remove` takes all of it away again. */
export class Pipeline {
  readonly sandbox: PipelineSandbox;
  readonly prefix: string;
  readonly source: pg.Pool;
  readonly target: pg.Pool;
  readonly connectors: PipelineConnectors;
  readonly topics: PipelineTopics;
  #files: string | undefined;
  readonly #undo: (() => Promise<unknown>)[] = [];

  /** @param prefix unique in the suite; names the topics, and begins the names of connectors, slots and schemas */
  constructor(sandbox: PipelineSandbox, prefix: string) {
    this.sandbox = sandbox;
    this.prefix = prefix;
    this.connectors = new PipelineConnectors(sandbox.connectUrl);
    this.topics = new PipelineTopics(sandbox.bootstrapServers, prefix);
    this.source = new pg.Pool({ connectionString: sandbox.source.url, max: 4 });
    this.target = new pg.Pool({ connectionString: sandbox.target.url, max: 4 });
  }

  /** A schema of its own in a database, dropped at the end. */
  async schema(pool: pg.Pool): Promise<void> {
    await pool.query(`DROP SCHEMA IF EXISTS ${this.prefix} CASCADE; CREATE SCHEMA ${this.prefix}`);
    this.#undo.push(() => pool.query(`DROP SCHEMA IF EXISTS ${this.prefix} CASCADE`));
  }

  /**
   * Deploys the source connector of what answers at `mariadb`, on the database of the pipeline's name.
   * @param more values of the template, over those of the connection
   */
  async deployMysqlSource(more: Record<string, string>): Promise<void> {
    const mysqlProper = this.sandbox.engine === 'MySQL';
    await this.deploy(mysqlProper ? 'debezium-mysql-source' : 'debezium-mariadb-source', {
      name: `${this.prefix}-source`,
      ...this.connection('mariadb'),
      database: this.prefix,
      'bootstrap-servers': this.sandbox.bootstrapServers,
      // The sandbox's MariaDB has no certificate, and MySQL wants an encrypted connection or its own key for a password.
      sslmode: mysqlProper ? 'required' : 'disable',
      ...more,
    });
  }

  /**
   * Deploys the sink of the table `items` into the target's schema of the pipeline's name, and waits for its rows.
   * @param more values of the template, over those of the connection
   */
  async itemsArrive(rows: number, more: Record<string, string> = {}): Promise<void> {
    const { prefix } = this;
    await this.deploy('debezium-jdbc-sink-postgres', {
      name: `${prefix}-sink`,
      ...this.connection('target'),
      'topics-regex': `${prefix}\\.${prefix}\\.items`,
      schema: prefix,
      ...more,
    });
    await this.arrives<{ n: string }>(`SELECT count(*) AS n FROM ${prefix}.items`, (row) => row?.n === String(rows));
  }

  /** A connection to MariaDB or MySQL, closed at the end; the database of the pipeline's name is made, and dropped at the end. */
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

  /** Renders a template to a file and deploys that file, by the binary as a user would; all tasks run then. */
  async deploy(template: string, values: Record<string, string>): Promise<string> {
    const file = path.join(this.#folder(), `${values['name']}.yaml`);
    const all = Object.entries({ prefix: this.prefix, ...values });
    await this.#sluice([
      'template',
      'render',
      template,
      ...all.flatMap(([key, value]) => ['--set', `${key}=${value}`]),
      '--to',
      file,
      // A test deploys a connector again with other values.
      '--force',
    ]);
    const name = values['name'] ?? '';
    this.connectors.add(name);
    await this.#sluice([
      'deploy',
      file,
      '--connect-url',
      this.sandbox.connectUrl,
      '--stable',
      '1s',
      '--timeout',
      '90s',
    ]);
    return name;
  }

  /** Renders a template and puts the connector on the worker, without waiting: for those that are to fail or be timed. */
  async submit(template: string, values: Record<string, string>): Promise<string> {
    const rendered = renderTemplate(
      await loadTemplate(template),
      new Map(Object.entries({ prefix: this.prefix, ...values })),
    );
    const secrets = this.#secrets();
    const config = Object.entries(connectorConfig(rendered)).map(([key, value]) => [
      key,
      value.replace(/\$\{([A-Z_]+)\}/g, (_all, name: string) => secrets[name] ?? ''),
    ]);
    await this.connectors.put(rendered.name, Object.fromEntries(config) as Record<string, string>);
    return rendered.name;
  }

  #secrets(): Record<string, string> {
    return { SOURCE_PASSWORD: this.sandbox.source.password, TARGET_PASSWORD: this.sandbox.target.password };
  }

  #folder(): string {
    if (this.#files === undefined) {
      const folder = mkdtempSync(path.join(tmpdir(), 'sluice-pipeline-'));
      this.#files = folder;
      this.#undo.push(async () => rmSync(folder, { recursive: true }));
    }
    return this.#files;
  }

  async #sluice(args: string[]): Promise<void> {
    const { code, stdout, stderr } = await sluice(args, { env: this.#secrets() });
    if (code !== 0) throw new Error(`sluice ${args[0]}: exit code ${code}\n${stderr}${stdout}`);
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
        await this.connectors.throwIfFailed(`${sql}\nlast: ${JSON.stringify(last)?.slice(0, 2000)}`);
        return undefined;
      },
      async () => [sql, `last: ${JSON.stringify(last)?.slice(0, 2000)}`, await this.connectors.describe()].join('\n'),
      seconds,
    );
  }

  /** Waits until `holds`; a failed connector ends the wait. */
  async until(holds: () => Promise<boolean>, describe: () => Promise<string>, seconds = 60): Promise<void> {
    await eventually(
      async () => {
        if (await holds()) return true;
        await this.connectors.throwIfFailed('waiting');
        return undefined;
      },
      describe,
      seconds,
    );
  }

  /** Waits until a query on the source gives a row. */
  async sourceHas(sql: string): Promise<void> {
    await eventually(
      async () => ((await this.source.query(sql)).rowCount ? true : undefined),
      () => sql,
    );
  }

  /** Connectors, slots, publications, schemas and topics away; each step is tried whatever the others did. */
  async remove(): Promise<void> {
    const steps = [
      ...this.connectors.names.map((name) => () => this.connectors.delete(name)),
      () => this.dropSlots(),
      ...this.#undo.reverse(),
      () => this.topics.delete(),
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

  dropSlots(): Promise<void> {
    return dropReplication(this.sandbox.source, this.prefix);
  }
}
