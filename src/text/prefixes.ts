/** The prefixes of a key up to each dot: `a.b.c` has `a.` and `a.b.`. @param longest the longest one of interest */
export function* dottedPrefixes(key: string, longest: number): Generator<string> {
  for (let dot = key.indexOf('.'); dot >= 0 && dot < longest; dot = key.indexOf('.', dot + 1))
    yield key.slice(0, dot + 1);
}
