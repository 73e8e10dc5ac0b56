import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { visibleJson } from '../../src/text/visible.ts';
import { SECRET_KEYS } from './planted-keys.ts';
import type { Plants } from './plants.ts';
import { type Config, GOOD, HIDDEN } from './talkative-worker.ts';

/** Nobody listens there. */
export const UNREACHABLE = '127.0.0.1:1';

/** Keys that most connectors have, so that a file is read as one. */
export const base = (name: string): Config => ({
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'tasks.max': '1',
  'topic.prefix': name,
  'database.hostname': 'db',
  'database.user': 'u',
  'database.dbname': 'shop',
});

export function planted(plants: Plants, where: string, keys = SECRET_KEYS): Config {
  return Object.fromEntries(keys.map(([key, value]) => [key, plants.plant(`${where}: ${key}`, value)]));
}

/**
 * A project with a secret in every place that may hold one: connector files of every form, broken ones, references of every
 * kind, and a sluice.yaml with all its settings.
 */
export function writePlantedProject(project: string, plants: Plants, workerUrl: string): void {
  const write = (file: string, text: string): void => {
    const full = path.join(project, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  };
  // Connector files in every form.
  const json = { ...base('source'), ...planted(plants, 'JSON file') };
  write('connectors/source.json', JSON.stringify({ name: 'source', config: json }, null, 2));
  write(
    'connectors/flat.json',
    JSON.stringify({ name: 'flat', ...base('flat'), ...planted(plants, 'flat JSON file', SECRET_KEYS.slice(0, 40)) }),
  );
  const yaml = Object.entries({ ...base('yaml'), ...planted(plants, 'YAML file', SECRET_KEYS.slice(30)) });
  write(
    'connectors/plain.yaml',
    `name: yaml\nconfig:\n${yaml.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`).join('')}`,
  );
  const strimzi = Object.entries({ ...planted(plants, 'Strimzi file', SECRET_KEYS.slice(0, 30)) });
  write(
    'connectors/strimzi.yaml',
    `apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaConnector\nmetadata:\n  name: strimzi\nspec:\n  class: io.debezium.connector.jdbc.JdbcSinkConnector\n  tasksMax: 1\n  config:\n    topics: a\n${strimzi.map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`).join('')}`,
  );
  // References of every kind.
  const references = {
    ...base('referenced'),
    'topic.prefix': '${FROM_ENVIRONMENT_PLAIN}',
    'database.password': '${FROM_ENVIRONMENT}',
    'database.ssl.keystore.password': '${FROM_ENV_FILE}',
    'database.ssl.truststore.password': '${FROM_CONTEXT}',
    'producer.override.ssl.key.password': '${FROM_VAULT}',
    'producer.override.ssl.keystore.password': '${FROM_FILE}',
    'custom.note': 'a ${FROM_ENVIRONMENT_NOTE} b',
    'connection.url': 'jdbc:postgresql://u:${FROM_ENVIRONMENT_URL}@h/d',
    'unset.password': plants.plant('default of a reference', '${NOT_SET:-§}'),
    'worker.password': '${vault:secret/db#password}',
  };
  write('connectors/referenced.json', JSON.stringify({ name: 'referenced', config: references }));
  for (const name of GOOD) {
    const config = {
      ...base(name),
      'plugin.name': 'pgoutput',
      'slot.name': name,
      ...planted(plants, `${name}, deployed`, SECRET_KEYS.slice(0, 12)),
    };
    write(
      `good/${name}.json`,
      JSON.stringify({
        name,
        config: {
          ...config,
          ...(name === 'runs'
            ? {}
            : {
                'database.password': '${FROM_ENVIRONMENT}',
                'custom.note': 'a ${FROM_ENVIRONMENT_NOTE} b',
                'custom.url': 'jdbc:x://u:${FROM_ENVIRONMENT_URL}@h',
              }),
        },
      }),
    );
  }
  write(
    'overlays/fake/source.yaml',
    `config:\n  overlay.password: ${plants.mark('overlay')}\n  overlay.url: "http://u:${plants.mark('URL of an overlay')}@h"\n`,
  );
  // What a terminal would act on, in every place that is shown.
  write(
    'connectors/odd.json',
    JSON.stringify({ name: `odd${HIDDEN}`, config: { ...base('odd'), [`key${HIDDEN}`]: `value${HIDDEN}` } }),
  );
  write(`broken/raw${HIDDEN.replaceAll('/', '')}.json`, `{"name":"raw${HIDDEN}" "config":{"a${HIDDEN}":1}}`);
  write('broken/raw.yaml', `name: raw\nconfig:\n  a: "${HIDDEN}"\n  ${HIDDEN}: [\n`);
  // Files that are broken where a secret stands.
  write('broken/cut.json', `{"name":"cut","config":{"database.password":"${plants.mark('JSON file that is cut')}`);
  write(
    'broken/bare.json',
    `{"name":"bare","config":{"database.password": ${plants.mark('JSON file without quotes')}}}`,
  );
  write(
    'broken/twice.json',
    `{"name":"t","config":{"database.password":"${plants.mark('first of two')}","database.password":"${plants.mark('second of two')}"}}`,
  );
  write(
    'broken/comma.json',
    `{"name":"t","config":{"database.password":"${plants.mark('before a missing comma')}" "x":1}}`,
  );
  write('broken/bad.yaml', `name: x\nconfig:\n  database.password: "${plants.mark('YAML that is cut')}\n  a: b\n`);
  write(
    'broken/indent.yaml',
    `name: x\nconfig:\n  database.password: ${plants.mark('YAML of a bad indent')}\n   a: b\n  - ${plants.mark('YAML, later')}\n`,
  );
  write(
    'broken/tag.yaml',
    `name: x\nconfig:\n  database.password: !secret ${plants.mark('behind a tag')}\n  a.password: &a ${plants.mark('behind an anchor')}\n  b.password: *nosuch\n`,
  );
  write(
    'broken/object.json',
    JSON.stringify({
      name: 'o',
      config: {
        ...base('o'),
        'database.password': { value: plants.mark('object in place of a value') },
        tokens: [plants.mark('list in place of a value')],
      },
    }),
  );
  write(
    'broken/block.yaml',
    `name: x\nconfig:\n  database.password: |\n    ${plants.mark('block scalar')}\n  ssl.key.password: >-\n    a\n    ${plants.mark('folded scalar')}\n`,
  );
  write('broken/text.txt', `database.password=${plants.mark('text in place of a file')}\n`);
  write('broken/secret.properties', `name=x\ndatabase.password=${plants.mark('properties')}\nconnector.class=x\n`);
  write(
    'broken/kubernetes.yaml',
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: ${plants.mark('Kubernetes secret')}\n`,
  );

  // sluice.yaml
  write('token.txt', `${plants.mark('file of a reference')}\n`);
  write(
    'key.pem',
    `-----BEGIN PRIVATE KEY-----\n${plants.mark('private key of a context')}\n-----END PRIVATE KEY-----\n`,
  );
  write(
    'extra.env',
    `FROM_ENV_FILE=${plants.mark('env file')}\nUNUSED_PASSWORD=${plants.mark('unused variable of an env file')}\n`,
  );
  write(
    'sluice.yaml',
    `version: 1
defaultContext: fake
connectors: ["connectors/*"]
contexts:
  fake:
    connect:
      url: ${workerUrl.replace('http://', `http://op:${plants.mark('URL of a context')}@`)}
      headers:
        X-Api-Key: ${plants.mark('header of a context')}
        Authorization: Bearer ${plants.mark('Authorization of a context')}
        X-Custom: ${plants.mark('any header')}
    kafka:
      bootstrapServers: ${UNREACHABLE}
      sasl: { mechanism: PLAIN, username: u, password: ${plants.mark('SASL password of a context')} }
    variables:
      FROM_CONTEXT: ${plants.mark('variable of a context')}
      FROM_VAULT: \${vault:secret/db#password}
      FROM_FILE: \${file:token.txt}
      UNUSED_TOKEN: ${plants.mark('unused variable of a context')}
      NOTE: ${plants.mark('variable of a context without a telling name')}
  basic:
    connect: { url: ${workerUrl}, username: u, password: ${plants.mark('password of a context')} }
  bearer:
    connect: { url: ${workerUrl}, token: ${plants.mark('token of a context')} }
  away:
    connect: { url: "http://op:${plants.mark('URL of a context that is away')}@${UNREACHABLE}", headers: { X-Key: ${plants.mark('header of a context that is away')} } }
  bad:
    connect: "http://op:100%${plants.mark('bad URL of a context')}@${UNREACHABLE}"
  guarded:
    connect: { url: ${workerUrl}, token: ${plants.mark('token of a protected context')} }
    protected: true
  tls:
    connect: { url: "https://${UNREACHABLE}", tls: { ca: key.pem, cert: key.pem, key: key.pem } }
  ${visibleJson(JSON.stringify(`odd${HIDDEN}`))}:
    connect: { url: ${workerUrl} }
databases:
  shop: postgres://u:${plants.mark('database URL')}@${UNREACHABLE}/shop
  apart: { url: "mysql://u@${UNREACHABLE}/shop", password: "a@${plants.mark('password of a database')}" }
  raw: postgres://u:a/b${plants.mark('database URL with a slash')}@${UNREACHABLE}/shop
  percent: mysql://u:100%${plants.mark('database URL with a percent sign')}@${UNREACHABLE}/shop
  server: "sqlserver://127.0.0.1:1;databaseName=d;user=u;password={a;}}${plants.mark('SQL Server URL')}}"
  braces: "jdbc:sqlserver://127.0.0.1:1;user=u;password={${plants.mark('SQL Server URL with an open brace')}"
  file: { url: "postgres://u@${UNREACHABLE}/shop", password: "\${file:token.txt}" }
  vault: { url: "postgres://u@${UNREACHABLE}/shop", password: "\${vault:secret/db#password}" }
serve: { alerts: true, heal: true, drift: { every: 1s }, every: 1s }
alerts:
  receivers:
    hook: { webhook: { url: "${workerUrl}/hook?token=${plants.mark('URL of a webhook')}", token: ${plants.mark('token of a webhook')} } }
    gone: { webhook: "http://${UNREACHABLE}/${plants.mark('URL of a webhook that is away')}" }
    slack: { slack: "${workerUrl}/services/${plants.mark('URL of Slack')}" }
    pager: { pagerduty: { routingKey: ${plants.mark('routing key')}, url: "${workerUrl}/pager" } }
    manager: { alertmanager: { url: "${workerUrl}", username: u, password: ${plants.mark('password of Alertmanager')} } }
    mail: { email: { server: "smtp://u@${UNREACHABLE}", password: ${plants.mark('password of a mail server')}, from: a@b, to: c@d } }
reconcile:
  pairs:
    plain: { source: shop, target: apart, tables: [orders], connectTimeout: 2s, schedule: "* * * * * *" }
    raw: { source: raw, target: percent, tables: [orders] }
    server: { source: server, target: braces, tables: [orders] }
    apart: { source: file, target: vault, tables: [orders], connectTimeout: 2s }
`,
  );
  const broken: [string, string][] = [
    [
      'unknown',
      `version: 1\ncontexts:\n  x:\n    connect: { url: http://h, pasword: ${plants.mark('unknown key of sluice.yaml')} }\n`,
    ],
    [
      'type',
      `version: 1\ncontexts:\n  x:\n    connect: { url: http://h, password: [${plants.mark('list in sluice.yaml')}] }\n`,
    ],
    ['syntax', `version: 1\ncontexts:\n  x:\n    password: "${plants.mark('text without end in sluice.yaml')}\n`],
    [
      'scalar',
      `version: 1\ncontexts:\n  x:\n    password: a\n  ${plants.mark('stray line in sluice.yaml')}\n   b: c\n`,
    ],
    ['tag', `version: 1\ndatabases:\n  x: !vault ${plants.mark('unknown tag in sluice.yaml')}\n`],
    ['alias', `version: 1\ndatabases:\n  x: *${plants.mark('alias in sluice.yaml')}\n`],
    [
      'database',
      `version: 1\ndatabases:\n  x: 5${plants.mark('database that is no URL')}\n  y: { uri: "postgres://u:${plants.mark('URL under an unknown key')}@h" }\n`,
    ],
    [
      'reference',
      `version: 1\ndefaultContext: x\ncontexts:\n  x:\n    connect: { url: http://h, password: "\${${plants.mark('secret in place of a name')}:x}" }\n`,
    ],
    [
      'unset',
      `version: 1\ndefaultContext: x\ncontexts:\n  x:\n    connect: { url: "http://u:${plants.mark('beside an unset variable')}\${NOT_SET}@h" }\n`,
    ],
    ['policy', `version: 1\nvalidate:\n  rules:\n    secret-in-clear: ${plants.mark('severity of a rule')}\n`],
  ];
  for (const [name, text] of broken) write(`projects/${name}.yaml`, text);
}
