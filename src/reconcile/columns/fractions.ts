import type { Column } from '../../databases/model.ts';

/** Digits of a second that a column can hold. */
export function fractional({ type }: Column): number {
  return type.family === 'time' || type.family === 'timestamp' ? type.precision : 0;
}

/** The digits of a second to which a value with `own` of them is rounded, step by step; see `Form`. */
export function roundings(
  own: number,
  { precision, held = precision }: { precision: number; held?: number },
): number[] {
  return [...new Set([held, precision])].filter((digits) => digits < own);
}
