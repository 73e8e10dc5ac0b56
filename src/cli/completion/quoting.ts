import type { Candidate } from './engine.ts';

/** A line of a shell, up to the cursor. */
export interface ShellLine {
  /** Without quotes; nothing in them is evaluated. The last one is being typed. */
  words: string[];
  /** The last word as typed. */
  raw: string;
  /** The quote in which the line ends, if it does. */
  quote: '' | "'" | '"';
}

/** Splits a line into words as a POSIX shell does, but evaluates nothing. */
export function splitLine(line: string): ShellLine {
  const words: string[] = [];
  let [word, raw, started] = ['', '', false];
  let quote: ShellLine['quote'] = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote === '' && /[ \t\n]/.test(char)) {
      if (started) words.push(word);
      [word, raw, started] = ['', '', false];
      continue;
    }
    started = true;
    raw += char;
    if (quote === char) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === '\\' && quote !== "'") {
      const next = line[at + 1] ?? '';
      const escapes = quote === '' || /["\\$`]/.test(next);
      word += escapes ? next : char + next;
      raw += next;
      at += 1;
    } else word += char;
  }
  return { words: [...words, word], raw, quote };
}

/**
 * Candidates as bash puts them into the line: quoted as the word is, without the part that bash counts as earlier words, and
 * with a blank behind them. Behind a quoted one, bash itself puts the quote.
 * @param breaks COMP_WORDBREAKS
 */
export function forBash(candidates: readonly Candidate[], { raw, quote }: ShellLine, breaks: string): string[] {
  const typed = quote === '' ? raw : raw.slice(0, raw.lastIndexOf(quote));
  const split = new Set([...breaks].filter((char) => !/["'\s]/.test(char)));
  let head = 0;
  if (quote === '')
    for (let at = 0; at < raw.length; at += 1) {
      if (raw[at] === '\\') at += 1;
      else if (split.has(raw[at] ?? '')) head = at + 1;
    }
  const earlier = raw.slice(0, head);
  // A quote that does not open the word: what stands before it stays as it is.
  if (quote !== '' && typed !== '') return [];
  return candidates.flatMap(({ value, open }) => {
    const quoted = quoteFor(value, quote);
    if (!quoted.startsWith(earlier)) return [];
    return [`${quoted.slice(head)}${open === true || quote !== '' ? '' : ' '}`];
  });
}

function quoteFor(value: string, quote: ShellLine['quote']): string {
  switch (quote) {
    case "'":
      return value.replaceAll("'", "'\\''");
    case '"':
      // History is expanded between double quotes, and a backslash would stay.
      return value.replaceAll(/["\\$`]/g, '\\$&').replaceAll('!', `"'!'"`);
    default:
      return value.replaceAll(/[^\p{L}\p{N}_@%+:,./=-]/gu, '\\$&');
  }
}

/** In single quotes, unless PowerShell reads it as one word anyway. It takes typographic quotes for quotes, too. */
export function forPowerShell(value: string): string {
  return /^[\w./:\\+-]+$/.test(value) ? value : `'${value.replaceAll(/['‘’‚‛]/g, '$&$&')}'`;
}
