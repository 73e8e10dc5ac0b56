import { distance } from 'fastest-levenshtein';

/**
 * The closest known name, or undefined if none is close: at most a third of the letters may differ. Ignores case and the
 * separators `.`, `-` and `_`.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  let best: string | undefined;
  let least = Math.floor(wanted.length / 3) + 1;
  for (const candidate of known) {
    const folded = fold(candidate);
    if (Math.abs(folded.length - wanted.length) >= least) continue;
    const difference = distance(wanted, folded);
    if (difference < least) {
      least = difference;
      best = candidate;
    }
  }
  return best;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[._-]/g, '');
}
