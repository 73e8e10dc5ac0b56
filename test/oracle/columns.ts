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
 * Which columns belong together: by the given name or the same one; of what is left, by case only, where one fits on each
 * side. No column of the target belongs to two of the source.
 */
export function matchColumns({ source, target, own }: PairCase, engines: readonly [Engine, Engine]): Matching {
  const named = (list: readonly string[] | undefined, name: string) => list?.some((one) => same(one, name)) ?? false;
  const chosen = (name: string) => {
    if (named(own.ignore, name)) return false;
    if (own.columns === undefined) return true;
    return named([...own.columns, ...(own.key ?? []), ...source.primaryKey, ...target.primaryKey], name);
  };
  const partners = new Map<Column, Column>();
  const free = () => target.columns.filter((column) => ![...partners.values()].includes(column));
  const wanted = (column: Column) => renamed(own.rename, column.name);
  const lefts = source.columns.filter((column) => chosen(column.name));
  // A rename is an order; it goes before names that happen to be the same.
  for (const byRename of [true, false]) {
    for (const column of lefts) {
      if ((wanted(column) !== column.name) !== byRename || partners.has(column)) continue;
      const other = free().find((one) => one.name === wanted(column));
      if (other !== undefined) partners.set(column, other);
    }
  }
  const rest = lefts.filter((column) => !partners.has(column));
  for (const column of rest) {
    const others = free().filter((one) => same(one.name, wanted(column)));
    const rivals = rest.filter((one) => same(wanted(one), wanted(column)));
    const [only] = others;
    if (only !== undefined && others.length === 1 && rivals.length === 1) partners.set(column, only);
  }
  const taken = new Set(partners.values());
  return {
    pairs: source.columns.flatMap((column, at) => {
      const other = partners.get(column);
      if (other === undefined) return [];
      const comparer = comparerOf(column, other, engines, ruleOf(own.rules, column.name));
      return [{ source: column, target: other, at: { source: at, target: target.columns.indexOf(other) }, comparer }];
    }),
    oneSided: [
      ...lefts.filter((column) => !partners.has(column)).map(({ name }) => ({ side: 'source' as const, column: name })),
      ...target.columns
        .filter((column) => !taken.has(column) && chosen(column.name))
        .map(({ name }) => ({ side: 'target' as const, column: name })),
    ],
  };
}

function renamed(rename: Record<string, string> | undefined, name: string): string {
  return Object.entries(rename ?? {}).find(([from]) => same(from, name))?.[1] ?? name;
}

function ruleOf(rules: Record<string, Rule> | undefined, name: string): Rule | undefined {
  return Object.entries(rules ?? {}).find(([column]) => same(column, name))?.[1];
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
