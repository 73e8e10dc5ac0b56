// A worker with many connectors, in a process of its own: its CPU time must not count. Prints its URL. GET /calls answers how
// often it was asked. Arguments: connectors, tasks of each.
import { FakeConnect } from '../helpers/fake-connect.ts';

const [connectors = 1000, tasks = 3] = process.argv.slice(2).map(Number);
const trace = `org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.\n${'\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:630)\n'.repeat(12)}Caused by: java.net.ConnectException: Connection refused\n`;

function entry(index: number): [string, object] {
  const type = index % 4 === 0 ? 'source' : 'sink';
  const name = `team-${index % 20}-${type}-${index}`;
  const config = {
    name,
    'connector.class':
      type === 'source'
        ? 'io.debezium.connector.postgresql.PostgresConnector'
        : 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': String(tasks),
    'topic.prefix': name,
    'topics.regex': `${name}\\..*`,
    'connection.url': `jdbc:postgresql://database-${index}.example.com:5432/shop`,
    'connection.username': 'sluice',
    'connection.password': `$\{file:/opt/secrets/${name}.properties:password}`,
    ...Object.fromEntries(
      Array.from({ length: 25 }, (_, key) => [`some.setting.number.${key}`, `value ${index} ${key}`]),
    ),
  };
  const worker = `connect-${index % 3}.example.com:8083`;
  // One in fifty has a task that has failed.
  const state = (id: number) =>
    index % 50 === 7 && id === 0
      ? { id, state: 'FAILED', worker_id: worker, trace }
      : { id, state: 'RUNNING', worker_id: worker };
  const ids = Array.from({ length: tasks }, (_, id) => id);
  return [
    name,
    {
      info: { name, type, config, tasks: ids.map((task) => ({ connector: name, task })) },
      status: { name, type, connector: { state: 'RUNNING', worker_id: worker }, tasks: ids.map(state) },
    },
  ];
}

const entries = Array.from({ length: connectors }, (_, index) => entry(index));
const listing = JSON.stringify(Object.fromEntries(entries));
const worker = await FakeConnect.start(({ path }) => {
  if (path === '/calls') return { json: worker.calls.filter((call) => call.path !== '/calls').length };
  if (path === '/connectors') return { json: entries.map(([name]) => name) };
  return path.startsWith('/connectors?') ? { text: listing } : undefined;
});
console.log(worker.url);
