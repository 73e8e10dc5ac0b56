import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { LOOPBACK } from '../ports.ts';
import type { Part, Probe, Site } from './part.ts';
import { renderLogging, renderProperties } from './properties.ts';

/** Room for one large record (a text of some megabytes, a long stack trace in the status topic). */
export const MESSAGE_BYTES = 16 * 1024 * 1024;

/** One KRaft node that is both broker and controller. */
export function brokerPart(site: Site): Part {
  const address = brokerAddress(site.ports.broker);
  const classes = path.join(site.bundles.kafka, 'libs', '*');
  return {
    part: 'broker',
    address,
    data: {
      folder: path.join(site.folder, 'broker'),
      account: undefined,
      async prepare(folder, run) {
        const config = path.join(folder, 'format.properties');
        writeFileSync(config, renderProperties({ ...brokerSettings(site), 'log.dirs': path.join(folder, 'log') }));
        await run({
          command: site.java,
          args: [
            ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-cp', classes],
            ...['kafka.tools.StorageTool', 'format', '--cluster-id', site.clusterId, '--config', config],
          ],
          env: site.environment,
          cwd: folder,
        });
      },
    },
    launch() {
      const config = path.join(site.folder, 'broker.properties');
      const logging = path.join(site.folder, 'broker-log4j2.properties');
      writeFileSync(config, renderProperties(brokerSettings(site)), { mode: 0o600 });
      writeFileSync(
        logging,
        renderLogging({ 'org.apache.kafka': 'WARN', kafka: 'WARN', 'state.change.logger': 'WARN' }),
        { mode: 0o600 },
      );
      return {
        command: site.java,
        args: [
          ...['-Xmx512m', '-XX:+UseSerialGC', '-Xshare:auto', `-Dlog4j2.configurationFile=${logging}`],
          ...['-cp', classes, 'kafka.Kafka', config],
        ],
        env: site.environment,
        cwd: site.folder,
        log: path.join(site.folder, 'logs', 'broker.log'),
      };
    },
  };
}

export function brokerAddress(port: number): string {
  return `${LOOPBACK}:${port}`;
}

export function brokerSettings({
  folder,
  ports,
}: Pick<Site, 'folder' | 'ports'>): Record<string, string | number | boolean> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${LOOPBACK}:${ports.controller}`,
    listeners: `PLAINTEXT://${LOOPBACK}:${ports.broker},CONTROLLER://${LOOPBACK}:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://${LOOPBACK}:${ports.broker}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(folder, 'broker', 'log'),
    // One node: every internal topic has one replica, and few partitions start sooner.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    // Connectors without topic.creation.* rely on it.
    'auto.create.topics.enable': true,
    'num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'message.max.bytes': MESSAGE_BYTES,
    // The default of 128 MiB is taken at the start, a quarter of this heap.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  };
}

/** A metadata request answered by the broker of this cluster. */
export function brokerProbe(address: string, clusterId: string): Probe {
  return async () => {
    const { Admin } = await import('@platformatic/kafka');
    const admin = new Admin({
      clientId: 'sluice-sandbox',
      bootstrapBrokers: [address],
      retries: 0,
      connectTimeout: 3000,
      requestTimeout: 3000,
    });
    try {
      const metadata = await admin.metadata({ topics: [], forceUpdate: true });
      if (metadata.id !== clusterId) throw new Error('the broker of another cluster answers on the port');
      return `${metadata.brokers.size} broker`;
    } finally {
      await admin.close().catch(() => {});
    }
  };
}
