import { existsSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { sandboxAddress, sandboxOfContext, sandboxOfDatabase } from '../sandbox/record.ts';
import { own } from '../text/own.ts';
import { type ConnectAddress, connectAddress } from './connect-url.ts';
import { displayName, isDatabaseUrl, withPassword } from './database-url.ts';
import type { Environment } from './environment.ts';
import { userFolders } from './paths.ts';
import {
  type ConnectSettings,
  type ContextSettings,
  findProjectFile,
  type KafkaSettings,
  type Project,
  readProject,
} from './project.ts';
import type { PairSettings } from './reconcile-settings.ts';
import { type ContextVariables, type ReferenceSources, resolveTree } from './references.ts';
import { type TopicRule, topicRules } from './topics.ts';
import { type ConnectorVariables, connectorVariables } from './variables.ts';
import { vaultReader } from './vault.ts';

/** One Connect cluster with everything needed to reach it; references resolved. */
export interface Context {
  name: string;
  /** URLs of the Connect REST API of one cluster, tried in turn; no trailing slash. */
  urls: string[];
  connect: Omit<ConnectSettings, 'url'>;
  kafka: KafkaSettings | undefined;
  protected: boolean;
}

export interface Database {
  /** Its name in sluice.yaml, or `host/database` of a URL given on the command line. */
  name: string;
  /** With credentials: never for display. */
  url: string;
}

export interface TargetOptions {
  environment: Environment;
  /** Where the search for sluice.yaml starts. */
  folder: string;
  /** --project */
  project?: string | undefined;
  /** --context */
  context?: string | undefined;
  /** --connect-url */
  connectUrl?: string | undefined;
}

/** What decided a value. */
export type SettingOrigin = 'flag' | 'environment' | 'project file' | 'user file' | 'default';

export interface SettingsFile {
  project: Project;
  origin: 'project file' | 'user file';
}

export interface Selection {
  kind: 'context' | 'url';
  /** The context's name, or the URL without its credentials. */
  name: string;
  /** Of a URL. */
  address?: ConnectAddress;
  origin: SettingOrigin;
}

/**
 * Where a run's clusters and databases come from. Precedence: flag, environment, project file, user file.
 * The sandbox is a target only where it is named.
 */
export class Targets {
  readonly #options: TargetOptions;
  #files: Promise<SettingsFile[]> | undefined;
  readonly #vault;

  constructor(options: TargetOptions) {
    this.#options = options;
    this.#vault = vaultReader(options.environment);
  }

  /** The project file, if there is one. */
  async project(): Promise<Project | undefined> {
    return (await this.files()).find((file) => file.origin === 'project file')?.project;
  }

  /** The project file, then the user's own: in a name that both have, the first wins. */
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

  /** What was picked as the target, by name or URL, and by what means; undefined where nothing names one. */
  async selection(): Promise<Selection | undefined> {
    const { environment, context, connectUrl } = this.#options;
    if (connectUrl !== undefined && context !== undefined) {
      throw new SluiceError('USAGE', '--context and --connect-url exclude each other', { hint: 'Give one of them.' });
    }
    if (connectUrl !== undefined) return urlSelection(connectUrl, '--connect-url', 'flag');
    if (context !== undefined) return { kind: 'context', name: context, origin: 'flag' };
    if (environment.SLUICE_CONNECT_URL)
      return urlSelection(environment.SLUICE_CONNECT_URL, 'SLUICE_CONNECT_URL', 'environment');
    if (environment.SLUICE_CONTEXT) return { kind: 'context', name: environment.SLUICE_CONTEXT, origin: 'environment' };
    for (const { project, origin } of await this.files()) {
      if (project.document.defaultContext !== undefined)
        return { kind: 'context', name: project.document.defaultContext, origin };
    }
    return undefined;
  }

  /**
   * The Connect cluster to work on.
   * @throws CONTEXT_MISSING, CONTEXT_UNKNOWN, SANDBOX_NOT_RUNNING, REFERENCE_UNRESOLVED, SECRET_UNAVAILABLE.
   */
  async context(): Promise<Context> {
    const selection = await this.selection();
    if (selection === undefined) {
      throw new SluiceError('CONTEXT_MISSING', 'no Connect cluster is named', {
        hint: 'Give --context NAME or --connect-url URL, or set SLUICE_CONTEXT or SLUICE_CONNECT_URL; `--context sandbox` is the sandbox.',
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

  async #entry(name: string): Promise<ContextEntry | undefined> {
    for (const { project: file } of await this.files()) {
      const settings = own(file.document.contexts, name);
      if (settings) return { name, settings, file };
    }
    return undefined;
  }

  async #unknownContext(name: string): Promise<SluiceError> {
    const files = (await this.files()).map((file) => file.project);
    const known = [...new Set(files.flatMap((file) => Object.keys(file.document.contexts ?? {})))];
    return new SluiceError('CONTEXT_UNKNOWN', `there is no context "${name}"`, {
      hint:
        known.length > 0 ? `Known contexts: ${known.join(', ')}, sandbox.` : 'Define it under contexts in sluice.yaml.',
      details: { known },
    });
  }

  /** A URL that a context also has keeps that context's protection and credentials: an address is no way around them. */
  async #contextOfUrl({ url, ...credentials }: ConnectAddress): Promise<Context> {
    const entry = await this.#entryOfUrl(url);
    if (entry === undefined)
      return { name: url, urls: [url], connect: credentials, kafka: undefined, protected: false };
    const context = await this.#resolveContext(entry);
    return { ...context, urls: [url], connect: { ...context.connect, ...credentials } };
  }

  async #entryOfUrl(url: string): Promise<ContextEntry | undefined> {
    for (const { project: file } of await this.files()) {
      for (const [name, settings] of Object.entries(file.document.contexts ?? {})) {
        // Only the URL is resolved to compare; an unset variable of another context is not this run's error.
        const urls = await resolveTree(
          urlsOf(settings),
          site(file, `contexts.${name}.connect`),
          this.#sources(file, { name, settings, file }),
        )
          .then((all) => all.map((one) => connectAddress(one, name).url))
          .catch((): string[] => []);
        if (urls.includes(url)) return { name, settings, file };
      }
    }
    return undefined;
  }

  async #resolveContext({ name, settings, file }: ContextEntry): Promise<Context> {
    const { variables: _variables, ...own } = settings;
    const sources = this.#sources(file, { name, settings, file });
    const resolved = await resolveTree(own, site(file, `contexts.${name}`), sources);
    const { url: _url, ...connect } =
      typeof resolved.connect === 'string' ? { url: resolved.connect } : resolved.connect;
    const { key, file: where } = site(file, `contexts.${name}.connect`);
    const addresses = urlsOf(resolved).map((one) => connectAddress(one, `${where}: ${key}`));
    const [first] = addresses.flatMap(({ url: _address, ...credentials }) =>
      credentials.username === undefined ? [] : credentials,
    );
    return {
      name,
      urls: addresses.map(({ url }) => url),
      connect: { ...first, ...connect },
      kafka: resolved.kafka,
      protected: resolved.protected ?? false,
    };
  }

  #sandboxContext(name: string, sandbox: string): Context {
    const { state } = userFolders(this.#options.environment);
    return {
      name,
      urls: [sandboxAddress(state, sandbox, 'worker')],
      connect: {},
      kafka: { bootstrapServers: [sandboxAddress(state, sandbox, 'broker')] },
      protected: false,
    };
  }

  /**
   * The name of the context that is meant, which overlays go by; undefined where none is named, or only a URL that no
   * context has. Nothing secret is read for it.
   * @throws CONTEXT_UNKNOWN
   */
  async contextName(): Promise<string | undefined> {
    const selection = await this.selection();
    if (selection === undefined) return undefined;
    const entry = await this.#chosen();
    if (entry || selection.kind === 'url') return entry?.name;
    if (sandboxOfContext(selection.name) !== undefined) return selection.name;
    throw await this.#unknownContext(selection.name);
  }

  /** The entry in a settings file of the context that is meant. */
  async #chosen(): Promise<ContextEntry | undefined> {
    const selection = await this.selection();
    if (selection === undefined) return undefined;
    return selection.kind === 'url' ? this.#entryOfUrl(selection.name) : this.#entry(selection.name);
  }

  /**
   * The variables of connector files: the environment, then env files, then those of the context that is meant.
   * @param offline no Vault is asked: what stands there is left without a value
   */
  async variables({ offline = false }: { offline?: boolean } = {}): Promise<ConnectorVariables> {
    const entry = await this.#chosen();
    if (entry === undefined) return { environment: this.#options.environment, withheld: new Map() };
    return connectorVariables(this.#sources(entry.file, entry), offline);
  }

  /**
   * A database by its name in sluice.yaml (or of the sandbox), or by URL.
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
      return { name: nameOrUrl, url: sandboxAddress(state, sandbox.name, sandbox.part) };
    }
    const known = [...new Set(files.flatMap((file) => Object.keys(file.document.databases ?? {})))];
    // A mistyped URL may contain a password that no mask would find.
    const unknown = /[@:;=]/.test(nameOrUrl)
      ? 'what was given as a database is neither a name in sluice.yaml nor a valid URL'
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

  #sources(file: Project, context: ContextEntry | undefined): ReferenceSources {
    return {
      environment: this.#options.environment,
      baseFolder: file.folder,
      vault: this.#vault,
      variables: context && variablesOf(context),
    };
  }
}

function urlSelection(url: string, site: string, origin: SettingOrigin): Selection {
  const address = connectAddress(url, site);
  return { kind: 'url', name: address.url, address, origin };
}

/** A context where it stands. */
interface ContextEntry {
  name: string;
  settings: ContextSettings;
  file: Project;
}

function variablesOf({ name, settings, file }: ContextEntry): ContextVariables {
  const written = Object.entries(settings.variables ?? {}).map(([key, value]) => [key, String(value)]);
  return { ...site(file, `contexts.${name}.variables`), written: Object.fromEntries(written) };
}

function site(file: Project, key: string): { file: string; key: string } {
  return { file: path.relative(process.cwd(), file.file) || file.file, key };
}

function urlsOf(settings: ContextSettings): string[] {
  const url = typeof settings.connect === 'string' ? settings.connect : settings.connect.url;
  return typeof url === 'string' ? [url] : url;
}
