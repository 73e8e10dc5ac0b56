import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SANDBOX_COMMITS_EVERY_MS } from '../../config/sandbox-record.ts';
import { LOOPBACK } from '../ports.ts';
import { brokerAddress, MESSAGE_BYTES } from './broker.ts';
import { type Component, type Layout, PROBE_MS, type Probe } from './component.ts';
import { renderLogging, renderProperties } from './properties.ts';

/** Plugins of a sandbox's worker; if one is missing, the worker has not found its plugin path. */
const PLUGIN_CLASSES = [
  'io.debezium.connector.jdbc.JdbcSinkConnector',
  'io.debezium.connector.mariadb.MariaDbConnector',
  'io.debezium.connector.mongodb.MongoDbConnector',
  'io.debezium.connector.mysql.MySqlConnector',
  'io.debezium.connector.postgresql.PostgresConnector',
  'io.debezium.connector.sqlserver.SqlServerConnector',
  'org.apache.kafka.connect.file.FileStreamSinkConnector',
  'org.apache.kafka.connect.file.FileStreamSourceConnector',
] as const;

/** One distributed worker with every Debezium plugin and JMX over HTTP (Jolokia). */
export function workerComponent(layout: Layout): Component {
  const url = workerUrl(layout.ports.worker);
  return {
    name: 'worker',
    address: url,
    launch() {
      const config = path.join(layout.folder, 'worker.properties');
      const logging = path.join(layout.folder, 'worker-log4j2.properties');
      const agent = path.join(layout.bundles.kafka, 'agent', 'jolokia.jar');
      const policy = path.join(layout.folder, 'jolokia-access.xml');
      writeFileSync(policy, METRICS_POLICY, { mode: 0o600 });
      writeFileSync(
        path.join(layout.folder, METRICS_CONFIG),
        renderProperties(metricsSettings(layout.ports.metrics, layout.clusterId, policy)),
        { mode: 0o600 },
      );
      writeFileSync(config, renderProperties(workerSettings(layout)), { mode: 0o600 });
      writeFileSync(logging, renderLogging(LOG_LEVELS), { mode: 0o600 });
      return {
        command: layout.java,
        args: [
          ...['-Xmx1g', '-XX:+UseSerialGC', '-Xshare:auto', `-Dlog4j2.configurationFile=${logging}`],
          // Relative to the working folder: a comma in a path would end the agent's option.
          `-javaagent:${agent}=config=${METRICS_CONFIG}`,
          ...['-cp', path.join(layout.bundles.kafka, 'libs', '*')],
          ...['org.apache.kafka.connect.cli.ConnectDistributed', config],
        ],
        env: layout.environment,
        cwd: layout.folder,
        log: path.join(layout.folder, 'logs', 'worker.log'),
      };
    },
  };
}

function workerUrl(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}

/** Silences noise: a client's whole configuration at each start, each request to the REST API. */
const LOG_LEVELS = {
  'org.apache.kafka.clients': 'WARN',
  'org.apache.kafka.common.config': 'WARN',
  'org.apache.kafka.connect.runtime.rest.RestServer': 'WARN',
  'org.reflections': 'ERROR',
};

const METRICS_CONFIG = 'jolokia.properties';

/**
 * Read-only: a web page in a browser can send a GET to the loopback interface, and JMX has operations that load code. @see https://jolokia.org/reference/html/manual/security.html
 */
const METRICS_POLICY = `<?xml version="1.0" encoding="UTF-8"?>
<restrict>
  <commands>
    <command>version</command>
    <command>read</command>
    <command>list</command>
    <command>search</command>
  </commands>
</restrict>
`;

/** Id of this sandbox's metrics agent: distinguishes it from another on the same port. */
function metricsAgent(clusterId: string): string {
  return `sluice-${clusterId}`;
}

export function metricsSettings(port: number, clusterId: string, policy: string): Record<string, string | number> {
  return {
    host: LOOPBACK,
    port,
    agentId: metricsAgent(clusterId),
    agentContext: '/jolokia',
    discoveryEnabled: 'false',
    policyLocation: pathToFileURL(policy).href,
  };
}

export function workerSettings({
  bundles,
  ports,
}: Pick<Layout, 'bundles' | 'ports'>): Record<string, string | number | boolean> {
  return {
    'bootstrap.servers': brokerAddress(ports.broker),
    'group.id': 'sluice-sandbox-connect',
    listeners: workerUrl(ports.worker),
    'rest.advertised.host.name': LOOPBACK,
    'rest.advertised.port': ports.worker,
    'plugin.path': path.join(bundles.kafka, 'plugins'),
    'plugin.discovery': 'service_load',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'config.storage.topic': 'connect-configs',
    'config.storage.replication.factor': 1,
    'offset.storage.topic': 'connect-offsets',
    'offset.storage.replication.factor': 1,
    'offset.storage.partitions': 1,
    'status.storage.topic': 'connect-status',
    'status.storage.replication.factor': 1,
    'status.storage.partitions': 1,
    'offset.flush.interval.ms': SANDBOX_COMMITS_EVERY_MS,
    'scheduled.rebalance.max.delay.ms': 0,
    'connector.client.config.override.policy': 'All',
    'exactly.once.source.support': 'disabled',
    // Without a prefix, for the worker's own topics: a long trace must fit the status topic, or FAILED is never reported.
    'max.request.size': MESSAGE_BYTES,
    'producer.max.request.size': MESSAGE_BYTES,
    'config.providers': 'env,file',
    'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
    'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
  };
}

/**
 * The worker of this cluster is ready (it has joined its group and read its topics), offers every plugin, and its
 * metrics can be read.
 */
export function workerProbe(url: string, metrics: string, clusterId: string): Probe {
  return async (signal) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    const get = async (resource: string, base = url) => {
      const response = await fetch(`${base}${resource}`, { signal: within });
      if (response.status !== 200) throw new Error(`GET ${resource} answers ${response.status}`);
      return response.json() as Promise<unknown>;
    };
    const root = (await get('/')) as { version?: string; kafka_cluster_id?: string };
    if (root.kafka_cluster_id !== clusterId) throw new Error('the worker of another cluster answers on the port');
    await get('/health');
    const offered = new Set(((await get('/connector-plugins')) as { class: string }[]).map((plugin) => plugin.class));
    const missing = PLUGIN_CLASSES.filter((name) => !offered.has(name));
    if (missing.length > 0) throw new Error(`the worker offers no ${missing.join(', ')}`);
    const agent = (await get('/version', metrics)) as { value?: { agent_id?: string; id?: string } };
    if (agent.value?.id !== metricsAgent(clusterId))
      throw new Error('another program answers on the port of the metrics');
    return `Kafka Connect ${root.version}`;
  };
}
