import { listItems } from '../connect/lists.ts';
import type { Condition, PluginSchema } from '../schemas/plugin-schema.ts';
import { fitsAnyLength } from '../text/foreign-pattern.ts';
import { expression, type Report, type Scope } from './problem.ts';
import { predecessorOf } from './renames.ts';
import { fitsType } from './values.ts';

/**
 * The rules between keys that a plugin's schema carries (`x-rules`).
 * @param told keys under whose old name a missing one was found; more are added
 */
export function checkCrossRules(scope: Scope, schema: PluginSchema, report: Report, told: Set<string>): void {
  for (const rule of schema['x-rules'] ?? []) {
    if (!allHold(rule.when, scope, schema)) continue;
    if (rule.expect.length > 0 && allHold(rule.expect, scope, schema)) continue;
    // What is not known here can be neither right nor wrong.
    if (rule.when.some((one) => isUnknown(one, scope)) || rule.expect.some((one) => isUnknown(one, scope))) continue;
    const missing = rule.expect.find(([key, operator]) => operator === 'set' && scope.config[key] === undefined)?.[0];
    const before = missing === undefined ? undefined : predecessorOf(missing, scope, schema);
    if (before) told.add(before.key);
    const hint = before?.hint ?? rule.hint;
    report({
      rule: rule.id,
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
    // NaN, a value that is not a number or not one of its type, is another finding's business: no comparison with it holds.
    case 'above':
      return numberOf(key, config, schema) > numberOf(operand, config, schema);
    case 'not-above':
      return numberOf(key, config, schema) <= numberOf(operand, config, schema);
    case 'below-twice':
      return numberOf(key, config, schema) < 2 * numberOf(operand, config, schema);
  }
}

/** The value that counts: as written, else the default; empty where there is neither. */
function effective(key: string, config: Readonly<Record<string, string>>, schema: PluginSchema): string {
  return config[key] ?? schema.properties[key]?.default ?? '';
}

function numberOf(key: string, config: Readonly<Record<string, string>>, schema: PluginSchema): number {
  const known = schema.properties[key];
  const value = config[key] ?? known?.default;
  return value === undefined || !fitsType(value, known) ? Number.NaN : Number(value);
}
