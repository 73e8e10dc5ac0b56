import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../config/package-root.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { expressionsOf, readForeignIndex, readForeignSchema } from './foreign.ts';
import type { IndexEntry, PluginSchema, PluginType, SchemaIndex } from './plugin-schema.ts';
import { schemaPath } from './plugin-schema.ts';

const BUNDLED = packagePath('schemas', 'plugins');

/** What a class name in a config refers to. */
export type Resolution =
  | { found: string }
  /** Several classes have this alias: Connect refuses it. */
  | { ambiguous: string[] }
  | { unknown: true };

/** The bundled schemas, and pulled ones, which take precedence. Each file is read once, on demand. */
export class SchemaStore {
  readonly #folders: readonly { folder: string; index: SchemaIndex }[];
  /** By class, then by version. */
  readonly #schemas = new Map<string, Map<string | undefined, PluginSchema | undefined>>();
  readonly #found = new Map<string, Resolution>();
  #aliases: Map<string, Set<string>> | undefined;
  #owners: Map<string, string> | undefined;
  #expressions: Set<string> | undefined;

  /** Schemas of a worker, which take precedence over those in folders. */
  readonly #live: ReadonlyMap<string, PluginSchema>;
  readonly #given: readonly string[];

  constructor(folders: readonly string[] = [], live: readonly PluginSchema[] = []) {
    this.#given = folders;
    this.#live = new Map(live.map((schema) => [schema['x-plugin'].class, schema]));
    this.#folders = [...folders, BUNDLED]
      .map((folder) => ({ folder, file: path.join(folder, 'index.json') }))
      .filter(({ file }) => existsSync(file))
      .map(({ folder, file }) => ({
        folder,
        index: folder === BUNDLED ? (JSON.parse(readFileSync(file, 'utf8')) as SchemaIndex) : readForeignIndex(file),
      }));
  }

  /** The same with schemas of a worker. */
  withLive(live: readonly PluginSchema[]): SchemaStore {
    return new SchemaStore(this.#given, live);
  }

  /** All classes that have a schema in a folder, with their versions, sorted. */
  list(): ({ class: string } & Omit<IndexEntry, 'formerly'>)[] {
    const all = new Map<string, { class: string } & Omit<IndexEntry, 'formerly'>>();
    for (const { index } of this.#folders) {
      for (const [name, { formerly: _formerly, ...entry }] of Object.entries(index.plugins)) {
        const known = all.get(name);
        const versions = [...new Set([...(known?.versions ?? []), ...entry.versions])];
        all.set(name, { class: name, ...entry, ...known, versions });
      }
    }
    return [...all.values()].sort((a, b) => compareTexts(a.class, b.class));
  }

  /** The class for a name or one of Connect's short aliases. */
  resolve(name: string, types: readonly PluginType[]): Resolution {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    if (this.#live.has(name) || this.#folders.some(({ index }) => Object.hasOwn(index.plugins, name))) {
      const found = { found: name };
      this.#found.set(name, found);
      return found;
    }
    const classes = [...(this.#aliasMap().get(name) ?? [])].filter((one) => this.#isOf(one, types));
    const [first, ...more] = classes;
    if (first === undefined) return { unknown: true };
    return more.length === 0 ? { found: first } : { ambiguous: classes };
  }

  /** The class that replaced a removed one. */
  successor(name: string): string | undefined {
    for (const { index } of this.#folders) {
      for (const [successor, { formerly }] of Object.entries(index.plugins)) {
        if (formerly?.includes(name)) return successor;
      }
    }
    return undefined;
  }

  /** The classes of some types: candidates for a misspelt name. */
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
          // A common mistake, or a key of another plugin, does not count as a key.
          if (renamed?.typo || renamed?.foreign || this.#owners.has(known)) continue;
          this.#owners.set(known, name);
        }
      }
    }
    return this.#owners.get(key);
  }

  /** The schema of a class, for the requested version if it exists, else for the newest. */
  schema(pluginClass: string, version?: string): PluginSchema | undefined {
    const live = this.#live.get(pluginClass);
    if (live !== undefined) return live;
    let versions = this.#schemas.get(pluginClass);
    if (versions === undefined) {
      versions = new Map();
      this.#schemas.set(pluginClass, versions);
    }
    const known = versions.get(version);
    if (known !== undefined || versions.has(version)) return known;
    const schema = this.#read(pluginClass, version);
    versions.set(version, schema);
    return schema;
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
    const live = this.#live.get(pluginClass)?.['x-plugin'].types ?? [];
    return (
      live.some((type) => types.includes(type)) ||
      this.#folders.some(({ index }) => index.plugins[pluginClass]?.types.some((type) => types.includes(type)))
    );
  }

  #aliasMap(): Map<string, Set<string>> {
    if (this.#aliases) return this.#aliases;
    this.#aliases = new Map();
    const described = this.#folders.flatMap(({ index }) =>
      Object.entries(index.plugins).map(([name, { types }]) => ({ name, types })),
    );
    const live = [...this.#live].map(([name, schema]) => ({ name, types: schema['x-plugin'].types }));
    for (const { name, types } of [...described, ...live]) {
      for (const alias of aliasesOf(name, types)) {
        const known = this.#aliases.get(alias) ?? new Set();
        this.#aliases.set(alias, known.add(name));
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
 * nested class is the part after the dollar sign, so `HoistField$Value` is not an alias.
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
