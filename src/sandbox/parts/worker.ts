import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { brokerAddress, MESSAGE_BYTES } from './broker.ts';
import type { Part, Probe, Site } from './part.ts';
import { renderLogging, renderProperties } from './properties.ts';

/** What a sandbox's worker must offer; a worker that lacks one has not found its plugin path. */
export const PLUGIN_CLASSES = [
  'io.debezium.connector.jdbc.JdbcSinkConnector',
  'io.debezium.connector.mariadb.MariaDbConnector',
  'io.debezium.connector.mongodb.MongoDbConnector',
  'io.debezium.connector.mysql.MySqlConnector',
  'io.debezium.connector.postgresql.PostgresConnector',
  'io.debezium.connector.sqlserver.SqlServerConnector',
  'org.apache.kafka.connect.file.FileStreamSinkConnector',
  'org.apache.kafka.connect.file.FileStreamSourceConnector',
] as const;

/** One distributed worker with every Debezium plugin, its JMX readable over HTTP (Jolokia). */
export function workerPart(site: Site): Part {
  const url = workerUrl(site.ports.worker);
  return {
    part: 'worker',
    title: 'Connect worker',
    address: url,
    probe: workerProbe(url, site.clusterId),
    launch() {
      const config = path.join(site.folder, 'worker.properties');
      const logging = path.join(site.folder, 'worker-log4j2.properties');
      const agent = path.join(site.bundles.kafka, 'agent', 'jolokia.jar');
      writeFileSync(config, renderProperties(workerSettings(site)), { mode: 0o600 });
      writeFileSync(logging, renderLogging({ 'org.apache.kafka.clients': 'WARN', 'org.reflections': 'ERROR' }), {
        mode: 0o600,
      });
      return {
        command: site.java,
        args: [
          ...['-Xmx1g', '-XX:+UseSerialGC', '-Xshare:auto', `-Dlog4j2.configurationFile=${logging}`],
          `-javaagent:${agent}=host=${LOOPBACK},port=${site.ports.metrics},discoveryEnabled=false,agentContext=/jolokia`,
          ...['-cp', path.join(site.bundles.kafka, 'libs', '*')],
          ...['org.apache.kafka.connect.cli.ConnectDistributed', config],
        ],
        env: site.environment,
        cwd: site.folder,
        log: path.join(site.folder, 'logs', 'worker.log'),
      };
    },
  };
}

export function workerUrl(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}

export function metricsUrl(port: number): string {
  return `http://${LOOPBACK}:${port}/jolokia`;
}

export function workerSettings({
  bundles,
  ports,
}: Pick<Site, 'bundles' | 'ports'>): Record<string, string | number | boolean> {
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
    'offset.flush.interval.ms': 1000,
    'scheduled.rebalance.max.delay.ms': 0,
    'connector.client.config.override.policy': 'All',
    'exactly.once.source.support': 'disabled',
    // Without the prefix for the worker's own topics: a long trace must fit the status topic, or FAILED is never said.
    'max.request.size': MESSAGE_BYTES,
    'producer.max.request.size': MESSAGE_BYTES,
    'config.providers': 'env,file',
    'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
    'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
  };
}

/** The worker of this cluster is ready (it has joined its group and read its topics) and offers every plugin. */
export function workerProbe(url: string, clusterId: string): Probe {
  return async (signal) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
    const get = async (resource: string) => {
      const response = await fetch(`${url}${resource}`, { signal: within });
      if (response.status !== 200) throw new Error(`GET ${resource} answers ${response.status}`);
      return response.json() as Promise<unknown>;
    };
    const root = (await get('/')) as { version?: string; kafka_cluster_id?: string };
    if (root.kafka_cluster_id !== clusterId) throw new Error('the worker of another cluster answers on the port');
    await get('/health');
    const offered = new Set(((await get('/connector-plugins')) as { class: string }[]).map((plugin) => plugin.class));
    const missing = PLUGIN_CLASSES.filter((name) => !offered.has(name));
    if (missing.length > 0) throw new Error(`the worker offers no ${missing.join(', ')}`);
    return `Kafka Connect ${root.version}`;
  };
}
