import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { type Component, type Layout, PROBE_MS, type Probe } from './component.ts';
import { renderLogging, renderProperties } from './properties.ts';

/** Large enough for one big record (a text of some megabytes, a long stack trace in the status topic). */
export const MESSAGE_BYTES = 16 * 1024 * 1024;

/** One KRaft node, both broker and controller. */
export function brokerComponent(layout: Layout): Component {
  const address = brokerAddress(layout.ports.broker);
  const classes = path.join(layout.bundles.kafka, 'libs', '*');
  return {
    name: 'broker',
    address,
    data: {
      folder: path.join(layout.folder, 'broker'),
      account: undefined,
      async prepare(folder, run) {
        const config = path.join(folder, 'format.properties');
        writeFileSync(config, renderProperties({ ...brokerSettings(layout), 'log.dirs': path.join(folder, 'log') }));
        await run({
          command: layout.java,
          args: [
            ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-cp', classes],
            ...['kafka.tools.StorageTool', 'format', '--cluster-id', layout.clusterId, '--config', config],
          ],
          env: layout.environment,
          cwd: folder,
        });
      },
    },
    launch() {
      const config = path.join(layout.folder, 'broker.properties');
      const logging = path.join(layout.folder, 'broker-log4j2.properties');
      writeFileSync(config, renderProperties(brokerSettings(layout)), { mode: 0o600 });
      writeFileSync(
        logging,
        renderLogging({ 'org.apache.kafka': 'WARN', kafka: 'WARN', 'state.change.logger': 'WARN' }),
        { mode: 0o600 },
      );
      return {
        command: layout.java,
        args: [
          ...['-Xmx512m', '-XX:+UseSerialGC', '-Xshare:auto', `-Dlog4j2.configurationFile=${logging}`],
          ...['-cp', classes, 'kafka.Kafka', config],
        ],
        env: layout.environment,
        cwd: layout.folder,
        log: path.join(layout.folder, 'logs', 'broker.log'),
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
}: Pick<Layout, 'folder' | 'ports'>): Record<string, string | number | boolean> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${LOOPBACK}:${ports.controller}`,
    listeners: `PLAINTEXT://${LOOPBACK}:${ports.broker},CONTROLLER://${LOOPBACK}:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://${LOOPBACK}:${ports.broker}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(folder, 'broker', 'log'),
    // One node: every internal topic has one replica; few partitions start faster.
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
    // The default of 128 MiB is allocated at startup, a quarter of this heap.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  };
}

/** A metadata request that this cluster's broker answers. */
export function brokerProbe(address: string, clusterId: string): Probe {
  return async () => {
    const { Admin } = await import('@platformatic/kafka');
    const admin = new Admin({
      clientId: 'sluice-sandbox',
      bootstrapBrokers: [address],
      retries: 0,
      connectTimeout: PROBE_MS,
      requestTimeout: PROBE_MS,
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
