import { distance } from 'fastest-levenshtein';

/**
 * The known name that was probably meant, or undefined where none is near: at most a third of the letters differ.
 * Case and the separators `.`, `-` and `_` count for nothing.
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
