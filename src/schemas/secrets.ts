import { listItems } from '../connect/lists.ts';
import { dottedPrefixes } from '../text/prefixes.ts';
import { holdsSecret, MASK, REFERENCE_ONLY, redactEntry, secretParts } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import type { PluginSchema, PluginType } from './plugin-schema.ts';
import type { SchemaStore } from './store.ts';

type Config = Readonly<Record<string, string>>;

/**
 * What the plugins know of a key: `secret` where it is typed PASSWORD or known to hold one though typed as text,
 * `family` where it belongs to a family of which some hold secrets, such as `driver.*`; `plain` where it is described and
 * holds none.
 */
export type SecretVerdict = 'secret' | 'family' | 'plain' | undefined;

/** What of one connector's configuration may be shown, and how. */
export interface ConfigSecrets {
  isSecret(key: string): boolean;
  /** A value that the connector's file gives: what came out of a reference as the reference, a secret masked. */
  desired(key: string, value: string): string;
  /** A value that is live: where the file has a reference for it, it may be what that stood for before. */
  live(key: string, value: string): string;
  /** What must not be shown in any text that comes back, such as an error or a trace. */
  values(): string[];
}

/**
 * The one judgement on a configuration's secrets: by the types that the plugins give their keys (the connector, its
 * transforms, converters and clients), by the words of a key's name, by the form of a value, and by where it came from.
 * @param connector `written` is the configuration before references were resolved, `filled` what these stand for
 * @param store without it, names and forms alone decide
 */
export function configSecrets(
  connector: {
    config: Config;
    written?: Config | undefined;
    filled?: ReadonlyMap<string, readonly string[]> | undefined;
  },
  store?: SchemaStore,
): ConfigSecrets {
  const { config, written } = connector;
  const judge = store === undefined ? () => undefined : secretJudge(config, store);
  const isSecret = (key: string) => {
    const verdict = judge(key);
    return verdict === 'secret' || verdict === 'family' || isSecretName(key);
  };
  const reference = (key: string): string | undefined => {
    const own = written !== undefined && Object.hasOwn(written, key) ? written[key] : undefined;
    return own === config[key] ? undefined : own;
  };
  const show = (key: string, value: string) => redactEntry(key, value, isSecret);
  const values = (key: string, value: string): string[] => {
    const own = reference(key);
    if (own === undefined) return isSecret(key) ? [value] : secretParts(value);
    if (judge(key) === 'plain' && !holdsSecret(value)) return [];
    const filled = connector.filled?.get(key) ?? [];
    return isSecret(key) ? [value, ...filled] : [...filled];
  };
  return {
    isSecret,
    desired: (key, value) => show(key, reference(key) ?? value),
    live: (key, value) => (reference(key) === undefined || judge(key) === 'plain' ? show(key, value) : MASK),
    values() {
      const harmless = new Set(
        Object.entries(config).flatMap(([key, value]) => (values(key, value).length === 0 ? [value] : [])),
      );
      const secret = Object.entries(config).flatMap(([key, value]) => values(key, value));
      // A password that is also the user's name cannot be told from it.
      return [...new Set(secret)].filter((value) => !harmless.has(value) && !REFERENCE_ONLY.test(value));
    },
  };
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
  plain: ReadonlySet<string>;
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
  const keys = new Set(schema['x-secrets'] ?? []);
  for (const [key, { 'x-type': type }] of Object.entries(schema.properties)) if (type === 'PASSWORD') keys.add(key);
  const plain = new Set(Object.keys(schema.properties)).difference(keys);
  const patterns = Object.entries(schema.patternProperties).flatMap(([pattern, { 'x-secret': secret }]) =>
    secret ? [new RegExp(pattern)] : [],
  );
  return { keys, plain, patterns };
}

function makeJudge(shares: readonly Share[]): (key: string) => SecretVerdict {
  const verdicts = new Map<string, SecretVerdict>();
  // Looked up by what a key begins with: a chain may have thousands of transforms.
  const byPrefix = Map.groupBy(shares, ({ prefix }) => prefix);
  const longest = shares.reduce((most, { prefix }) => Math.max(most, prefix.length), 0);
  const judge = (key: string): SecretVerdict => {
    const own = [...(byPrefix.get('') ?? [])];
    for (const prefix of dottedPrefixes(key, longest)) own.push(...(byPrefix.get(prefix) ?? []));
    if (own.some(({ prefix, keys }) => keys.has(key.slice(prefix.length)))) return 'secret';
    const family = own.some(({ prefix, patterns }) => patterns.some((one) => one.test(key.slice(prefix.length))));
    if (family) return 'family';
    return own.some(({ prefix, plain }) => plain.has(key.slice(prefix.length))) ? 'plain' : undefined;
  };
  return (key) => {
    if (verdicts.has(key)) return verdicts.get(key);
    const verdict = judge(key);
    if (verdicts.size < MOST_REMEMBERED) verdicts.set(key, verdict);
    return verdict;
  };
}
