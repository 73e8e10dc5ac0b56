import { ForeignPattern } from './foreign-pattern.ts';
import { javaRegexInJavaScript } from './java-regex.ts';

/**
 * One item of Debezium's lists of names: a regular expression of Java for a whole name, ignoring case. Its answer is
 * undefined if the expression cannot be evaluated here, takes too long, or is a reference that only the worker resolves.
 */
export interface NamePattern {
  written: string;
  test(name: string): boolean | undefined;
}

/** Items of such a list; a comma that belongs to an expression is written `\,`. */
export function namePatterns(list: string | undefined): NamePattern[] {
  return (list ?? '')
    .split(/(?<!\\),/)
    .map((one) => one.trim().replaceAll('\\,', ','))
    .filter((one) => one !== '')
    .map((written) => ({ written, test: compile(written) }));
}

/** Whether an item fits one of the names; undefined if none does for sure, but some may. */
export function fitsAny(patterns: readonly NamePattern[], names: readonly string[]): boolean | undefined {
  const answers = patterns.flatMap((one) => names.map((name) => one.test(name)));
  return answers.includes(true) || (answers.includes(undefined) ? undefined : false);
}

function compile(written: string): NamePattern['test'] {
  const translated = written.includes('${') ? undefined : javaRegexInJavaScript(written);
  if (translated === undefined) return () => undefined;
  try {
    const pattern = new ForeignPattern(withoutCase(unescaped(translated)), 'iu');
    return (name) => pattern.test(withoutCase(name));
  } catch {
    try {
      // A single `]` or `}`, which Java takes literally.
      const pattern = new ForeignPattern(translated, 'i');
      return (name) => pattern.test(name);
    } catch {
      return () => undefined;
    }
  }
}

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

export function isFalse(value: string | undefined): boolean {
  return /^\s*false\s*$/i.test(value ?? '');
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

/** The first names, and how many others there are: `a, b and 3 others`. @param word in the plural */
export function firstNames(names: readonly string[], most: number, word = 'others'): string {
  const others = names.length - most;
  const noun = others === 1 ? word.replace(/s$/, '') : word;
  return `${names.slice(0, most).join(', ')}${others > 0 ? ` and ${others} ${noun}` : ''}`;
}
