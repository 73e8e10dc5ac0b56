/** A `${…}` of a text, up to the next closing brace; `escaped` where it is written `$${`. */
export interface Braced {
  inner: string;
  escaped: boolean;
}

/** Each `${…}` in turn, in one pass: a text may have thousands that never close. */
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
  return [...bracedIn(text)].some(({ inner }) => inner.includes(':'));
}

/**
 * What an expression for `$${` and for a closed `${…}` matches. Behind the last closing brace only `$${` is looked for: there
 * the expression would search to the end of the text from each `${`.
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
