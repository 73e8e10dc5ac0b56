import type { KeySchema, PluginSchema } from '../plugin-schema.ts';
import { buildDocumented, buildSchema } from './build.ts';
import { hostOf, listPlugins, type PluginSource, probePlugin } from './probe.ts';
import type { Supplements } from './supplements.ts';

export interface CollectOptions {
  supplements: Supplements;
  /** Also include the plugins of schemas/supplements that no worker provides. */
  documented: boolean;
  /** Called for each plugin before it is asked about. */
  progress?: (pluginClass: string, index: number, total: number) => void;
}

/** Schemas of all plugins of a worker, sorted by class. */
export async function collectSchemas(source: PluginSource, options: CollectOptions): Promise<PluginSchema[]> {
  const plugins = await listPlugins(source);
  const host = hostOf(plugins);
  const schemas: PluginSchema[] = [];
  for (const [index, plugin] of plugins.entries()) {
    options.progress?.(plugin.class, index, plugins.length);
    const probed = await probePlugin(source, plugin, host);
    schemas.push(buildSchema(probed, options.supplements.of(plugin.class)));
  }
  if (options.documented) {
    const known = new Set(plugins.map((plugin) => plugin.class));
    for (const plugin of options.supplements.documented) {
      if (known.has(plugin.class)) continue;
      const framework = frameworkKeys(schemas, plugin.types.includes('sink') ? 'sink' : 'source');
      schemas.push(buildDocumented(plugin, framework));
    }
  }
  return schemas.sort((a, b) => (a['x-plugin'].class < b['x-plugin'].class ? -1 : 1));
}

/** The keys common to all connectors of a type. */
function frameworkKeys(schemas: readonly PluginSchema[], type: 'source' | 'sink'): Record<string, KeySchema> {
  const ofType = schemas.filter((schema) => schema['x-plugin'].types.includes(type));
  const first = ofType[0];
  if (!first) return {};
  return Object.fromEntries(
    Object.entries(first.properties)
      .filter(([key, schema]) => !schema.deprecated && ofType.every((other) => key in other.properties))
      .map(([key, { default: fallback, ...schema }]) => {
        // The default is the version of this plugin only.
        const own = key === 'connector.plugin.version' || fallback === undefined;
        return [key, own ? schema : { ...schema, default: fallback }];
      }),
  );
}
