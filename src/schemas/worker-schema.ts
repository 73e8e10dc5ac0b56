import type { ConfigKey } from '../connect/types.ts';
import { own } from '../text/own.ts';
import { buildSchema, keySchema } from './generate/build.ts';
import { isPatternName } from './generate/definitions.ts';
import type { ConnectType, KeySchema, PluginIdentity, PluginSchema } from './plugin-schema.ts';

/**
 * The schema of a plugin as a worker defines it, with what a schema of ours adds: secrets, families of keys, renamed
 * ones. Types and defaults are the worker's; a key that either calls a password is one.
 */
export function workerSchema(
  plugin: Pick<PluginIdentity, 'class' | 'types' | 'version'>,
  definitions: readonly ConfigKey[],
  ours: PluginSchema | undefined,
): PluginSchema {
  if (ours === undefined) return buildSchema({ ...plugin, definitions: [...definitions], probes: new Map() }, []);
  const defined = definitions
    .filter(({ name }) => !isPatternName(name))
    .map((key): [string, KeySchema] => [key.name, merged(key, own(ours.properties, key.name))]);
  return {
    ...ours,
    'x-plugin': { ...ours['x-plugin'], ...plugin, origin: 'worker' },
    properties: { ...ours.properties, ...Object.fromEntries(defined) },
  };
}

function merged(
  { name, type, default_value: fallback, documentation }: ConfigKey,
  ours: KeySchema | undefined,
): KeySchema {
  const known = ours?.['x-renamed'] === undefined || ours['x-renamed'].accepted ? ours : undefined;
  if (known === undefined)
    return keySchema(name, type as ConnectType, { documentation, default: fallback ?? undefined });
  const { default: _ours, ...rest } = known;
  return {
    ...rest,
    ...(fallback === null || fallback === undefined ? {} : { default: fallback }),
    'x-type': known['x-type'] === 'PASSWORD' ? 'PASSWORD' : (type as ConnectType),
  };
}
