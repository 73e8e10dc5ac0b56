import { randomBytes, randomUUID } from 'node:crypto';
import type { Cells, Column } from '../../databases/model.ts';
import type { RowDifference } from '../compare/rows.ts';
import { type RepairTarget, updateStatement } from './statements.ts';

/** A statement that temporarily moves a row out of the way of others. */
export interface TemporaryUpdate {
  difference: RowDifference;
  sql: string;
}

/**
 * Statements for rows that exchange values of a unique key: each row first gets a temporary value that no row has. The
 * same transaction must then set the final values.
 * @param differences different rows, with their values
 * @param address see `StatementOptions`
 */
export function temporaryUpdates(
  target: RepairTarget,
  differences: readonly RowDifference[],
  address?: (key: Cells) => string | undefined,
): TemporaryUpdate[] {
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

/** Attempts to draw a value: in a small type, many may be taken. */
const DRAWS = 1000;

/** A value that no row has or will have, and that was not used here before; undefined if there is none. */
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
 * Groups of rows whose new unique values are the old values of others in the group, so that they cannot be written one
 * after another.
 * @param differences different rows, with their values
 */
export function exchanges(target: RepairTarget, differences: readonly RowDifference[]): RowDifference[][] {
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
  for (const { taker, holder } of takings(target, differences)) join(taker, holder);
  return [...new Set(groups.values())].filter(({ size }) => size > 1).map((group) => [...group]);
}

/** Rows whose new unique value is the old one of another row. */
function* takings(
  { plan, table }: RepairTarget,
  differences: readonly RowDifference[],
): Generator<{ taker: RowDifference; holder: RowDifference }> {
  for (const unique of table.uniqueKeys) {
    const columns = unique.map((name) => plan.pairs.findIndex((pair) => pair.target.name === name));
    if (columns.includes(-1)) continue;
    const changed = differences.filter((one) => columns.some((index) => one.columns.includes(index)));
    const takers = new Map(changed.map((one) => [textOf(one.source, columns), one]));
    for (const holder of changed) {
      const taker = takers.get(textOf(holder.target, columns));
      if (taker !== undefined && taker !== holder) yield { taker, holder };
    }
  }
}

/** Whether rows cannot be written one after another, in any order, without temporary values. */
export function isCycle(target: RepairTarget, differences: readonly RowDifference[]): boolean {
  const waiting = new Map(differences.map((one) => [one, 0]));
  const takers = Map.groupBy(takings(target, differences), ({ holder }) => holder);
  for (const { taker } of [...takers.values()].flat()) waiting.set(taker, (waiting.get(taker) ?? 0) + 1);
  const free = differences.filter((one) => waiting.get(one) === 0);
  // Grows during the loop: a written row frees the rows that wait for it.
  for (const one of free) {
    for (const { taker } of takers.get(one) ?? []) {
      const left = (waiting.get(taker) ?? 0) - 1;
      waiting.set(taker, left);
      if (left === 0) free.push(taker);
    }
  }
  return free.length < differences.length;
}

/** Normalized text of some columns: the database may treat more values as equal. */
export function textOf(cells: Cells | undefined, columns: readonly number[]): string {
  const plain = (text: string | null) => text?.trimEnd().normalize('NFKD').toLowerCase() ?? null;
  return JSON.stringify(columns.map((index) => plain(cells?.[index] ?? null)));
}

function random(below: number): number {
  return randomBytes(4).readUInt32BE() % below;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/**
 * A value that hardly any row has; null if the column allows it; undefined if the type has none.
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
      // The upper half of the type's range, which ids rarely reach.
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
      return `${7000 + random(2900)}-01-${twoDigits(1 + random(28))}`;
    case 'timestamp':
      // MySQL's TIMESTAMP ends in January 2038; smalldatetime has whole minutes.
      return `2037-${twoDigits(1 + random(12))}-${twoDigits(1 + random(28))} ${twoDigits(random(24))}:${twoDigits(random(60))}:00`;
    case 'time': {
      const second = `${twoDigits(random(24))}:${twoDigits(random(60))}:${twoDigits(random(60))}`;
      const digits = Math.min(6, type.precision);
      return digits === 0 ? second : `${second}.${String(random(10 ** digits)).padStart(digits, '0')}`;
    }
    case 'float':
      // One with a declared number of digits holds small numbers only.
      return nativeType.includes(',') ? undefined : `${1 + random(999_999)}e25`;
    default:
      return undefined;
  }
}
