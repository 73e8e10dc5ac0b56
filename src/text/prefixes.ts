/** What stands before each of a key's dots, the dot with it: `a.b.c` has `a.` and `a.b.`. @param longest of what is looked for */
export function* dottedPrefixes(key: string, longest: number): Generator<string> {
  for (let dot = key.indexOf('.'); dot >= 0 && dot < longest; dot = key.indexOf('.', dot + 1))
    yield key.slice(0, dot + 1);
}
