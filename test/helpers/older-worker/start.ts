import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../../src/config/package-root.ts';
import { userFolders } from '../../../src/config/paths.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import { bundleFolder, ensureBundle } from '../../../src/sandbox/bundles.ts';
import { renderProperties } from '../../../src/sandbox/components/properties.ts';
import { workerSettings } from '../../../src/sandbox/components/worker.ts';
import { isSameProcess } from '../../../src/sandbox/process-identity.ts';
import { launch, send, stopProcess } from '../../../src/sandbox/processes.ts';
import { findJava } from '../../../src/sandbox/requirements.ts';
import { freePort } from '../ports.ts';

/** An older worker that runs beside the sandbox's own, behind the same broker. */
export interface OlderWorker {
  version: string;
  url: string;
  /** For sluice: a context `older` that has the worker and the broker. */
  context: string;
  env: Record<string, string>;
  stop(): Promise<void>;
}

const START_MS = 90_000;

/**
 * Starts a worker of that release of Kafka with its own FileStream connectors and the sandbox's Debezium plugins. Its
 * group and its topics are its own. The caller must stop it.
 * @param bootstrapServers of the sandbox's broker
 */
export async function startOlderWorker(version: string, bootstrapServers: string): Promise<OlderWorker> {
  const { cache } = userFolders();
  const properties = { 'kafka.version': version };
  const bundle = await ensureBundle(
    { name: 'kafka', cache, properties },
    {
      pom: path.join(import.meta.dirname, 'pom.xml'),
      environment: process.env,
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
    },
  );
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-older-worker-'));
  const port = await freePort();
  const log = path.join(folder, 'worker.log');
  const running = await launch({
    command: await findJava(process.env),
    args: [
      ...['-Xmx768m', '-XX:+UseSerialGC', '-Xshare:auto', `-Dlog4j.configuration=file:${writeLogging(folder)}`],
      ...['-cp', path.join(bundle, 'libs', '*'), 'org.apache.kafka.connect.cli.ConnectDistributed'],
      writeSettings(folder, { version, bootstrapServers, port, plugins: linkPlugins(folder, bundle) }),
    ],
    env: process.env,
    cwd: folder,
    log,
  });
  const url = `http://127.0.0.1:${port}`;
  // vitest may end the process without waiting for the teardown.
  const atExit = () => send(running, 'SIGKILL');
  process.once('exit', atExit);
  const stop = async () => {
    process.off('exit', atExit);
    await stopProcess(running, 'SIGKILL', 5_000, systemClock);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(url, version, () => isSameProcess(running.pid, running.identity));
  } catch (error) {
    const said = readFileSync(log, 'utf8').split('\n').slice(-30).join('\n');
    await stop();
    throw new Error(`the worker ${version} does not start: ${(error as Error).message}\n${said}`);
  }
  return {
    version,
    url,
    context: 'older',
    env: { XDG_CONFIG_HOME: writeContext(folder, url, bootstrapServers) },
    stop,
  };
}

/** The sandbox's own FileStream connectors are of the newer release, and not to be met here. */
function linkPlugins(folder: string, bundle: string): string {
  const plugins = path.join(folder, 'plugins');
  mkdirSync(plugins);
  const { cache } = userFolders();
  const current = bundleFolder(
    { name: 'kafka', cache, properties: {} },
    readFileSync(packagePath('sandbox', 'pom.xml'), 'utf8'),
  );
  for (const name of readdirSync(path.join(current, 'plugins'))) {
    if (name.startsWith('debezium-')) symlinkSync(path.join(current, 'plugins', name), path.join(plugins, name));
  }
  symlinkSync(path.join(bundle, 'plugins', 'connect-file'), path.join(plugins, 'connect-file'));
  return plugins;
}

function writeSettings(
  folder: string,
  worker: { version: string; bootstrapServers: string; port: number; plugins: string },
): string {
  const file = path.join(folder, 'worker.properties');
  // New for each run: in a sandbox that is used again nothing of the run before must come back.
  const own = `older-${worker.version}-${Date.now().toString(36)}`;
  const settings = {
    ...workerSettings({ bundles: { kafka: '', postgres: '', mariadb: undefined }, ports: PORTS }),
    'bootstrap.servers': worker.bootstrapServers,
    'group.id': own,
    listeners: `http://127.0.0.1:${worker.port}`,
    'rest.advertised.port': worker.port,
    'plugin.path': worker.plugins,
    'config.storage.topic': `${own}-configs`,
    'offset.storage.topic': `${own}-offsets`,
    'status.storage.topic': `${own}-status`,
  };
  writeFileSync(file, renderProperties(settings), { mode: 0o600 });
  return file;
}

/** Overwritten above. */
const PORTS = { broker: 0, controller: 0, worker: 0, metrics: 0, source: 0, target: 0, mariadb: 0 };

function writeLogging(folder: string): string {
  const file = path.join(folder, 'log4j.properties');
  writeFileSync(
    file,
    renderProperties({
      'log4j.rootLogger': 'WARN, out',
      'log4j.appender.out': 'org.apache.log4j.ConsoleAppender',
      'log4j.appender.out.layout': 'org.apache.log4j.PatternLayout',
      'log4j.appender.out.layout.ConversionPattern': '%d{ISO8601} %p %m (%c)%n',
    }),
  );
  return file;
}

/** A user-wide context, so that the tests' own sluice.yaml files need not know of it. */
function writeContext(folder: string, url: string, bootstrapServers: string): string {
  const config = path.join(folder, 'config');
  mkdirSync(path.join(config, 'sluice'), { recursive: true });
  writeFileSync(
    path.join(config, 'sluice', 'config.yaml'),
    `version: 1\ncontexts:\n  older:\n    connect: ${url}\n    kafka: { bootstrapServers: ${bootstrapServers} }\n`,
  );
  return config;
}

/** The plugins are known and the group is joined: before that a listing waits, or is refused. */
async function ready(url: string, version: string, runs: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      const root = (await (await fetch(url)).json()) as { version?: string };
      if (root.version !== version) throw new Error(`version ${root.version} answers`);
      const plugins = await (await fetch(`${url}/connector-plugins`)).text();
      const listed = await fetch(`${url}/connectors`, { signal: AbortSignal.timeout(5_000) });
      if (listed.status === 200 && plugins.includes('JdbcSinkConnector') && plugins.includes('FileStreamSink')) return;
      throw new Error(`GET /connectors answers ${listed.status}; plugins: ${plugins.slice(0, 500)}`);
    } catch (error) {
      if (!runs()) throw new Error('its process has ended');
      if (Date.now() > deadline) throw error;
      await systemClock.sleep(250);
    }
  }
}
