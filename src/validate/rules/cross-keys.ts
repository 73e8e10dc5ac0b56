import type { RuleId } from '../../connectors/finding.ts';
import type { Condition, PluginSchema } from '../../schemas/plugin-schema.ts';
import { fitsAnyLength } from '../../text/foreign-pattern.ts';
import { listItems } from '../../text/lists.ts';
import { predecessorOf } from './renames.ts';
import { expression, type Report, type Scope } from './scope.ts';
import { fitsType } from './values.ts';

/**
 * Checks the rules between keys in a plugin's schema (`x-rules`).
 * @param reported old names under which a missing key was found; this function adds more
 */
export function checkCrossRules(scope: Scope, schema: PluginSchema, report: Report, reported: string[]): void {
  for (const rule of schema['x-rules'] ?? []) {
    if (!allHold(rule.when, scope, schema)) continue;
    if (rule.expect.length > 0 && allHold(rule.expect, scope, schema)) continue;
    // An unknown value is neither valid nor invalid.
    if (rule.when.some((one) => isUnknown(one, scope)) || rule.expect.some((one) => isUnknown(one, scope))) continue;
    const missing = rule.expect.find(([key, operator]) => operator === 'set' && scope.config[key] === undefined)?.[0];
    const before = missing === undefined ? undefined : predecessorOf(missing, scope, schema);
    if (before) reported.push(before.key);
    const hint = before?.hint ?? rule.hint;
    report({
      // From a plugin's schema; a test compares these with schemas/rules.json.
      rule: rule.id as RuleId,
      severity: rule.severity ?? 'error',
      message: before === undefined ? rule.message : `${rule.message}: ${before.cause}`,
      ...(hint ? { hint } : {}),
      key: scope.prefix + (rule.key ?? rule.at),
      at: scope.prefix + (before?.key ?? rule.at),
      part: before === undefined ? 'value' : 'key',
      ...(before?.fix ? { fix: before.fix } : {}),
    });
  }
}

function isUnknown([key, operator, other]: Condition, scope: Scope): boolean {
  return scope.unknown(key) || (operator !== 'matches' && typeof other === 'string' && scope.unknown(other));
}

export function allHold(conditions: readonly Condition[], { config }: Scope, schema: PluginSchema): boolean {
  for (const condition of conditions) if (!holds(condition, config, schema)) return false;
  return true;
}

function holds(condition: Condition, config: Readonly<Record<string, string>>, schema: PluginSchema): boolean {
  const [key, operator, operand] = condition;
  const written = config[key];
  switch (operator) {
    case 'set':
      return written !== undefined && written.trim() !== '';
    case 'unset':
      return written === undefined || written.trim() === '';
    case 'given':
      return written !== undefined;
    case 'absent':
      return written === undefined;
    case 'matches':
      return written !== undefined && fitsAnyLength(expression(operand), written.trim());
    case 'in': {
      const value = effective(key, config, schema).trim();
      return operand.includes(value) || operand.includes(value.toLowerCase());
    }
    case 'not-in':
      return !operand.includes(effective(key, config, schema).trim().toLowerCase());
    case 'contains':
      return listItems(effective(key, config, schema)).some((item) => operand.includes(item.toLowerCase()));
    // NaN (not a number, or not one of its type) is another finding; no comparison with it holds.
    case 'above':
      return numberOf(key, config, schema) > numberOf(operand, config, schema);
    case 'not-above':
      return numberOf(key, config, schema) <= numberOf(operand, config, schema);
    case 'below-twice':
      return numberOf(key, config, schema) < 2 * numberOf(operand, config, schema);
  }
}

/** The effective value: as written, else the default, else empty. */
function effective(key: string, config: Readonly<Record<string, string>>, schema: PluginSchema): string {
  return config[key] ?? schema.properties[key]?.default ?? '';
}

function numberOf(key: string, config: Readonly<Record<string, string>>, schema: PluginSchema): number {
  const known = schema.properties[key];
  const value = config[key] ?? known?.default;
  return value === undefined || !fitsType(value, known) ? Number.NaN : Number(value);
}
