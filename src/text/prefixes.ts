/** The prefixes of a key up to each dot: `a.b.c` has `a.` and `a.b.`. @param longest the longest one of interest */
export function* dottedPrefixes(key: string, longest: number): Generator<string> {
  for (let dot = key.indexOf('.'); dot >= 0 && dot < longest; dot = key.indexOf('.', dot + 1))
    yield key.slice(0, dot + 1);
}

/** Whether a key begins with one of these names and a dot; a name may have dots itself. */
export function beginsWithName(key: string, names: ReadonlySet<string>): boolean {
  for (const prefix of dottedPrefixes(key, key.length)) if (names.has(prefix.slice(0, -1))) return true;
  return false;
}
