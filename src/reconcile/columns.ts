import { SluiceError } from '../errors/error.ts';
import { isSoft, pairForm } from './forms.ts';
import type { Column, ColumnPair, EngineName, Side, TableInfo, UncomparedColumn } from './model.ts';
import { withRule } from './ruled.ts';
import type { RowRules } from './rules.ts';

export interface ColumnOptions {
  /** Source names; overrides the primary key. */
  key?: readonly string[] | undefined;
  /** Only these columns, beside the key. */
  columns?: readonly string[] | undefined;
  ignore?: readonly string[] | undefined;
  /** Target name by source name, where the two differ by more than case. */
  rename?: Readonly<Record<string, string>> | undefined;
  /** Rules of single columns, by the source's names. */
  rules?: RowRules | undefined;
  /** The same for all tables of a run; names that are not there are no error. */
  commonRules?: RowRules | undefined;
  /** Relative difference that is none, of floating-point columns without a rule. */
  floatTolerance?: number | undefined;
  /** What a pipeline's configuration says: ignored and renamed columns that need not be there. */
  known?: { ignore: readonly string[]; rename: Readonly<Record<string, string>> } | undefined;
}

export interface ColumnPlan {
  /** Everything that is compared, the key included, in the source's order. */
  pairs: ColumnPair[];
  /** Empty: rows are compared as a multiset. */
  key: ColumnPair[];
  /** The engine holds the key unique, on both sides. */
  unique: boolean;
  oneSided: { side: Side; column: string }[];
  uncompared: UncomparedColumn[];
}

/**
 * Which columns are compared and how, and by what key.
 * @throws USAGE for names that are in neither table, TABLE_NOT_COMPARABLE where nothing can be compared
 */
export function planColumns(
  source: TableInfo,
  target: TableInfo,
  options: ColumnOptions,
  engines: readonly [EngineName, EngineName],
): ColumnPlan {
  const chosen = choose(source, target, options);
  const matched: { source: Column; target: Column }[] = [];
  const oneSided: ColumnPlan['oneSided'] = [];
  const taken = new Set<Column>();
  for (const column of source.columns) {
    if (!chosen(column.name)) continue;
    const other = partner(column, target.columns, { ...options.known?.rename, ...options.rename });
    if (other === undefined) oneSided.push({ side: 'source', column: column.name });
    else {
      taken.add(other);
      matched.push({ source: column, target: other });
    }
  }
  for (const column of target.columns) {
    if (!taken.has(column) && chosen(column.name)) oneSided.push({ side: 'target', column: column.name });
  }
  const pairs: ColumnPair[] = [];
  const uncompared: UncomparedColumn[] = [];
  for (const pair of matched) {
    const form = pairForm(pair.source, pair.target, engines);
    if ('reason' in form) uncompared.push({ column: pair.source.name, reason: form.reason });
    else pairs.push({ ...pair, ...form });
  }
  const key = pickKey(pairs, source, target, options.key);
  applyRules(pairs, key, source, options);
  if (key.length === 0) {
    // Unequal texts of equal values are told apart only by looking at the two rows of one key.
    for (const pair of pairs.filter(
      ({ form, rule, source: a, target: b }) => isSoft(form) && (rule !== undefined || a.nativeType !== b.nativeType),
    )) {
      uncompared.push({
        column: pair.source.name,
        reason: `without a key ${pair.rule === undefined ? 'this type' : 'a column with such a rule'} can be compared as text only`,
      });
      pairs.splice(pairs.indexOf(pair), 1);
    }
  }
  if (pairs.length === 0) {
    throw new SluiceError(
      'TABLE_NOT_COMPARABLE',
      `${source.name}: the two tables share no column that can be compared`,
      {
        hint:
          uncompared.map(({ column, reason }) => `${column}: ${reason}`).join('; ') ||
          'Check that the two tables belong together.',
      },
    );
  }
  return {
    pairs,
    key,
    unique: isUnique(key, source, 'source') && isUnique(key, target, 'target'),
    oneSided,
    uncompared,
  };
}

/** Puts each column's rule into its pair. */
function applyRules(pairs: ColumnPair[], key: readonly ColumnPair[], source: TableInfo, options: ColumnOptions): void {
  for (const [index, pair] of pairs.entries()) {
    const named = (rules: RowRules | undefined) =>
      Object.entries(rules ?? {}).find(([name]) => same(name, pair.source.name))?.[1];
    const floats =
      options.floatTolerance !== undefined && pair.form.kind === 'float' && !key.includes(pair)
        ? { relative: options.floatTolerance }
        : undefined;
    const rule = named(options.rules) ?? named(options.commonRules) ?? floats;
    if (rule === undefined) continue;
    if (key.includes(pair)) {
      throw new SluiceError('USAGE', `${source.name}: the key's column ${pair.source.name} cannot have a rule`, {
        hint: 'Rows are found by their keys, which are alike or not. Take the rule away, or choose another --key.',
      });
    }
    pairs[index] = withRule(pair, rule);
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function choose(source: TableInfo, target: TableInfo, options: ColumnOptions): (name: string) => boolean {
  const known = [...source.columns, ...target.columns];
  for (const name of [
    ...(options.key ?? []),
    ...(options.columns ?? []),
    ...(options.ignore ?? []),
    ...Object.entries(options.rename ?? {}).flat(),
    ...Object.keys(options.rules ?? {}),
  ]) {
    if (known.some((column) => same(column.name, name))) continue;
    throw new SluiceError('USAGE', `${source.name}: there is no column "${name}" on either side`, {
      hint: `Columns: ${[...new Set(known.map((column) => column.name))].join(', ')}.`,
    });
  }
  const keep = [...(options.columns ?? []), ...(options.key ?? []), ...source.primaryKey, ...target.primaryKey];
  const ignored = [...(options.ignore ?? []), ...(options.known?.ignore ?? [])];
  return (name) => {
    if (ignored.some((one) => same(one, name))) return false;
    return options.columns === undefined || keep.some((kept) => same(kept, name));
  };
}

/** By the given name, else by the same name, else by the only one that is alike but for case. */
function partner(
  column: Column,
  targets: readonly Column[],
  rename: Readonly<Record<string, string>>,
): Column | undefined {
  const wanted = Object.entries(rename).find(([from]) => same(from, column.name))?.[1] ?? column.name;
  const exact = targets.find((target) => target.name === wanted);
  if (exact !== undefined) return exact;
  const alike = targets.filter((target) => same(target.name, wanted));
  return alike.length === 1 ? alike[0] : undefined;
}

function pickKey(
  pairs: readonly ColumnPair[],
  source: TableInfo,
  target: TableInfo,
  wanted: readonly string[] | undefined,
): ColumnPair[] {
  const resolve = (names: readonly string[], side: Side) => {
    const found = names.flatMap(
      (name) => pairs.find((pair) => same(pair[side].name, name) && !isSoft(pair.form)) ?? [],
    );
    return found.length === names.length ? found : [];
  };
  if (wanted !== undefined && wanted.length > 0) {
    const key = resolve(wanted, 'source');
    if (key.length > 0) return key;
    throw new SluiceError('TABLE_NOT_COMPARABLE', `${source.name}: ${wanted.join(', ')} cannot be the key`, {
      hint: 'Every key column must be on both sides, not ignored, and of a type with one exact text.',
    });
  }
  const candidates: [readonly string[], Side][] = [
    [source.primaryKey, 'source'],
    [target.primaryKey, 'target'],
    ...source.uniqueKeys.map((names): [readonly string[], Side] => [names, 'source']),
  ];
  for (const [names, side] of candidates) {
    const key = names.length > 0 ? resolve(names, side) : [];
    if (key.length > 0 && key.every((pair) => !pair[side].nullable)) return key;
  }
  return [];
}

function isUnique(key: readonly ColumnPair[], table: TableInfo, side: Side): boolean {
  const names = new Set(key.map((pair) => pair[side].name));
  return table.uniqueKeys.some(
    (columns) =>
      columns.length > 0 &&
      columns.every((name) => names.has(name)) &&
      columns.every((name) => !table.columns.find((c) => c.name === name)?.nullable),
  );
}
