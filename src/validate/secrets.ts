import { listItems } from '../connect/lists.ts';
import type { PluginSchema, PluginType } from '../schemas/plugin-schema.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { expression } from './problem.ts';

type Config = Readonly<Record<string, string>>;

/**
 * What the plugins know of a key: `secret` where it is typed PASSWORD or known to hold one though typed as text,
 * `family` where it belongs to a family of which some hold secrets, such as `driver.*`.
 */
export type SecretVerdict = 'secret' | 'family' | undefined;

/**
 * The keys of a config whose values are secrets: typed PASSWORD by the plugin (the connector, its transforms and
 * converters), or known to hold one though typed as text; also whole families that may hold one, such as `driver.*`.
 * Names that speak for themselves are src/text/secret-names.ts's.
 */
export function secretKeysOf(config: Config, store: SchemaStore): ReadonlySet<string> {
  const judge = secretJudge(config, store);
  return new Set(Object.keys(config).filter((key) => judge(key) !== undefined));
}

const judges = new WeakMap<SchemaStore, Map<string, (key: string) => SecretVerdict>>();
const MOST_REMEMBERED = 1000;

/** Judges keys by the plugins of a config; connectors with the same plugins share one judge, which remembers. */
export function secretJudge(config: Config, store: SchemaStore): (key: string) => SecretVerdict {
  let known = judges.get(store);
  if (!known) {
    known = new Map();
    judges.set(store, known);
  }
  const plugins = pluginKeys(config);
  let signature = '';
  for (const { key } of plugins) signature += `${key}\0${config[key]}\0`;
  const remembered = known.get(signature);
  if (remembered) return remembered;
  const judge = makeJudge(sharesOf(config, plugins, store));
  if (known.size < MOST_REMEMBERED) known.set(signature, judge);
  return judge;
}

interface PluginKey {
  key: string;
  /** What stands before the plugin's own keys. */
  prefix: string;
  types: readonly PluginType[];
}

const CONNECTOR: readonly PluginKey[] = [
  { key: 'connector.class', prefix: '', types: ['source', 'sink'] },
  { key: 'key.converter', prefix: 'key.converter.', types: ['converter'] },
  { key: 'value.converter', prefix: 'value.converter.', types: ['converter'] },
  { key: 'header.converter', prefix: 'header.converter.', types: ['header_converter'] },
];

function pluginKeys(config: Config): readonly PluginKey[] {
  const transforms = config['transforms'];
  if (transforms === undefined) return CONNECTOR;
  const links = listItems(transforms).map((alias): PluginKey => {
    const prefix = `transforms.${alias}.`;
    return { key: `${prefix}type`, prefix, types: ['transformation'] };
  });
  return [...CONNECTOR, ...links];
}

/** One plugin's share of the keys. */
interface Share {
  prefix: string;
  keys: ReadonlySet<string>;
  patterns: readonly RegExp[];
}

function sharesOf(config: Config, plugins: readonly PluginKey[], store: SchemaStore): Share[] {
  return plugins.flatMap(({ key, prefix, types }) => {
    const resolution = store.resolve((config[key] ?? '').trim(), types);
    const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
    return schema ? { prefix, ...secretsOf(schema) } : [];
  });
}

function secretsOf(schema: PluginSchema): Omit<Share, 'prefix'> {
  const typed = Object.entries(schema.properties).flatMap(([key, { 'x-type': type }]) =>
    type === 'PASSWORD' ? [key] : [],
  );
  const patterns = Object.entries(schema.patternProperties).flatMap(([pattern, { 'x-secret': secret }]) =>
    secret ? [expression(pattern)] : [],
  );
  return { keys: new Set([...typed, ...(schema['x-secrets'] ?? [])]), patterns };
}

function makeJudge(shares: readonly Share[]): (key: string) => SecretVerdict {
  const verdicts = new Map<string, SecretVerdict>();
  const judge = (key: string): SecretVerdict => {
    const own = shares.filter(({ prefix }) => key.startsWith(prefix));
    if (own.some(({ prefix, keys }) => keys.has(key.slice(prefix.length)))) return 'secret';
    const family = own.some(({ prefix, patterns }) => patterns.some((one) => one.test(key.slice(prefix.length))));
    return family ? 'family' : undefined;
  };
  return (key) => {
    if (verdicts.has(key)) return verdicts.get(key);
    const verdict = judge(key);
    if (verdicts.size < MOST_REMEMBERED) verdicts.set(key, verdict);
    return verdict;
  };
}
