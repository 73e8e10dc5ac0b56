let segmenter: Intl.Segmenter | undefined;

/** The characters of a text, as a reader counts them. */
export function graphemes(text: string): string[] {
  // Made when it is first needed: its data takes Node some milliseconds to load.
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
