import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { Targets } from '../../src/config/targets.ts';
import { isSameProcess } from '../../src/sandbox/process-identity.ts';
import type { SandboxStatus } from '../../src/sandbox/status.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

async function status(): Promise<SandboxStatus> {
  const result = await sluice(['sandbox', 'status', '--name', sandbox.name, '--json']);
  expect(result.code).toBe(0);
  return parseDocument<SandboxStatus & Record<string, unknown>>(result.stdout, 'sandbox-status');
}

describe('the shared sandbox', () => {
  it('is healthy, and says how to reach each part', async () => {
    const { health, connect, kafka, databases, parts } = await status();
    expect(health).toBe('healthy');
    expect(connect?.url).toBe(sandbox.connectUrl);
    expect(kafka?.bootstrapServers).toBe(sandbox.bootstrapServers);
    expect(Object.keys(databases)).toEqual(sandbox.mariadb ? ['source', 'target', 'mariadb'] : ['source', 'target']);
    for (const part of parts) expect(part.detail).toMatch(/\d/);
  });

  it('is not changed by another `up`', async () => {
    const before = await status();
    const up = await sluice(['sandbox', 'up', '--name', sandbox.name, '--json']);
    expect(up.code).toBe(0);
    expect(parseDocument(up.stdout, 'sandbox-up')).toMatchObject({ parts: before.parts });
  });

  it('offers every Debezium plugin and the file connectors', async () => {
    const response = await fetch(`${sandbox.connectUrl}/connector-plugins`);
    const classes = ((await response.json()) as { class: string }[]).map((plugin) => plugin.class);
    expect(classes).toEqual(
      expect.arrayContaining([
        'io.debezium.connector.jdbc.JdbcSinkConnector',
        'io.debezium.connector.mariadb.MariaDbConnector',
        'io.debezium.connector.mongodb.MongoDbConnector',
        'io.debezium.connector.mysql.MySqlConnector',
        'io.debezium.connector.postgresql.PostgresConnector',
        'io.debezium.connector.sqlserver.SqlServerConnector',
        'org.apache.kafka.connect.file.FileStreamSourceConnector',
      ]),
    );
  });

  it('lets metrics be read, and nothing else be done with JMX', async () => {
    const read = await fetch(`${sandbox.metricsUrl}/read/kafka.connect:type=connect-worker-metrics`);
    expect(await read.json()).toMatchObject({ status: 200, value: { 'connector-count': expect.any(Number) } });
    const exec = await fetch(`${sandbox.metricsUrl}/exec/java.lang:type=Memory/gc`);
    expect(await exec.json()).toMatchObject({ status: 403 });
  });

  it('writes a logical WAL at the source, and a binary log by row at MariaDB', async () => {
    const { default: pg } = await import('pg');
    const client = new pg.Client(sandbox.source.url);
    await client.connect();
    expect((await client.query('show wal_level')).rows).toEqual([{ wal_level: 'logical' }]);
    await client.end();
    if (!sandbox.mariadb) return;
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection(sandbox.mariadb.url);
    const [rows] = await connection.query(
      'select @@log_bin as log, @@binlog_format as format, @@gtid_strict_mode as gtid',
    );
    expect(rows).toEqual([{ log: 1, format: 'ROW', gtid: 1 }]);
    await connection.end();
  });

  it('shows its logs', async () => {
    const one = await sluice(['sandbox', 'logs', 'worker', '--name', sandbox.name, '--tail', '5']);
    expect(one.code).toBe(0);
    expect(one.stdout.trim().split('\n')).toHaveLength(5);
    const all = await sluice(['sandbox', 'logs', '--name', sandbox.name, '--tail', '1']);
    expect(all.stdout).toMatch(/^broker \| /m);
    expect(all.stdout).toMatch(/^source \| /m);
  });

  it('keeps showing new lines, until Ctrl-C', async () => {
    const args = ['sandbox', 'logs', 'source', '--name', sandbox.name, '--tail', '0', '--follow'];
    const child = spawn(process.execPath, [packagePath('bin', 'run.js'), ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exit = once(child, 'exit');
    const mark = `no_such_table_${Date.now()}`;
    const { default: pg } = await import('pg');
    const client = new pg.Client(sandbox.source.url);
    await client.connect();
    // Again and again: the command may not have begun to follow at the first.
    const asking = setInterval(() => client.query(`select * from ${mark}`).catch(() => {}), 200);
    // The stream stays open: a closed one would end the command quietly, before Ctrl-C does.
    await new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        if (chunk.includes(mark)) resolve();
      });
    });
    clearInterval(asking);
    await client.end();
    child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
  });

  it('is known by its context and its databases without a project file', async () => {
    const targets = new Targets({ environment: process.env, folder: tmpdir(), context: sandbox.context });
    expect(await targets.context()).toMatchObject({
      urls: [sandbox.connectUrl],
      kafka: { bootstrapServers: [sandbox.bootstrapServers] },
    });
    for (const database of [sandbox.source, sandbox.target]) {
      expect(await targets.database(database.name)).toEqual({ name: database.name, url: database.url });
    }
  });

  it('runs in processes that `status` names', async () => {
    const { parts } = await status();
    for (const { pid } of parts) expect(isSameProcess(pid, 'another boot:1')).toBe(false);
    for (const { pid } of parts) expect(() => process.kill(pid, 0)).not.toThrow();
  });
});
