import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { PluginSchema, PluginType } from '../schemas/plugin-schema.ts';
import { pluginKeys } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { workerSchema } from '../schemas/worker-schema.ts';
import { listItems } from '../text/lists.ts';
import { FILE_CONNECTORS } from '../topology/connector-class.ts';
import { findPlugin } from './plugins.ts';
import { type Unread, unreadOf } from './topics.ts';

type Client = Pick<ConnectClient, 'plugins' | 'pluginDefinition' | 'supports' | 'server'>;

const CONCURRENCY = 4;

/**
 * The schemas by which configurations are judged: those of the worker for every plugin that they name, one request each,
 * and for the rest those of the store.
 * @param unread for each class, why the worker's definition is not used
 */
export async function workerDefinitions(
  client: Client,
  configs: readonly ConnectorConfig[],
  store: SchemaStore,
  signal: AbortSignal,
): Promise<{ store: SchemaStore; live: ReadonlySet<string>; unread: Unread[] }> {
  const none = (unread: Unread[]) => ({ store, live: new Set<string>(), unread });
  if (configs.length === 0) return none([]);
  try {
    if (!(await client.supports('reading plugin definitions'))) {
      const { version } = await client.server();
      const reason = `the worker runs Kafka Connect ${version}, which has them from 3.2 on; packaged schemas are used`;
      return none([{ what: 'definitions of plugins', reason, error: null }]);
    }
    const plugins = await client.plugins({ connectorsOnly: false });
    const names = new Set(configs.flatMap(pluginNames));
    const classes = new Set([...names].flatMap((name) => known(() => findPlugin(name, plugins)) ?? []));
    const unread: Unread[] = [];
    const schemas = await mapBounded([...classes], CONCURRENCY, async (one): Promise<PluginSchema[]> => {
      const own = plugins.filter((plugin) => plugin.class === one);
      const types = own.map(({ type }) => type as PluginType);
      const version = own.flatMap((plugin) => plugin.version ?? []).at(-1) ?? 'unknown';
      try {
        const definitions = await client.pluginDefinition(one);
        return [
          workerSchema(
            { class: one, types, version },
            definitions,
            store.schema(one, version) ?? framework(types, store),
          ),
        ];
      } catch (error) {
        if (!(error instanceof SluiceError) || signal.aborted) throw error;
        unread.push(unreadOf(`the definition of ${one}`, error));
        return [];
      }
    });
    return { store: store.withLive(schemas.flat()), live: new Set(schemas.flat().map(classOf)), unread };
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    return none([unreadOf('definitions of plugins', error)]);
  }
}

/** The keys that every connector has: not every worker repeats them for each. */
function framework(types: readonly PluginType[], store: SchemaStore): PluginSchema | undefined {
  const kind = (['source', 'sink'] as const).find((one) => types.includes(one));
  const schema = kind === undefined ? undefined : store.schema(FILE_CONNECTORS[kind]);
  if (schema === undefined) return undefined;
  const own = new Set<string>(FILE_CONNECTORS.ownKeys);
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([key]) => !own.has(key)));
  return { ...schema, properties };
}

function classOf(schema: PluginSchema): string {
  return schema['x-plugin'].class;
}

/** Classes as a configuration writes them. */
function pluginNames(config: ConnectorConfig): string[] {
  const keys = pluginKeys(config['transforms']).map(({ key }) => key);
  const predicates = listItems(config['predicates']).map((alias) => `predicates.${alias}.type`);
  return [...keys, ...predicates].flatMap((key) => config[key]?.trim() || []);
}

/** A name that the worker does not know, or knows twice, has no definition. */
function known<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}
