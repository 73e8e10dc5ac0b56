import { SluiceError } from '../errors/error.ts';
import type { ColumnChanges } from './column-changes.ts';
import { isSoft, pairForm } from './forms.ts';
import { isLossless } from './keys.ts';
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
  /** No rows are compared, so that it does not matter how they would be. */
  definitionsOnly?: boolean | undefined;
  /** What a pipeline's configuration says of the columns; names that are not there are no error. */
  known?: ColumnChanges | undefined;
}

export interface ColumnPlan {
  /** Everything that is compared, the key included, in the source's order. */
  pairs: ColumnPair[];
  /** Empty: rows are compared as a multiset. */
  key: ColumnPair[];
  /** No two rows of a side have one key, as canonical text: the engines hold it unique. */
  unique: boolean;
  oneSided: { side: Side; column: string }[];
  uncompared: UncomparedColumn[];
  /** Columns of either side that were not to be compared: by their names, or by a pipeline that does not bring them. */
  leftOut: string[];
  /** Those of them that a row of the target would have a value in: without them a row is not whole. */
  unwritten: string[];
  /** The target's column in which a pipeline marks rows as deleted that it leaves there. */
  mark?: string | undefined;
}

const MARKS =
  'the pipeline marks rows in it that are deleted in the source, and leaves them: a row with such a mark counts as there';

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
  const drops = dropped(source, target, options.known);
  const chosen = choose(source, target, options, drops);
  const partners = partnersOf(source, target, options);
  const matched: { source: Column; target: Column }[] = [];
  const oneSided: ColumnPlan['oneSided'] = [];
  const leftOut = new Set<string>();
  const unwritten: string[] = [];
  for (const column of source.columns) {
    const other = partners.get(column);
    if (!chosen.pair(column, other)) {
      leftOut.add(column.name);
      // What a pipeline does not bring, a row that it has written does not have either.
      if (other !== undefined && !other.generated && !drops(column, other)) unwritten.push(column.name);
    } else if (other === undefined) oneSided.push({ side: 'source', column: column.name });
    else matched.push({ source: column, target: other });
  }
  const taken = new Set(partners.values());
  const marks: string[] = [];
  for (const column of target.columns) {
    if (taken.has(column)) continue;
    if (options.known?.marks.some((one) => means(one, column.name, target.columns))) {
      marks.push(column.name);
      // Known to be of the target alone, which is no difference; but what it says of a row is not compared.
      if (chosen.alone(column)) continue;
    }
    if (chosen.alone(column)) oneSided.push({ side: 'target', column: column.name });
    else leftOut.add(column.name);
  }
  const pairs: ColumnPair[] = [];
  const uncompared: UncomparedColumn[] = marks
    .filter((one) => !leftOut.has(one) && !options.definitionsOnly)
    .map((column) => ({ column, reason: MARKS }));
  for (const pair of matched) {
    const form = pairForm(pair.source, pair.target, engines);
    if ('reason' in form) uncompared.push({ column: pair.source.name, reason: form.reason });
    else pairs.push({ ...pair, ...form });
  }
  const key = pickKey(pairs, source, target, options.key);
  applyRules(pairs, key, source, options);
  if (key.length === 0 && !options.definitionsOnly) {
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
    ...(marks.length === 0 ? {} : { mark: marks[0] }),
    oneSided,
    uncompared,
    leftOut: [...leftOut],
    unwritten,
  };
}

/** Puts each column's rule into its pair. */
function applyRules(pairs: ColumnPair[], key: readonly ColumnPair[], source: TableInfo, options: ColumnOptions): void {
  for (const [index, pair] of pairs.entries()) {
    const named = (rules: RowRules | undefined) =>
      Object.entries(rules ?? {}).find(([name]) => means(name, pair.source.name, source.columns))?.[1];
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

/** Whether a name that was given means this column: by its exact name, else, where no column has that, whatever the case. */
function means(given: string, name: string, columns: readonly Column[]): boolean {
  return given === name || (same(given, name) && !columns.some((column) => column.name === given));
}

interface Choice {
  /** A source column, with its partner if it has one: either may be named. */
  pair(source: Column, target: Column | undefined): boolean;
  /** A target column without a partner. */
  alone(target: Column): boolean;
}

type Dropped = (source: Column, target: Column | undefined) => boolean;

/** What a pipeline does not bring. A column of a primary key that records' values come without, their keys may bring. */
function dropped(source: TableInfo, target: TableInfo, known: ColumnChanges | undefined): Dropped {
  return (column, other) => {
    if (known === undefined || !known.drops(column.name)) return false;
    if (!known.keyed || other === undefined) return true;
    return !source.primaryKey.includes(column.name) && !target.primaryKey.includes(other.name);
  };
}

function choose(source: TableInfo, target: TableInfo, options: ColumnOptions, drops: Dropped): Choice {
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
  const { known: pipeline, ignore: ignored = [] } = options;
  // An exact name on either side is what was meant, and not another column that differs from it in case.
  const names = (given: string, column: Column) => means(given, column.name, known);
  const wanted = (column: Column) => options.columns === undefined || keep.some((kept) => names(kept, column));
  return {
    pair(column, partner) {
      if (ignored.some((one) => names(one, column)) || drops(column, partner)) return false;
      // The target's name of a renamed column, unless another column of the source has it.
      const other = (given: string) => source.columns.some((one) => one !== column && same(one.name, given));
      if (partner !== undefined && ignored.some((one) => names(one, partner) && !other(one))) return false;
      return wanted(column) || (partner !== undefined && wanted(partner));
    },
    alone: (column) => ![...ignored, ...(pipeline?.added ?? [])].some((one) => names(one, column)) && wanted(column),
  };
}

/**
 * The target's column of each source column: by a renaming, else by its exact name, else by the only name that differs in
 * case. No two source columns have one target column.
 * @throws USAGE where two renamings name one target column
 */
function partnersOf(source: TableInfo, target: TableInfo, options: ColumnOptions): Map<Column, Column> {
  const partners = new Map<Column, Column>();
  const free = new Set(target.columns);
  const pairUp = (column: Column, other: Column) => {
    partners.set(column, other);
    free.delete(other);
  };
  const find = (name: string, columns: readonly Column[]) => columns.find((one) => means(name, one.name, columns));
  // What a pipeline is known to rename, it may rename in some tables only.
  for (const [renames, given] of [
    [Object.entries(options.rename ?? {}), true],
    [source.columns.map(({ name }) => [name, options.known?.fieldOf(name) ?? name]), false],
  ] as const) {
    for (const [from, to] of renames) {
      if (!given && from === to) continue;
      const column = find(from, source.columns);
      const other = find(to, target.columns);
      if (column === undefined || partners.has(column)) continue;
      if (other !== undefined && free.has(other)) pairUp(column, other);
      else if (given) {
        const rival = [...partners].find(([, taken]) => taken === other)?.[0];
        throw new SluiceError(
          'USAGE',
          rival === undefined
            ? `${target.name}: the target has no column "${to}" for the source's ${column.name}`
            : `${source.name}: both ${rival.name} and ${column.name} are renamed to ${to}`,
          { hint: 'Each target column can be compared with one source column.' },
        );
      }
    }
  }
  for (const column of source.columns) {
    const other = [...free].find((one) => one.name === column.name);
    if (other !== undefined && !partners.has(column)) pairUp(column, other);
  }
  const open = source.columns.filter((column) => !partners.has(column));
  for (const column of open) {
    const alike = [...free].filter((one) => same(one.name, column.name));
    const rivals = open.filter((one) => same(one.name, column.name));
    if (alike.length === 1 && rivals.length === 1) pairUp(column, alike[0] as Column);
  }
  return partners;
}

function pickKey(
  pairs: readonly ColumnPair[],
  source: TableInfo,
  target: TableInfo,
  wanted: readonly string[] | undefined,
): ColumnPair[] {
  const resolve = (names: readonly string[], side: Side) => {
    const { columns } = { source, target }[side];
    const found = names.flatMap(
      (name) => pairs.find((pair) => means(name, pair[side].name, columns) && !isSoft(pair.form)) ?? [],
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

/** No two rows have the same canonical texts in the key's columns. */
function isUnique(key: readonly ColumnPair[], table: TableInfo, side: Side): boolean {
  const names = new Set(key.flatMap((pair) => (isLossless(pair[side], pair.form) ? [pair[side].name] : [])));
  return table.uniqueKeys.some(
    (columns) =>
      columns.length > 0 &&
      columns.every((name) => names.has(name)) &&
      columns.every((name) => !table.columns.find((c) => c.name === name)?.nullable),
  );
}
