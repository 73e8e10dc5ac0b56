import type { Severity } from '../connectors/finding.ts';

/** A change of the file's text that would mend a problem. */
export type Fix =
  /** `value` where it is another one under the new name. */
  | { kind: 'rename-key'; key: string; to: string; value?: string; safe: boolean }
  | { kind: 'set-value'; key: string; value: string; safe: boolean }
  | { kind: 'remove-key'; key: string; safe: boolean };

/** A finding that has not been located yet: places are looked up once all problems are known. */
export interface Problem {
  rule: string;
  severity: Severity;
  message: string;
  hint?: string;
  /** The config key it is about. */
  key?: string;
  /** Other keys that it is about as much. */
  also?: string[];
  /** The key it points at, where that is another one (a key that is missing has no place). */
  at?: string;
  /** Whether the key or its value is wrong. */
  part?: 'key' | 'value';
  fix?: Fix;
}

export type Report = (problem: Problem) => void;

/** One plugin's share of a connector's config. */
export interface Scope {
  /** The share's keys as the plugin sees them. */
  config: Readonly<Record<string, string>>;
  /** What stands before them in the connector's config: `transforms.unwrap.`, or nothing. */
  prefix: string;
  /** Whether a key's value is not known here: an unset variable, or a reference that the worker resolves. */
  unknown(key: string): boolean;
  /** A value before variables were put in; not for display. */
  written(key: string): string;
  /** A value as it may be shown: secrets masked, variables as they were written. */
  show(key: string): string;
  /** The keys by what stands before their first dot, those that have one. */
  families(): ReadonlyMap<string, readonly string[]>;
}

const NONE: ReadonlySet<string> = new Set();

/** @param prefix with a dot at its end */
export function scopeOf(scope: Scope, prefix: string, except: ReadonlySet<string> = NONE): Scope {
  const config: Record<string, string> = {};
  for (const key of keysBelow(scope, prefix)) {
    const own = key.slice(prefix.length);
    if (!except.has(own)) config[own] = scope.config[key] ?? '';
  }
  return {
    config,
    families: () => familiesOf(config),
    prefix: scope.prefix + prefix,
    unknown: (key) => scope.unknown(prefix + key),
    written: (key) => scope.written(prefix + key),
    show: (key) => scope.show(prefix + key),
  };
}

/** The keys that begin with a prefix (with a dot at its end) and go on behind it. */
export function keysBelow(scope: Scope, prefix: string): readonly string[] {
  const family = scope.families().get(prefix.slice(0, prefix.indexOf('.')));
  if (family === undefined) return [];
  const keys = family.length > FEW ? beginningWith(prefix, family) : family;
  return keys.filter((key) => key.length > prefix.length && key.startsWith(prefix));
}

/** Of so many keys each may be looked at for every alias. */
const FEW = 200;
const sortings = new WeakMap<readonly string[], Uint32Array>();

/** Those of many keys, in their order, that begin with a text: found without a look at each. */
function beginningWith(prefix: string, keys: readonly string[]): string[] {
  const at = (place: number) => keys[place] ?? '';
  let sorted = sortings.get(keys);
  if (sorted === undefined) {
    sorted = Uint32Array.from(keys.keys()).sort((a, b) => (at(a) < at(b) ? -1 : 1));
    sortings.set(keys, sorted);
  }
  let first = 0;
  for (let end = sorted.length; first < end; ) {
    const middle = (first + end) >>> 1;
    if (at(sorted[middle] ?? 0) < prefix) first = middle + 1;
    else end = middle;
  }
  let end = first;
  while (end < sorted.length && at(sorted[end] ?? 0).startsWith(prefix)) end += 1;
  return Array.from(sorted.subarray(first, end).toSorted(), at);
}

export function familiesOf(config: Readonly<Record<string, string>>): Map<string, string[]> {
  const families = new Map<string, string[]>();
  for (const key in config) {
    const dot = key.indexOf('.');
    if (dot < 0) continue;
    const name = key.slice(0, dot);
    const family = families.get(name);
    if (family === undefined) families.set(name, [key]);
    else family.push(key);
  }
  return families;
}

const expressions = new Map<string, RegExp>();

/** A schema's expression, compiled once: thousands of connectors are checked with the same ones. */
export function expression(source: string): RegExp {
  let compiled = expressions.get(source);
  if (!compiled) {
    compiled = new RegExp(source);
    expressions.set(source, compiled);
  }
  return compiled;
}
