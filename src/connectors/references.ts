import type { Environment } from '../config/environment.ts';
import { matchBraced } from '../text/braced.ts';

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
  const unset = new Set<string>();
  const filledIn = ([reference = '', name, fallback]: readonly string[]): string => {
    if (name === undefined) return '${';
    const found = environment[name];
    // As in a shell, and in sluice.yaml, the text also covers a variable that is set but empty.
    if (found !== undefined && (found !== '' || fallback === undefined)) return found;
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
  return { value: value + written.slice(end), unset: [...unset] };
}

/** The texts before, between and behind the variables of a value, as they are when these are filled in. */
export function literalsOf(written: string): string[] {
  const literals: string[] = [''];
  let end = 0;
  const add = (text: string) => {
    literals[literals.length - 1] += text;
  };
  for (const { groups, index } of matchBraced(written, REFERENCE)) {
    const [reference = '', name] = groups;
    add(written.slice(end, index));
    end = index + reference.length;
    if (name === undefined) add('${');
    else literals.push('');
  }
  add(written.slice(end));
  return literals;
}
