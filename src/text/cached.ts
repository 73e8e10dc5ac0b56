const MAX_TEXTS = 5000;
const MAX_LENGTH = 200;

/** A pure function of a text with its answers cached, since thousands of connectors have the same few hundred keys. */
export function cached<T extends NonNullable<unknown>>(answer: (text: string) => T): (text: string) => T {
  const answers = new Map<string, T>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const found = answer(text);
    // A folder may have any number of keys, of any length.
    if (answers.size < MAX_TEXTS && text.length <= MAX_LENGTH) answers.set(text, found);
    return found;
  };
}
