/**
 * What makes java.util.regex.Pattern refuse an expression, or undefined. Structure only: brackets, groups, quantifiers
 * and escapes; that is what people get wrong (`*.orders`). Source: the grammar in Pattern's own documentation.
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
        // A second mark makes it reluctant or possessive; after that nothing can be repeated.
        if (pattern[at + 1] === '+' || pattern[at + 1] === '?') at += 1;
        atom = false;
        break;
      case '{': {
        const repetition = /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(at));
        if (!repetition || !atom) return 'a { begins no repetition; write \\{, and \\, for a comma in it';
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
  if (next === undefined) return 'there is a \\ at the end';
  if (next === 'Q') {
    const end = pattern.indexOf('\\E', start + 2);
    return end < 0 ? pattern.length : end + 1;
  }
  if (next === 'p' || next === 'P') {
    if (pattern[start + 2] !== '{') return start + 2;
    const end = pattern.indexOf('}', start);
    return end < 0 ? 'a \\p{ is not closed' : end;
  }
  if (/[A-Za-z]/.test(next) && !/[tnrfaecdDhHsSvVwWbBAGRXzZkxuNE]/.test(next)) return `there is no escape \\${next}`;
  return start + 1;
}

/** Java nests classes and cuts them with &&. */
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
  return GROUP_HEAD.test(pattern.slice(at)) ? undefined : 'no such group as (?…';
}

function groupHead(pattern: string, at: number): number {
  const head = GROUP_HEAD.exec(pattern.slice(at))?.[0] ?? '(?';
  // `(?i)` is closed by the very ) that follows: leave it to the loop.
  return at + head.length - (head.endsWith(')') ? 2 : 1);
}

/**
 * A comma-separated list of expressions, split as Debezium does: at every comma that is not escaped, those inside
 * brackets and repetitions too (`a{1,2}` falls apart; tried on a worker).
 */
export function splitRegexList(value: string): string[] {
  return value
    .replace(/\\$/, '')
    .split(/(?<!\\),/)
    .map((part) => part.replaceAll('\\,', ',').trim())
    .filter((part) => part !== '');
}

/** The groups that an expression captures; of one that javaRegexProblem finds nothing in. */
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

/**
 * What java.util.regex.Matcher has against a replacement, and what of it is text. Source: the documentation of
 * Matcher.appendReplacement; the digits behind a `$` belong to it as long as there is such a group.
 */
export function javaReplacement(replacement: string, groups: JavaGroups): { problem: string } | { literals: string } {
  let literals = '';
  for (let at = 0; at < replacement.length; at += 1) {
    const char = replacement[at] ?? '';
    if (char === '\\') {
      at += 1;
      if (at === replacement.length) return { problem: 'there is a \\ at the end' };
      literals += replacement[at];
    } else if (char !== '$') literals += char;
    else if (replacement[at + 1] === '{') {
      const name = /^\{([A-Za-z][A-Za-z0-9]*)\}/.exec(replacement.slice(at + 1, at + 201))?.[1];
      if (name === undefined) return { problem: 'a ${ does not begin a ${name}; write \\$ for the character itself' };
      if (!groups.names.has(name)) return { problem: `there is no group called ${name}` };
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
    }
  }
  return { literals };
}
