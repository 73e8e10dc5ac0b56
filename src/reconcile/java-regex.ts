import { SluiceError } from '../errors/error.ts';
import { ForeignPattern } from '../text/foreign-pattern.ts';

/** Classes of Java that JavaScript writes otherwise, or takes for letters. */
const CLASSES: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  XDigit: '0-9a-fA-F',
};
/** Escapes by a letter that mean the same in both. */
const COMMON = /[dDwWsSbBtnrfuk]/;

/** A regular expression of Java for the whole of a name. */
export interface JavaRegex {
  /** @throws USAGE where it takes too long to tell */
  test(text: string): boolean;
  /** What it finds first in a text that it fits; null where it does not. @throws USAGE where it takes too long to tell */
  first(text: string): RegExpExecArray | null;
}

/**
 * What JavaScript reads in another way is translated or refused: a topic that an expression does not fit in silence would be
 * left out.
 * @throws USAGE
 */
export function javaRegex(text: string): JavaRegex {
  const refuse = (cause?: unknown) =>
    new SluiceError('USAGE', `the regular expression ${text} cannot be read here`, {
      hint: 'Give --source, --target and the tables instead of --connector.',
      cause,
    });
  const translated = translate(text);
  if (translated === undefined) throw refuse();
  const pattern = compile(translated, refuse);
  const told = <T>(answer: T | undefined): T => {
    if (answer === undefined) throw refuse();
    return answer;
  };
  return { test: (name) => told(pattern.test(name)), first: (name) => told(pattern.first(name)) };
}

function compile(translated: string, refuse: (cause: unknown) => SluiceError): ForeignPattern {
  try {
    return new ForeignPattern(translated, 'u');
  } catch {
    try {
      // With escapes of characters that need none, such as `\-`.
      return new ForeignPattern(translated);
    } catch (error) {
      throw refuse(error);
    }
  }
}

/** The expression as JavaScript writes it, or undefined where it has what JavaScript takes for something else. */
function translate(text: string): string | undefined {
  let out = '';
  let inClass = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\\') {
      const next = text[at + 1] ?? '';
      const named = /^\\p\{(\w+)\}/.exec(text.slice(at))?.[1];
      if (next === 'Q') {
        const end = text.indexOf('\\E', at + 2);
        const literal = text.slice(at + 2, end < 0 ? undefined : end);
        out += literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
        at = end < 0 ? text.length : end + 1;
      } else if (named !== undefined && CLASSES[named] !== undefined) {
        out += inClass ? CLASSES[named] : `[${CLASSES[named]}]`;
        at += named.length + 3;
      } else if (/[a-zA-Z]/.test(next) && !COMMON.test(next)) return undefined;
      else {
        out += char + next;
        at += 1;
      }
      continue;
    }
    // Classes in classes are their union in Java, and && cuts them; a first ] is one of the characters.
    if (inClass && (char === '[' || text.startsWith('&&', at))) return undefined;
    if (char === '[' && /^\[\^?\]/.test(text.slice(at))) return undefined;
    if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    out += char;
  }
  return out;
}

/**
 * What java.util.regex.Matcher puts in the place of a match: `$1`, `${name}`, and a backslash before what is meant as it is.
 * Undefined where it would fail.
 */
export function javaReplace(match: RegExpExecArray, replacement: string): string | undefined {
  let out = '';
  for (let at = 0; at < replacement.length; at += 1) {
    const char = replacement[at] ?? '';
    if (char === '\\') {
      at += 1;
      if (at === replacement.length) return undefined;
      out += replacement[at];
    } else if (char !== '$') out += char;
    else {
      const name = /^\$\{([A-Za-z][A-Za-z0-9]*)\}/.exec(replacement.slice(at))?.[1];
      if (name !== undefined) {
        if (match.groups === undefined || !Object.hasOwn(match.groups, name)) return undefined;
        out += match.groups[name] ?? '';
        at += name.length + 2;
        continue;
      }
      let digits = /^\d/.exec(replacement.slice(at + 1))?.[0];
      if (digits === undefined || Number(digits) >= match.length) return undefined;
      // As many digits as there are groups for.
      for (let more = replacement[at + 2] ?? ''; /\d/.test(more) && Number(digits + more) < match.length; ) {
        digits += more;
        more = replacement[at + 1 + digits.length] ?? '';
      }
      out += match[Number(digits)] ?? '';
      at += digits.length;
    }
  }
  return out;
}
