import { wrapAnsi } from 'fast-wrap-ansi';

/** Text broken at spaces into lines of at most `width` columns; a longer word keeps its line. No lines of blank text. */
export function wrapText(text: string, width: number): string[] {
  const words = text.trim().replaceAll(/\s+/g, ' ');
  return words === '' ? [] : wrapAnsi(words, width).split('\n');
}
