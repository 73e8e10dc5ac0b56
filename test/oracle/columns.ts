import { type Comparer, comparerOf } from './forms.ts';
import type { Column, Engine, PairCase, Rule } from './model.ts';

export interface MatchedPair {
  source: Column;
  target: Column;
  /** Positions in the rows of each side. */
  at: { source: number; target: number };
  comparer: Comparer;
}

export interface Matching {
  pairs: MatchedPair[];
  oneSided: { side: 'source' | 'target'; column: string }[];
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/**
 * Which columns belong together: by the given name, then by the same one; of what is left, by case only, where one fits on
 * each side. No column of the target belongs to two of the source.
 */
export function matchColumns(
  { source, target, own }: PairCase,
  engines: readonly [Engine, Engine],
  floatTolerance?: number,
): Matching {
  const named = (list: readonly string[] | undefined, name: string, side: 'source' | 'target') =>
    list?.some((one) => means(one, name, { source, target }[side].columns)) ?? false;
  const chosen = (side: 'source' | 'target', name: string) => {
    if (named(own.ignore, name, side)) return false;
    if (own.columns === undefined) return true;
    return named([...own.columns, ...(own.key ?? []), ...source.primaryKey, ...target.primaryKey], name, side);
  };
  const partners = new Map<Column, Column>();
  const free = () => target.columns.filter((column) => ![...partners.values()].includes(column));
  // A rename is an order; it goes before names that happen to be the same.
  for (const [from, to] of Object.entries(own.rename ?? {})) {
    const column = source.columns.find((one) => means(from, one.name, source.columns));
    const other = free().find((one) => means(to, one.name, target.columns));
    if (column !== undefined && other !== undefined) partners.set(column, other);
  }
  for (const column of source.columns) {
    const other = free().find((one) => one.name === column.name);
    if (other !== undefined && !partners.has(column)) partners.set(column, other);
  }
  const rest = source.columns.filter((column) => !partners.has(column));
  for (const column of rest) {
    const [only, ...others] = free().filter((one) => same(one.name, column.name));
    const rivals = rest.filter((one) => same(one.name, column.name));
    if (only !== undefined && others.length === 0 && rivals.length === 1) partners.set(column, only);
  }
  const taken = new Set(partners.values());
  // The primary key of either side is compared, whatever columns are named; a renamed column may be the target's.
  const lefts = source.columns.filter((column) => {
    const partner = partners.get(column);
    const isKept = own.columns !== undefined && partner !== undefined && target.primaryKey.includes(partner.name);
    return chosen('source', column.name) || (isKept && !named(own.ignore, column.name, 'source'));
  });
  return {
    pairs: source.columns.flatMap((column, at) => {
      const other = partners.get(column);
      if (other === undefined || !lefts.includes(column)) return [];
      const rule = ruleOf(own.rules, column.name, source.columns);
      const plain = comparerOf(column, other, engines, rule);
      // For floating-point columns without a rule of their own. A key is grouped by its text, tolerance or not.
      const comparer =
        rule === undefined && floatTolerance !== undefined && 'as' in plain && plain.as === 'float'
          ? comparerOf(column, other, engines, { relative: floatTolerance })
          : plain;
      return [{ source: column, target: other, at: { source: at, target: target.columns.indexOf(other) }, comparer }];
    }),
    oneSided: [
      ...lefts.filter((column) => !partners.has(column)).map(({ name }) => ({ side: 'source' as const, column: name })),
      ...target.columns
        .filter((column) => !taken.has(column) && chosen('target', column.name))
        .map(({ name }) => ({ side: 'target' as const, column: name })),
    ],
  };
}

/** A given name means the column of exactly that name; where there is none, those that differ in case only. */
function means(given: string, name: string, columns: readonly Column[]): boolean {
  return given === name || (same(given, name) && !columns.some((column) => column.name === given));
}

function ruleOf(rules: Record<string, Rule> | undefined, name: string, columns: readonly Column[]): Rule | undefined {
  return Object.entries(rules ?? {}).find(([column]) => means(column, name, columns))?.[1];
}

/**
 * Keys that the docs allow, best first: `--key`, the source's primary key, the target's, a unique key that cannot be NULL;
 * none at all is the last. Each as the source's names.
 */
export function keyCandidates({ source, target, own }: PairCase, pairs: readonly MatchedPair[]): string[][] {
  const resolve = (names: readonly string[], side: 'source' | 'target'): string[][] => {
    const found = names.flatMap((name) => pairs.filter((pair) => pair[side].name === name));
    return found.length === names.length && names.length > 0 ? [found.map((pair) => pair.source.name)] : [];
  };
  if (own.key !== undefined) return resolve(own.key, 'source');
  const strict = (table: typeof source) => (names: readonly string[]) =>
    names.every((name) => {
      const column = table.columns.find((one) => one.name === name);
      return column !== undefined && (!column.nullable || table.primaryKey.includes(name));
    });
  return [
    ...resolve(source.primaryKey, 'source'),
    ...resolve(target.primaryKey, 'target'),
    ...source.unique.filter(strict(source)).flatMap((names) => resolve(names, 'source')),
    ...target.unique.filter(strict(target)).flatMap((names) => resolve(names, 'target')),
    [],
  ];
}
