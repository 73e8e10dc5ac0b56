import type { Engine } from './model.ts';
import type { Random } from './random.ts';

/** Names that need quoting, or that some part of a program may trip over. */
const ODD = [
  'with blank',
  'Grüße',
  'say "hi"',
  'new\nline',
  'back`tick',
  'select',
  'MixedCase',
  "it's",
  'a.b',
  'tab\there',
  '50%',
  '$x',
  'x?y',
  ':named',
  '日本',
  'back\\slash',
  'x;y',
  '--c',
  '/*c',
  'null',
  'k.sluice_k1',
  'b',
  't',
  'order',
  'sluice_k1',
  '[x]',
  '{}',
  'ÄÖ',
] as const;

/** A schema of PostgreSQL whose name needs quoting. */
export const ODD_SCHEMA = 'Odd "schema"';

/** Names of columns, all different, for `count` columns; some of them odd, now and then two that differ in case only. */
export function columnNames(count: number, random: Random): string[] {
  const names = Array.from({ length: count }, (_, index) => `c${index + 1}`);
  if (random.chance(0.25)) for (const [at, odd] of random.some(ODD, Math.min(count, 3)).entries()) names[at] = odd;
  return random.chance(0.5) ? names : names.toReversed();
}

/** Two columns whose names differ in case only; MySQL cannot have both. */
export function twin(name: string): string | undefined {
  const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  return other === name || other.toLowerCase() !== name.toLowerCase() ? undefined : other;
}

/** The name of a table, as `t17`, or one that needs quoting. */
export function tableName(index: number, random: Random): string {
  if (!random.chance(0.15)) return `t${index}`;
  const odd = random.pick(ODD.filter((name) => !/[?*[\]{}]/.test(name)));
  return `${odd}${index}`;
}

export function quote(name: string, { family }: Engine): string {
  return family === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
}

export function list(names: readonly string[], engine: Engine): string {
  return names.map((name) => quote(name, engine)).join(', ');
}
