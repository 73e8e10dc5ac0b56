import { unitsOf } from '../units.ts';

/** Fixed length: the mask must not reveal the length of a secret. One character, repeated. */
export const MASK = '********';

/** A hidden part of a text. */
export interface Span {
  start: number;
  end: number;
}

/** The text with the spans masked; they must be sorted and not overlap. */
export function mask(text: string, spans: readonly Span[]): string {
  const bounds = spans.flatMap(({ start, end }) => [start + BEFORE.length, end + BEFORE.length]);
  return masked(text, unitsOf(BEFORE + text), bounds);
}

/** In front of a text that is read, so that a few characters before it can be read like any others. */
export const BEFORE = '\0'.repeat(32);

/**
 * Copies units, since a text may have a hundred thousand spans: as many strings would take longer than finding them.
 * @param units with BEFORE
 * @param bounds where spans start and end in the units
 */
export function masked(text: string, units: Uint16Array, bounds: ArrayLike<number>): string {
  const count = bounds.length;
  if (count === 0) return text;
  let length = text.length;
  for (let at = 0; at < count; at += 2) length += MASK.length - (bounds[at + 1] ?? 0) + (bounds[at] ?? 0);
  // Masks everywhere; what is shown is copied over them.
  const shown = new Uint16Array(length).fill(MASK.charCodeAt(0));
  let to = 0;
  let from = BEFORE.length;
  for (let at = 0; at < count; at += 2) {
    const end = bounds[at] ?? 0;
    copy(units, from, end, shown, to);
    to += end - from + MASK.length;
    from = bounds[at + 1] ?? 0;
  }
  copy(units, from, BEFORE.length + text.length, shown, to);
  return Buffer.from(shown.buffer).toString('utf16le');
}

function copy(units: Uint16Array, start: number, end: number, into: Uint16Array, to: number): void {
  // A few units are copied faster one by one.
  if (end - start > 50) into.set(units.subarray(start, end), to);
  else for (let at = start; at < end; at += 1) into[to + at - start] = units[at] ?? 0;
}
