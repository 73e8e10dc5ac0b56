/** A `${…}` in a text, up to the next closing brace; `escaped` if written `$${`. */
export interface Braced {
  inner: string;
  escaped: boolean;
}

/** Each `${…}` in turn, in one pass: a text may have thousands of unclosed ones. */
export function* bracedIn(text: string): Generator<Braced> {
  const last = text.lastIndexOf('}');
  for (let at = text.indexOf('${'); at >= 0 && at < last; ) {
    const end = text.indexOf('}', at);
    yield { inner: text.slice(at + 2, end), escaped: text[at - 1] === '$' };
    at = text.indexOf('${', end);
  }
}

/** Whether a text has a reference that only the worker resolves: `${provider:…}`. */
export function hasWorkerReference(text: string): boolean {
  if (!text.includes('${')) return false;
  for (const { inner } of bracedIn(text)) if (inner.includes(':')) return true;
  return false;
}

/**
 * Matches of an expression for `$${` and for a closed `${…}`. After the last closing brace only `$${` is searched: the
 * expression would scan to the end of the text from each `${`.
 */
export function* matchBraced(
  text: string,
  expression: RegExp,
): Generator<{ index: number; groups: readonly string[] }> {
  const end = text.lastIndexOf('}') + 1;
  for (const match of text.slice(0, end).matchAll(expression)) yield { index: match.index, groups: match };
  for (let at = text.indexOf('$${', end); at >= 0; at = text.indexOf('$${', at + 3))
    yield { index: at, groups: ['$${'] };
}
