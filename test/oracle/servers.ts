import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { type OracleDatabase, openDatabase, withDatabase } from './database.ts';
import { type Engine, MARIADB, POSTGRESQL } from './model.ts';

/** Addresses of servers on which the oracle may make databases of its own. */
export interface Servers {
  /** PostgreSQL as a source and as a target: two servers, or one. */
  source: string;
  target: string;
  /** MariaDB, or MySQL; undefined where there is none. */
  mysql: string | undefined;
  mysqlEngine?: Engine;
}

/** Databases of one run; all of them are dropped at its end. */
export class Databases {
  readonly #servers: Servers;
  readonly #tag: string;
  readonly #roles = new Set<string>();
  readonly #open = new Map<string, OracleDatabase>();

  constructor(servers: Servers, tag: string) {
    this.#servers = servers;
    this.#tag = tag;
  }

  get mysqlEngine(): Engine {
    return this.#servers.mysqlEngine ?? MARIADB;
  }

  /** Pairings of engines in both directions, as far as there are servers. */
  get pairings(): (readonly [Engine, Engine])[] {
    const { mysql } = this.#servers;
    const other = this.mysqlEngine;
    return mysql === undefined
      ? [[POSTGRESQL, POSTGRESQL]]
      : [
          [POSTGRESQL, POSTGRESQL],
          [POSTGRESQL, other],
          [other, POSTGRESQL],
          [other, other],
        ];
  }

  /** The database of one side, made at its first use. */
  async of(engine: Engine, side: 'source' | 'target'): Promise<OracleDatabase> {
    const id = `${engine.family} ${side}`;
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const name = this.nameOf(engine, side);
    await this.#admin(engine, side, `DROP DATABASE IF EXISTS ${name}`);
    await this.#admin(
      engine,
      side,
      `CREATE DATABASE ${name}${engine.family === 'mysql' ? ' CHARACTER SET utf8mb4' : ''}`,
    );
    const database = await openDatabase(engine, withDatabase(this.#url(engine, side), name));
    this.#open.set(id, database);
    if (engine.family === 'postgresql') await database.run(PREPARE);
    return database;
  }

  /** A login that owns nothing, and the URL by which it reaches a side; MySQL has no policies, and needs none. */
  async reader(engine: Engine, side: 'source' | 'target'): Promise<{ role: string; url: string }> {
    const { url } = await this.of(engine, side);
    const role = `oracle_${this.#tag}_reader`;
    if (engine.family === 'mysql') return { role, url };
    if (!this.#roles.has(`${side} ${role}`)) {
      await this.#admin(engine, side, `DROP ROLE IF EXISTS ${role}`).catch(() => {});
      await this.#admin(engine, side, `CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
      this.#roles.add(`${side} ${role}`);
    }
    return { role, url: withDatabase(url, this.nameOf(engine, side), { user: role, password: 'reader' }) };
  }

  nameOf({ family }: Engine, side: 'source' | 'target'): string {
    return `oracle_${this.#tag}_${family === 'mysql' ? 'm' : 'p'}${side[0]}`;
  }

  #url({ family }: Engine, side: 'source' | 'target'): string {
    const url = family === 'mysql' ? this.#servers.mysql : this.#servers[side];
    if (url === undefined) throw new Error(`there is no server of ${family}`);
    return url;
  }

  async #admin(engine: Engine, side: 'source' | 'target', sql: string): Promise<void> {
    const url = this.#url(engine, side);
    if (engine.family === 'mysql') {
      const connection = await createConnection(url);
      await connection.query(sql).finally(() => connection.end());
      return;
    }
    const client = new pg.Client(url);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  async drop(): Promise<void> {
    // One that cannot be dropped must not hide why: the others are tried all the same.
    const failures: unknown[] = [];
    const admin = (engine: Engine, side: 'source' | 'target', sql: string) =>
      this.#admin(engine, side, sql).catch((error: unknown) => failures.push(error));
    for (const [id, database] of this.#open) {
      const side = id.endsWith('source') ? 'source' : 'target';
      await database.close().catch(() => {});
      const force = database.engine.family === 'postgresql' ? ' WITH (FORCE)' : '';
      await admin(database.engine, side, `DROP DATABASE IF EXISTS ${this.nameOf(database.engine, side)}${force}`);
    }
    this.#open.clear();
    for (const one of this.#roles) {
      const [side, role] = one.split(' ') as ['source' | 'target', string];
      await admin(POSTGRESQL, side, `DROP ROLE IF EXISTS ${role}`);
    }
    this.#roles.clear();
    if (failures.length > 0) throw failures[0];
  }
}

/** A collation for which upper and lower case are one, and what citext needs. */
const PREPARE =
  'CREATE EXTENSION IF NOT EXISTS citext; ' +
  "CREATE COLLATION oracle_ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); " +
  'CREATE SCHEMA "Odd ""schema"""; GRANT USAGE ON SCHEMA "Odd ""schema""" TO PUBLIC';
