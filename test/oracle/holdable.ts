import type { MatchedPair } from './columns.ts';
import { canonicalRows } from './compare.ts';
import { literal } from './literals.ts';
import type { Cell, Column, Engine, Row, Table } from './model.ts';
import { byValue, parts, rounded } from './numbers.ts';

/** Whether a column of the target can hold a value of the source as it is, by its type and NOT NULL alone. */
function canHold(column: Column, table: Table, engine: Engine, cell: Cell, from: Column): boolean {
  if (cell === null) return column.nullable && !table.primaryKey.includes(column.name);
  const { type } = column;
  // Of two types that have texts only, one may refuse what the other has.
  if (type.kind === 'own' && (from.type.kind !== 'own' || from.type.name !== type.name)) return false;
  const plain = cell
    .replace(/^t(rue)?$/, '1')
    .replace(/^f(alse)?$/, '0')
    .replace(/^(-?)\$([\d,.]+)$/, (_, sign: string, digits: string) => sign + digits.replaceAll(',', ''))
    .replace(/^(.*\d{2}:\d{2}(?:\.\d+)?)\+00( BC)?$/, '$1$2');
  if (type.kind === 'interval' && (/\.(\d+)S/.exec(cell)?.[1]?.length ?? 0) > type.precision) return false;
  if (
    type.kind === 'float' &&
    type.bits === 32 &&
    from.type.kind === 'float' &&
    Math.fround(Number(cell)) !== Number(cell)
  )
    return from.type.bits === 32;
  // Digits that would be rounded off are not held.
  if (type.kind === 'decimal' && type.scale !== undefined && parts(plain) !== undefined)
    if (byValue(rounded(plain, type.scale)) !== byValue(plain)) return false;
  return literal(engine, column, type.kind === 'text' || type.kind === 'own' ? cell : plain) !== undefined;
}

export function canHoldRow(row: Row, pairs: readonly MatchedPair[], table: Table, engine: Engine): boolean {
  return pairs.every(
    ({ source, target, at }) =>
      target.generated !== undefined || canHold(target, table, engine, row[at.source] ?? null, source),
  );
}

/**
 * Whether the source's rows may break a unique key of the target, as strictly as any collation may take them for equal:
 * then no repair can make the tables equal.
 */
export function mayCollide(rows: readonly Row[], pairs: readonly MatchedPair[], target: Table): boolean {
  const texts = canonicalRows(rows, pairs, 'source');
  return [target.primaryKey, ...target.unique].some((names) => {
    if (names.length === 0) return false;
    const at = names.map((name) => pairs.findIndex((one) => one.target.name === name));
    if (at.includes(-1)) return true;
    const seen = new Set<string>();
    return texts.some((cells) => {
      const values = at.map((index) => cells[index] ?? null);
      if (values.includes(null)) return false;
      const id = JSON.stringify(values.map((value) => fold(value ?? '')));
      if (seen.has(id)) return true;
      seen.add(id);
      return false;
    });
  });
}

/** Without case, accents, blanks at the end, and what collations leave out altogether. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}\p{Cc}\p{Co}\p{Cn}]/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .replaceAll('ς', 'σ')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .trim();
}
