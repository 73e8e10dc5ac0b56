import { CLIENT_CLASSES } from '../schemas/clients.ts';
import type { PluginSchema } from '../schemas/plugin-schema.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { own } from '../text/own.ts';
import { compiledSchema } from './compiled.ts';
import type { Problem, Scope } from './problem.ts';
import type { Predecessor } from './renames.ts';

/** What is to be known beside one plugin's schema. */
export interface Surroundings {
  store: SchemaStore;
  /** Keys that are no business of this schema. */
  skip?: (key: string) => boolean;
  /** Where a key that is unknown here would have an effect. */
  elsewhere?: (key: string) => { of: string; key: string } | undefined;
}

export function unknownKey(
  key: string,
  scope: Scope,
  schema: PluginSchema,
  { store, elsewhere }: Surroundings,
): Problem {
  const full = scope.prefix + key;
  const base = { rule: 'unknown-key', severity: 'warning' as const, key: full, part: 'key' as const };
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
  // Any name may be one of the driver's: only a slip of the pen is taken for another key.
  const near = isDriver ? compiledSchema(schema).slip(key) : compiledSchema(schema).meant(key);
  // The name of a key elsewhere was copied, not misspelt. Every schema is read for that: only where it matters.
  const owner = near === undefined ? undefined : store.ownerOf(key);
  const meant = owner === undefined ? near : undefined;
  if (isDriver && (meant === undefined || scope.config[meant] !== undefined)) {
    const property = key.slice(driver.length);
    return {
      ...base,
      rule: 'driver-property',
      severity: 'note',
      message: `${full} is not a key of this connector; it goes to the JDBC driver as ${property}`,
      hint: `If that is meant, write driver.${property}.`,
    };
  }
  if (owner !== undefined) {
    return {
      ...base,
      message: `${full} is unknown here, and the worker ignores it; it is a key of ${nameOf(owner)}`,
      hint: 'Remove it.',
    };
  }
  return misspelt(key, meant, scope, isDriver ? 'not a key of this connector' : 'unknown, and the worker ignores it');
}

function nameOf(pluginClass: string): string {
  const client = Object.entries(CLIENT_CLASSES).find(([, name]) => name === pluginClass)?.[0];
  return client === undefined ? pluginClass.slice(pluginClass.lastIndexOf('.') + 1) : `Kafka's ${client} client`;
}

export function misspelt(key: string, meant: string | undefined, { config, prefix }: Scope, what: string): Problem {
  const full = prefix + key;
  // Beside the key that it resembles it is a slip all the same, but must not take its place.
  const set = meant !== undefined && config[meant] !== undefined;
  const to = prefix + meant;
  return {
    rule: 'unknown-key',
    severity: 'warning' as const,
    message: `${full} is ${what}`,
    hint:
      meant === undefined
        ? 'Remove it, or check its spelling.'
        : `Did you mean ${to}?${set ? ' It is set already.' : ''}`,
    key: full,
    part: 'key' as const,
    ...(meant === undefined || set ? {} : { fix: { kind: 'rename-key' as const, key: full, to, safe: false } }),
  };
}

/** The key of the config that is a slip of a missing one. */
export function misspeltAs(
  missing: string,
  { config, prefix }: Scope,
  schema: PluginSchema,
  { skip, store }: Surroundings,
): Predecessor | undefined {
  const compiled = compiledSchema(schema);
  const inFamily = (key: string) =>
    schema['x-driver-prefix'] !== undefined && key.startsWith(schema['x-driver-prefix']);
  for (const key in config) {
    if (skip?.(key) || compiled.key(key) || (compiled.family(key) && !inFamily(key))) continue;
    const meant = inFamily(key) ? compiled.slip(key) : compiled.meant(key);
    if (meant !== missing || store.ownerOf(key) !== undefined) continue;
    const [full, to] = [prefix + key, prefix + missing];
    return {
      key,
      cause: `${full} is unknown, and perhaps meant`,
      hint: `Did you mean ${to} by ${full}?`,
      fix: { kind: 'rename-key', key: full, to, safe: false },
    };
  }
  return undefined;
}
