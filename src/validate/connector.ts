import type { ConnectorFile } from '../connectors/connector-file.ts';
import { COMMENT_KEY } from '../connectors/sources/comments.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { hasWorkerReference } from '../text/braced.ts';
import { cached } from '../text/cached.ts';
import { own, setOwn } from '../text/own.ts';
import { redactEntry } from '../text/redact.ts';
import { checkAddresses } from './rules/addresses.ts';
import { checkFramework } from './rules/framework.ts';
import { checkScope } from './rules/keys.ts';
import { checkName } from './rules/names.ts';
import { checkOperation } from './rules/operations.ts';
import { checkPlaceholders } from './rules/placeholders.ts';
import { pluginOf } from './rules/plugins.ts';
import { familiesOf, type RuleFinding, type Scope } from './rules/scope.ts';
import { checkSinkSchemas } from './rules/sink-schemas.ts';
import { checkTableLists } from './rules/table-lists.ts';
import { checkTopicNames } from './rules/topic-names.ts';
import { checkChains, checkConverters, checkOverrides, settingOfClient } from './rules/transforms.ts';
import { undescribedSchema } from './rules/undescribed.ts';

/** Prefixes of keys that belong to another plugin or a Kafka client; those have their own checks. */
const ELSEWHERE =
  /^(?:transforms|predicates)\.|^(?:key|value|header)\.converter\.(?!plugin\.version$)|^(?:producer|consumer|admin)\.override\./;
const isElsewhere = cached((key) => ELSEWHERE.test(key) || COMMENT_KEY.test(key));
const NONE: ReadonlySet<string> = new Set();

/** Checks the config of one connector on its own. Pure, except that it reads schemas. */
export function checkConnector(
  connector: ConnectorFile,
  store: SchemaStore,
  { advice = false }: { advice?: boolean | undefined } = {},
): RuleFinding[] {
  const findings: RuleFinding[] = [];
  const report = (finding: RuleFinding) => {
    findings.push(finding);
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
  // Without a schema for the connector, the keys of the framework are still known.
  const known = schema ?? undescribedSchema(scope, store);
  if (known) {
    checkScope(scope, known, report, {
      store,
      skip: (key) => isElsewhere(key) || connector.unreadable?.has(key) === true,
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
  checkPlaceholders(scope, findings);
  checkFramework(scope, schema, known, report);
  if (advice && known) {
    const refused =
      findings.length === 0
        ? NONE
        : new Set(findings.flatMap(({ rule, key }) => (rule === 'invalid-value' ? (key ?? []) : [])));
    checkOperation(scope, known, store, refused, report);
  }
  return findings;
}

function scopeOfConnector(connector: ConnectorFile, store: SchemaStore): Scope {
  // The reader stores the name separately; for a plugin's definition it is an ordinary key.
  // Key by key: a spread takes twice as long, and this runs for every file.
  const config: Record<string, string> = { name: connector.name };
  for (const key in connector.config) setOwn(config, key, connector.config[key] ?? '');
  // Values that the reader has already reported count as unknown, so no further findings follow from them.
  const { unreadable } = connector;
  if (unreadable) for (const key of unreadable) setOwn(config, key, '${}');
  const keys = Object.keys(config);
  let families: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    config,
    keys,
    prefix: '',
    families: () => {
      families ??= familiesOf(keys);
      return families;
    },
    unknown: (key) => {
      if (unreadable?.has(key)) return true;
      const value = config[key];
      return value?.includes('${') === true && (connector.unset.has(key) || hasWorkerReference(value));
    },
    written: (key) => own(connector.written, key) ?? '',
    show: (key) => {
      const written = own(connector.written, key) ?? '';
      return redactEntry(key, written, configSecrets(connector, store).isSecret);
    },
  };
}
