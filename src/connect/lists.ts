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
    .map((written) => {
      const compiled = compile(written);
      return { written, test: (name) => compiled?.test(name) ?? false };
    });
}

/** Java's expressions are JavaScript's in all that names of tables need; one that is not, or takes too long, matches nothing here. */
function compile(written: string): ForeignPattern | undefined {
  try {
    return new ForeignPattern(written, 'i');
  } catch {
    return undefined;
  }
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
