import { COMMENT_KEY } from '../connectors/comments.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { hasWorkerReference } from '../text/braced.ts';
import { own, setOwn } from '../text/own.ts';
import { redactEntry } from '../text/redact.ts';
import { checkAddresses } from './addresses.ts';
import { checkChains, checkConverters, checkOverrides, settingOfClient } from './chains.ts';
import { checkFramework } from './framework.ts';
import { checkScope } from './keys.ts';
import { checkName } from './names.ts';
import { checkOperation } from './operator-rules.ts';
import { checkPlaceholders } from './placeholders.ts';
import { pluginOf } from './plugins.ts';
import { familiesOf, type Problem, type Scope } from './problem.ts';
import { checkSinkSchemas } from './sink-schemas.ts';
import { checkTableLists } from './table-lists.ts';
import { checkTopicNames } from './topic-names.ts';
import { undescribedSchema } from './undescribed.ts';

/** Below these a plugin of its own or a Kafka client is meant; each has its own check. */
const ELSEWHERE =
  /^(?:transforms|predicates)\.|^(?:key|value|header)\.converter\.(?!plugin\.version$)|^(?:producer|consumer|admin)\.override\./;
const NONE: ReadonlySet<string> = new Set();

/** Everything that one connector's config shows by itself. Pure but for the schemas that it reads. */
export function checkConnector(
  connector: ConnectorFile,
  store: SchemaStore,
  { advice = false }: { advice?: boolean | undefined } = {},
): Problem[] {
  const problems: Problem[] = [];
  const report = (problem: Problem) => {
    problems.push(problem);
  };
  checkName(connector, report);
  const scope = scopeOfConnector(connector, store);
  const named = (scope.config['connector.class'] ?? '').trim() !== '';
  if (!named) {
    report({
      rule: 'missing-key',
      severity: 'error',
      message: 'connector.class is missing',
      hint: 'Add connector.class, such as io.debezium.connector.postgresql.PostgresConnector.',
      key: 'connector.class',
    });
  }
  const schema = !named ? undefined : pluginOf('connector.class', scope, ['source', 'sink'], store, report);
  // A connector that is not described here is still one of Connect's: its framework keys are known.
  const known = schema ?? undescribedSchema(scope, store);
  if (known) {
    checkScope(scope, known, report, {
      store,
      skip: (key) => ELSEWHERE.test(key) || COMMENT_KEY.test(key) || connector.unreadable?.has(key) === true,
      anchor: 'connector.class',
      elsewhere: (key) => settingOfClient(key, known, store),
    });
  }
  checkTopicNames(scope, known, report);
  checkAddresses(scope, known, report);
  if (schema) {
    checkTableLists(scope, schema, report);
    checkSinkSchemas(scope, schema, store, report);
  }
  checkChains(scope, store, report);
  checkConverters(scope, store, report);
  checkOverrides(scope, store, report);
  checkPlaceholders(scope, problems);
  checkFramework(scope, schema, known, report);
  if (advice && known) {
    const refused = new Set(problems.flatMap(({ rule, key }) => (rule === 'invalid-value' ? (key ?? []) : [])));
    checkOperation(scope, known, store, refused, report);
  }
  return problems;
}

function scopeOfConnector(connector: ConnectorFile, store: SchemaStore): Scope {
  // The reader keeps the name apart; to a plugin's definition it is a key like any other.
  // Key by key: a spread takes twice as long, and this is done for every file.
  const config: Record<string, string> = { name: connector.name };
  for (const key in connector.config) setOwn(config, key, connector.config[key] ?? '');
  // What the reader found wrong already is there, and not known: nothing follows from it.
  const unreadable = connector.unreadable ?? NONE;
  for (const key of unreadable) setOwn(config, key, '${}');
  let families: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    config,
    prefix: '',
    families: () => {
      families ??= familiesOf(config);
      return families;
    },
    unknown: (key) => {
      const value = config[key];
      if (unreadable.has(key)) return true;
      return value?.includes('${') === true && (connector.unset.has(key) || hasWorkerReference(value));
    },
    written: (key) => own(connector.written, key) ?? '',
    show: (key) => {
      const written = own(connector.written, key) ?? '';
      return redactEntry(key, written, configSecrets(connector, store).isSecret);
    },
  };
}
