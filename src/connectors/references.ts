import type { Environment } from '../config/environment.ts';

/**
 * The one rule on references in connector files: `${NAME}` with NAME in `[A-Z_][A-Z0-9_]*` is a variable of ours,
 * `$${` is a literal `${`. Everything else (`${topic}`, `${source.table}`, `${file:…}`, `${vault:…}`) is the worker's.
 */
const REFERENCE = /\$\$\{|\$\{([A-Z_][A-Z0-9_]*)\}/g;

export interface Resolved {
  value: string;
  /** Names of variables that are not set; their references stand in `value` as written. */
  unset: string[];
}

export function resolveValue(written: string, environment: Environment): Resolved {
  const unset: string[] = [];
  const value = written.replace(REFERENCE, (reference, name: string | undefined) => {
    if (name === undefined) return '${';
    const found = environment[name];
    if (found !== undefined) return found;
    if (!unset.includes(name)) unset.push(name);
    return reference;
  });
  return { value, unset };
}
