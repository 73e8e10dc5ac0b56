import type { Engine, OracleType, OwnOptions, Rule, Table } from './model.ts';
import type { Random } from './random.ts';

/** Rules of single columns that are in no key. */
export function randomRules(
  source: Table,
  target: Table,
  own: OwnOptions,
  _engines: readonly [Engine, Engine],
  random: Random,
): void {
  if (!random.chance(0.2)) return;
  const inKey = new Set([source, target].flatMap((table) => [...table.primaryKey, ...table.unique.flat()]));
  for (const name of [...(own.key ?? []), ...(own.ignore ?? []), ...(own.columns ?? [])]) inKey.add(name);
  const folded = source.columns.map((column) => column.name.toLowerCase());
  const rules: Record<string, Rule> = {};
  for (const column of source.columns) {
    const other = target.columns.find((one) => one.name === (own.rename?.[column.name] ?? column.name));
    if (other === undefined || inKey.has(column.name) || inKey.has(other.name)) continue;
    if (folded.filter((name) => name === column.name.toLowerCase()).length > 1) continue;
    const rule = random.chance(0.5) ? ruleFor(column.type, other.type, random) : undefined;
    if (rule !== undefined) rules[column.name] = rule;
  }
  if (Object.keys(rules).length > 0) own.rules = rules;
}

function ruleFor(a: OracleType, b: OracleType, random: Random): Rule | undefined {
  const kinds = new Set([a.kind, b.kind]);
  const only = (...allowed: string[]) => [...kinds].every((kind) => allowed.includes(kind));
  if (only('text')) return random.pick([{ trim: true }, { ignoreCase: true }, { trim: true, ignoreCase: true }]);
  if (only('timestamp') || only('time'))
    return random.pick<Rule>([
      { precision: 0 },
      { precision: 3 },
      { tolerance: '1us' },
      { tolerance: '1000us' },
      { precision: 3, tolerance: '1000us' },
    ]);
  if (kinds.has('float') && only('float', 'integer', 'decimal'))
    return random.pick<Rule>([{ tolerance: '0.01' }, { relative: 1e-9 }, { relative: 1e-15 }, { tolerance: '0' }]);
  if (kinds.has('decimal') && only('decimal', 'integer', 'boolean'))
    return random.pick<Rule>([
      { scale: 0 },
      { scale: 2 },
      { tolerance: '0.01' },
      { tolerance: '1', relative: 1e-3 },
      { scale: 1, tolerance: '0.1' },
    ]);
  if (only('integer')) return random.pick<Rule>([{ tolerance: '1' }, { relative: 0.1 }]);
  return undefined;
}
