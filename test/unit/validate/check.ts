import { readText } from '../../../src/connectors/files.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';
import type { FixableFinding } from '../../../src/validate/rules/scope.ts';
import { type ValidateOptions, validateConnectors } from '../../../src/validate/validate.ts';

export const store = new SchemaStore();

const DEBEZIUM = 'io.debezium.connector.';

/** Complete configs, one a connector, in which nothing is to be found. */
export const BASES = {
  postgres: {
    'connector.class': `${DEBEZIUM}postgresql.PostgresConnector`,
    'topic.prefix': 'shop',
    'database.hostname': 'db',
    'database.user': 'debezium',
    'database.password': '${file:/secrets:PASSWORD}',
    'database.dbname': 'shop',
    'plugin.name': 'pgoutput',
  },
  mysql: {
    'connector.class': `${DEBEZIUM}mysql.MySqlConnector`,
    'topic.prefix': 'shop',
    'database.hostname': 'db',
    'database.user': 'debezium',
    'database.server.id': '5401',
    'schema.history.internal.kafka.bootstrap.servers': 'kafka:9092',
    'schema.history.internal.kafka.topic': 'shop.history',
  },
  sqlserver: {
    'connector.class': `${DEBEZIUM}sqlserver.SqlServerConnector`,
    'topic.prefix': 'shop',
    'database.hostname': 'db',
    'database.names': 'shop',
    'schema.history.internal.kafka.bootstrap.servers': 'kafka:9092',
    'schema.history.internal.kafka.topic': 'shop.history',
  },
  mongodb: {
    'connector.class': `${DEBEZIUM}mongodb.MongoDbConnector`,
    'topic.prefix': 'shop',
    'mongodb.connection.string': 'mongodb://db:27017/?replicaSet=rs0',
  },
  sink: {
    'connector.class': `${DEBEZIUM}jdbc.JdbcSinkConnector`,
    topics: 'shop.orders',
    'connection.url': 'jdbc:postgresql://db/shop',
    'connection.username': 'sink',
    'connection.password': '${file:/secrets:PASSWORD}',
  },
  confluentSink: {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
    topics: 'orders',
    'connection.url': 'jdbc:postgresql://db/shop',
  },
  confluentSource: {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
    'connection.url': 'jdbc:postgresql://db/shop',
    'topic.prefix': 'shop.',
    mode: 'bulk',
  },
  file: { 'connector.class': 'FileStreamSource', topic: 'lines', file: '/tmp/lines' },
} as const satisfies Record<string, Record<string, string>>;

export type Base = keyof typeof BASES;

/** Findings of a base config with these keys set; undefined takes a key away. */
export async function check(
  base: Base,
  changes: Readonly<Record<string, string | undefined>> = {},
  options?: ValidateOptions,
): Promise<FixableFinding[]> {
  const config: Record<string, string | undefined> = { ...BASES[base], ...changes };
  const text = JSON.stringify({ name: 'one', config }, null, 2);
  const { connectors } = await readText(text, { file: 'one.json', origin: 'named' }, { environment: {} });
  return validateConnectors(connectors, store, options);
}
