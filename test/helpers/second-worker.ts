import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { bundleFolder } from '../../src/sandbox/bundles.ts';
import { renderProperties } from '../../src/sandbox/components/properties.ts';
import { workerSettings } from '../../src/sandbox/components/worker.ts';
import { launch, send, stopProcess } from '../../src/sandbox/processes.ts';
import { findJava } from '../../src/sandbox/requirements.ts';
import { eventually } from './pipeline-connectors.ts';
import { freePort } from './ports.ts';

export interface SecondWorker {
  url: string;
  stop(): Promise<void>;
}

interface SecondWorkerOptions {
  /** Folders of plugins. */
  plugins?: readonly string[];
  /** Over those that the sandbox's worker has. */
  settings?: Readonly<Record<string, string>>;
  /** Options of its JVM. */
  jvm?: readonly string[];
}

/**
 * Another worker of the sandbox's release, by default in the sandbox's own group, with the FileStream connectors and no other
 * plugin. The caller must stop it.
 */
export async function startSecondWorker(
  bootstrapServers: string,
  { plugins: wanted = ['connect-file'], settings: own = {}, jvm = [] }: SecondWorkerOptions = {},
): Promise<SecondWorker> {
  const pom = readFileSync(packagePath('sandbox', 'pom.xml'), 'utf8');
  const kafka = bundleFolder({ name: 'kafka', cache: userFolders().cache, properties: {} }, pom);
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-second-worker-'));
  const plugins = path.join(folder, 'plugins');
  mkdirSync(plugins);
  for (const name of wanted) symlinkSync(path.join(kafka, 'plugins', name), path.join(plugins, name));
  const port = await freePort();
  const ports = { broker: 0, controller: 0, worker: port, metrics: 0, source: 0, target: 0, mariadb: 0 };
  const settings = path.join(folder, 'worker.properties');
  writeFileSync(
    settings,
    renderProperties({
      ...workerSettings({ bundles: { kafka: '', postgres: '', mariadb: undefined }, ports }),
      'bootstrap.servers': bootstrapServers,
      'plugin.path': plugins,
      ...own,
    }),
    { mode: 0o600 },
  );
  const log = path.join(folder, 'worker.log');
  const running = await launch({
    command: await findJava(process.env),
    args: [
      ...jvm,
      ...['-Xmx512m', '-XX:+UseSerialGC', '-Xshare:auto', '-cp', path.join(kafka, 'libs', '*')],
      ...['org.apache.kafka.connect.cli.ConnectDistributed', settings],
    ],
    env: process.env,
    cwd: folder,
    log,
  });
  const atExit = () => send(running, 'SIGKILL');
  process.once('exit', atExit);
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    process.off('exit', atExit);
    // It leaves the group at once; killed, it would be waited for.
    await stopProcess(running, 'SIGTERM', 20_000, systemClock);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      async () => {
        const answer = await fetch(`${url}/connectors`).catch(() => undefined);
        return answer?.ok || undefined;
      },
      () => `the second worker does not start:\n${readFileSync(log, 'utf8').slice(-3000)}`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
