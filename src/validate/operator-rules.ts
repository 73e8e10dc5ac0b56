import type { PluginSchema } from '../schemas/plugin-schema.ts';
import { type SecretVerdict, secretJudge } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { bracedIn } from '../text/braced.ts';
import { holdsSecret, isHostList } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import { allHold } from './cross-rules.ts';
import type { Report, Scope } from './problem.ts';
import { predecessorOf } from './renames.ts';
import { allRules, type Rule, type RuleCheck } from './rules.ts';

type Check = RuleCheck & Pick<Rule, 'id' | 'severity'>;

const byClass = new Map<string, Check[]>();

/**
 * What runs and may be regretted: no dead letter queue, no heartbeat, a secret in the file.
 * @param refused keys whose value is wrong: nothing follows from it
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
    // What is written under an old name is another finding, and the one to follow.
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

/** A value that points at a secret elsewhere is none; the `${NAME}` that sluice resolves was looked at as written. */
function pointsElsewhere(written: string): boolean {
  return [...bracedIn(written)].some(({ inner }) => inner !== '' && !/^[^:]*:-/.test(inner));
}

function checkSecrets(scope: Scope, store: SchemaStore, report: Report): void {
  const judge = secretJudge(scope.config, store);
  for (const key in scope.config) {
    const written = scope.written(key);
    if (written.trim() === '' || pointsElsewhere(written)) continue;
    // A placeholder of another tool is a finding of its own, and no secret.
    if (/^\{\{[^{}]*\}\}$/.test(written.trim())) continue;
    // Of thousands of values few can hold credentials: the expressions that find them are kept from the rest.
    if (written.includes(':') || written.includes('=') || written.includes("'")) {
      if (holdsSecret(written)) {
        report({
          rule: 'credentials-in-url',
          severity: 'warning',
          message: `${key} contains a password`,
          hint: 'Move it into a key of its own, as a reference such as ${DB_PASSWORD} or ${file:/path:key}.',
          key,
          part: 'value',
        });
        continue;
      }
      // A connection string may hold a password; one that does not is no secret.
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written) || isHostList(key, written)) continue;
    }
    const verdict = judge(key);
    if (verdict === 'secret' || (namesSecret(key, verdict) && isText(key, written))) {
      report({
        rule: 'secret-in-clear',
        severity: 'warning',
        message: `${key} holds its secret in clear text`,
        hint: 'Write a reference: ${DB_PASSWORD} for sluice, or ${file:/path:key} for the worker.',
        key,
        part: 'value',
      });
    }
  }
}

/** Verdicts on names: connectors have the same few hundred keys. */
const names = new Map<string, boolean>();
const MOST_NAMES = 10_000;

/** In a family of settings that may hold secrets, `sslpassword` is one, too. */
function namesSecret(key: string, verdict: SecretVerdict): boolean {
  let secret = names.get(key);
  if (secret === undefined) {
    secret = isSecretName(key);
    if (names.size < MOST_NAMES) names.set(key, secret);
  }
  return secret || (verdict === 'family' && /password|passphrase|secret|token/i.test(key));
}

/** Names speak of secrets where a number, a class or a mode is meant, too: `sasl.credentials.provider.class`. */
function isText(key: string, written: string): boolean {
  return (
    !/^(?:true|false|\d+)$/i.test(written) &&
    !/\.(?:class|source|mode|type|provider)$/.test(key) &&
    !/^[\w$]+(?:\.[\w$]+){2,}$/.test(written)
  );
}
