import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LagDocument } from '../../src/cli/views/lag.ts';
import { eventually, workFolder } from '../helpers/connectors.ts';
import { Daemon } from '../helpers/daemon.ts';
import { Forwarder } from '../helpers/forwarder.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

/*
 * One daemon watches the sources of a PostgreSQL and of a MariaDB or MySQL pipeline: where they are in their databases' logs,
 * and what happens to their tables.
 */
const prefix = `watched${Date.now().toString(36)}`;
const pipeline = new Pipeline(sandbox, prefix);
const other = new Pipeline(sandbox, `${prefix}m`);
const folder = workFolder('serve-sources');
const source = `${prefix}-source`;
const otherSource = `${prefix}m-source`;
const hasOther = sandbox.mariadb !== undefined;
let daemon: Daemon;
let port: Forwarder;
let database: mysql.Connection;

const metric = (name: string, of: string, fits: (value: number) => boolean) =>
  eventually(
    () => daemon.metric(name, of),
    (value) => value !== undefined && fits(value),
    60_000,
  );

beforeAll(async () => {
  port = await Forwarder.to(sandbox.source);
  await pipeline.schema(pipeline.source);
  await pipeline.schema(pipeline.target);
  await pipeline.source.query(
    `CREATE TABLE ${prefix}.items (id int PRIMARY KEY, v varchar(20)); INSERT INTO ${prefix}.items VALUES (1, 'a')`,
  );
  const postgres = pipeline.deploy('debezium-postgres-source', {
    ...{ name: source, ...pipeline.connection('source'), tables: `${prefix}\\.items`, 'heartbeat-ms': '500' },
  });
  const mariadb = async () => {
    if (!hasOther) return;
    database = await other.mariadb();
    await database.query(`CREATE TABLE ${other.prefix}.items (id int PRIMARY KEY, v varchar(20))`);
    await other.deployMysqlSource({ tables: `${other.prefix}\\.items` });
  };
  await Promise.all([postgres, mariadb()]);
  await pipeline.itemsArrive(1);
  await pipeline.target.query(`CREATE TABLE ${prefix}.strict_items (id int PRIMARY KEY, v varchar(20))`);
  await pipeline.deploy('debezium-jdbc-sink-postgres', {
    ...{
      name: `${prefix}-strict`,
      ...pipeline.connection('target'),
      'topics-regex': `${prefix}\\.${prefix}\\.items`,
    },
    ...{ schema: prefix, 'schema-evolution': 'none', 'table-replacement': 'strict_$1' },
  });
  folder.write(
    'sluice.yaml',
    JSON.stringify({
      version: 1,
      contexts: {
        watched: { connect: sandbox.connectUrl, kafka: { bootstrapServers: sandbox.bootstrapServers } },
      },
      // One database by its name in the project, the other by what its connector says.
      databases: { shop: { url: sandbox.source.url.replace(/:\d+\//, `:${port.port}/`) } },
      preflight: { databases: { [source]: 'shop' } },
      serve: { contexts: ['watched'], every: '1s', alerts: true, databases: { every: '1s' } },
      alerts: {
        rules: [
          { kind: 'slot-wal', match: source, over: '4MiB' },
          { kind: 'source-log', match: source, for: '0s' },
        ],
      },
    }),
  );
  daemon = new Daemon(folder.path(), folder.path('state'));
  await daemon.until('leading');
}, 240_000);

afterAll(async () => {
  await daemon?.stop();
  if (hasOther) await other.remove();
  await pipeline.remove();
  await port.close();
  folder.remove();
}, 120_000);

describe('serve watches a source in PostgreSQL', () => {
  it('knows its slot and its heartbeats', async () => {
    await metric('sluice_slot_active', source, (value) => value === 1);
    await metric('sluice_slot_retained_bytes', source, (value) => value > 0);
    await metric('sluice_source_behind_bytes', source, (value) => value >= 0);
    const first = await metric('sluice_source_last_heartbeat_timestamp_seconds', source, (value) => value > 0);
    await metric('sluice_source_last_heartbeat_timestamp_seconds', source, (value) => value > (first ?? 0));
  }, 120_000);

  it('sees a new column, says what it does to each sink, and is right about that', async () => {
    await pipeline.source.query(`ALTER TABLE ${prefix}.items ADD COLUMN note text`);
    const seen = await daemon.until('schema change', (event) => event.connector === source);
    expect(seen).toMatchObject({ table: `${prefix}.items`, changes: ['column note added (text)'] });
    expect(Object.fromEntries(seen.consequences.map(({ sink, effect }) => [sink, effect]))).toEqual({
      [`${prefix}-sink`]: 'followed',
      [`${prefix}-strict`]: 'fails',
    });
    const alert = await daemon.until('alert', ({ kind, target }) => kind === 'schema-change' && target === source);
    expect(alert.summary).toContain(`${prefix}.items: column note added (text).`);
    await metric('sluice_schema_changes_total', source, (value) => value === 1);

    await pipeline.source.query(`INSERT INTO ${prefix}.items VALUES (2, 'b', 'new')`);
    await eventually(
      async () =>
        (await pipeline.target.query(`SELECT note FROM ${prefix}.items WHERE id = 2`).catch(() => undefined))?.rows,
      (rows) => rows?.[0]?.note === 'new',
      60_000,
    );
    expect(await pipeline.connectors.failure(`${prefix}-strict`)).toMatch(/schema evolution is disabled/);
  }, 180_000);

  it('is asked in the same way by lag', async () => {
    const { stdout } = await sluice(['lag', source, '--context', 'watched', '--json'], { cwd: folder.path() });
    expect(parseDocument<LagDocument & Record<string, unknown>>(stdout, 'lag').connectors).toMatchObject([
      { name: source, logs: [{ database: 'shop', exists: true, active: true, retainedBytes: expect.any(Number) }] },
    ]);
  }, 60_000);

  it('keeps it in the history', async () => {
    const env = { SLUICE_STATE_DIR: folder.path('state') };
    const { stdout } = await sluiceOnSandbox(['history', '--verb', 'schema-change', '--connector', source, '--json'], {
      cwd: folder.path(),
      env: { ...env, SLUICE_CONTEXT: undefined as never },
    });
    expect(JSON.parse(stdout).changes).toMatchObject([
      { context: 'watched', connectors: [{ outcome: `${prefix}.items: column note added (text)` }] },
    ]);
  }, 60_000);

  it('sees what was changed while no daemon ran, and says it again of nothing', async () => {
    await daemon.stop();
    await pipeline.source.query(`ALTER TABLE ${prefix}.items ALTER v TYPE varchar(40), DROP COLUMN note`);
    daemon = new Daemon(folder.path(), folder.path('state'));
    const seen = await daemon.until('schema change', (event) => event.connector === source);
    expect(seen.changes).toEqual([
      'column note dropped',
      'type of v changed from character varying(20) to character varying(40)',
    ]);
    expect(seen.consequences.find(({ sink }) => sink === `${prefix}-sink`)).toMatchObject({ effect: 'may fail' });
    // The alert of the change before ends, and another one begins.
    const isOurs = ({ kind, target }: { kind: string; target: string }) =>
      kind === 'schema-change' && target === source;
    await daemon.until('alert', (event) => isOurs(event) && event.change === 'resolved');
    await daemon.until('alert', (event) => isOurs(event) && event.change === 'firing');
  }, 120_000);

  it('fires when the WAL of a stopped source grows, and ends when it reads on', async () => {
    const from = daemon.events.length;
    await pipeline.connectors.stop(source);
    await metric('sluice_slot_active', source, (value) => value === 0);
    for (let written = 0; written < 6; written += 1)
      await pipeline.source.query("SELECT pg_logical_emit_message(false, 'test', repeat(md5(random()::text), 32768))");
    const isOurs = ({ kind, target }: { kind: string; target: string }) => kind === 'slot-wal' && target === source;
    const fired = await daemon.until('alert', (event) => isOurs(event) && event.change === 'firing', { from });
    expect(fired.summary).toMatch(
      /^The server retains \d+\.\d MiB of WAL for the slot \S+ on \S+ \(limit: 4\.0 MiB\)$/,
    );
    expect(fired.hint).toContain('Nobody reads it');
    // A stopped source is not one that has lost its connection.
    expect(daemon.events.filter((event) => event.event === 'alert' && event.kind === 'slot-inactive')).toEqual([]);
    await pipeline.connectors.resume(source);
    await eventually(
      async () => {
        // What is retained begins where a running transaction was noted last.
        await pipeline.source.query(`CHECKPOINT; INSERT INTO ${prefix}.items VALUES (${Date.now() % 1e9}, 'c')`);
        return daemon.events
          .slice(from)
          .some((event) => event.event === 'alert' && isOurs(event) && event.change === 'resolved');
      },
      (resolved) => resolved,
      90_000,
    );
  }, 240_000);

  it('goes on while a database is away, says so once, and reads it again when it is back', async () => {
    const from = daemon.events.length;
    await port.close();
    const away = ({ errors }: { errors: { code: string }[] }) => errors.some(({ code }) => /^DATABASE_/.test(code));
    await daemon.until('readable', away, { from });
    await eventually(
      () => daemon.metric('sluice_slot_active', source),
      (value) => value === undefined,
      60_000,
    );
    expect(await daemon.metric('sluice_connector_health', source)).toBe(1);
    await port.open();
    await daemon.until('readable', ({ errors }) => errors.length === 0, { from });
    await metric('sluice_slot_active', source, (value) => value === 1);
    expect(daemon.events.slice(from).filter((event) => event.event === 'readable' && away(event))).toHaveLength(1);
  }, 180_000);

  it('asks over one session that stays open', async () => {
    const sessions = async () =>
      (
        await pipeline.source.query<{ pid: number; asked: string }>(
          "SELECT pid, query_start::text AS asked FROM pg_stat_activity WHERE application_name LIKE 'sluice%' ORDER BY pid",
        )
      ).rows;
    const pids = (all: Awaited<ReturnType<typeof sessions>>) => all.map(({ pid }) => pid);
    const before = await sessions();
    expect(before).not.toEqual([]);
    const later = await eventually(sessions, (all) => all.every(({ asked }, index) => asked !== before[index]?.asked));
    expect(pids(later)).toEqual(pids(before));
  }, 60_000);

  it('fires when the slot is gone', async () => {
    const from = daemon.events.length;
    await pipeline.connectors.stop(source);
    await pipeline.dropSlots();
    const isOurs = ({ kind, target }: { kind: string; target: string }) => kind === 'source-log' && target === source;
    const fired = await daemon.until('alert', (event) => isOurs(event) && event.change === 'firing', { from });
    expect(fired.summary).toMatch(/^the slot \S+ does not exist on shop: what changes now never arrives$/);
  }, 120_000);
});

describe.skipIf(!hasOther)('serve watches a source in MariaDB or MySQL (skipped without one)', () => {
  it('sees a new column by Debezium’s own topic', async () => {
    const from = daemon.events.length;
    await database.query(`ALTER TABLE ${other.prefix}.items ADD COLUMN note text`);
    const seen = await daemon.until('schema change', (event) => event.connector === otherSource, { from });
    expect(seen).toMatchObject({ table: `${other.prefix}.items`, changes: ['column note added (TEXT)'] });
  }, 120_000);

  it('counts what is behind a stopped source', async () => {
    await metric('sluice_source_behind_files', otherSource, (value) => value === 0);
    await other.connectors.stop(otherSource);
    const before = (await daemon.metric('sluice_source_behind_bytes', otherSource)) ?? 0;
    await database.query(
      `INSERT INTO ${other.prefix}.items VALUES (1, 'a', REPEAT('x', 60000)); INSERT INTO ${other.prefix}.items VALUES (2, 'a', REPEAT('x', 60000))`,
    );
    await metric('sluice_source_behind_bytes', otherSource, (value) => value > before + 100_000);
    expect(await daemon.metric('sluice_slot_retained_bytes', otherSource)).toBeUndefined();
  }, 180_000);

  it('ends in order', async () => {
    expect(await daemon.stop()).toBe(143);
    expect(daemon.events.at(-1)).toMatchObject({ event: 'stopped' });
    expect(daemon.events.filter(({ event }) => event === 'failed')).toEqual([]);
  }, 60_000);
});
