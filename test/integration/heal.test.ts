import { spawn } from 'node:child_process';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import { readSandboxRecord } from '../../src/config/sandbox-record.ts';
import type { ConnectorConfig } from '../../src/connect/types.ts';
import type { HealEvent } from '../../src/heal/heal.ts';
import { eventually, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { Daemon, Webhook } from '../helpers/daemon.ts';
import { Forwarder } from '../helpers/forwarder.ts';
import { PipelineTopics } from '../helpers/pipeline-topics.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import { query } from '../helpers/query.ts';
import { dropReplication } from '../helpers/replication.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

/** Offsets outlive a connector: in a sandbox that is used again names must be new. */
const run = Date.now().toString(36);
const prefix = `heal_${run}`;
const SOURCE = `heal-source-${run}`;
const SINK = `heal-sink-${run}`;

const client = sandboxClient();
const folder = workFolder('heal');
const topics = new PipelineTopics(sandbox.bootstrapServers, prefix);
const daemons: Daemon[] = [];

/** Stands before the worker, and counts the restarts that are asked for; it can keep one to itself. */
class RestartCounter {
  /** Names of connectors, of requests that have reached the worker. */
  readonly restarts: string[] = [];
  /** Called instead of the worker. */
  hold: (() => void) | undefined;
  /** What a request that writes a configuration waits for. */
  beforeWrite: (() => Promise<void>) | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (incoming, outgoing) => {
      const restarted = /^\/connectors\/([^/]+)\/restart/.exec(incoming.url ?? '')?.[1];
      if (restarted !== undefined && this.hold !== undefined) {
        this.hold();
        return;
      }
      if (restarted !== undefined) this.restarts.push(restarted);
      if (incoming.method !== 'GET' && /^\/connectors\/[^/]+\/config/.test(incoming.url ?? ''))
        await this.beforeWrite?.();
      const forwarded = request(
        `${sandbox.connectUrl}${incoming.url}`,
        { method: incoming.method, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(outgoing);
        },
      );
      forwarded.on('error', () => away(outgoing));
      incoming.pipe(forwarded);
    });
  }

  static async start(): Promise<RestartCounter> {
    const counter = new RestartCounter();
    await new Promise<void>((resolve) => counter.#server.listen(0, '127.0.0.1', resolve));
    return counter;
  }

  of(name: string): number {
    return this.restarts.filter((one) => one === name).length;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function away(outgoing: ServerResponse): void {
  if (outgoing.headersSent) outgoing.destroy();
  else outgoing.writeHead(503).end();
}

let target: PostgresServer;
let webhook: Webhook;
let worker: RestartCounter;
/** To the target. */
let door: Forwarder;

const sourceConfig = (): ConnectorConfig => ({
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'tasks.max': '1',
  'database.hostname': sandbox.source.host,
  'database.port': `${sandbox.source.port}`,
  'database.user': sandbox.source.user,
  'database.password': sandbox.source.password,
  'database.dbname': sandbox.source.database,
  'topic.prefix': prefix,
  'plugin.name': 'pgoutput',
  'slot.name': prefix,
  'slot.retry.delay.ms': '500',
  'retriable.restart.connector.wait.ms': '500',
  'publication.name': prefix,
  'publication.autocreate.mode': 'filtered',
  'table.include.list': `public.${prefix}`,
});

const sinkConfig = (port: number): ConnectorConfig => ({
  'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
  'tasks.max': '1',
  topics: `${prefix}.public.${prefix}`,
  'connection.url': `jdbc:postgresql://127.0.0.1:${port}/sluice`,
  'connection.username': 'sluice',
  'connection.password': 'sluice',
  'insert.mode': 'upsert',
  'primary.key.mode': 'record_key',
  'schema.evolution': 'none',
  'collection.name.format': prefix,
  'flush.max.retries': '0',
  'hibernate.c3p0.acquireRetryAttempts': '1',
  // When a worker is killed, the next one waits for the session of its consumer: 45 s, if nothing is said.
  'consumer.override.session.timeout.ms': '6000',
  'consumer.override.heartbeat.interval.ms': '2000',
});

/** Rows that the source has, and the target accepts. */
let written = 0;
async function insert(): Promise<void> {
  await query(
    sandbox.source,
    `INSERT INTO ${prefix} SELECT n, n FROM generate_series(${written + 1}, ${written + 20}) n`,
  );
  written += 20;
}

async function arrived(): Promise<void> {
  const count = async () => Number((await target.run(`SELECT count(*) FROM ${prefix}`))[0]?.[0]);
  await eventually(count, (seen) => seen === written, 60_000);
}

async function start(): Promise<Daemon> {
  const daemon = new Daemon(folder.path(), folder.path('state'));
  daemons.push(daemon);
  await daemon.until('leading');
  return daemon;
}

const healed = (connector: string, change: HealEvent['change']) => (event: HealEvent) =>
  event.connector === connector && event.change === change;

/** Restarts by the daemon, the latest first: who, and what came of it. */
async function history(connector: string): Promise<{ who: string; outcome: string }[]> {
  const { stdout } = await sluice(['history', '--connector', connector, '--verb', 'restart', '--json'], {
    cwd: folder.path(),
    env: { SLUICE_STATE_DIR: folder.path('state') },
  });
  const { changes } = JSON.parse(stdout) as { changes: { who: string; connectors: { outcome: string }[] }[] };
  return changes.map(({ who, connectors }) => ({ who, outcome: connectors[0]?.outcome ?? '' }));
}

beforeAll(async () => {
  await query(sandbox.source, `CREATE TABLE ${prefix} (id int PRIMARY KEY, n int)`);
  await insert();
  [target, webhook, worker] = await Promise.all([startPostgres({}), Webhook.start(), RestartCounter.start()]);
  door = await Forwarder.to({ host: '127.0.0.1', port: target.port });
  await target.run(`CREATE TABLE ${prefix} (id int PRIMARY KEY, n int CHECK (n >= 0))`);
  folder.write(
    'sluice.yaml',
    `version: 1
contexts:
  lab: { connect: ${worker.url}, kafka: { bootstrapServers: '${sandbox.bootstrapServers}' } }
serve:
  contexts: [lab]
  every: 1s
  alerts: true
  heal:
    enabled: false
    base: 1s
    longest: 3s
    confirm: 4s
    connectors: [{ match: 'heal-*-${run}', enabled: true }]
alerts:
  receivers: { ops: { webhook: '${webhook.url}' } }
`,
  );
  await client.putConfig(SOURCE, sourceConfig());
  await client.putConfig(SINK, sinkConfig(door.port));
  await arrived();
});

afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
});

afterAll(async () => {
  for (const name of [SOURCE, SINK]) await client.delete(name);
  await Promise.all([webhook.stop(), worker.stop(), door.close()]);
  await target.remove();
  await dropReplication(sandbox.source, prefix);
  await topics.delete();
  await query(sandbox.source, `DROP TABLE ${prefix}`);
  folder.remove();
});

describe('sluice serve, which heals', () => {
  it('of a target that is killed: one alert, restarts until it is back, one notice of the end, and every row arrives', async () => {
    const daemon = await start();
    await target.kill();
    await insert();
    const { summary } = await webhook.until(SINK, 'firing');
    expect(summary).toMatch(/^Task 0 of 1 has FAILED: .*\. It (?:is|was) restarted/);
    const again = await daemon.until('heal', healed(SINK, 'failed again'));
    expect(again.kind).toBe('transient');
    await target.start();
    const runs = await daemon.until('heal', healed(SINK, 'runs again'));
    await webhook.until(SINK, 'resolved');
    await arrived();
    expect(webhook.of(SINK).map(({ status, kind }) => `${status} ${kind}`)).toEqual([
      'firing task-failed',
      'resolved task-failed',
    ]);
    expect(worker.of(SINK)).toBe(runs.attempt);
    const { code, stdout, stderr } = await sluice([
      ...['reconcile', prefix, '--source', sandbox.source.url, '--target', target.url],
    ]);
    expect(code, stdout + stderr).toBe(0);
    const changes = await history(SINK);
    expect(changes).toHaveLength(runs.attempt);
    expect(changes[0]?.outcome).toMatch(/^restarted, and runs after \d+s$/);
    expect(changes.at(-1)?.outcome).toMatch(/^restarted, and failed again after \d+s$/);
    expect(new Set(changes.map(({ who }) => who.split('@')[0]))).toEqual(new Set(['serve']));
    const metrics = await daemon.metrics();
    expect(metrics).toContain(`sluice_heal_restarts_total{context="lab",kind="transient"} ${runs.attempt}`);
    expect(metrics).toContain('sluice_heal_outcomes_total{context="lab",outcome="runs_again"} 1');
  });

  it('leaves a sink alone that is being patched, and heals it afterwards', async () => {
    const daemon = await start();
    const before = worker.of(SINK);
    const [writes, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    worker.beforeWrite = () => {
      writes.resolve();
      return goOn.promise;
    };
    const patched = sluice(['patch', SINK, '--set', 'batch.size=999', '--context', 'lab', '--no-wait', '--yes'], {
      cwd: folder.path(),
      env: { SLUICE_STATE_DIR: folder.path('state') },
    });
    await Promise.race([
      writes.promise,
      patched.then(({ stderr }) => {
        throw new Error(stderr);
      }),
    ]);
    await door.close();
    await insert();
    const { reason } = await daemon.until('heal', healed(SINK, 'skipped'));
    expect(reason).toMatch(/has been running "patch" since/);
    await daemon.polls(3);
    expect(worker.of(SINK)).toBe(before);
    expect(daemon.events.filter(({ event }) => event === 'heal')).toHaveLength(1);
    goOn.resolve();
    worker.beforeWrite = undefined;
    expect(await patched).toMatchObject({ code: 0 });
    await daemon.until('heal', healed(SINK, 'restarted'));
    await door.open();
    await daemon.until('heal', healed(SINK, 'runs again'));
    await arrived();
  });

  it('goes on when the broker and the worker are killed, and heals when they are back', async () => {
    const daemon = await start();
    for (const part of ['broker', 'worker'] as const) {
      const from = daemon.events.length;
      const pid = readSandboxRecord(userFolders().state, sandbox.name)?.parts[part]?.pid;
      if (pid === undefined) throw new Error(`the sandbox has no ${part}`);
      process.kill(pid, 'SIGKILL');
      const code = part === 'broker' ? 'KAFKA_UNREACHABLE' : 'CONNECT_BAD_ANSWER';
      await daemon.until('readable', ({ errors }) => errors.some((error) => error.code === code), { from });
    }
    const from = daemon.events.length;
    const up = await sluice(['sandbox', 'up', '--name', sandbox.name, '--with', 'mariadb']);
    expect(up.code, up.stderr).toBe(0);
    await daemon.until('readable', ({ errors }) => errors.length === 0, { from });
    await door.close();
    await insert();
    await daemon.until('heal', healed(SINK, 'restarted'), { from });
    await door.open();
    await daemon.until('heal', healed(SINK, 'runs again'), { from });
    await arrived();
  });

  it('is killed when it has decided, and another makes the restart, once', async () => {
    const before = { asked: worker.of(SINK), restarts: (await history(SINK)).length };
    const first = await start();
    const held = new Promise<void>((resolve) => {
      worker.hold = resolve;
    });
    await door.close();
    await insert();
    await held;
    await first.stop('SIGKILL');
    expect(worker.of(SINK)).toBe(before.asked);
    worker.hold = undefined;
    await door.open();
    const second = await start();
    await second.until('heal', healed(SINK, 'runs again'));
    await arrived();
    expect(worker.of(SINK)).toBe(before.asked + 1);
    const outcomes = (await history(SINK)).map(({ outcome }) => outcome.split(',')[0]);
    expect(outcomes.slice(0, -before.restarts)).toEqual(['restarted', 'not known']);
  });

  it('leaves it to sluice monitor --heal that runs already, and notifies all the same', async () => {
    const child = spawn(
      process.execPath,
      ['--', packagePath('bin', 'run.js'), ...['monitor', SINK, '--heal', '--interval', '1s', '--json']],
      {
        cwd: folder.path(),
        env: { ...process.env, SLUICE_STATE_DIR: folder.path('state'), SLUICE_CONTEXT: 'lab' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const says = (what: RegExp) =>
      eventually(
        async () => stderr,
        (text) => what.test(text),
        60_000,
      );
    try {
      await eventually(
        async () => stdout,
        (text) => text.includes('\n'),
      );
      await door.close();
      await insert();
      await says(/heal-sink-\w+: restarted \(\d+\): .*refused/);
      const daemon = new Daemon(folder.path(), folder.path('state'));
      daemons.push(daemon);
      const heard = (status: 'firing' | 'resolved') => webhook.of(SINK).filter((one) => one.status === status).length;
      const before = heard('firing');
      await daemon.until('notice', ({ target: of, change }) => of === SINK && change === 'firing');
      await door.open();
      await says(/heal-sink-\w+: runs again, \d+s after its restart/);
      await arrived();
      await eventually(
        async () => heard('firing') > before && heard('firing') === heard('resolved'),
        (isOver) => isOver,
        60_000,
      );
      expect(daemon.events.filter(({ event }) => event === 'heal')).toEqual([]);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended, stderr).toBe(143);
    for (const line of stdout.trim().split('\n')) parseDocument(line, 'monitor-line');
    const [latest] = await history(SINK);
    expect(latest).toMatchObject({
      who: expect.stringContaining('monitor@'),
      outcome: expect.stringMatching(/and runs/),
    });
  });

  it('of a record that the target refuses: one alert that names dlq quarantine, and no restart', async () => {
    const daemon = await start();
    const before = { asked: worker.of(SINK), heard: webhook.of(SINK).length };
    await query(sandbox.source, `INSERT INTO ${prefix} VALUES (100000, -1)`);
    const event = await daemon.until('heal', healed(SINK, 'given up'));
    expect(event.kind).toBe('permanent');
    await daemon.until('notice', ({ target: of }) => of === SINK);
    await daemon.polls(5);
    // What was open before may be resolved meanwhile.
    const heardSince = webhook.of(SINK).slice(before.heard);
    const [heard, ...more] = heardSince.filter(({ status }) => status === 'firing');
    expect(heard).toMatchObject({ status: 'firing', kind: 'task-failed' });
    expect(heard?.summary).toContain('It is not restarted: it would fail again.');
    expect(heard?.hint).toContain(`sluice dlq quarantine ${SINK} --dry-run`);
    expect(more).toEqual([]);
    expect(worker.of(SINK)).toBe(before.asked);
  });

  it('of a poison record: a dead letter, one alert that names dlq show, and the sink goes on', async () => {
    const [name, topic, queue] = [`heal-poison-${run}`, `${prefix}_poison`, `${prefix}_dead`];
    await topics.create(topic, 1);
    await client.putConfig(name, {
      ...sinkConfig(target.port),
      topics: topic,
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'true',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': queue,
      'errors.deadletterqueue.topic.replication.factor': '1',
    });
    onTestFinished(async () => void (await client.delete(name)));
    const daemon = await start();
    await topics.produce(topic, '1', 'no JSON');
    const { kind, summary, hint } = await webhook.until(name, 'firing');
    expect(kind).toBe('dead-letters');
    expect(summary).toMatch(new RegExp(`^1 dead letter in ${queue}`));
    expect(hint).toBe(`See: sluice dlq show ${name}`);
    await daemon.polls(5);
    expect(webhook.of(name)).toHaveLength(1);
    expect(worker.of(name)).toBe(0);
    expect((await client.status(name))?.tasks).toMatchObject([{ state: 'RUNNING' }]);
  });

  it('of a slot that is dropped: one alert with what to do, and no restart', async () => {
    const daemon = await start();
    // Its task takes the slot again at once.
    await eventually(
      async () => {
        await query(
          sandbox.source,
          `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '${prefix}' AND active`,
        );
        return query(sandbox.source, `SELECT pg_drop_replication_slot('${prefix}')`).catch(() => undefined);
      },
      (dropped) => dropped !== undefined,
    );
    await insert();
    await daemon.until('heal', healed(SOURCE, 'given up'));
    const { hint } = await webhook.until(SOURCE, 'firing');
    expect(hint).toContain('take a new snapshot');
    await daemon.polls(5);
    expect(webhook.of(SOURCE)).toHaveLength(1);
    expect(worker.of(SOURCE)).toBe(0);
    expect(await history(SOURCE)).toEqual([]);
  });
});
