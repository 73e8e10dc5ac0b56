import { withShared } from '../connectors/sources/source.ts';
import { cached } from '../text/cached.ts';
import { listItems } from '../text/lists.ts';
import { own } from '../text/own.ts';
import { dottedPrefixes } from '../text/prefixes.ts';
import { holdsSecret, MASK, REFERENCE_ONLY, redactEntry, redactKnown, secretParts } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import type { PluginSchema, PluginType } from './plugin-schema.ts';
import type { SchemaStore } from './store.ts';

type Config = Readonly<Record<string, string>>;

/**
 * What the plugins know about a key: `secret` if its type is PASSWORD or it is known to contain one, `family` if it belongs
 * to a family that may contain secrets, such as `driver.*`; `plain` if it has a schema and no secret.
 */
export type SecretVerdict = 'secret' | 'family' | 'plain' | undefined;

/** What may be shown of one connector's configuration, and how. */
export interface ConfigSecrets {
  isSecret(key: string): boolean;
  /** A value from the connector's file: resolved references shown as references, secrets masked. */
  desired(key: string, value: string): string;
  /** A live value: if the file has a reference for it, it may be an earlier value of that reference. */
  live(key: string, value: string): string;
  /** Values that must not be shown in any text from elsewhere, such as an error or a trace. */
  values(): string[];
}

/**
 * The single judgement on a configuration's secrets: by the types of the keys in the plugins' schemas (the connector, its
 * transforms, converters and clients), by the key's name, by the form of the value, and by its origin.
 * @param connector `written` is the configuration before references were resolved, `filled` has their values, `shared` the
 *   keys that share a value by an alias: if one is secret, all are
 * @param store without it, only names and forms count
 */
export function configSecrets(connector: Judged, store?: SchemaStore): ConfigSecrets {
  return secretsWithin(connector, store);
}

/** A configuration, and where its values came from. */
interface Judged {
  config: Config;
  written?: Config | undefined;
  filled?: ReadonlyMap<string, readonly string[]> | undefined;
  shared?: readonly { keys: readonly string[] }[] | undefined;
}

/** A part of a live value is masked only if it has this length: shorter passwords may be words of names and hosts. */
const MIN_PART = 8;
const MIN_WHOLE = 4;

/**
 * The judgements of one run. A secret of one connector is masked in all that a worker says about any of them: it may return
 * under another key, such as one that was renamed, or in the trace of another connector. Excludes values that a file also has in
 * clear under a plain key, such as a password that equals a user's name.
 */
export function runSecrets(connectors: readonly Judged[], store?: SchemaStore): (connector: Judged) => ConfigSecrets {
  let known: string[] | undefined;
  const find = () => {
    const all = connectors.map((one) => secretsWithin(one, store));
    const harmless = new Set(all.flatMap((one) => [...one.harmless()]));
    return [...new Set(all.flatMap((one) => one.certain()))].filter(
      (value) => value.length >= MIN_WHOLE && !harmless.has(value) && !REFERENCE_ONLY.test(value),
    );
  };
  const hide = (shown: string, value: string): string => {
    known ??= find();
    if (known.includes(value.trim())) return MASK;
    const parts = known.filter((one) => one.length >= MIN_PART && shown.includes(one));
    return parts.length === 0 ? shown : redactKnown(shown, parts);
  };
  return (connector) => {
    const own = secretsWithin(connector, store);
    return {
      ...own,
      live: (key, value) => hide(own.live(key, value), value),
      values() {
        known ??= find();
        return [...new Set([...own.values(), ...known.filter((value) => !own.harmless().has(value))])];
      },
    };
  };
}

interface Within extends ConfigSecrets {
  /** Only secrets: not what was filled into an unknown key. */
  certain(): string[];
  /** Values that are used in clear. */
  harmless(): ReadonlySet<string>;
}

function secretsWithin(connector: Judged, store: SchemaStore | undefined): Within {
  const { config, written } = connector;
  const judge = store === undefined ? () => undefined : secretJudge(config, store);
  const isSecret = withShared(connector.shared, (key: string) => {
    const verdict = judge(key);
    return verdict === 'secret' || verdict === 'family' || isSecretName(key);
  });
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
  let harmless: Set<string> | undefined;
  const harmlessValues = () => {
    harmless ??= new Set(
      Object.entries(config).flatMap(([key, value]) => (values(key, value).length === 0 ? [value] : [])),
    );
    return harmless;
  };
  return {
    isSecret,
    desired: (key, value) => show(key, reference(key) ?? value),
    live: (key, value) => (reference(key) === undefined || judge(key) === 'plain' ? show(key, value) : MASK),
    values() {
      const secret = Object.entries(config).flatMap(([key, value]) => values(key, value));
      // A password that equals the user's name cannot be distinguished from it.
      return [...new Set(secret)].filter((value) => !harmlessValues().has(value) && !REFERENCE_ONLY.test(value));
    },
    certain: () =>
      Object.entries(config).flatMap(([key, value]) =>
        isSecret(key) ? [value, ...(connector.filled?.get(key) ?? [])] : secretParts(value),
      ),
    harmless: harmlessValues,
  };
}

type Judge = (key: string) => SecretVerdict;

/** The judge of some classes, and those with one class more. */
interface Judges {
  judge?: Judge;
  next: Map<string | undefined, Judges>;
}

const judges = new WeakMap<SchemaStore, Judges & { size: number }>();
const MAX_REMEMBERED = 1000;
const MAX_PLUGINS = 50;

/** Judges keys by the plugins of a config; connectors with the same plugins share one judge and its cache. */
export function secretJudge(config: Config, store: SchemaStore): Judge {
  let known = judges.get(store);
  if (!known) {
    known = { next: new Map(), size: 0 };
    judges.set(store, known);
  }
  const plugins = pluginKeys(config['transforms']);
  let at: Judges | undefined = known.next.get(config['transforms']);
  for (const { key } of plugins) at = at?.next.get(config[key]);
  if (at?.judge !== undefined) return at.judge;
  const judge = makeJudge(sharesOf(config, plugins, store));
  if (known.size < MAX_REMEMBERED && plugins.length <= MAX_PLUGINS) {
    known.size += 1;
    let made = nextOf(known, config['transforms']);
    for (const { key } of plugins) made = nextOf(made, config[key]);
    made.judge = judge;
  }
  return judge;
}

function nextOf({ next }: Judges, value: string | undefined): Judges {
  let found = next.get(value);
  if (found === undefined) {
    found = { next: new Map() };
    next.set(value, found);
  }
  return found;
}

/** A key that names a plugin. */
export interface PluginKey {
  key: string;
  /** The prefix of the plugin's own keys. */
  prefix: string;
  types: readonly PluginType[];
}

const CONNECTOR: readonly PluginKey[] = [
  { key: 'connector.class', prefix: '', types: ['source', 'sink'] },
  { key: 'key.converter', prefix: 'key.converter.', types: ['converter'] },
  { key: 'value.converter', prefix: 'value.converter.', types: ['converter'] },
  { key: 'header.converter', prefix: 'header.converter.', types: ['header_converter'] },
];

/** The keys of a configuration that name plugins with keys of their own. */
export function pluginKeys(transforms: string | undefined): readonly PluginKey[] {
  return transforms === undefined ? CONNECTOR : withTransforms(transforms);
}

const withTransforms = cached((transforms): readonly PluginKey[] => {
  const links = listItems(transforms).map((alias): PluginKey => {
    const prefix = `transforms.${alias}.`;
    return { key: `${prefix}type`, prefix, types: ['transformation'] };
  });
  return [...CONNECTOR, ...links];
});

/** The keys of one plugin. */
interface Share {
  prefix: string;
  properties: PluginSchema['properties'];
  /** Keys that contain a secret although their type is not PASSWORD. */
  secrets: readonly string[];
  patterns: readonly RegExp[];
}

function sharesOf(config: Config, plugins: readonly PluginKey[], store: SchemaStore): Share[] {
  return plugins.flatMap(({ key, prefix, types }) => {
    const resolution = store.resolve((config[key] ?? '').trim(), types);
    const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
    return schema ? { prefix, ...secretsOf(schema) } : [];
  });
}

function secretsOf({ properties, patternProperties, 'x-secrets': secrets = [] }: PluginSchema): Omit<Share, 'prefix'> {
  const patterns = Object.entries(patternProperties).flatMap(([pattern, { 'x-secret': secret }]) =>
    secret ? [new RegExp(pattern)] : [],
  );
  return { properties, secrets, patterns };
}

/** What one plugin knows about a key below its prefix. */
function verdictOf(key: string, { properties, secrets, patterns }: Share): SecretVerdict {
  const known = own(properties, key);
  if (known?.['x-type'] === 'PASSWORD' || secrets.includes(key)) return 'secret';
  if (patterns.some((one) => one.test(key))) return 'family';
  return known && 'plain';
}

function makeJudge(shares: readonly Share[]): Judge {
  /** Null for undefined. */
  const known = new Map<string, NonNullable<SecretVerdict> | null>();
  // Looked up by prefix: a chain may have thousands of transforms.
  const byPrefix = Map.groupBy(shares, ({ prefix }) => prefix);
  const longest = shares.reduce((most, { prefix }) => Math.max(most, prefix.length), 0);
  const judge = (key: string): SecretVerdict => {
    const near = [...(byPrefix.get('') ?? [])];
    for (const prefix of dottedPrefixes(key, longest)) near.push(...(byPrefix.get(prefix) ?? []));
    const verdicts = new Set(near.map((share) => verdictOf(key.slice(share.prefix.length), share)));
    return (['secret', 'family', 'plain'] as const).find((one) => verdicts.has(one));
  };
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before ?? undefined;
    const verdict = judge(key);
    if (known.size < MAX_REMEMBERED) known.set(key, verdict ?? null);
    return verdict;
  };
}
