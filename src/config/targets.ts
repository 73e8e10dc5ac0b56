import { existsSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import type { TopicRule } from '../ports/topics.ts';
import type { Environment } from '../secrets/environment.ts';
import { proxyVariables } from '../secrets/proxies.ts';
import { type ContextVariables, type ReferenceSources, resolveTree } from '../secrets/references.ts';
import { type ConnectorVariables, connectorVariables } from '../secrets/variables.ts';
import { vaultReader } from '../secrets/vault.ts';
import { own } from '../text/own.ts';
import { command, setting } from '../text/settings.ts';
import type { ConnectSettings } from './connect-settings.ts';
import { type ConnectAddress, connectAddress, sameUrl } from './connect-url.ts';
import { displayName, isDatabaseUrl, withPassword } from './database-url.ts';
import {
  absoluteFiles,
  type HttpAddress,
  httpAddress,
  httpSettings,
  type SettingsSite,
  urlsOf,
} from './http-address.ts';
import { userFolders } from './paths.ts';
import { type ContextSettings, findProjectFile, type KafkaSettings, type Project, readProject } from './project.ts';
import type { PairSettings } from './reconcile-settings.ts';
import {
  metricsUrl,
  readSandboxRecord,
  SANDBOX_COMMITS_EVERY_MS,
  sandboxAddress,
  sandboxNames,
  sandboxOfContext,
  sandboxOfDatabase,
} from './sandbox-record.ts';
import type { ReceiverSettings } from './serve-settings.ts';
import { topicRules } from './topics.ts';
import { readUsedContext, writeUsedContext } from './used-context.ts';

/** One Connect cluster with everything needed to reach it; references resolved. */
export interface Context {
  name: string;
  /** URLs of the Connect REST API of one cluster, tried in turn; no trailing slash. */
  urls: string[];
  connect: Omit<ConnectSettings, 'url'>;
  kafka: KafkaSettings | undefined;
  /** The schema registry for records, if the context names one. */
  schemaRegistry?: HttpAddress | undefined;
  /** Where its workers report metrics, if the context says so. */
  metrics?: MetricsAddress | undefined;
  protected: boolean;
  /** How often its workers commit offsets (ms), if that is known. */
  commitsEveryMs?: number;
}

/** Where the workers of a context report their metrics. */
export interface MetricsAddress {
  kind: 'jolokia' | 'exporter';
  /** One URL for each worker: a worker knows only its own tasks. */
  workers: HttpAddress;
}

export interface Database {
  /** Its name in sluice.yaml, or `host/database` for a URL given on the command line. */
  name: string;
  /** With credentials: never show it. */
  url: string;
}

export interface TargetOptions {
  environment: Environment;
  /** The folder where the search for sluice.yaml starts. */
  folder: string;
  /** --project */
  project?: string | undefined;
  /** --context */
  context?: string | undefined;
  /** --connect-url */
  connectUrl?: string | undefined;
  /** Called when the choice of `context use` decides: nothing in the command line shows it. */
  onUsed?: ((context: string) => void) | undefined;
}

/** Where a value comes from. */
export type SettingOrigin =
  | 'flag'
  | 'environment'
  | 'context use'
  | 'project file'
  | 'user file'
  | 'default'
  | 'sandbox';

export interface SettingsFile {
  project: Project;
  origin: 'project file' | 'user file';
}

export interface Selection {
  kind: 'context' | 'url';
  /** The context's name, or the URL without its credentials. */
  name: string;
  /** Only for a URL. */
  address?: ConnectAddress;
  origin: SettingOrigin;
}

/**
 * Finds a run's clusters and databases. Precedence: flag, environment, for the context what `context use` chose, project
 * file, user file.
 * The sandbox is a target only if it is named.
 */
export class Targets {
  readonly #options: TargetOptions;
  #files: Promise<SettingsFile[]> | undefined;
  readonly #vault;

  constructor(options: TargetOptions) {
    this.#options = options;
    this.#vault = vaultReader(options.environment, process.env);
  }

  /** The variables of the process and of env files. */
  get environment(): Environment {
    return this.#options.environment;
  }

  /** The project file, if there is one. */
  async project(): Promise<Project | undefined> {
    return (await this.files()).find((file) => file.origin === 'project file')?.project;
  }

  /** The project file, then the user's own; for a name in both, the first wins. */
  files(): Promise<SettingsFile[]> {
    this.#files ??= this.#readFiles();
    return this.#files;
  }

  async #readFiles(): Promise<SettingsFile[]> {
    const projectFile = this.#options.project ?? findProjectFile(this.#options.folder);
    const userFile = path.join(userFolders(this.#options.environment).config, 'config.yaml');
    const files: SettingsFile[] = [];
    if (projectFile !== undefined) files.push({ project: await readProject(projectFile), origin: 'project file' });
    if (existsSync(userFile)) files.push({ project: await readProject(userFile), origin: 'user file' });
    return files;
  }

  /**
   * `topics` of the project file, references resolved.
   * @throws PROJECT_INVALID, REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE.
   */
  async topics(): Promise<TopicRule[]> {
    const project = await this.project();
    const settings = project?.document.topics;
    if (project === undefined || settings === undefined) return [];
    const sources = this.#sources(project, await this.#chosen());
    return topicRules(await resolveTree(settings, site(project, 'topics'), sources));
  }

  /** The selected target, by name or URL, and its origin; undefined if none is selected. */
  async selection(): Promise<Selection | undefined> {
    const { environment, context, connectUrl } = this.#options;
    if (connectUrl !== undefined && context !== undefined) {
      throw new SluiceError(
        'REQUEST_INVALID',
        `${setting('context')} and ${setting('connectUrl')} cannot be combined`,
        {
          hint: 'Use one or the other.',
        },
      );
    }
    if (connectUrl !== undefined) return urlSelection(connectUrl, setting('connectUrl'), 'flag');
    if (context !== undefined) return { kind: 'context', name: context, origin: 'flag' };
    if (environment.SLUICE_CONNECT_URL)
      return urlSelection(environment.SLUICE_CONNECT_URL, 'SLUICE_CONNECT_URL', 'environment');
    if (environment.SLUICE_CONTEXT) return { kind: 'context', name: environment.SLUICE_CONTEXT, origin: 'environment' };
    const used = await this.usedContext();
    if (used !== undefined) return { kind: 'context', name: used, origin: 'context use' };
    for (const { project, origin } of await this.files()) {
      if (project.document.defaultContext !== undefined)
        return { kind: 'context', name: project.document.defaultContext, origin };
    }
    return undefined;
  }

  async #followed(): Promise<Selection | undefined> {
    const selection = await this.selection();
    if (selection?.origin === 'context use') this.#options.onUsed?.(selection.name);
    return selection;
  }

  /**
   * What `context use` chose for this project, which a flag or a variable may override.
   * @throws FILE_UNREADABLE
   */
  async usedContext(): Promise<string | undefined> {
    return readUsedContext(userFolders(this.#options.environment).state, (await this.project())?.file);
  }

  /**
   * The Connect cluster to work on.
   * @throws CONTEXT_MISSING, CONTEXT_UNKNOWN, SANDBOX_NOT_RUNNING, REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE.
   */
  async context(): Promise<Context> {
    const selection = await this.#followed();
    if (selection === undefined) {
      const started = [...this.sandboxes().contexts.keys()];
      const sandbox = started.includes('sandbox') ? 'sandbox' : (started[0] ?? 'sandbox');
      throw new SluiceError('CONTEXT_MISSING', 'no context selected', {
        hint: `Use ${setting('context', 'NAME')} or ${setting('connectUrl', 'URL')}, or set SLUICE_CONTEXT or SLUICE_CONNECT_URL; the sandbox is ${setting('context', sandbox)}.`,
      });
    }
    if (selection.address !== undefined) return this.#contextOfUrl(selection.address);
    const { name } = selection;
    const entry = await this.#entry(name);
    if (entry) return this.#resolveContext(entry);
    const sandbox = sandboxOfContext(name);
    if (sandbox !== undefined) return this.#sandboxContext(name, sandbox);
    throw await this.#unknownContext(name);
  }

  /**
   * Chooses the context of this project for runs that name none; undefined forgets the choice.
   * @throws CONTEXT_UNKNOWN, SANDBOX_NOT_RUNNING, FILE_UNWRITABLE
   */
  async useContext(name: string | undefined): Promise<void> {
    const { state } = userFolders(this.#options.environment);
    if (name !== undefined && !(await this.#entry(name))) {
      const sandbox = sandboxOfContext(name);
      if (sandbox === undefined) throw await this.#unknownContext(name, true);
      sandboxAddress(state, sandbox, 'worker');
    }
    writeUsedContext(state, (await this.project())?.file, name);
  }

  async #entry(name: string): Promise<ContextEntry | undefined> {
    for (const { project: file } of await this.files()) {
      const settings = own(file.document.contexts, name);
      if (settings) return { name, settings, file };
    }
    return undefined;
  }

  /** @param named in this command line: nothing else chose it */
  async #unknownContext(name: string, named = false): Promise<SluiceError> {
    const files = (await this.files()).map((file) => file.project);
    const started = this.sandboxes().contexts.keys();
    const known = [...new Set([...files.flatMap((file) => Object.keys(file.document.contexts ?? {})), ...started])];
    const defined =
      known.length > 0
        ? `Known contexts: ${[...new Set([...known, 'sandbox'])].join(', ')}.`
        : 'Define it under contexts in sluice.yaml.';
    const isUsed = !named && (await this.selection())?.origin === 'context use';
    const what = mayBeUrl(name)
      ? `the given context is not a name in sluice.yaml; a URL is given with ${setting('connectUrl')}`
      : `there is no context "${name}"`;
    return new SluiceError(
      'CONTEXT_UNKNOWN',
      `${what}${isUsed ? ', which `sluice context use` chose for this project' : ''}`,
      {
        hint: isUsed ? `${defined} To forget the choice: ${command('context use', { unset: true })}` : defined,
        details: { known },
      },
    );
  }

  /** A URL of a context keeps that context's protection and credentials: using the URL must not bypass them. */
  async #contextOfUrl({ url, ...credentials }: ConnectAddress): Promise<Context> {
    const entry = await this.#entryOfUrl(url);
    if (entry === undefined)
      return { name: url, urls: [url], connect: credentials, kafka: undefined, protected: false };
    const context = await this.#resolveContext(entry);
    // Those in the URL replace the context's own, of whichever kind.
    const { token, tokenFile, oauth, entra, ...others } = context.connect;
    const own = credentials.username === undefined ? context.connect : { ...others, ...credentials };
    return { ...context, urls: [url], connect: own };
  }

  /** Of several contexts with the URL, a protected one. */
  async #entryOfUrl(url: string): Promise<ContextEntry | undefined> {
    let found: ContextEntry | undefined;
    for (const { project: file } of await this.files()) {
      for (const [name, settings] of Object.entries(file.document.contexts ?? {})) {
        // Only the URL is resolved, to compare it; an unset variable of another context does not concern this run.
        const urls = await resolveTree(
          urlsOf(settings.connect),
          site(file, `contexts.${name}.connect`),
          this.#sources(file, { name, settings, file }),
        )
          .then((all) => all.map((one) => connectAddress(one, name).url))
          .catch((): string[] => []);
        // `http://LOCALHOST:8083` is the same cluster: its protection must hold for any spelling.
        if (!urls.some((one) => sameUrl(one, url))) continue;
        if (settings.protected) return { name, settings, file };
        found ??= { name, settings, file };
      }
    }
    return found;
  }

  async #resolveContext({ name, settings, file }: ContextEntry): Promise<Context> {
    const { variables: _variables, ...own } = settings;
    const sources = this.#sources(file, { name, settings, file });
    const resolved = await resolveTree(own, site(file, `contexts.${name}`), sources);
    const connect = httpAddress(resolved.connect, site(file, `contexts.${name}.connect`), 'a Connect REST API');
    return {
      name,
      urls: connect.urls,
      connect: connect.settings,
      kafka: resolved.kafka && kafkaSettings(resolved.kafka, site(file, `contexts.${name}.kafka`)),
      ...(resolved.schemaRegistry === undefined
        ? {}
        : {
            schemaRegistry: httpAddress(
              resolved.schemaRegistry,
              site(file, `contexts.${name}.schemaRegistry`),
              'a schema registry',
            ),
          }),
      ...(resolved.metrics === undefined
        ? {}
        : { metrics: metricsAddress(resolved.metrics, site(file, `contexts.${name}.metrics`)) }),
      protected: resolved.protected ?? false,
    };
  }

  /** Contexts and databases of the sandboxes that were started. */
  sandboxes(): ReturnType<typeof sandboxNames> {
    return sandboxNames(userFolders(this.#options.environment).state);
  }

  #sandboxContext(name: string, sandbox: string): Context {
    const { state } = userFolders(this.#options.environment);
    const metrics = readSandboxRecord(state, sandbox)?.ports?.metrics;
    return {
      name,
      urls: [sandboxAddress(state, sandbox, 'worker')],
      connect: {},
      kafka: { bootstrapServers: [sandboxAddress(state, sandbox, 'broker')] },
      ...(metrics === undefined
        ? {}
        : { metrics: { kind: 'jolokia' as const, workers: { urls: [metricsUrl(metrics)], settings: {} } } }),
      protected: false,
      commitsEveryMs: SANDBOX_COMMITS_EVERY_MS,
    };
  }

  /**
   * The name of the selected context, which decides the overlays; undefined if none is selected, or only a URL that no
   * context has. Reads no secrets.
   * @throws CONTEXT_UNKNOWN
   */
  async contextName(): Promise<string | undefined> {
    const selection = await this.#followed();
    if (selection === undefined) return undefined;
    const entry = await this.#chosen();
    if (entry || selection.kind === 'url') return entry?.name;
    if (sandboxOfContext(selection.name) !== undefined) return selection.name;
    throw await this.#unknownContext(selection.name);
  }

  /** The selected context's entry in a settings file. */
  async #chosen(): Promise<ContextEntry | undefined> {
    const selection = await this.#followed();
    if (selection === undefined) return undefined;
    return selection.kind === 'url' ? this.#entryOfUrl(selection.name) : this.#entry(selection.name);
  }

  /**
   * The variables of connector files: the environment, then env files, then those of the selected context.
   * @param offline does not contact Vault; its variables have no value then
   */
  async variables({ offline = false }: { offline?: boolean } = {}): Promise<ConnectorVariables> {
    const entry = await this.#chosen();
    if (entry === undefined) return { environment: this.#options.environment, unavailable: new Map() };
    return connectorVariables(this.#sources(entry.file, entry), offline);
  }

  /**
   * A database by its name in sluice.yaml (or a sandbox's), or by URL.
   * @throws DATABASE_UNKNOWN, SANDBOX_NOT_RUNNING, REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE.
   */
  async database(nameOrUrl: string): Promise<Database> {
    if (isDatabaseUrl(nameOrUrl)) return { name: displayName(nameOrUrl), url: nameOrUrl };
    const files = (await this.files()).map((file) => file.project);
    for (const file of files) {
      const settings = own(file.document.databases, nameOrUrl);
      if (settings === undefined) continue;
      const sources = this.#sources(file, await this.#chosen());
      const resolved = await resolveTree(settings, site(file, `databases.${nameOrUrl}`), sources);
      return { name: nameOrUrl, url: typeof resolved === 'string' ? resolved : withPassword(resolved, nameOrUrl) };
    }
    const sandbox = sandboxOfDatabase(nameOrUrl);
    if (sandbox) {
      const { state } = userFolders(this.#options.environment);
      return { name: nameOrUrl, url: sandboxAddress(state, sandbox.name, sandbox.component) };
    }
    const started = this.sandboxes().databases.keys();
    const known = [...new Set([...files.flatMap((file) => Object.keys(file.document.databases ?? {})), ...started])];
    const unknown = mayBeUrl(nameOrUrl)
      ? 'the given database is neither a name in sluice.yaml nor a valid URL'
      : `there is no database "${nameOrUrl}"`;
    throw new SluiceError('DATABASE_UNKNOWN', unknown, {
      hint:
        known.length > 0
          ? `Known databases: ${known.join(', ')}; or give a URL such as postgres://user@host:5432/name.`
          : 'Define it under databases in sluice.yaml, or give a URL such as postgres://user@host:5432/name.',
      details: { known },
    });
  }

  /** Names of the pairs that the project file compares. */
  async pairs(): Promise<string[]> {
    return Object.keys((await this.project())?.document.reconcile?.pairs ?? {});
  }

  /**
   * One pair of the project file, its references resolved.
   * @throws PAIR_UNKNOWN, REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE
   */
  async pair(name: string): Promise<PairSettings> {
    const project = await this.project();
    const settings = own(project?.document.reconcile?.pairs, name);
    if (project !== undefined && settings !== undefined) {
      const sources = this.#sources(project, await this.#chosen());
      return resolveTree(settings, site(project, `reconcile.pairs.${name}`), sources);
    }
    const known = await this.pairs();
    throw new SluiceError('PAIR_UNKNOWN', `there is no pair "${name}"`, {
      hint: known.length > 0 ? `Known pairs: ${known.join(', ')}.` : 'Define it under reconcile.pairs in sluice.yaml.',
      details: { known },
    });
  }

  /** Receivers of alerts in sluice.yaml, references resolved. @throws REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE */
  async receivers(): Promise<Record<string, ReceiverSettings>> {
    const project = await this.project();
    const settings = project?.document.alerts?.receivers;
    if (project === undefined || settings === undefined) return {};
    const at = site(project, 'alerts.receivers');
    const resolved = await resolveTree(settings, at, this.#sources(project, await this.#chosen()));
    const checked = (written: string | ConnectSettings, key: string) =>
      typeof written === 'string' ? written : httpSettings(written, { ...at, key: `${at.key}.${key}` });
    return Object.fromEntries(
      Object.entries(resolved).map(([name, one]) => {
        if ('webhook' in one) return [name, { ...one, webhook: checked(one.webhook, `${name}.webhook`) }];
        if ('alertmanager' in one)
          return [name, { ...one, alertmanager: checked(one.alertmanager, `${name}.alertmanager`) }];
        return [name, one];
      }),
    );
  }

  #sources(file: Project, context: ContextEntry | undefined): ReferenceSources {
    return {
      environment: this.#options.environment,
      baseFolder: file.folder,
      vault: this.#vault,
      variables: context && variablesOf(context),
    };
  }
}

/** A mistyped URL may contain a password that no mask would find. */
function mayBeUrl(name: string): boolean {
  return /[@:;=]/.test(name);
}

function urlSelection(url: string, site: string, origin: SettingOrigin): Selection {
  const address = connectAddress(url, site);
  return { kind: 'url', name: address.url, address, origin };
}

/** A context and the file that defines it. */
interface ContextEntry {
  name: string;
  settings: ContextSettings;
  file: Project;
}

function variablesOf({ name, settings, file }: ContextEntry): ContextVariables {
  const written = Object.entries(settings.variables ?? {}).map(([key, value]) => [key, String(value)]);
  return { ...site(file, `contexts.${name}.variables`), written: Object.fromEntries(written) };
}

function site(file: Project, key: string): SettingsSite {
  return { file: path.relative(process.cwd(), file.file) || file.file, key, folder: file.folder };
}

/** @throws PROJECT_INVALID */
function kafkaSettings({ sasl, tls, ...others }: KafkaSettings, at: SettingsSite): KafkaSettings {
  return {
    ...others,
    ...(tls === undefined ? {} : { tls: typeof tls === 'object' ? absoluteFiles(tls, at.folder) : tls }),
    ...(sasl?.mechanism === 'OAUTHBEARER'
      ? { sasl: { ...httpSettings(sasl, { ...at, key: `${at.key}.sasl` }), proxyEnv: proxyVariables(process.env) } }
      : sasl && { sasl }),
  };
}

/** @throws PROJECT_INVALID */
function metricsAddress(metrics: NonNullable<ContextSettings['metrics']>, at: SettingsSite): MetricsAddress {
  return 'jolokia' in metrics
    ? { kind: 'jolokia', workers: httpAddress(metrics.jolokia, { ...at, key: `${at.key}.jolokia` }, 'Jolokia') }
    : {
        kind: 'exporter',
        workers: httpAddress(metrics.exporter, { ...at, key: `${at.key}.exporter` }, 'a JMX exporter'),
      };
}
