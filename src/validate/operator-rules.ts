import { isSecretName, redactValue } from '../config/redact.ts';
import type { PluginSchema } from '../schemas/plugin-schema.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { conditionHolds } from './cross-rules.ts';
import type { Report, Scope } from './problem.ts';
import { allRules, type Rule, type RuleCheck } from './rules.ts';
import { secretKeysOf } from './secrets.ts';

type Check = RuleCheck & Pick<Rule, 'id' | 'severity'>;

const byClass = new Map<string, Check[]>();

/** What runs and may be regretted: no dead letter queue, no heartbeat, a secret in the file. */
export function checkOperation(scope: Scope, schema: PluginSchema, store: SchemaStore, report: Report): void {
  for (const check of checksOf(schema)) {
    if (check.when.some(([key]) => scope.unknown(key))) continue;
    if (!check.when.every((condition) => conditionHolds(condition, scope, schema))) continue;
    report({
      rule: check.id,
      severity: check.severity,
      message: check.message,
      hint: check.hint,
      key: check.at,
      part: 'value',
    });
  }
  checkSecrets(scope, store, report);
}

function checksOf(schema: PluginSchema): Check[] {
  const { class: name, types } = schema['x-plugin'];
  let checks = byClass.get(name);
  if (!checks) {
    const groups = new Set(['@connector', ...types.map((type) => `@${type}`), name]);
    checks = allRules().flatMap(({ id, severity, checks: all = [] }) =>
      all.filter((check) => check.classes.some((one) => groups.has(one))).map((check) => ({ ...check, id, severity })),
    );
    byClass.set(name, checks);
  }
  return checks;
}

/** A value that points at a secret elsewhere is none; the `${NAME}` that sluice resolves was looked at as written. */
const POINTER = /\$\{[^}]+\}/;

function checkSecrets(scope: Scope, store: SchemaStore, report: Report): void {
  let secrets: ReadonlySet<string> | undefined;
  let families: ReadonlySet<string> | undefined;
  for (const key of Object.keys(scope.config)) {
    const written = scope.written(key);
    if (written.trim() === '' || POINTER.test(written)) continue;
    // Of thousands of values few can hold credentials: the expressions that find them are kept from the rest.
    if (/[:=]/.test(written)) {
      if (redactValue(written) !== written) {
        report({
          rule: 'credentials-in-url',
          severity: 'warning',
          message: `${key} carries a password`,
          hint: 'Move it into a key of its own, as a reference such as ${DB_PASSWORD} or ${file:/path:key}.',
          key,
          part: 'value',
        });
        continue;
      }
      // A connection string may hold a password; one that does not is no secret.
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) continue;
    }
    secrets ??= secretKeysOf(scope.config, store, { families: false });
    families ??= secretKeysOf(scope.config, store);
    if (secrets.has(key) || (named(key, families) && !/^(?:true|false|\d+)$/i.test(written) && isText(key, scope))) {
      report({
        rule: 'secret-in-clear',
        severity: 'warning',
        message: `${key} has its secret in clear`,
        hint: 'Write a reference: ${DB_PASSWORD} for sluice, or ${file:/path:key} for the worker.',
        key,
        part: 'value',
      });
    }
  }
}

/** Verdicts on names: connectors have the same few hundred keys. */
const names = new Map<string, boolean>();

/** In a family of settings that may hold secrets, `sslpassword` is one, too. */
function named(key: string, families: ReadonlySet<string>): boolean {
  let secret = names.get(key);
  if (secret === undefined) {
    secret = isSecretName(key);
    names.set(key, secret);
  }
  return secret || (families.has(key) && /password|passphrase|secret|token/i.test(key));
}

/** Names speak of secrets where a class or a mode is meant, too: `sasl.credentials.provider.class`. */
function isText(key: string, { config }: Scope): boolean {
  return !/\.(?:class|source|mode|type|provider)$/.test(key) && !/^[\w$]+(?:\.[\w$]+){2,}$/.test(config[key] ?? '');
}
