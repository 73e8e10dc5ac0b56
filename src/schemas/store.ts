import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../config/package-root.ts';
import { expressionsOf, readForeignIndex, readForeignSchema } from './foreign.ts';
import type { PluginSchema, PluginType } from './plugin-schema.ts';
import { schemaPath } from './write.ts';

/** schemas/plugins/index.json: which plugins are described, without reading them. */
export interface SchemaIndex {
  plugins: Record<string, IndexEntry>;
}

export interface IndexEntry {
  types: PluginType[];
  versions: string[];
  origin: 'worker' | 'documentation';
  /** Names that the class had before. */
  formerly?: string[];
}

const BUNDLED = packagePath('schemas', 'plugins');

/** What a class name in a config stands for. */
export type Resolution =
  | { found: string }
  /** Several classes have this alias: Connect refuses it. */
  | { ambiguous: string[] }
  | { unknown: true };

/** The bundled schemas, and those that a user pulled, which come first. Each file is read once, when it is needed. */
export class SchemaStore {
  readonly #folders: readonly { folder: string; index: SchemaIndex }[];
  readonly #schemas = new Map<string, PluginSchema | undefined>();
  #aliases: Map<string, Set<string>> | undefined;
  #owners: Map<string, string> | undefined;
  #expressions: Set<string> | undefined;

  constructor(folders: readonly string[] = []) {
    this.#folders = [...folders, BUNDLED]
      .map((folder) => ({ folder, file: path.join(folder, 'index.json') }))
      .filter(({ file }) => existsSync(file))
      .map(({ folder, file }) => ({
        folder,
        index: folder === BUNDLED ? (JSON.parse(readFileSync(file, 'utf8')) as SchemaIndex) : readForeignIndex(file),
      }));
  }

  /** All described classes with their versions, sorted. */
  list(): ({ class: string } & Omit<IndexEntry, 'formerly'>)[] {
    const all = new Map<string, { class: string } & Omit<IndexEntry, 'formerly'>>();
    for (const { index } of this.#folders) {
      for (const [name, { formerly: _formerly, ...entry }] of Object.entries(index.plugins)) {
        const known = all.get(name);
        const versions = [...new Set([...(known?.versions ?? []), ...entry.versions])];
        all.set(name, { class: name, ...entry, ...known, versions });
      }
    }
    return [...all.values()].sort((a, b) => (a.class < b.class ? -1 : 1));
  }

  /** The class that a name or one of Connect's short aliases means. */
  resolve(name: string, types: readonly PluginType[]): Resolution {
    const classes = this.#folders.some(({ index }) => Object.hasOwn(index.plugins, name))
      ? [name]
      : [...(this.#aliasMap().get(name) ?? [])].filter((one) => this.#isOf(one, types));
    const [first, ...more] = classes;
    if (first === undefined) return { unknown: true };
    return more.length === 0 ? { found: first } : { ambiguous: classes };
  }

  /** The class that took the place of one that is gone. */
  successor(name: string): string | undefined {
    for (const { index } of this.#folders) {
      for (const [successor, { formerly }] of Object.entries(index.plugins)) {
        if (formerly?.includes(name)) return successor;
      }
    }
    return undefined;
  }

  /** The classes of some types: what a misspelt name may have meant. */
  classesOf(types: readonly PluginType[]): string[] {
    return this.list()
      .filter((plugin) => plugin.types.some((type) => types.includes(type)))
      .map((plugin) => plugin.class);
  }

  /** A plugin or client with a key of this name, now or before it was renamed. Reads every schema the first time. */
  ownerOf(key: string): string | undefined {
    if (this.#owners === undefined) {
      this.#owners = new Map();
      for (const { class: name } of this.list()) {
        for (const [known, { 'x-renamed': renamed }] of Object.entries(this.schema(name)?.properties ?? {})) {
          // What people write by mistake, or take from another plugin, is no key.
          if (renamed?.typo || renamed?.foreign || this.#owners.has(known)) continue;
          this.#owners.set(known, name);
        }
      }
    }
    return this.#owners.get(key);
  }

  /** The schema of a class, of the version asked for where there is one, else of the newest. */
  schema(pluginClass: string, version?: string): PluginSchema | undefined {
    const key = `${pluginClass} ${version ?? ''}`;
    if (!this.#schemas.has(key)) this.#schemas.set(key, this.#read(pluginClass, version));
    return this.#schemas.get(key);
  }

  #read(pluginClass: string, version: string | undefined): PluginSchema | undefined {
    for (const wanted of [version, undefined]) {
      for (const { folder, index } of this.#folders) {
        const entry = Object.hasOwn(index.plugins, pluginClass) ? index.plugins[pluginClass] : undefined;
        const chosen = wanted === undefined ? entry?.versions.at(-1) : entry?.versions.find((one) => one === wanted);
        if (chosen === undefined) continue;
        const file = path.join(folder, schemaPath(pluginClass, chosen));
        if (folder !== BUNDLED)
          return readForeignSchema(file, (expression) => this.#bundledExpressions().has(expression));
        return JSON.parse(readFileSync(file, 'utf8')) as PluginSchema;
      }
      if (wanted === undefined) break;
    }
    return undefined;
  }

  /** Reads every bundled schema the first time. */
  #bundledExpressions(): Set<string> {
    if (this.#expressions === undefined) {
      const bundled = new SchemaStore();
      const schemas = bundled
        .list()
        .flatMap(({ class: name, versions }) => versions.map((one) => bundled.schema(name, one)));
      this.#expressions = new Set(schemas.flatMap((schema) => (schema === undefined ? [] : expressionsOf(schema))));
    }
    return this.#expressions;
  }

  #isOf(pluginClass: string, types: readonly PluginType[]): boolean {
    return this.#folders.some(({ index }) => index.plugins[pluginClass]?.types.some((type) => types.includes(type)));
  }

  #aliasMap(): Map<string, Set<string>> {
    if (this.#aliases) return this.#aliases;
    this.#aliases = new Map();
    for (const { index } of this.#folders) {
      for (const [name, { types }] of Object.entries(index.plugins)) {
        for (const alias of aliasesOf(name, types)) {
          const known = this.#aliases.get(alias) ?? new Set();
          this.#aliases.set(alias, known.add(name));
        }
      }
    }
    return this.#aliases;
  }
}

const SUFFIXES: Record<PluginType, readonly string[]> = {
  source: ['Connector'],
  sink: ['Connector'],
  converter: ['Converter'],
  header_converter: ['HeaderConverter', 'Converter'],
  transformation: ['Transformation'],
  predicate: ['Predicate'],
  client: [],
};

/**
 * The simple name, and the simple name without its kind (`Postgres` for `PostgresConnector`). Java's simple name of a
 * nested class is the part behind the dollar sign, so that `HoistField$Value` is no alias.
 * Source: org.apache.kafka.connect.runtime.isolation.PluginUtils#computeAliases.
 */
export function aliasesOf(pluginClass: string, types: readonly PluginType[]): string[] {
  const simple = pluginClass.slice(Math.max(pluginClass.lastIndexOf('.'), pluginClass.lastIndexOf('$')) + 1);
  const pruned = types
    .flatMap((type) => SUFFIXES[type])
    .filter((suffix) => simple.endsWith(suffix) && simple.length > suffix.length)
    .map((suffix) => simple.slice(0, -suffix.length));
  return [...new Set([simple, ...pruned])];
}
