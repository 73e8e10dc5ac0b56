import type { Environment } from '../secrets/environment.ts';
import { matchBraced } from '../text/braced.ts';

/**
 * The one rule on references in connector files: `${NAME}` with NAME in `[A-Z_][A-Z0-9_]*` is a variable, and
 * `${NAME:-text}` falls back to the text if the variable is not set or empty. `$${` is a literal `${`. Everything else
 * (`${topic}`, `${source.table}`, `${file:…}`, `${vault:…}`) is left to the worker.
 */
const REFERENCE = /\$\$\{|\$\{([A-Z_][A-Z0-9_]*)(?::-([^}]*))?\}/g;

export interface Resolved {
  value: string;
  /** Names of variables that are not set; `value` has their references as written. */
  unset: string[];
  /** The values of the variables that are set, in order. */
  filled: string[];
}

export function resolveValue(written: string, environment: Environment): Resolved {
  const unset = new Set<string>();
  const filled: string[] = [];
  const filledIn = ([reference = '', name, fallback]: readonly string[]): string => {
    if (name === undefined) return '${';
    const found = environment[name];
    // As in a shell and in sluice.yaml, the default also applies to a variable that is set but empty.
    if (found !== undefined && (found !== '' || fallback === undefined)) {
      if (found !== '') filled.push(found);
      return found;
    }
    if (fallback !== undefined) return fallback;
    unset.add(name);
    return reference;
  };
  let value = '';
  let end = 0;
  for (const { index, groups } of matchBraced(written, REFERENCE)) {
    value += written.slice(end, index) + filledIn(groups);
    end = index + (groups[0] ?? '').length;
  }
  return { value: value + written.slice(end), unset: [...unset], filled };
}
