import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { connectAddress } from '../../config/connect-url.ts';
import { projectEnvFile } from '../../config/env-file.ts';
import { packagePath } from '../../config/package-root.ts';
import { userFolders } from '../../config/paths.ts';
import { findProjectFile } from '../../config/project.ts';
import { sandboxNames } from '../../config/sandbox-record.ts';
import { readText } from '../../files/read-file.ts';
import { type Environment, loadEnvironment } from '../../secrets/environment.ts';
import { type CachedNames, readNames } from './cache.ts';
import type { Candidate, Kind, Names, Typed } from './engine.ts';
import { clusterKey } from './names-key.ts';
import { namesOfDocument, type ProjectNames, plainNames } from './project-names.ts';

/** The cluster that a line is about. */
export interface Cluster {
  /** Of its names in the cache. */
  key: string;
  /** What selects it. */
  flags: { context?: string; connectUrl?: string; project?: string };
  /**
   * Whether it may be asked for its names before any command has: not if a project file chooses it, which may be someone
   * else's and send the user's variables wherever it likes.
   */
  chosenByUser: boolean;
}

/** Told of a cluster whose names are wanted, and what is known of them. */
export type StaleHandler = (cluster: Cluster, cached: (CachedNames & { ageMs: number }) | undefined) => void;

const NONE: ProjectNames = { contexts: [], databases: [], pairs: [], defaultContext: undefined };

/** Names from the package, the project, the user's folders and the cache; the network is never used. */
export class World {
  readonly #environment: Environment;
  readonly #folder: string;
  readonly #onStale: StaleHandler;

  /** @param onStale told of a cluster whose names were asked for */
  constructor(environment: Environment, folder: string, onStale: StaleHandler) {
    this.#environment = environment;
    this.#folder = folder;
    this.#onStale = onStale;
  }

  /** A source that cannot be read has no names: completion never fails. */
  readonly names: Names = async (kind, typed, prefix) => {
    try {
      return await this.#names(kind, typed, prefix);
    } catch {
      return [];
    }
  };

  async #names(kind: Kind, typed: Typed, prefix: string): Promise<readonly (string | Candidate)[]> {
    switch (kind) {
      case 'classes':
        return classes(prefix);
      case 'connectors':
        return (await this.#cached(typed))?.connectors ?? [];
      case 'tables':
        return (await this.#cached(typed))?.tables ?? [];
      case 'contexts':
        return [...(await this.#settings(typed)).flatMap(({ names }) => names.contexts), ...this.#sandboxes.contexts];
      case 'databases':
        return [...(await this.#settings(typed)).flatMap(({ names }) => names.databases), ...this.#sandboxes.databases];
      case 'pairs':
        return (await this.#settings(typed)).flatMap(({ names }) => names.pairs);
      case 'sandboxes':
        return this.#sandboxes.contexts.map((name) => (name === 'sandbox' ? 'default' : name.replace('sandbox-', '')));
      case 'rules':
        return Object.keys(JSON.parse(readFileSync(packagePath('schemas', 'rules.json'), 'utf8')).rules);
      case 'templates':
        return templates();
      case 'placeholders':
        return placeholders(typed.command === 'init' ? typed.flags.get('template')?.at(-1) : typed.args[0]);
      case 'files':
        return this.#files(prefix);
    }
  }

  get #sandboxes(): { contexts: string[]; databases: string[] } {
    const { contexts, databases } = sandboxNames(userFolders(this.#environment).state);
    return { contexts: [...new Set(['sandbox', ...contexts.keys()])], databases: [...databases.keys()] };
  }

  async #cached(typed: Typed): Promise<CachedNames | undefined> {
    const cluster = await this.#cluster(typed);
    if (cluster === undefined) return undefined;
    const cached = readNames(userFolders(this.#environment).cache, cluster.key);
    this.#onStale(cluster, cached);
    return cached;
  }

  async #cluster(typed: Typed): Promise<Cluster | undefined> {
    const last = (name: string) => typed.flags.get(name)?.at(-1);
    const project = last('project');
    const environment = this.#withEnvFile(project);
    const url = last('connect-url') ?? (last('context') === undefined ? environment.SLUICE_CONNECT_URL : undefined);
    const flags = { ...(project !== undefined && { project }) };
    if (url) {
      const { url: address } = connectAddress(url, 'URL');
      const chosenByUser = last('connect-url') !== undefined || this.#environment.SLUICE_CONNECT_URL === url;
      return { key: clusterKey({ url: address }), flags: { ...flags, connectUrl: url }, chosenByUser };
    }
    const settings = await this.#settings(typed);
    const defaults = settings.flatMap(({ names }) => names.defaultContext ?? []);
    const name = last('context') ?? (environment.SLUICE_CONTEXT || defaults[0]);
    if (name === undefined) return undefined;
    const file = settings.find(({ names }) => names.contexts.includes(name))?.file;
    const chosenByUser = file === undefined || file === this.#userFile;
    return { key: clusterKey({ name, file }), flags: { ...flags, context: name }, chosenByUser };
  }

  #withEnvFile(project: string | undefined): Environment {
    try {
      const found = projectEnvFile(this.#folder, project);
      return found?.trusted ? loadEnvironment([found.file], this.#environment) : this.#environment;
    } catch {
      return this.#environment;
    }
  }

  get #userFile(): string {
    return path.join(userFolders(this.#environment).config, 'config.yaml');
  }

  /** The project file, and the user's own. */
  async #settings(typed: Typed): Promise<{ file: string; names: ProjectNames }[]> {
    const project = typed.flags.get('project')?.at(-1);
    const projectFile = project === undefined ? ownProject(this.#folder) : path.resolve(this.#folder, project);
    const files = [...(projectFile === undefined ? [] : [projectFile]), this.#userFile];
    return Promise.all(files.map(async (file) => ({ file, names: await namesIn(file) })));
  }

  #files(prefix: string): Candidate[] {
    const shown = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const folder = path.resolve(this.#folder, shown);
    const start = prefix.slice(shown.length);
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
      .map((entry) =>
        entry.isDirectory() ? { value: `${shown}${entry.name}/`, open: true } : { value: `${shown}${entry.name}` },
      );
  }
}

function ownProject(folder: string): string | undefined {
  try {
    return findProjectFile(folder);
  } catch {
    // It belongs to someone else.
    return undefined;
  }
}

async function namesIn(file: string): Promise<ProjectNames> {
  try {
    const text = readText(file);
    return plainNames(text) ?? namesOfDocument((await import('yaml')).parse(text));
  } catch {
    return NONE;
  }
}

function templates(): string[] {
  return readdirSync(packagePath('connectors')).flatMap((file) =>
    file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : [],
  );
}

function placeholders(template: string | undefined): Candidate[] {
  if (template === undefined || !templates().includes(template)) return [];
  const text = readFileSync(packagePath('connectors', `${template}.yaml`), 'utf8');
  const [, block = ''] = /^placeholders:\n((?: +.*\n|\n)*)/m.exec(text) ?? [];
  return [...block.matchAll(/^ {2}([\w-]+):/gm)].map(([, name]) => ({ value: `${name}=`, open: true }));
}

function classes(prefix: string): string[] {
  const all = readdirSync(packagePath('schemas', 'plugins')).filter((name) => !name.endsWith('.json'));
  return prefix.includes('.') ? all : all.map((name) => name.slice(name.lastIndexOf('.') + 1));
}
