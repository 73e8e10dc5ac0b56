import type { KeySchema, PluginSchema } from '../../schemas/plugin-schema.ts';
import type { SchemaStore } from '../../schemas/store.ts';
import { connectorClass, FILE_CONNECTORS, isNamedSource } from '../../topology/connector-class.ts';
import type { Scope } from './scope.ts';

const made = new WeakMap<SchemaStore, Map<string, PluginSchema | undefined>>();

/** What is known of a connector without a schema: the keys of the framework, and those that all Debezium connectors dropped. */
export function undescribedSchema({ config }: Scope, store: SchemaStore): PluginSchema | undefined {
  const name = config['connector.class'] ?? '';
  const namesTopics = config['topics'] !== undefined || config['topics.regex'] !== undefined;
  const kind = namesTopics && !isNamedSource(name) ? 'sink' : 'source';
  const { renamedLike = [], tasks } = connectorClass(name);
  const oneTask = renamedLike.length > 0 && tasks === 'one';
  let schemas = made.get(store);
  if (!schemas) {
    schemas = new Map();
    made.set(store, schemas);
  }
  const id = `${kind} ${renamedLike} ${oneTask}`;
  if (!schemas.has(id)) schemas.set(id, make(kind, renamedLike, oneTask, store));
  return schemas.get(id);
}

function make(
  kind: 'source' | 'sink',
  renamedLike: readonly string[],
  oneTask: boolean,
  store: SchemaStore,
): PluginSchema | undefined {
  // Few keys besides those of the framework.
  const base = store.schema(FILE_CONNECTORS[kind]);
  if (!base) return undefined;
  const { 'x-max-tasks': _most, ...rest } = base;
  const own = new Set<string>(FILE_CONNECTORS.ownKeys);
  const properties = Object.fromEntries(Object.entries(base.properties).filter(([key]) => !own.has(key)));
  const described = renamedLike.flatMap((name) => store.schema(name) ?? []);
  return {
    ...rest,
    ...(oneTask ? { 'x-max-tasks': 1 } : {}),
    properties: { ...properties, ...lostByAll(described) },
    required: ['name'],
    patternProperties: { '': { description: '', 'x-type': 'STRING' } },
    'x-renamed-prefixes': described[0]?.['x-renamed-prefixes'] ?? [],
  };
}

/** Keys that each of these plugins dropped. */
function lostByAll([first, ...others]: readonly PluginSchema[]): Record<string, KeySchema> {
  return Object.fromEntries(
    Object.entries(first?.properties ?? {}).filter(([key, { 'x-renamed': renamed }]) => {
      if (renamed === undefined || renamed.foreign !== undefined) return false;
      return others.every(({ properties }) => properties[key]?.['x-renamed']?.to === renamed.to && key in properties);
    }),
  );
}
