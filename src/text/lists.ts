import { ForeignPattern } from './foreign-pattern.ts';

/** One item of Debezium's lists of names: a regular expression for a whole name, ignoring case. */
export interface NamePattern {
  written: string;
  test(name: string): boolean;
}

/** Items of such a list; a comma that belongs to an expression is written `\,`. */
export function namePatterns(list: string | undefined): NamePattern[] {
  return (list ?? '')
    .split(/(?<!\\),/)
    .map((one) => one.trim().replaceAll('\\,', ','))
    .filter((one) => one !== '')
    .map((written) => ({ written, test: compile(written) }));
}

/** Java and JavaScript expressions agree on what table names need; one that does not parse, or takes too long, matches nothing. */
function compile(written: string): NamePattern['test'] {
  try {
    const pattern = new ForeignPattern(withoutCase(unescaped(written)), 'iu');
    return (name) => pattern.test(withoutCase(name)) ?? false;
  } catch {
    if (ESCAPED_LETTER.test(written)) return () => false;
    try {
      // A single `]` or `}`, which Java takes literally.
      const pattern = new ForeignPattern(written, 'i');
      return (name) => pattern.test(name) ?? false;
    } catch {
      return () => false;
    }
  }
}

/** Without the Unicode flag, JavaScript takes any escaped letter literally; Java gives it a meaning, or refuses it. */
const ESCAPED_LETTER = /(?<!\\)(?:\\\\)*\\[a-z]/i;

/** Escapes that Java allows before any character, but JavaScript only before its syntax characters. */
function unescaped(written: string): string {
  return written.replace(/\\(.)/gsu, (pair, char: string) => {
    if (/[a-z\d^$\\.*+?()[\]{}|/]/i.test(char)) return pair;
    return char < '\x80' ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char;
  });
}

/** In the private use planes, whose characters have no case. */
const PRIVATE = 0xf0000;

/**
 * Java ignores the case of ASCII letters only, JavaScript of all letters: map the others to caseless characters, both in
 * names and in expressions, preserving their order.
 */
function withoutCase(text: string): string {
  return text.replace(/[\u{80}-\u{ffff}]/gu, (char) => String.fromCodePoint(PRIVATE + (char.codePointAt(0) ?? 0)));
}

/** The items of a list, split as Connect does. */
export function listItems(value: string | undefined): string[] {
  if (value === undefined) return [];
  if (value.includes(','))
    return value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const only = value.trim();
  return only === '' ? [] : [only];
}

/** A boolean as Connect reads it. */
export function isTrue(value: string | undefined): boolean {
  return /^\s*true\s*$/i.test(value ?? '');
}

/**
 * Splits a comma-separated list of expressions as Debezium does: at every unescaped comma, even inside brackets and
 * quantifiers (`a{1,2}` is split; tried on a worker).
 */
export function splitRegexList(value: string): string[] {
  // Most escape no comma, and the expression is ten times slower.
  if (!value.includes('\\,') && !value.endsWith('\\')) return listItems(value);
  return value
    .replace(/\\$/, '')
    .split(/(?<!\\),/)
    .map((part) => part.replaceAll('\\,', ',').trim())
    .filter((part) => part !== '');
}

/** The first names, and how many others there are: `a, b and 3 others`. */
export function firstNames(names: readonly string[], most: number, word = 'others'): string {
  const others = names.length - most;
  return `${names.slice(0, most).join(', ')}${others > 0 ? ` and ${others} ${word}` : ''}`;
}
