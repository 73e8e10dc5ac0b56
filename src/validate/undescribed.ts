import type { KeySchema, PluginSchema } from '../schemas/plugin-schema.ts';
import type { SchemaStore } from '../schemas/store.ts';
import type { Scope } from './problem.ts';

/** Kafka's own file connectors have the framework's keys and hardly any other. */
const FRAMEWORK_ONLY = {
  source: 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  sink: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
};

/** Debezium's connectors that are not described here and went through the same renames as those that are. */
const DEBEZIUM_KIN = /^io\.debezium\.connector\.(?:oracle|db2|informix|vitess)\./;
const ONE_TASK = /^io\.debezium\.connector\.oracle\./;
const DEBEZIUM_DESCRIBED = [
  'io.debezium.connector.mysql.MySqlConnector',
  'io.debezium.connector.sqlserver.SqlServerConnector',
];

const made = new WeakMap<SchemaStore, Map<string, PluginSchema | undefined>>();

/** What is known of a connector whose class is not described: the framework's keys, and what all of Debezium's lost. */
export function undescribedSchema({ config }: Scope, store: SchemaStore): PluginSchema | undefined {
  const kind = config['topics'] !== undefined || config['topics.regex'] !== undefined ? 'sink' : 'source';
  const name = config['connector.class'] ?? '';
  const kin = DEBEZIUM_KIN.test(name);
  const oneTask = ONE_TASK.test(name);
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

/** Keys that went away from each of these plugins. */
function lostByAll([first, ...others]: readonly PluginSchema[]): Record<string, KeySchema> {
  return Object.fromEntries(
    Object.entries(first?.properties ?? {}).filter(([key, { 'x-renamed': renamed }]) => {
      if (renamed === undefined || renamed.foreign !== undefined) return false;
      return others.every(({ properties }) => properties[key]?.['x-renamed']?.to === renamed.to && key in properties);
    }),
  );
}
