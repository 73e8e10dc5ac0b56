/*
 * Regular expressions of Java, as connectors write them, read by one grammar for two purposes. `validate` asks what is wrong
 * with one: what this module does not know is assumed to be valid. Topology matches names by one: what JavaScript may read in
 * another way is not translated.
 */

/**
 * Why java.util.regex.Pattern refuses an expression, or undefined. Checks structure only (brackets, groups, quantifiers
 * and escapes), since that is what people get wrong (`*.orders`). Source: the grammar in the documentation of Pattern.
 */
export function javaRegexProblem(pattern: string): string | undefined {
  const open: number[] = [];
  let atom = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at];
    switch (char) {
      case '\\': {
        const end = escapeEnd(pattern, at);
        if (typeof end === 'string') return end;
        at = end;
        atom = true;
        break;
      }
      case '[': {
        const end = classEnd(pattern, at);
        if (end < 0) return 'a [ is not closed';
        at = end;
        atom = true;
        break;
      }
      case '(': {
        const problem = groupProblem(pattern, at);
        if (problem) return problem;
        open.push(at);
        if (pattern[at + 1] === '?') at = groupHead(pattern, at);
        atom = false;
        break;
      }
      case ')':
        if (open.pop() === undefined) return 'a ) has no (';
        atom = true;
        break;
      case '|':
        atom = false;
        break;
      case '*':
      case '+':
      case '?':
        if (!atom) return `the ${char} has nothing before it to repeat; write .${char}`;
        // A second sign makes it reluctant or possessive; after that nothing can be repeated.
        if (pattern[at + 1] === '+' || pattern[at + 1] === '?') at += 1;
        atom = false;
        break;
      case '{': {
        const repetition = /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(at));
        if (!repetition || !atom) return 'a { does not start a quantifier; write \\{, and \\, for a comma in it';
        at += repetition[0].length - 1;
        if (pattern[at + 1] === '+' || pattern[at + 1] === '?') at += 1;
        break;
      }
      default:
        atom = true;
    }
  }
  return open.length > 0 ? 'a ( is not closed' : undefined;
}

function escapeEnd(pattern: string, start: number): number | string {
  const next = pattern[start + 1];
  if (next === undefined) return 'it ends with a \\';
  if (next === 'Q') {
    const end = pattern.indexOf('\\E', start + 2);
    return end < 0 ? pattern.length : end + 1;
  }
  if (next === 'p' || next === 'P') {
    if (pattern[start + 2] !== '{') return start + 2;
    const end = pattern.indexOf('}', start);
    return end < 0 ? 'a \\p{ is not closed' : end;
  }
  if (/[A-Za-z]/.test(next) && !/[tnrfaecdDhHsSvVwWbBAGRXzZkxuNE]/.test(next)) return `invalid escape \\${next}`;
  return start + 1;
}

/** Java nests classes and intersects them with &&. */
function classEnd(pattern: string, start: number): number {
  let depth = 0;
  for (let at = start; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === '[') {
      depth += 1;
      if (pattern[at + 1] === '^') at += 1;
      if (pattern[at + 1] === ']') at += 1;
    } else if (pattern[at] === ']') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

const GROUP_HEAD = /^\(\?(?:[:=!>]|<[=!]|<[A-Za-z][A-Za-z0-9]*>|[idmsuxU]*(?:-[idmsuxU]+)?[:)])/;

function groupProblem(pattern: string, at: number): string | undefined {
  if (pattern[at + 1] !== '?') return undefined;
  return GROUP_HEAD.test(pattern.slice(at)) ? undefined : 'invalid group (?…';
}

function groupHead(pattern: string, at: number): number {
  const head = GROUP_HEAD.exec(pattern.slice(at))?.[0] ?? '(?';
  // `(?i)` is closed by the very ) that follows: leave it to the loop.
  return at + head.length - (head.endsWith(')') ? 2 : 1);
}

/** The capturing groups of an expression that javaRegexProblem accepts. */
export interface JavaGroups {
  count: number;
  names: ReadonlySet<string>;
}

export function javaGroups(pattern: string): JavaGroups {
  const names = new Set<string>();
  let count = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') {
      const end = escapeEnd(pattern, at);
      at = typeof end === 'number' ? end : at + 1;
    } else if (pattern[at] === '[') {
      const end = classEnd(pattern, at);
      if (end > at) at = end;
    } else if (pattern[at] === '(') {
      const name = /^\(\?<([A-Za-z][A-Za-z0-9]*)>/.exec(pattern.slice(at, at + 200))?.[1];
      if (name !== undefined) names.add(name);
      if (name !== undefined || pattern[at + 1] !== '?') count += 1;
    }
  }
  return { count, names };
}

/** A piece of a replacement: characters, or what a group matched. */
type ReplacementPart = { literal: string } | { group: number | string };

/**
 * A replacement by the rules of java.util.regex.Matcher, or why it is refused. Source: the documentation of
 * Matcher.appendReplacement; digits after a `$` belong to the group number as long as such a group exists.
 */
function replacementParts(replacement: string, groups: JavaGroups): ReplacementPart[] | { problem: string } {
  const parts: ReplacementPart[] = [];
  for (let at = 0; at < replacement.length; at += 1) {
    const char = replacement[at] ?? '';
    if (char === '\\') {
      at += 1;
      const literal = replacement[at];
      if (literal === undefined) return { problem: 'it ends with a \\' };
      parts.push({ literal });
    } else if (char !== '$') parts.push({ literal: char });
    else if (replacement[at + 1] === '{') {
      const name = /^\{([A-Za-z][A-Za-z0-9]*)\}/.exec(replacement.slice(at + 1, at + 201))?.[1];
      if (name === undefined) return { problem: 'a ${ does not start a ${name}; write \\$ for the character itself' };
      if (!groups.names.has(name)) return { problem: `there is no group called ${name}` };
      parts.push({ group: name });
      at += name.length + 2;
    } else {
      if (!/\d/.test(replacement[at + 1] ?? ''))
        return { problem: 'a $ has no number after it; write \\$ for the character itself' };
      at += 1;
      let group = Number(replacement[at]);
      while (/\d/.test(replacement[at + 1] ?? '') && group * 10 + Number(replacement[at + 1]) <= groups.count) {
        at += 1;
        group = group * 10 + Number(replacement[at]);
      }
      if (group > groups.count) return { problem: `there is no group ${group}` };
      parts.push({ group });
    }
  }
  return parts;
}

/** Why a replacement is refused, or its literal text. */
export function javaReplacement(replacement: string, groups: JavaGroups): { problem: string } | { literals: string } {
  const parts = replacementParts(replacement, groups);
  if ('problem' in parts) return parts;
  return { literals: parts.map((part) => ('literal' in part ? part.literal : '')).join('') };
}

/** What takes the place of a match; undefined if the replacement is refused. */
export function javaReplace(match: RegExpExecArray, replacement: string): string | undefined {
  const names = new Set(Object.keys(match.groups ?? {}));
  const parts = replacementParts(replacement, { count: match.length - 1, names });
  if ('problem' in parts) return undefined;
  const matched = (group: number | string) => (typeof group === 'number' ? match[group] : match.groups?.[group]) ?? '';
  return parts.map((part) => ('literal' in part ? part.literal : matched(part.group))).join('');
}

/** Java character classes that JavaScript writes differently or reads as letters. */
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

/** The expression in JavaScript's syntax, or undefined if JavaScript would interpret it differently. */
export function javaRegexInJavaScript(pattern: string): string | undefined {
  let out = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    if (char === '\\') {
      const end = escapeEnd(pattern, at);
      if (typeof end === 'string') return undefined;
      const translated = escapeInJavaScript(pattern.slice(at, end + 1), inClass);
      if (translated === undefined) return undefined;
      out += translated;
      at = end;
      continue;
    }
    // Classes in classes are their union in Java, and && cuts them; a first ] is one of the characters.
    if (inClass && (char === '[' || pattern.startsWith('&&', at))) return undefined;
    if (char === '[' && /^\[\^?\]/.test(pattern.slice(at, at + 3))) return undefined;
    if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    out += char;
  }
  return out;
}

function escapeInJavaScript(written: string, inClass: boolean): string | undefined {
  const quoted = /^\\Q(.*?)(?:\\E)?$/s.exec(written)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const named = CLASSES[/^\\p\{(\w+)\}$/.exec(written)?.[1] ?? ''];
  if (named !== undefined) return inClass ? named : `[${named}]`;
  const [, letter = ''] = written;
  return /[a-zA-Z]/.test(letter) && !COMMON.test(letter) ? undefined : written;
}
