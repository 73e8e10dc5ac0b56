import type { Column, TableInfo } from '../../databases/model.ts';
import { SluiceError } from '../../errors/error.ts';
import { setting } from '../../text/settings.ts';
import type { Alteration, ColumnChanges } from '../../topology/column-changes.ts';
import type { ColumnPair, Side, UncomparedColumn } from '../model.ts';
import { withRule } from './apply-rule.ts';
import { type DialectPair, isSoft, pairForm } from './canonical-forms.ts';
import { isLossless } from './keys.ts';
import type { RowRules } from './rules.ts';

export interface ColumnOptions {
  /** Source names; overrides the primary key. */
  key?: readonly string[] | undefined;
  /** Only these columns, beside the key. */
  columns?: readonly string[] | undefined;
  ignore?: readonly string[] | undefined;
  /** Target name by source name, if the two differ by more than case. */
  rename?: Readonly<Record<string, string>> | undefined;
  /** Rules of single columns, by the source's names. */
  rules?: RowRules | undefined;
  /** The same for all tables of a run; unknown names are not an error. */
  commonRules?: RowRules | undefined;
  /** Relative difference that counts as equal, in floating-point columns without a rule. */
  floatTolerance?: number | undefined;
  /** No rows are compared, so the way of comparing does not matter. */
  definitionsOnly?: boolean | undefined;
  /** Rows are only counted, which needs no column. */
  countsOnly?: boolean | undefined;
  /** Column changes known from a pipeline's configuration; unknown names are not an error. */
  known?: ColumnChanges | undefined;
}

export interface ColumnPlan {
  /** Everything that is compared, the key included, in the source's order. */
  pairs: ColumnPair[];
  /** Empty: rows are compared as a multiset. */
  key: ColumnPair[];
  /** No two rows of a side have the same canonical key: the engines enforce that. */
  unique: boolean;
  oneSided: { side: Side; column: string }[];
  uncompared: UncomparedColumn[];
  /** Columns of either side that were excluded, by name or because a pipeline does not transfer them. */
  leftOut: string[];
  /** The excluded columns that exist in the target: a row without them would be incomplete. */
  unwritten: string[];
  /**
   * Tables inherit from the target's, and the source's rows come from several: it is unknown where a missing row
   * belongs.
   */
  inherited?: true | undefined;
  /** The target's column in which a pipeline marks deleted rows instead of deleting them. */
  mark?: string | undefined;
}

const MARKS = 'the pipeline keeps deleted rows and marks them in it: a marked row counts like any other';

/**
 * Which columns are compared and how, and by what key.
 * @throws REQUEST_INVALID for names in neither table, TABLE_NOT_COMPARABLE if nothing can be compared
 */
export function planColumns(
  source: TableInfo,
  target: TableInfo,
  options: ColumnOptions,
  dialects: DialectPair,
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
      // A row that the pipeline wrote lacks the columns that the pipeline does not transfer.
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
      // Known to exist on the target only, so no difference; but what it says about a row is not compared.
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
    const form = pairForm(pair.source, pair.target, dialects);
    const altered = alteration(pair.source, options.known);
    if ('reason' in form) uncompared.push({ column: pair.source.name, reason: form.reason });
    else if (altered?.every && !options.definitionsOnly)
      uncompared.push({ column: pair.source.name, reason: `the pipeline replaces its values: ${altered.by}` });
    else {
      const by = drops(pair.source, pair.target)
        ? DROPPED
        : altered && `the pipeline may change its values: ${altered.by}`;
      const note = [form.note, by].filter((one) => one !== undefined).join('; ');
      const nulls = options.known?.replacesNulls && pair.source.nullable && pair.source.defaulted;
      pairs.push({
        ...pair,
        ...form,
        ...(by === undefined ? {} : { note, unwritable: by }),
        ...(nulls ? { nullUnwritable: NULLS } : {}),
      });
    }
  }
  const key = pickKey(pairs, source, target, options.key);
  applyRules(pairs, key, source, options);
  if (key.length === 0 && !options.definitionsOnly) {
    // Equal values with different texts can only be recognized in the two rows of one key.
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
  const found = uncompared.length + oneSided.length;
  if (pairs.length === 0 && !options.countsOnly && !(options.definitionsOnly && found > 0))
    throw nothingShared(source, uncompared, oneSided);
  return {
    pairs,
    key,
    unique: isUnique(key, source, 'source') && isUnique(key, target, 'target'),
    ...(target.kind === 'inheritance parent' && (source.reads ?? []).length > 1 ? { inherited: true } : {}),
    ...(marks.length === 0 ? {} : { mark: marks[0] }),
    oneSided,
    uncompared,
    leftOut: [...leftOut],
    unwritten,
  };
}

const DROPPED = 'the pipeline does not transfer it';
const NULLS = "the pipeline may write the column's default for NULL (replace.null.with.default)";

/**
 * What alters a column's values in a pipeline. A source masks and truncates texts, but not numbers, times and bytes;
 * how it treats other types depends on the connector.
 */
function alteration({ name, type }: Column, known: ColumnChanges | undefined): Alteration | undefined {
  const altered = known?.alters(name);
  if (altered?.only === undefined || type.family === 'text') return altered ?? known?.shortens.find(shortens);
  return PASSED.has(type.family) ? known?.shortens.find(shortens) : { ...altered, every: false };

  function shortens({ only }: Alteration): boolean {
    if (type.family === 'time' || type.family === 'timestamp')
      return only === 'time' && !type.zone && type.precision > 3;
    return only === type.family;
  }
}

const PASSED: ReadonlySet<string> = new Set([
  'integer',
  'boolean',
  'decimal',
  'float',
  'bytes',
  'date',
  'time',
  'timestamp',
]);

/** Columns that an error names; there may be a thousand. */
const MAX_NAMED = 10;

function nothingShared(
  { name }: TableInfo,
  uncompared: readonly UncomparedColumn[],
  oneSided: ColumnPlan['oneSided'],
): SluiceError {
  const reasons = [
    ...uncompared.map(({ column, reason }) => `${column}: ${reason}`),
    ...oneSided.map(({ side, column }) => `${column}: on the ${side} only`),
  ];
  const more = reasons.length > MAX_NAMED ? [`and ${reasons.length - MAX_NAMED} more`] : [];
  return new SluiceError('TABLE_NOT_COMPARABLE', `${name}: the two tables share no column that can be compared`, {
    hint: [...reasons.slice(0, MAX_NAMED), ...more].join('; ') || 'Check that the two tables belong together.',
  });
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
      throw new SluiceError(
        'REQUEST_INVALID',
        `${source.name}: the key column ${pair.source.name} cannot have a rule`,
        {
          hint: `Rows are matched by exact keys. Remove the rule, or choose another ${setting('key')}.`,
        },
      );
    }
    pairs[index] = withRule(pair, rule);
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Whether a given name refers to this column: by exact name, else, if no column has that, ignoring case. */
function means(given: string, name: string, columns: readonly Column[]): boolean {
  return given === name || (same(given, name) && !columns.some((column) => column.name === given));
}

/** @throws REQUEST_INVALID if a name in another case may be any of several columns */
function refuseTwins(name: string, table: TableInfo): void {
  const twins = table.columns.filter((column) => means(name, column.name, table.columns));
  if (twins.length < 2) return;
  throw new SluiceError(
    'REQUEST_INVALID',
    `${table.name}: "${name}" may be any of the columns ${twins.map((column) => column.name).join(', ')}`,
    { hint: 'Write the name exactly as the database has it, including case.' },
  );
}

interface Choice {
  /** A source column, with its partner if it has one: either may be named. */
  pair(source: Column, target: Column | undefined): boolean;
  /** A target column without a partner. */
  alone(target: Column): boolean;
}

type Dropped = (source: Column, target: Column | undefined) => boolean;

/** Columns that a pipeline does not transfer. A primary key column missing from records' values may be in their keys. */
function dropped(source: TableInfo, target: TableInfo, known: ColumnChanges | undefined): Dropped {
  return (column, other) => {
    if (known === undefined || !known.drops(column.name)) return false;
    if (!known.keyed || other === undefined) return true;
    return !source.primaryKey.includes(column.name) && !target.primaryKey.includes(other.name);
  };
}

function choose(source: TableInfo, target: TableInfo, options: ColumnOptions, drops: Dropped): Choice {
  const known = [...source.columns, ...target.columns];
  const renames = Object.entries(options.rename ?? {});
  const onEither = [...(options.columns ?? []), ...(options.ignore ?? []), ...Object.keys(options.rules ?? {})];
  for (const name of [...(options.key ?? []), ...onEither, ...renames.flat()]) {
    if (known.some((column) => same(column.name, name))) continue;
    throw new SluiceError('REQUEST_INVALID', `${source.name}: there is no column "${name}" on either side`, {
      hint: `Columns: ${[...new Set(known.map((column) => column.name))].join(', ')}.`,
    });
  }
  for (const name of [...(options.key ?? []), ...renames.map(([from]) => from)]) refuseTwins(name, source);
  for (const [, to] of renames) refuseTwins(to, target);
  for (const name of onEither.filter((one) => !known.some((column) => column.name === one)))
    for (const table of [source, target]) refuseTwins(name, table);
  const keep = [...(options.columns ?? []), ...(options.key ?? []), ...source.primaryKey, ...target.primaryKey];
  const { known: pipeline, ignore: ignored = [] } = options;
  const asked = [...(options.columns ?? []), ...(options.key ?? [])];
  if (options.columns?.every((name) => ignored.some((one) => same(one, name)))) {
    throw new SluiceError('REQUEST_INVALID', `${source.name}: all columns of ${setting('columns')} are ignored`, {
      hint: `Remove ${setting('columns')}, or other columns from ${setting('ignoreColumns')}.`,
    });
  }
  // An exact name on either side refers to that column, not to one that differs in case.
  const names = (given: string, column: Column) => means(given, column.name, known);
  const wanted = (column: Column) => options.columns === undefined || keep.some((kept) => names(kept, column));
  return {
    pair(column, partner) {
      if (ignored.some((one) => names(one, column))) return false;
      // The target's name of a renamed column, unless another source column has it.
      const other = (given: string) => source.columns.some((one) => one !== column && same(one.name, given));
      if (partner !== undefined && ignored.some((one) => names(one, partner) && !other(one))) return false;
      // A column that was requested by name is compared anyway.
      if (
        drops(column, partner) &&
        !asked.some((one) => names(one, column) || (partner !== undefined && names(one, partner)))
      )
        return false;
      return wanted(column) || (partner !== undefined && wanted(partner));
    },
    alone: (column) => ![...ignored, ...(pipeline?.added ?? [])].some((one) => names(one, column)) && wanted(column),
  };
}

/**
 * The target column of each source column: by a rename, else by exact name, else by the only name that differs in case.
 * No two source columns share a target column.
 * @throws REQUEST_INVALID if two renames name one target column
 */
function partnersOf(source: TableInfo, target: TableInfo, options: ColumnOptions): Map<Column, Column> {
  const partners = new Map<Column, Column>();
  const free = new Set(target.columns);
  const pairUp = (column: Column, other: Column) => {
    partners.set(column, other);
    free.delete(other);
  };
  const find = (name: string, columns: readonly Column[]) => columns.find((one) => means(name, one.name, columns));
  // A pipeline may apply a known rename to some tables only.
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
          'REQUEST_INVALID',
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
