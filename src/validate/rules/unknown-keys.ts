import { CLIENT_CLASSES } from '../../schemas/clients.ts';
import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import type { SchemaStore } from '../../schemas/store.ts';
import { own } from '../../text/own.ts';
import { compiledSchema } from './compiled.ts';
import type { Predecessor } from './renames.ts';
import type { RuleFinding, Scope } from './scope.ts';

/** What a check needs to know in addition to the schema of one plugin. */
export interface Surroundings {
  store: SchemaStore;
  /** Keys that do not belong to this schema. */
  skip?: (key: string) => boolean;
  /** Where an unknown key would have an effect. */
  elsewhere?: (key: string) => { of: string; key: string } | undefined;
}

export function unknownKey(
  key: string,
  scope: Scope,
  schema: PluginSchema,
  { store, elsewhere }: Surroundings,
): RuleFinding {
  const full = scope.prefix + key;
  const base = { rule: 'unknown-key' as const, severity: 'warning' as const, key: full, part: 'key' as const };
  const foreign =
    own(schema['x-foreign'], key) ??
    schema['x-foreign-prefixes']?.find(({ prefix }) => key === prefix || key.startsWith(`${prefix}.`))?.of;
  if (foreign !== undefined) {
    return {
      ...base,
      rule: 'foreign-key',
      message: `${full} has no effect: ${foreign}`,
      hint: 'Remove it.',
      fix: { kind: 'remove-key' as const, key: full, safe: true },
    };
  }
  const driver = schema['x-driver-prefix'];
  const isDriver = driver !== undefined && key.startsWith(driver);
  const place = isDriver ? undefined : elsewhere?.(key);
  if (place !== undefined) {
    return {
      ...base,
      message: `${full} has no effect here; it is a setting of ${place.of}`,
      hint: `Write ${place.key}.`,
    };
  }
  // Any name may be a driver property: only a near miss counts as a misspelt key.
  const near = isDriver ? compiledSchema(schema).slip(key) : compiledSchema(schema).suggestion(key);
  // A key of another plugin was copied, not misspelt. This reads every schema, so only when it matters.
  const owner = near === undefined ? undefined : store.ownerOf(key);
  const suggestion = owner === undefined ? near : undefined;
  if (isDriver && (suggestion === undefined || scope.config[suggestion] !== undefined)) {
    const property = key.slice(driver.length);
    return {
      ...base,
      rule: 'driver-property',
      severity: 'note',
      message: `${full} is not a key of this connector; it is passed to the JDBC driver as ${property}`,
      hint: `If that is intended, write driver.${property}.`,
    };
  }
  if (owner !== undefined) {
    return {
      ...base,
      message: `${full} is unknown here, and the worker ignores it; it is a key of ${nameOf(owner)}`,
      hint: 'Remove it.',
    };
  }
  return misspelt(
    key,
    suggestion,
    scope,
    isDriver ? 'not a key of this connector' : 'unknown, and the worker ignores it',
  );
}

function nameOf(pluginClass: string): string {
  const client = Object.entries(CLIENT_CLASSES).find(([, name]) => name === pluginClass)?.[0];
  return client === undefined ? pluginClass.slice(pluginClass.lastIndexOf('.') + 1) : `Kafka's ${client} client`;
}

export function misspelt(
  key: string,
  suggestion: string | undefined,
  { config, prefix }: Scope,
  what: string,
): RuleFinding {
  const full = prefix + key;
  // If the similar key is set, this is still a typo, but must not replace it.
  const set = suggestion !== undefined && config[suggestion] !== undefined;
  const to = prefix + suggestion;
  return {
    rule: 'unknown-key',
    severity: 'warning' as const,
    message: `${full} is ${what}`,
    hint:
      suggestion === undefined
        ? 'Remove it, or check its spelling.'
        : `Did you mean ${to}?${set ? ' It is already set.' : ''}`,
    key: full,
    part: 'key' as const,
    ...(suggestion === undefined || set ? {} : { fix: { kind: 'rename-key' as const, key: full, to, safe: false } }),
  };
}

/** The key in the config that is a misspelling of a missing one. */
export function misspeltAs(
  missing: string,
  { keys, prefix }: Scope,
  schema: PluginSchema,
  { skip, store }: Surroundings,
): Predecessor | undefined {
  const compiled = compiledSchema(schema);
  const inFamily = (key: string) =>
    schema['x-driver-prefix'] !== undefined && key.startsWith(schema['x-driver-prefix']);
  for (const key of keys) {
    if (skip?.(key) || compiled.key(key) || (compiled.family(key) && !inFamily(key))) continue;
    const suggestion = inFamily(key) ? compiled.slip(key) : compiled.suggestion(key);
    if (suggestion !== missing || store.ownerOf(key) !== undefined) continue;
    const [full, to] = [prefix + key, prefix + missing];
    return {
      key,
      cause: `${full} is unknown, and may be a misspelling`,
      hint: `Did you mean ${to} instead of ${full}?`,
      fix: { kind: 'rename-key', key: full, to, safe: false },
    };
  }
  return undefined;
}
