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

export interface OwnBroker {
  clusterId: string;
  /** The sandbox's own settings with other listeners. @param port of the broker @param open settings of the sandbox */
  settings: (port: number, open: ReturnType<typeof brokerSettings>) => ReturnType<typeof brokerSettings>;
  /** How to see that it has started. */
  admin: (port: number) => KafkaSettings;
  /** Arguments of its JVM. */
  java?: readonly string[];
  /** Arguments of the tool that prepares its folder. */
  format?: readonly string[];
}

/** Starts a broker with the Kafka that the sandbox has downloaded. The caller must stop it. */
export async function startBroker(own: OwnBroker): Promise<{ port: number; stop: () => Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-broker-'));
  const [broker, controller] = [await freePort(), await freePort()];
  const ports = { broker, controller, worker: 0, metrics: 0, source: 0, target: 0, mariadb: 0 };
  const open = brokerSettings({ folder, ports });
  const config = path.join(folder, 'broker.properties');
  writeFileSync(config, renderProperties({ ...open, ...own.settings(broker, open) }), { mode: 0o600 });
  const pom = readFileSync(packagePath('sandbox', 'pom.xml'), 'utf8');
  const libs = path.join(bundleFolder({ name: 'kafka', cache: userFolders().cache, properties: {} }, pom), 'libs', '*');
  const java = await findJava(process.env);
  const log = path.join(folder, 'broker.log');
  const small = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp', libs];
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', own.clusterId, '--config', config];
  execFileSync(java, [...small, ...format, ...(own.format ?? [])], { cwd: folder, stdio: 'ignore' });
  const running = await launch({
    command: java,
    args: [...small, ...(own.java ?? []), 'kafka.Kafka', config],
    env: process.env,
    cwd: folder,
    log,
  });
  const atExit = () => send(running, 'SIGKILL');
  process.once('exit', atExit);
  const stop = async () => {
    process.off('exit', atExit);
    await stopProcess(running, 'SIGKILL', 5_000, systemClock);
    rmSync(folder, { recursive: true, force: true });
  };
  const started = async () => {
    const admin = await createAdmin(own.admin(broker));
    try {
      return (await admin.metadata({ topics: [], forceUpdate: true })).id;
    } finally {
      await closeKafka(admin);
    }
  };
  try {
    await eventually(
      () => started().catch(() => undefined),
      () => `the broker does not start:\n${readFileSync(log, 'utf8').slice(-3000)}`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: broker, stop };
}
