import { Pipeline, type PipelineSandbox } from '../helpers/pipeline.ts';
import { eventually } from '../helpers/pipeline-connectors.ts';
import { sluice } from '../helpers/run.ts';
import { type Benchmark, type Figure, option } from './bench.ts';

type Kind = 'default' | 'template';

interface Rates {
  /** Rows a second. */
  snapshot: number;
  streaming: number;
}

const SANDBOX = 'bench-throughput';

/**
 * Rows a second of PostgreSQL → PostgreSQL, of the pipeline made from the templates against the same pipeline with
 * every setting that can be left out left out. Both write upserts and deletes through topics of three partitions to
 * three sink tasks, so the ratio is that of the settings and not of more partitions.
 *
 * Phase by phase, the default one first, so that a machine whose speed drifts distorts the ratios little.
 *
 * Options: `--rows N` (1,000,000 each for snapshot and streaming), `--only default|template` (no ratio then),
 * `--sandbox NAME` (one that runs already; else one is started and removed).
 */
export const throughput: Benchmark = {
  name: 'throughput',
  async run(options) {
    const rows = Number(option(options, '--rows') ?? 1_000_000);
    const only = option(options, '--only') as Kind | undefined;
    const borrowed = option(options, '--sandbox');
    const sandbox = await up(borrowed ?? SANDBOX);
    const kinds = (['default', 'template'] as const).filter((kind) => only === undefined || kind === only);
    const pipelines = new Map(kinds.map((kind) => [kind, new Pipeline(sandbox, `bench_${kind}`)]));
    try {
      const rates = new Map(kinds.map((kind) => [kind, { snapshot: 0, streaming: 0 }]));
      for (const phase of ['snapshot', 'streaming'] as const) {
        for (const [kind, pipeline] of pipelines) {
          const seconds = await (phase === 'snapshot' ? snapshot(pipeline, kind, rows) : streaming(pipeline, rows));
          (rates.get(kind) as Rates)[phase] = rows / seconds;
        }
      }
      const [plain, tuned] = [rates.get('default'), rates.get('template')];
      return [...figures('default settings', plain), ...figures('templates', tuned), ...ratios(plain, tuned)];
    } finally {
      for (const pipeline of pipelines.values()) await pipeline.remove();
      if (borrowed === undefined) await sluice(['sandbox', 'down', '--name', SANDBOX, '--purge']);
    }
  },
};

function figures(name: string, rates: Rates | undefined): Figure[] {
  if (rates === undefined) return [];
  return [
    { name: `snapshot, ${name}`, value: rates.snapshot, unit: 'rows/s' },
    { name: `streaming, ${name}`, value: rates.streaming, unit: 'rows/s' },
  ];
}

function ratios(plain: Rates | undefined, tuned: Rates | undefined): Figure[] {
  if (plain === undefined || tuned === undefined) return [];
  const target = { least: 1.7 };
  return [
    { name: 'snapshot, templates / default settings', value: tuned.snapshot / plain.snapshot, unit: '×', target },
    { name: 'streaming, templates / default settings', value: tuned.streaming / plain.streaming, unit: '×', target },
  ];
}

/** Rows 1 to `rows` by the snapshot; both connectors are stopped at the end. */
async function snapshot(pipeline: Pipeline, kind: Kind, rows: number): Promise<number> {
  const { prefix } = pipeline;
  await pipeline.schema(pipeline.source);
  await pipeline.schema(pipeline.target);
  await pipeline.source.query(`
    CREATE TABLE ${prefix}.orders
      (id bigint PRIMARY KEY, customer int NOT NULL, amount numeric(12, 2), note text, placed timestamptz)`);
  await insertOrders(pipeline, 0, rows);
  // Made before, so that neither waits until its consumers have noticed a new topic.
  await pipeline.topics.create(`${prefix}.${prefix}.orders`, 3);
  await (kind === 'default' ? defaultSink(pipeline) : templateSink(pipeline));
  const seconds = await timed(pipeline, rows, () =>
    kind === 'default' ? defaultSource(pipeline) : templateSource(pipeline),
  );
  for (const end of ['source', 'sink']) await pipeline.connectors.stop(`${prefix}-${end}`);
  return seconds;
}

/** As many rows again, inserted while nothing runs, by the log. */
async function streaming(pipeline: Pipeline, rows: number): Promise<number> {
  await insertOrders(pipeline, rows, rows);
  await pipeline.connectors.resume(`${pipeline.prefix}-sink`);
  return timed(pipeline, 2 * rows, () => pipeline.connectors.resume(`${pipeline.prefix}-source`));
}

async function insertOrders({ source, prefix }: Pipeline, from: number, rows: number): Promise<void> {
  await source.query(`
    INSERT INTO ${prefix}.orders
    SELECT n, n % 50000, n % 100000 / 100.0, 'note ' || md5(n::text), timestamptz '2024-01-01' + n * interval '1 s'
    FROM generate_series(${from + 1}, ${from + rows}) n`);
  await source.query('CHECKPOINT');
}

/** Seconds from `start` until the target has `total` rows. The statistics tell roughly, so that counting costs little. */
async function timed(pipeline: Pipeline, total: number, start: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await start();
  await eventually(
    async () => {
      const { rows } = await pipeline.target.query<{ n: string | null }>(
        `SELECT sum(n_tup_ins) AS n FROM pg_stat_user_tables WHERE schemaname = '${pipeline.prefix}'`,
      );
      if (Number(rows[0]?.n ?? 0) < total) return undefined;
      const counted = await pipeline.target.query<{ n: string }>(`SELECT count(*) AS n FROM ${pipeline.prefix}.orders`);
      return Number(counted.rows[0]?.n) === total ? true : undefined;
    },
    () => `${total} rows in ${pipeline.prefix}.orders`,
    3600,
  );
  return (performance.now() - began) / 1000;
}

async function templateSource(pipeline: Pipeline): Promise<void> {
  const name = await pipeline.submit('debezium-postgres-source', {
    name: `${pipeline.prefix}-source`,
    ...pipeline.connection('source'),
    tables: `${pipeline.prefix}\\.orders`,
  });
  await pipeline.connectors.running(name);
}

async function templateSink(pipeline: Pipeline): Promise<void> {
  const name = await pipeline.submit('debezium-jdbc-sink-postgres', {
    name: `${pipeline.prefix}-sink`,
    ...pipeline.connection('target'),
    schema: pipeline.prefix,
  });
  await pipeline.connectors.running(name);
}

const JSON_WITH_SCHEMAS = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'key.converter.schemas.enable': 'true',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'true',
};

async function defaultSource(pipeline: Pipeline): Promise<void> {
  const { host, port, database, user, password } = pipeline.sandbox.source;
  const name = `${pipeline.prefix}-source`;
  await pipeline.connectors.put(name, {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'database.hostname': host,
    'database.port': String(port),
    'database.dbname': database,
    'database.user': user,
    'database.password': password,
    'topic.prefix': pipeline.prefix,
    'table.include.list': `${pipeline.prefix}\\.orders`,
    'plugin.name': 'pgoutput',
    'slot.name': `${pipeline.prefix}_source`,
    'publication.name': `${pipeline.prefix}_source`,
    'publication.autocreate.mode': 'filtered',
    ...JSON_WITH_SCHEMAS,
  });
  await pipeline.connectors.running(name);
}

async function defaultSink(pipeline: Pipeline): Promise<void> {
  const { host, port, database, user, password } = pipeline.sandbox.target;
  const name = `${pipeline.prefix}-sink`;
  await pipeline.connectors.put(name, {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': '3',
    topics: `${pipeline.prefix}.${pipeline.prefix}.orders`,
    'connection.url': `jdbc:postgresql://${host}:${port}/${database}`,
    'connection.username': user,
    'connection.password': password,
    'insert.mode': 'upsert',
    'primary.key.mode': 'record_key',
    'delete.enabled': 'true',
    'schema.evolution': 'basic',
    'collection.name.format': `${pipeline.prefix}.orders`,
    ...JSON_WITH_SCHEMAS,
  });
  await pipeline.connectors.running(name);
}

async function up(name: string): Promise<PipelineSandbox> {
  const { code, stdout, stderr } = await sluice(['sandbox', 'up', '--name', name, '--json'], { timeout: 1_200_000 });
  if (code !== 0) throw new Error(`the sandbox does not start: ${stderr}`);
  const { connect, kafka, databases } = JSON.parse(stdout) as {
    connect: { url: string };
    kafka: { bootstrapServers: string };
    databases: Pick<PipelineSandbox, 'source' | 'target'>;
  };
  return {
    connectUrl: connect.url,
    bootstrapServers: kafka.bootstrapServers,
    source: databases.source,
    target: databases.target,
    mariadb: undefined,
  };
}
