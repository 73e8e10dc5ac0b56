import type { TableReport } from '../../reconcile/report.ts';
import { graphemes } from '../../text/graphemes.ts';
import { thousands } from '../../text/thousands.ts';
import { unicodeEscapes, visibleValue } from '../../text/visible.ts';

/** A count, or `-` if the comparison mode does not count. */
export function counted(value: number | null): string {
  return value === null ? '-' : thousands(value);
}

/** Two values of one column, cut for display. */
export interface ShownPair {
  source: string;
  target: string;
  /** Start of the shown part and lengths of the values, in code points; undefined if nothing is cut. */
  cut?: { from: number; source: number; target: number };
}

export interface Shown {
  /** Maximum number of characters shown, as a reader counts them. */
  max: number;
  /** In quotes on one line; otherwise as text on a page. */
  quoted: boolean;
}

/** Characters of context before the first difference. */
const BEFORE = 12;
/** UTF-16 code units read on both sides of the first difference: no sensible character is longer. */
const WINDOW = 256;

/** One value: NULL bare, text in quotes, invisible characters escaped, a long one cut off. */
export function shownValue(value: string | null | undefined, shown: Shown): string {
  if (value === null) return 'NULL';
  if (value === undefined) return '?';
  const part = value.slice(0, endOf(value, shown.max * 8 + WINDOW));
  const head = graphemes(part);
  // The last one may continue beyond the part.
  if (part.length < value.length && head.length > 1) head.pop();
  const text = head.slice(0, shown.max).join('');
  return written(text, text.length < value.length ? '…' : '', '', shown);
}

/**
 * Two values that differ. Long ones are both shown from the same place, a little before their first difference, and no
 * character is cut in two. If they differ only in how characters are composed, which a reader could not see, those are
 * written as code points.
 */
export function shownPair(source: string, target: string, shown: Shown): ShownPair {
  if ([source, target].every((value) => value.length <= shown.max * 2 && graphemes(value).length <= shown.max)) {
    const whole = (value: string, plain: boolean) => written(value, '', '', shown, plain);
    const plain = whole(source, false).normalize() === whole(target, false).normalize();
    return { source: whole(source, plain), target: whole(target, plain) };
  }
  const at = firstDifference(source, target);
  // A window that begins inside a surrogate pair would show half a character.
  const begin = startOf(source, Math.max(0, at - WINDOW));
  const parts = [source, target].map((value) =>
    graphemes(value.slice(begin, endOf(value, at + WINDOW + shown.max * 8))),
  );
  const [left = [], right = []] = parts;
  let same = 0;
  while (same < left.length && left[same] === right[same]) same += 1;
  // If the window begins inside a value, its first character may be half of one.
  const from = Math.max(begin > 0 ? Math.min(1, same) : 0, same - Math.min(BEFORE, Math.floor(shown.max / 3)));
  const offset = begin + left.slice(0, from).join('').length;
  const cut = (value: string, list: readonly string[], plain: boolean) => {
    const text = list.slice(from, from + shown.max).join('');
    return written(text, offset + text.length < value.length ? '…' : '', offset > 0 ? '…' : '', shown, plain);
  };
  const plain = cut(source, left, false).normalize() === cut(target, right, false).normalize();
  return {
    source: cut(source, left, plain),
    target: cut(target, right, plain),
    cut: { from: characters(source.slice(0, offset)) + 1, source: characters(source), target: characters(target) },
  };
}

function written(text: string, after: string, before: string, { quoted }: Shown, plain = false): string {
  if (!quoted) return `${before}${plain ? ascii(visibleValue(text, '\n\t')) : visibleValue(text, '\n\t')}${after}`;
  if (before === '' && after === '' && /^-?[\d.]+$/.test(text)) return text;
  const inside = visibleValue(JSON.stringify(text).slice(1, -1));
  return `"${before}${plain ? ascii(inside) : inside}${after}"`;
}

function ascii(text: string): string {
  return text.replaceAll(/[^\n\t -~]/gu, unicodeEscapes);
}

function firstDifference(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a.charCodeAt(at) !== b.charCodeAt(at)) return at;
  return length;
}

function startOf(text: string, at: number): number {
  return at > 0 && isLow(text.charCodeAt(at)) ? at - 1 : at;
}

function endOf(text: string, at: number): number {
  return at < text.length && isLow(text.charCodeAt(at)) ? at + 1 : at;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function characters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) if (!isLow(text.charCodeAt(at))) count += 1;
  return count;
}

/** What the verdict does not cover, because it was excluded. */
export function narrowedLines({ narrowed }: TableReport): string[] {
  return [
    ...(narrowed?.where === undefined ? [] : [`only rows that meet the condition (--where): ${narrowed.where}`]),
    ...(narrowed?.leftOut === undefined ? [] : [`columns ignored: ${narrowed.leftOut.join(', ')}`]),
  ];
}
