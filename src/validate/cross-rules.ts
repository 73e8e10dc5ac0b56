import type { Condition, PluginSchema } from '../schemas/plugin-schema.ts';
import { listItems, type Report, type Scope } from './problem.ts';

/** The rules between keys that a plugin's schema carries (`x-rules`). */
export function checkCrossRules(scope: Scope, schema: PluginSchema, report: Report): void {
  for (const rule of schema['x-rules'] ?? []) {
    const conditions = [...rule.when, ...rule.expect];
    // What is not known here can be neither right nor wrong.
    if (
      conditions.some(([key, , other]) => scope.unknown(key) || (typeof other === 'string' && scope.unknown(other)))
    ) {
      continue;
    }
    const holds = (condition: Condition) => conditionHolds(condition, scope, schema);
    if (!rule.when.every(holds)) continue;
    if (rule.expect.length > 0 && rule.expect.every(holds)) continue;
    report({
      rule: rule.id,
      severity: rule.severity ?? 'error',
      message: rule.message,
      ...(rule.hint ? { hint: rule.hint } : {}),
      key: scope.prefix + (rule.key ?? rule.at),
      at: scope.prefix + rule.at,
      part: 'value',
    });
  }
}

export function conditionHolds(condition: Condition, { config }: Scope, schema: PluginSchema): boolean {
  const [key, operator, operand] = condition;
  const effective = (name: string) => config[name] ?? schema.properties[name]?.default;
  const written = config[key];
  switch (operator) {
    case 'set':
      return written !== undefined && written.trim() !== '';
    case 'unset':
      return written === undefined || written.trim() === '';
    case 'in':
      return (
        operand.includes((effective(key) ?? '').trim().toLowerCase()) || operand.includes((effective(key) ?? '').trim())
      );
    case 'not-in':
      return !operand.includes((effective(key) ?? '').trim().toLowerCase());
    case 'contains':
      return listItems(effective(key)).some((item) => operand.includes(item.toLowerCase()));
    case 'above':
      return Number(effective(key)) > Number(effective(operand));
    case 'not-above':
      // NaN, a value that is no number, is another finding's business.
      return Number(effective(key)) <= Number(effective(operand));
    case 'below-twice':
      return Number(effective(key)) < 2 * Number(effective(operand));
  }
}
