import type { PluginSchema, PluginType } from '../schemas/plugin-schema.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { expression, listItems } from './problem.ts';

/**
 * The keys of a config whose values are secrets: typed PASSWORD by the plugin (the connector, its transforms and
 * converters), or known to hold one though typed as text; with `families`, also whole families that may hold one, such
 * as `driver.*`. Names that speak for themselves are src/config/redact.ts's.
 */
export function secretKeysOf(
  config: Readonly<Record<string, string>>,
  store: SchemaStore,
  { families = true }: { families?: boolean } = {},
): ReadonlySet<string> {
  const secrets = new Set<string>();
  for (const { key, prefix, types } of pluginKeys(config)) {
    const resolution = store.resolve((config[key] ?? '').trim(), types);
    const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
    if (schema) addSecrets(schema, prefix, config, families, secrets);
  }
  return secrets;
}

function* pluginKeys(
  config: Readonly<Record<string, string>>,
): Generator<{ key: string; prefix: string; types: PluginType[] }> {
  yield { key: 'connector.class', prefix: '', types: ['source', 'sink'] };
  yield { key: 'key.converter', prefix: 'key.converter.', types: ['converter'] };
  yield { key: 'value.converter', prefix: 'value.converter.', types: ['converter'] };
  yield { key: 'header.converter', prefix: 'header.converter.', types: ['header_converter'] };
  for (const alias of listItems(config['transforms'])) {
    yield { key: `transforms.${alias}.type`, prefix: `transforms.${alias}.`, types: ['transformation'] };
  }
}

interface SecretFacts {
  keys: ReadonlySet<string>;
  patterns: readonly RegExp[];
}

const facts = new WeakMap<PluginSchema, SecretFacts>();

function factsOf(schema: PluginSchema): SecretFacts {
  let known = facts.get(schema);
  if (!known) {
    const typed = Object.entries(schema.properties).flatMap(([key, { 'x-type': type }]) =>
      type === 'PASSWORD' ? [key] : [],
    );
    const patterns = Object.entries(schema.patternProperties).flatMap(([pattern, { 'x-secret': secret }]) =>
      secret ? [expression(pattern)] : [],
    );
    known = { keys: new Set([...typed, ...(schema['x-secrets'] ?? [])]), patterns };
    facts.set(schema, known);
  }
  return known;
}

function addSecrets(
  schema: PluginSchema,
  prefix: string,
  config: Readonly<Record<string, string>>,
  families: boolean,
  secrets: Set<string>,
): void {
  const { keys, patterns } = factsOf(schema);
  if (keys.size === 0 && (!families || patterns.length === 0)) return;
  for (const key of Object.keys(config)) {
    if (!key.startsWith(prefix)) continue;
    const own = key.slice(prefix.length);
    if (keys.has(own) || (families && patterns.some((pattern) => pattern.test(own)))) secrets.add(key);
  }
}
