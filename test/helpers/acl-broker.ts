import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import type { KafkaSettings } from '../../src/config/project.ts';
import { createAdmin } from '../../src/kafka/admin.ts';
import { closeKafka } from '../../src/kafka/ask.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { bundleFolder } from '../../src/sandbox/bundles.ts';
import { brokerSettings } from '../../src/sandbox/components/broker.ts';
import { renderProperties } from '../../src/sandbox/components/properties.ts';
import { launch, send, stopProcess } from '../../src/sandbox/processes.ts';
import { findJava } from '../../src/sandbox/requirements.ts';
import { eventually } from './pipeline-connectors.ts';
import { freePort } from './ports.ts';

/** A broker that wants credentials, and allows nothing that no ACL allows. */
export interface AclBroker {
  /** Of a user who may do everything. */
  admin: KafkaSettings;
  /** Of a user who may do nothing yet. */
  user: KafkaSettings;
  allow(access: { operation: string; resource: string; name: string }): Promise<void>;
  stop(): Promise<void>;
}

/** Kafka's numbers, from its protocol. */
const RESOURCES: Record<string, number> = { topic: 2, group: 3, cluster: 4, 'transactional-id': 5 };
const OPERATIONS: Record<string, number> = {
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Describe: 8,
  DescribeConfigs: 10,
};
const LITERAL = 3;
const ALLOW = 3;

/**
 * With the Kafka that the sandbox has downloaded. The caller must stop it.
 * @param clusterId of the worker that is to be asked together with it
 */
export async function startAclBroker(clusterId: string): Promise<AclBroker> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-acls-'));
  const [broker, controller] = [await freePort(), await freePort()];
  const ports = { broker, controller, worker: 0, metrics: 0, source: 0, target: 0, mariadb: 0 };
  const open = brokerSettings({ folder, ports });
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const config = path.join(folder, 'broker.properties');
  writeFileSync(
    config,
    renderProperties({
      ...open,
      listeners: String(open['listeners']).replace('PLAINTEXT:', 'SASL_PLAINTEXT:'),
      'advertised.listeners': String(open['advertised.listeners']).replace('PLAINTEXT:', 'SASL_PLAINTEXT:'),
      'listener.security.protocol.map': 'SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'SASL_PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${login} username="admin" password="admin-pw" user_admin="admin-pw" user_op="op-pw";`,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // The controller's own listener has no users.
      'super.users': 'User:admin;User:ANONYMOUS',
      'auto.create.topics.enable': false,
    }),
    { mode: 0o600 },
  );
  const pom = readFileSync(packagePath('sandbox', 'pom.xml'), 'utf8');
  const libs = path.join(bundleFolder({ name: 'kafka', cache: userFolders().cache, properties: {} }, pom), 'libs', '*');
  const java = await findJava(process.env);
  const log = path.join(folder, 'broker.log');
  const small = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp', libs];
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', config];
  execFileSync(java, [...small, ...format], { cwd: folder, stdio: 'ignore' });
  const running = await launch({
    command: java,
    args: [...small, 'kafka.Kafka', config],
    env: process.env,
    cwd: folder,
    log,
  });
  const atExit = () => send(running, 'SIGKILL');
  process.once('exit', atExit);
  const settings = (username: string): KafkaSettings => ({
    bootstrapServers: `127.0.0.1:${broker}`,
    sasl: { mechanism: 'PLAIN', username, password: `${username}-pw` },
  });
  const asAdmin = async <T>(call: (admin: Awaited<ReturnType<typeof createAdmin>>) => Promise<T>): Promise<T> => {
    const admin = await createAdmin(settings('admin'));
    try {
      return await call(admin);
    } finally {
      await closeKafka(admin);
    }
  };
  const stop = async () => {
    process.off('exit', atExit);
    await stopProcess(running, 'SIGKILL', 5_000, systemClock);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      () =>
        asAdmin(async (admin) => (await admin.metadata({ topics: [], forceUpdate: true })).id).catch(() => undefined),
      () => `the broker does not start:\n${readFileSync(log, 'utf8').slice(-3000)}`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    admin: settings('admin'),
    user: settings('op'),
    allow: ({ operation, resource, name }) =>
      asAdmin(async (admin) => {
        await admin.createAcls({
          creations: [
            {
              resourceType: RESOURCES[resource] as never,
              resourceName: name,
              resourcePatternType: LITERAL,
              principal: 'User:op',
              host: '*',
              operation: OPERATIONS[operation] as never,
              permissionType: ALLOW,
            },
          ],
        });
      }),
    stop,
  };
}
