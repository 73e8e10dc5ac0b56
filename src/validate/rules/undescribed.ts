import type { KeySchema, PluginSchema } from '../../schemas/plugin-schema.ts';
import type { SchemaStore } from '../../schemas/store.ts';
import { connectorClass, isNamedSource } from '../../topology/connector-class.ts';
import type { Scope } from './problem.ts';

/** Kafka's own file connectors have the keys of the framework and few others. */
const FRAMEWORK_ONLY = {
  source: 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  sink: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
};

/** Debezium connectors without a schema that went through the same renames as those with one. */
const DEBEZIUM_KIN = /^io\.debezium\.connector\.(?:oracle|db2|informix|vitess)\./;
const DEBEZIUM_DESCRIBED = [
  'io.debezium.connector.mysql.MySqlConnector',
  'io.debezium.connector.sqlserver.SqlServerConnector',
];

const made = new WeakMap<SchemaStore, Map<string, PluginSchema | undefined>>();

/** What is known of a connector without a schema: the keys of the framework, and those that all Debezium connectors dropped. */
export function undescribedSchema({ config }: Scope, store: SchemaStore): PluginSchema | undefined {
  const name = config['connector.class'] ?? '';
  const namesTopics = config['topics'] !== undefined || config['topics.regex'] !== undefined;
  const kind = namesTopics && !isNamedSource(name) ? 'sink' : 'source';
  const kin = DEBEZIUM_KIN.test(name);
  const oneTask = kin && connectorClass(name).tasks === 'one';
  let schemas = made.get(store);
  if (!schemas) {
    schemas = new Map();
    made.set(store, schemas);
  }
  const id = `${kind} ${kin} ${oneTask}`;
  if (!schemas.has(id)) schemas.set(id, make(kind, kin, oneTask, store));
  return schemas.get(id);
}

function make(kind: 'source' | 'sink', kin: boolean, oneTask: boolean, store: SchemaStore): PluginSchema | undefined {
  const base = store.schema(FRAMEWORK_ONLY[kind]);
  if (!base) return undefined;
  const { 'x-max-tasks': _most, ...rest } = base;
  const { topic: _topic, file: _file, 'batch.size': _size, ...properties } = base.properties;
  const described = kin ? DEBEZIUM_DESCRIBED.flatMap((name) => store.schema(name) ?? []) : [];
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
