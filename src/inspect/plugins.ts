import type { ConnectClient } from '../connect/client.ts';
import type { ConfigKey, PluginInfo } from '../connect/types.ts';
import { type ErrorDocument, SluiceError } from '../errors/error.ts';
import type { PluginType } from '../schemas/plugin-schema.ts';
import { aliasesOf, type SchemaStore } from '../schemas/store.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { firstNames } from '../text/lists.ts';
import { nearest } from '../text/nearest.ts';
import type { Count } from '../text/numbers.ts';
import { redactEntry } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import { simpleName } from '../topology/transforms.ts';
import { askEach } from './each-url.ts';
import type { LISTED_TYPES } from './request.ts';

type Client = Pick<ConnectClient, 'plugins' | 'supports' | 'server' | 'pluginDefinition'>;

export interface ListedPlugin {
  class: string;
  /** A converter may serve keys, values and headers. */
  types: string[];
  /** Several where a worker has several (Kafka 4.1), or where workers differ. */
  versions: string[];
  /** The schema that validate has for the class; null if there is none. */
  schema: {
    versions: string[];
    /** Whether it is for every version of the workers. */
    matches: boolean;
  } | null;
  /** URLs of the context whose worker lacks the class or one of the versions. */
  missingOn: string[];
}

export interface PluginList {
  context: string;
  plugins: ListedPlugin[];
  /** False if a worker lists only its connectors: before Kafka 3.2. */
  complete: boolean;
  asked: { url: string; version: string | null; error: ErrorDocument | null }[];
}

export interface PluginListOptions {
  context: string;
  urls: readonly string[];
  /** A client for one URL. */
  connectTo: (url: string) => Client;
  signal: AbortSignal;
  store: SchemaStore;
  type?: (typeof LISTED_TYPES)[number] | undefined;
}

/** The plugins of every worker that the context has a URL of. @throws the client's errors, if no worker answers */
export async function listPlugins(options: PluginListOptions): Promise<PluginList> {
  const { context, urls, connectTo, signal, store, type } = options;
  const asked = await askEach(
    urls,
    connectTo,
    async (client) => ({ ...(await allPlugins(client)), version: (await client.server()).version }),
    signal,
  );
  const answers = asked.flatMap(({ url, answer }) => (answer === null ? [] : [{ url, ...answer }]));
  const known = new Map(store.list().map(({ class: name, versions }) => [name, versions]));
  const byClass = Map.groupBy(
    answers.flatMap(({ url, plugins }) => plugins.map((plugin) => ({ url, ...plugin }))),
    (plugin) => plugin.class,
  );
  const plugins = [...byClass].map(([name, infos]): ListedPlugin => {
    const versions = sortedVersions(infos.flatMap(({ version }) => version || []));
    const described = known.get(name);
    const has = (url: string, version?: string) =>
      infos.some((info) => info.url === url && (version === undefined || info.version === version));
    return {
      class: name,
      types: [...new Set(infos.flatMap((info) => info.type || []))].sort(),
      versions,
      schema:
        described === undefined
          ? null
          : { versions: described, matches: versions.every((version) => described.includes(version)) },
      missingOn: answers
        .map(({ url }) => url)
        .filter((url) => !has(url) || versions.some((version) => !has(url, version))),
    };
  });
  return {
    context,
    plugins: plugins
      .filter(({ types }) => type === undefined || types.includes(type))
      .sort((a, b) => compareTexts(a.types.join(), b.types.join()) || compareTexts(a.class, b.class)),
    complete: answers.every(({ complete }) => complete),
    asked: asked.map(({ url, answer, error }) => ({ url, version: answer?.version ?? null, error })),
  };
}

async function allPlugins(client: Client): Promise<{ plugins: PluginInfo[]; complete: boolean }> {
  const complete = await client.supports('reading plugin definitions');
  return { plugins: await client.plugins({ connectorsOnly: !complete }), complete };
}

function sortedVersions(versions: readonly string[]): string[] {
  return [...new Set(versions)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

export interface DescribedKey {
  name: string;
  /** Connect's type: STRING, INT, PASSWORD, … */
  type: string;
  required: boolean;
  /** Null if there is none. */
  default: string | null;
  importance: string | null;
  /** What the plugin calls the group that the key is in. */
  group: string | null;
  documentation: string;
}

export interface PluginDescription {
  context: string;
  class: string;
  types: string[];
  versions: string[];
  /** Those that fit, in the plugin's order, group by group. */
  keys: DescribedKey[];
  /** How many keys the plugin has. */
  total: Count;
  search: string | null;
}

export interface PluginQuery {
  /** The class, with or without its package, or one of Connect's short names. */
  name: string;
  /** Only keys with this text in their name or documentation, in any case. */
  search?: string | undefined;
  requiredOnly?: boolean;
}

/**
 * What the worker that answers says about a plugin's keys.
 * @throws CONNECT_UNSUPPORTED before Kafka 3.2, PLUGIN_NOT_FOUND, REQUEST_INVALID if several plugins have the short name
 */
export async function describePlugin(
  client: Client,
  context: string,
  { name, search, requiredOnly = false }: PluginQuery,
): Promise<PluginDescription> {
  const { plugins } = await allPlugins(client);
  const found = findPlugin(name, plugins);
  const keys = describedKeys(await client.pluginDefinition(found));
  const infos = plugins.filter((plugin) => plugin.class === found);
  const word = search?.toLowerCase() ?? '';
  const fits = (key: DescribedKey) =>
    (!requiredOnly || key.required) &&
    (key.name.toLowerCase().includes(word) || key.documentation.toLowerCase().includes(word));
  return {
    context,
    class: found,
    types: [...new Set(infos.flatMap((info) => info.type || []))].sort(),
    versions: sortedVersions(infos.flatMap(({ version }) => version || [])),
    keys: keys.filter(fits),
    total: keys.length,
    search: search ?? null,
  };
}

/** The class that a name means. @throws PLUGIN_NOT_FOUND, REQUEST_INVALID */
export function findPlugin(name: string, plugins: readonly PluginInfo[]): string {
  const classes = [...new Set(plugins.map((plugin) => plugin.class))];
  if (classes.includes(name)) return name;
  const types = (one: string) => plugins.flatMap((plugin) => (plugin.class === one ? (plugin.type as PluginType) : []));
  const aliases = new Map(classes.map((one) => [one, aliasesIn(one, types(one))]));
  const found = classes.filter((one) => aliases.get(one)?.has(name));
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    throw new SluiceError('REQUEST_INVALID', `several plugins of the worker have the short name ${name}`, {
      hint: `Give one in full: ${firstNames(found.sort(), 8)}.`,
    });
  }
  const near = nearest(name, [...classes, ...[...aliases.values()].flatMap((some) => [...some])]);
  throw new SluiceError('PLUGIN_NOT_FOUND', `the worker has no plugin ${name}`, {
    hint: near === undefined ? 'List those it has: sluice plugins list' : `Did you mean ${near}?`,
  });
}

/** Connect's short names; also the class without its package, and a nested class's outer one. */
function aliasesIn(name: string, types: readonly PluginType[]): Set<string> {
  const simple = simpleName(name);
  // An unknown type has no suffix that could be left out.
  const known = types.filter((type) => SUFFIXED.has(type));
  return new Set([simple, simple.replace(/\$.*$/, ''), ...aliasesOf(name, known)]);
}

const SUFFIXED: ReadonlySet<string> = new Set<PluginType>([
  'source',
  'sink',
  'converter',
  'header_converter',
  'transformation',
  'predicate',
]);

function describedKeys(definition: readonly ConfigKey[]): DescribedKey[] {
  const keys = definition.map(({ name, type, required, default_value, importance, group, documentation }) => ({
    name,
    type,
    required: required === true,
    default:
      typeof default_value === 'string'
        ? redactEntry(name, default_value, (key) => type === 'PASSWORD' || isSecretName(key))
        : null,
    importance: typeof importance === 'string' ? importance.toLowerCase() : null,
    group: typeof group === 'string' && group.trim() !== '' ? group : null,
    documentation: (documentation ?? '').replaceAll(/\s+/g, ' ').trim(),
  }));
  // Group by group, in the order in which the plugin defines the groups; those of the plugin's own keys come first.
  return [...Map.groupBy(keys, ({ group }) => group).values()].flat();
}
