import { randomBytes, randomUUID } from 'node:crypto';
import type { Cells, Column } from './model.ts';
import { type RepairTarget, updateStatement } from './repair.ts';
import type { RowDifference } from './rows.ts';

/** A statement that takes a row out of the way of others. */
export interface WayOut {
  difference: RowDifference;
  sql: string;
}

/**
 * Statements that take rows out of each other's way: of rows that are to exchange values of a unique key, each is first
 * given a value that no row has. They need to be followed, in the same transaction, by those that set the final values.
 * @param differences different rows, with their values
 * @param address see `StatementOptions`
 */
export function wayOut(
  target: RepairTarget,
  differences: readonly RowDifference[],
  address?: (key: Cells) => string | undefined,
): WayOut[] {
  const { plan, table, dialect } = target;
  const keyColumns = new Set(plan.key.map((pair) => pair.target.name));
  const uniques = table.uniqueKeys.filter((columns) => columns.some((column) => !keyColumns.has(column)));
  const taken = new Map<number, Set<string>>();
  return differences.flatMap((difference) => {
    const sets = new Map<string, string>();
    for (const unique of uniques) {
      const changed = difference.columns.flatMap((index) => {
        const pair = plan.pairs[index];
        return pair !== undefined && unique.includes(pair.target.name) && !pair.target.generated
          ? [{ index, pair }]
          : [];
      });
      if (changed.length === 0 || changed.some(({ pair }) => sets.has(pair.target.name))) continue;
      for (const { index, pair } of changed) {
        const { target: column, form } = pair;
        const value = freeValue(() => placeholder(column, table.oneNull?.includes(column.name)), index, {
          taken,
          differences,
        });
        if (value === undefined) continue;
        sets.set(column.name, dialect.literal(column, form, value));
        break;
      }
    }
    return sets.size === 0 ? [] : [{ difference, sql: updateStatement(target, difference.key, sets, { address }) }];
  });
}

/** How often a value is drawn: of a small type many may be taken. */
const DRAWS = 1000;

/** A value that none of the rows has, is to have, or was given here before; undefined where there is none. */
function freeValue(
  draw: () => string | null | undefined,
  index: number,
  { taken, differences }: { taken: Map<number, Set<string>>; differences: readonly RowDifference[] },
): string | null | undefined {
  const known =
    taken.get(index) ??
    new Set(differences.flatMap(({ source, target }) => [textOf(source, [index]), textOf(target, [index])]));
  taken.set(index, known);
  for (let draws = 0; draws < DRAWS; draws++) {
    const value = draw();
    if (typeof value !== 'string') return value;
    const text = textOf([value], [0]);
    if (known.has(text)) continue;
    known.add(text);
    return value;
  }
  return undefined;
}

/**
 * Rows whose new values of a unique key are old values of others, and so cannot be written one after another, in groups that
 * have nothing to do with each other.
 * @param differences different rows, with their values
 */
export function exchanges(target: RepairTarget, differences: readonly RowDifference[]): RowDifference[][] {
  const { plan, table } = target;
  const groups = new Map(differences.map((one) => [one, new Set([one])]));
  const join = (a: RowDifference, b: RowDifference) => {
    const [one, two] = [groups.get(a), groups.get(b)];
    if (one === undefined || two === undefined || one === two) return;
    // The smaller into the larger: a chain may have thousands of rows.
    const [ours, theirs] = one.size < two.size ? [two, one] : [one, two];
    for (const member of theirs) {
      ours.add(member);
      groups.set(member, ours);
    }
  };
  for (const unique of table.uniqueKeys) {
    const columns = unique.map((name) => plan.pairs.findIndex((pair) => pair.target.name === name));
    if (columns.includes(-1)) continue;
    const changed = differences.filter((one) => columns.some((index) => one.columns.includes(index)));
    const takers = new Map(changed.map((one) => [textOf(one.source, columns), one]));
    for (const one of changed) {
      const taker = takers.get(textOf(one.target, columns));
      if (taker !== undefined && taker !== one) join(taker, one);
    }
  }
  return [...new Set(groups.values())].filter(({ size }) => size > 1).map((group) => [...group]);
}

/** Of some columns; the database may take more values for equal than those that are the same. */
export function textOf(cells: Cells | undefined, columns: readonly number[]): string {
  const plain = (text: string | null) => text?.trimEnd().normalize('NFKD').toLowerCase() ?? null;
  return JSON.stringify(columns.map((index) => plain(cells?.[index] ?? null)));
}

/**
 * A value that hardly any row has; null where the column may be NULL; undefined where there is none for the type.
 * @param oneNull no second row may have NULL
 */
function placeholder({ type, nullable, length, nativeType }: Column, oneNull = false): string | null | undefined {
  if (nullable && !oneNull) return null;
  const declared = Number(/\((\d+)\)/.exec(nativeType)?.[1] ?? 32);
  switch (type.family) {
    case 'text':
      return randomBytes(16)
        .toString('hex')
        .slice(0, Math.max(1, Math.min(32, length ?? declared)));
    case 'uuid':
      return randomUUID();
    case 'bytes':
      return randomBytes(Math.max(1, Math.min(16, length ?? declared))).toString('hex');
    case 'integer': {
      const bits = BigInt(type.bits) - 1n;
      // The upper half of what the type holds, where ids hardly ever come to.
      const half = 2n ** (bits - 1n);
      return String(half + (randomBytes(8).readBigUInt64BE() % half));
    }
    case 'decimal': {
      const [, precision = '18', scale = '0'] = /\((\d+)(?:,(\d+))?\)/.exec(nativeType) ?? [];
      const digits = Math.max(1, Math.min(18, Number(precision) - Number(scale)));
      const half = 10n ** BigInt(digits) / 2n;
      return String(half + (randomBytes(8).readBigUInt64BE() % half));
    }
    case 'date':
      return `${7000 + (randomBytes(2).readUInt16BE() % 2900)}-01-${String(1 + ((randomBytes(1)[0] ?? 0) % 28)).padStart(2, '0')}`;
    default:
      return undefined;
  }
}
