import { ForeignPattern } from '../text/foreign-pattern.ts';

/** One item of Debezium's lists of names: a regular expression for the whole of a name, case aside. */
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

/** Java's expressions are JavaScript's in all that names of tables need; one that is not, or takes too long, matches nothing here. */
function compile(written: string): NamePattern['test'] {
  try {
    const pattern = new ForeignPattern(withoutCase(unescaped(written)), 'iu');
    return (name) => pattern.test(withoutCase(name)) ?? false;
  } catch {
    if (ESCAPED_LETTER.test(written)) return () => false;
    try {
      // A `]` or `}` alone, which Java takes for itself.
      const pattern = new ForeignPattern(written, 'i');
      return (name) => pattern.test(name) ?? false;
    } catch {
      return () => false;
    }
  }
}

/** Without its flag for Unicode, JavaScript takes any letter behind a backslash for itself: Java has a meaning for it, or none. */
const ESCAPED_LETTER = /(?<!\\)(?:\\\\)*\\[a-z]/i;

/** Escapes that Java takes before any sign, and JavaScript before its own only. */
function unescaped(written: string): string {
  return written.replace(/\\(.)/gsu, (pair, char: string) => {
    if (/[a-z\d^$\\.*+?()[\]{}|/]/i.test(char)) return pair;
    return char < '\x80' ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char;
  });
}

/** Of the planes for private use, whose characters have no case. */
const PRIVATE = 0xf0000;

/**
 * Java folds the case of ASCII letters only, JavaScript of all: the others are put where none has a case, of a name and of an
 * expression alike, and in their order.
 */
function withoutCase(text: string): string {
  return text.replace(/[\u{80}-\u{ffff}]/gu, (char) => String.fromCodePoint(PRIVATE + (char.codePointAt(0) ?? 0)));
}

/** Items of a list as Connect splits it. */
export function listItems(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A boolean as Connect reads it. */
export function isTrue(value: string | undefined): boolean {
  return /^\s*true\s*$/i.test(value ?? '');
}
