import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { type SecretVerdict, secretJudge } from '../../schemas/secrets.ts';
import type { SchemaStore } from '../../schemas/store.ts';
import { bracedIn } from '../../text/braced.ts';
import { holdsSecret, isHostList } from '../../text/redact.ts';
import { hasSecretWord, isSecretName } from '../../text/secret-names.ts';
import { allRules, type Rule, type RuleCheck } from './catalog.ts';
import { allHold } from './cross-keys.ts';
import { predecessorOf } from './renames.ts';
import type { Report, Scope } from './scope.ts';

type Check = RuleCheck & Pick<Rule, 'id' | 'severity'>;

const byClass = new Map<string, Check[]>();

/**
 * Finds operational risks: no dead letter queue, no heartbeat, a secret in the file.
 * @param refused keys with an invalid value, from which nothing follows
 */
export function checkOperation(
  scope: Scope,
  schema: PluginSchema,
  store: SchemaStore,
  refused: ReadonlySet<string>,
  report: Report,
): void {
  for (const check of checksOf(schema)) {
    if (!allHold(check.when, scope, schema) || check.when.some(([key]) => scope.unknown(key) || refused.has(key)))
      continue;
    // A key under its old name is another finding, which should be fixed first.
    if (check.when.some(([key, operator]) => operator === 'unset' && predecessorOf(key, scope, schema))) continue;
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

/** A reference to a secret is not a secret; values are checked as written, before sluice resolves `${NAME}`. */
function pointsElsewhere(written: string): boolean {
  if (!written.includes('${')) return false;
  for (const { inner } of bracedIn(written)) if (inner !== '' && !/^[^:]*:-/.test(inner)) return true;
  return false;
}

function checkSecrets(scope: Scope, store: SchemaStore, report: Report): void {
  const judge = secretJudge(scope.config, store);
  for (const key of scope.keys) {
    const written = scope.written(key);
    if (written.trim() === '' || pointsElsewhere(written)) continue;
    // A placeholder of another tool is a separate finding, and not a secret.
    if (written.includes('{{') && /^\{\{[^{}]*\}\}$/.test(written.trim())) continue;
    // Few values can contain credentials: skip the expensive search for the rest.
    if (written.includes(':') || written.includes('=') || written.includes("'")) {
      if (holdsSecret(written)) {
        report({
          rule: 'credentials-in-url',
          severity: 'warning',
          message: `${key} contains a password`,
          hint: 'Move it to a separate key, as a reference such as ${DB_PASSWORD} or ${file:/path:key}.',
          key,
          part: 'value',
        });
        continue;
      }
      // A connection string may contain a password; one that does not is not a secret.
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written) || isHostList(key, written)) continue;
    }
    const verdict = judge(key);
    if (verdict === 'secret' || (namesSecret(key, verdict) && isText(key, written))) {
      report({
        rule: 'secret-in-clear',
        severity: 'warning',
        message: `${key} contains a secret in clear text`,
        hint: 'Write a reference: ${DB_PASSWORD} for sluice, or ${file:/path:key} for the worker.',
        key,
        part: 'value',
      });
    }
  }
}

function namesSecret(key: string, verdict: SecretVerdict): boolean {
  return isSecretName(key) || (verdict === 'family' && hasSecretWord(key));
}

/** A name may look secret although its value is a number, a class or a mode: `sasl.credentials.provider.class`. */
function isText(key: string, written: string): boolean {
  return (
    !/^(?:true|false|\d+)$/i.test(written) &&
    !/\.(?:class|source|mode|type|provider)$/.test(key) &&
    !/^[\w$]+(?:\.[\w$]+){2,}$/.test(written)
  );
}
