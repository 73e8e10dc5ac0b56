import { globExpression } from './glob.ts';

/**
 * Of things with a scope, a name or a glob, the one that is the most specific for a name. A name is more specific than a
 * pattern, a pattern with more letters is more specific than one with fewer. Of two alike the later one counts.
 */
export function mostSpecific<Thing>(
  things: readonly Thing[],
  name: string,
  scopeOf: (thing: Thing) => string,
): Thing | undefined {
  let best: { thing: Thing; rank: readonly number[] } | undefined;
  for (const thing of things) {
    const scope = scopeOf(thing);
    if (!isInScope(scope, name)) continue;
    const rank = rankOf(scope, name);
    if (best === undefined || compareRanks(rank, best.rank) >= 0) best = { thing, rank };
  }
  return best?.thing;
}

/** A name with `*` or `?` in it may be meant as it stands. */
function isInScope(scope: string, name: string): boolean {
  return scope === name || globExpression(scope).test(name);
}

function rankOf(scope: string, name: string): readonly [exact: number, letters: number, wildcards: number] {
  const letters = scope.replaceAll(/[*?]/g, '').length;
  return [scope === name ? 1 : 0, letters, -(scope.match(/\*/g)?.length ?? 0)];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
