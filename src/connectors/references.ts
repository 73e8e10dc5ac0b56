import type { Environment } from '../config/environment.ts';

/**
 * The one rule on references in connector files: `${NAME}` with NAME in `[A-Z_][A-Z0-9_]*` is a variable of ours, and
 * `${NAME:-text}` one with a text for where it is not set or empty; `$${` is a literal `${`. Everything else (`${topic}`,
 * `${source.table}`, `${file:…}`, `${vault:…}`) is the worker's.
 */
const REFERENCE = /\$\$\{|\$\{([A-Z_][A-Z0-9_]*)(?::-([^}]*))?\}/g;

export interface Resolved {
  value: string;
  /** Names of variables that are not set; their references stand in `value` as written. */
  unset: string[];
}

export function resolveValue(written: string, environment: Environment): Resolved {
  const unset: string[] = [];
  const value = written.replace(REFERENCE, (reference, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '${';
    const found = environment[name];
    // As in a shell, and in sluice.yaml, the text also covers a variable that is set but empty.
    if (found !== undefined && (found !== '' || fallback === undefined)) return found;
    if (fallback !== undefined) return fallback;
    if (!unset.includes(name)) unset.push(name);
    return reference;
  });
  return { value, unset };
}

/** The texts before, between and behind the variables of a value, as they are when these are filled in. */
export function literalsOf(written: string): string[] {
  const literals: string[] = [''];
  let end = 0;
  const add = (text: string) => {
    literals[literals.length - 1] += text;
  };
  for (const { 0: reference, 1: name, index } of written.matchAll(REFERENCE)) {
    add(written.slice(end, index));
    end = index + reference.length;
    if (name === undefined) add('${');
    else literals.push('');
  }
  add(written.slice(end));
  return literals;
}
