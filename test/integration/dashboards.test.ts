import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { exporterBeans } from '../../src/metrics/exporter.ts';
import { jvmMetrics } from '../../src/metrics/model.ts';
import { debianPart } from '../helpers/debian-parts.ts';
import { jmxExporter } from '../helpers/jmx-exporter.ts';
import { Pipeline } from '../helpers/pipeline.ts';
import { eventually } from '../helpers/pipeline-connectors.ts';
import { freePort } from '../helpers/ports.ts';
import {
  type Program,
  type Prometheus,
  promtool,
  startProgram,
  startPrometheus,
  startPushgateway,
} from '../helpers/prometheus.ts';
import { alertRules, jmxMetricNames, metricNames, panelQueries } from '../helpers/promql.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startSecondWorker } from '../helpers/second-worker.ts';

const [prometheusPart, pushgatewayPart, exporter] = await Promise.all([
  debianPart('prometheus'),
  debianPart('prometheus-pushgateway'),
  jmxExporter(),
]);
const missing = [prometheusPart, pushgatewayPart, exporter].find((part) => 'reason' in part);
const title = `what dashboards export writes${missing === undefined ? '' : ` (skipped: ${missing.reason})`}`;
const partOf = (part: typeof prometheusPart) => ('folder' in part ? part.folder : '');

/** Panels without data in this scene, and why. */
const EMPTY = new Map([
  ['Debezium: schema changes', 'a PostgreSQL source has no schema history'],
  ['Restarts by healing', 'nothing fails'],
  ['WAL left before slots are lost', 'the sandbox has no max_slot_wal_keep_size'],
]);
/** Panels that must show more than zero: the pipeline is at work. */
const BUSY = [
  'Clusters that answer',
  'Dead letters',
  'Records a second',
  'Debezium: changes by kind',
  'Health of each connector',
  'Debezium: connected',
  'Schema changes',
  'Workers that answer',
  'Connectors',
  'Tasks',
  'Sources: records read',
  'Sources: records written',
  'Sinks: records read',
  'Sinks: records given to the connector',
  'Heap',
  'CPU',
];

describe.skipIf(missing !== undefined)(title, () => {
  const id = `dash${Date.now().toString(36)}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-dashboards-'));
  const at = (...names: string[]) => path.join(folder, ...names);
  const files = partOf(prometheusPart);
  const started: { stop(): Promise<void> }[] = [];
  let worker: string;
  let jmxUrl: string;
  let pipeline: Pipeline;
  let daemon: Program;
  let gateway: Program;
  let prometheus: Prometheus;

  async function begin<Part extends { stop(): Promise<void> }>(starting: Promise<Part>): Promise<Part> {
    const part = await starting;
    started.unshift(part);
    return part;
  }

  /** Rows come, change and go, so that rates have something to show. */
  let next = 1;
  async function work(): Promise<void> {
    await pipeline.source.query(
      `INSERT INTO ${id}.items SELECT g, 'v' FROM generate_series(${next}, ${next + 4}) g;
       UPDATE ${id}.items SET v = 'w' WHERE id = ${next}; DELETE FROM ${id}.items WHERE id = ${next + 1}`,
    );
    next += 5;
  }

  /** The daemon sees that the columns change, once it knows them. */
  const changeTable = () => pipeline.source.query(`ALTER TABLE ${id}.items ADD COLUMN IF NOT EXISTS note text`);

  beforeAll(async () => {
    const exported = await sluice(['dashboards', 'export', '--out', at('monitoring')]);
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    const jmxPort = await freePort();
    jmxUrl = `http://127.0.0.1:${jmxPort}/metrics`;
    const jar = 'jar' in exporter ? exporter.jar : '';
    ({ url: worker } = await begin(
      startSecondWorker(sandbox.bootstrapServers, {
        plugins: ['debezium-connector-postgres', 'debezium-connector-jdbc'],
        jvm: [`-javaagent:${jar}=127.0.0.1:${jmxPort}:${at('monitoring', 'jmx-exporter.yaml')}`],
        settings: {
          'group.id': `${id}-connect`,
          ...Object.fromEntries(
            ['config', 'offset', 'status'].map((kind) => [`${kind}.storage.topic`, `${id}-${kind}`]),
          ),
        },
      }),
    ));
    pipeline = new Pipeline({ ...sandbox, connectUrl: worker }, id);
    await pipeline.schema(pipeline.source);
    await pipeline.schema(pipeline.target);
    await pipeline.source.query(`CREATE TABLE ${id}.items (id int PRIMARY KEY, v text)`);
    await work();
    await pipeline.deploy('debezium-postgres-source', {
      name: `${id}-source`,
      ...pipeline.connection('source'),
      tables: `${id}\\.items`,
      'heartbeat-ms': '1000',
    });
    await pipeline.itemsArrive(4);
    await pipeline.topics.produce(`${id}.${id}.items`, 'poison', 'not JSON');

    const port = await freePort();
    const { bootstrapServers } = sandbox;
    writeFileSync(
      at('sluice.yaml'),
      JSON.stringify({
        version: 1,
        contexts: { shop: { connect: worker, kafka: { bootstrapServers }, metrics: { exporter: jmxUrl } } },
        serve: { every: '1s', databases: { every: '1s' }, listen: `127.0.0.1:${port}`, alerts: true, heal: true },
      }),
    );
    const env = { ...process.env, SLUICE_STATE_DIR: at('state'), SLUICE_CONTEXT: undefined };
    gateway = await begin(startPushgateway(partOf(pushgatewayPart), folder));
    daemon = await begin(
      startProgram(process.execPath, ['--', packagePath('bin', 'run.js'), 'serve', '--context', 'shop'], {
        ...{ folder, port, ready: '/health/ready', env },
      }),
    );
    const run = await sluice(['status', '--context', 'shop', '--metrics-to', gateway.url], { cwd: folder, env });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    prometheus = await begin(
      startPrometheus(files, {
        folder,
        targets: {
          sluice: new URL(daemon.url).host,
          connect: new URL(jmxUrl).host,
          pushgateway: new URL(gateway.url).host,
        },
        rules: at('monitoring', 'prometheus-rules.yaml'),
      }),
    );
  }, 300_000);

  afterAll(async () => {
    const failures: unknown[] = [];
    for (const part of started) await part.stop().catch((error) => failures.push(error));
    // They end with their worker and its topics.
    pipeline?.connectors.names.splice(0);
    await pipeline?.remove().catch((error) => failures.push(error));
    rmSync(folder, { recursive: true, force: true });
    expect(failures).toEqual([]);
  });

  it('has data in every panel of every dashboard', { timeout: 180_000 }, async () => {
    const left = new Map(
      panelQueries()
        .filter(({ where }) => !EMPTY.has(where.split(' / ')[2] ?? ''))
        .map(({ where, expr }) => [`${where}: ${expr}`, { where, expr }]),
    );
    expect(left.size).toBeGreaterThan(40);
    let isKnown = false;
    await eventually(
      async () => {
        await work();
        if (isKnown) await changeTable();
        isKnown ||= (await prometheus.query('sluice_slot_active')).length > 0;
        for (const [key, { where, expr }] of left) {
          const found = await prometheus.query(withoutVariables(expr));
          const isBusy = BUSY.includes(where.split(' / ')[2] ?? '');
          const values = found.map(({ value }) => Number(value[1]));
          if (values.some((value) => (isBusy ? value > 0 : Number.isFinite(value)))) left.delete(key);
        }
        return left.size === 0 || undefined;
      },
      () => `no data for:\n${[...left.keys()].join('\n')}`,
      90,
    );
    for (const { where, expr } of panelQueries())
      if (EMPTY.has(where.split(' / ')[2] ?? '')) await prometheus.query(withoutVariables(expr));
  });

  it('has lists to choose from above the panels', async () => {
    for (const name of ['cdc-pipeline', 'kafka-connect']) {
      const { templating } = JSON.parse(readFileSync(at('monitoring', `${name}.json`), 'utf8')) as {
        templating: { list: { name: string; query: { query?: string } }[] };
      };
      const queries = templating.list.flatMap(({ query }) => query.query ?? []);
      expect(queries).toHaveLength(3);
      for (const query of queries) {
        const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
        const found = await prometheus.query(`count by (${label}) (${withoutVariables(selector)})`);
        expect(found.map(({ metric }) => metric[label]).filter(Boolean), query).not.toEqual([]);
      }
    }
  });

  it('has rules that Prometheus evaluates, about metrics that exist, of which the right ones fire', async () => {
    const rules = await alertRules();
    // No receiver is configured, no slot has a limit, nothing has a certificate, and nothing is compared with a project.
    const without = [
      ...['sluice_alert_notices_total', 'sluice_slot_safe_bytes', 'sluice_certificate_end_timestamp_seconds'],
      'sluice_drift',
    ];
    for (const name of new Set(rules.flatMap(({ expr }) => metricNames(expr)))) {
      if (!without.includes(name)) expect(await prometheus.query(`count(${name})`), name).not.toEqual([]);
    }
    const states = await eventually(
      async () => {
        const found = await prometheus.rules();
        const both = ['SluiceDeadLetters', 'SluiceSchemaChanged'];
        return both.every((name) => found.get(name)?.state === 'firing') ? found : undefined;
      },
      async () => JSON.stringify([...(await prometheus.rules())]),
    );
    expect([...states.keys()].sort()).toEqual(rules.map(({ alert }) => alert).sort());
    for (const [name, { health, state }] of states) {
      expect(health, name).toBe('ok');
      // A poison record is an error a minute for a while, and in the dead letter queue for good.
      if (!/DeadLetters$|Errors$|SchemaChanged$/.test(name)) expect(state, name).toBe('inactive');
    }
  });

  it('is clean by promtool: rules, their tests, and the metrics of the daemon and of runs', async () => {
    const rules = at('monitoring', 'prometheus-rules.yaml');
    expect(await promtool(files, ['check', 'rules', '--lint=all', '--lint-fatal', rules])).toMatchObject({ code: 0 });
    copyFileSync(packagePath('test', 'fixtures', 'dashboards', 'rules-test.yaml'), at('monitoring', 'rules-test.yaml'));
    const tested = await promtool(files, ['test', 'rules', at('monitoring', 'rules-test.yaml')]);
    expect(tested.output).toContain('SUCCESS');
    expect(tested.code).toBe(0);
    writeFileSync(at('served.prom'), await (await fetch(`${daemon.url}/metrics`)).text());
    const file = at('run.prom');
    const run = await sluice(['status', '--connect-url', worker, '--metrics-to', `textfile:${file}`]);
    expect(run.stderr).toBe('');
    for (const name of ['served.prom', 'run.prom']) {
      expect(readFileSync(at(name), 'utf8')).toContain('sluice_connector_health{');
      expect(await promtool(files, ['check', 'metrics'], at(name)), name).toEqual({ code: 0, output: '' });
    }
  });

  it('has the exporter report what it lists, and no more', async () => {
    // The worker counts from the last start of a task, and healing may have restarted the sink.
    await pipeline.topics.produce(`${id}.${id}.items`, 'poison again', 'not JSON');
    const text = await eventually(
      async () => {
        const reported = await (await fetch(jmxUrl)).text();
        const { tasks } = jvmMetrics(exporterBeans(reported));
        return tasks.some(({ deadLetters }) => (deadLetters ?? 0) > 0) ? reported : undefined;
      },
      () => 'no task reports a dead letter',
    );
    const names = new Set([...text.matchAll(/^((?:debezium|kafka)_\w+)/gm)].map(([name]) => name));
    const wanted = (await jmxMetricNames()).filter((name) => !name.endsWith('ChangesApplied'));
    expect([...names].sort()).toEqual(wanted.sort());
    // What the daemon reads of a context with `metrics: { exporter: … }`.
    const { sources, tasks, worker: state } = jvmMetrics(exporterBeans(text));
    expect(sources).toMatchObject([
      { plugin: 'postgres', server: id, connected: true, events: { total: expect.any(Number) }, erroneous: 0 },
    ]);
    expect(tasks.find(({ connector }) => connector === `${id}-sink`)).toMatchObject({
      ...{ read: expect.any(Number), written: expect.any(Number), deadLetterFailures: 0 },
    });
    expect(state).toEqual({ rebalancing: false });
  });

  it('of a worker that is away, the daemon goes on, and says so', async () => {
    await started.pop()?.stop();
    await eventually(
      async () => {
        const text = await (await fetch(`${daemon.url}/metrics`)).text();
        return text.includes('sluice_cluster_up{context="shop"} 0') ? text : undefined;
      },
      () => 'it still says that the worker answers',
    ).then((text) => {
      expect(text).toMatch(/^sluice_poll_failures_total\{context="shop",code="CONNECT_UNREACHABLE"\} [1-9]/m);
      expect(text).not.toContain('sluice_connector_health{');
    });
    expect((await fetch(`${daemon.url}/health/live`)).status).toBe(200);
  });
});

/** As Grafana would send it, with everything chosen. */
function withoutVariables(expr: string): string {
  return expr.replaceAll('$__rate_interval', '10s').replaceAll(/\$\w+/g, '.*');
}
