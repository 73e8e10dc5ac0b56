import type { Finding, RuleId, Severity } from '../../connectors/finding.ts';
import { cached } from '../../text/cached.ts';

/** A change to the file's text that would fix what a rule found. */
export type Fix =
  /** `value` if it is different under the new name. */
  | { kind: 'rename-key'; key: string; to: string; value?: string; safe: boolean }
  | { kind: 'set-value'; key: string; value: string; safe: boolean }
  | { kind: 'remove-key'; key: string; safe: boolean };

/** A finding without its position, which is looked up once all are known. */
export interface RuleFinding {
  rule: RuleId;
  severity: Severity;
  message: string;
  hint?: string;
  /** The config key it is about. */
  key?: string;
  /** Other keys that it equally concerns. */
  also?: string[];
  /** The key it points at, if different (a missing key has no position). */
  at?: string;
  /** Whether the key or its value is wrong. */
  part?: 'key' | 'value';
  fix?: Fix;
}

export type Report = (finding: RuleFinding) => void;

/** The part of a connector's config that belongs to one plugin. */
export interface Scope {
  /** The keys as the plugin sees them. */
  config: Readonly<Record<string, string>>;
  keys: readonly string[];
  /** Their prefix in the connector's config: `transforms.unwrap.`, or nothing. */
  prefix: string;
  /** Whether a key's value is unknown: an unset variable, or a reference that the worker resolves. */
  unknown(key: string): boolean;
  /** A value before variables were substituted; not for display. */
  written(key: string): string;
  /** A value for display: secrets masked, variables as written. */
  show(key: string): string;
  /** Keys with a dot, by the part before their first dot. */
  families(): ReadonlyMap<string, readonly string[]>;
}

/**
 * The keys below a prefix.
 * @param prefix with its trailing dot
 * @param except keys below it that belong to the framework
 */
export function scopeOf(scope: Scope, prefix: string, except: readonly string[] = []): Scope {
  const config: Record<string, string> = {};
  for (const key of keysBelow(scope, prefix)) {
    const own = key.slice(prefix.length);
    if (!except.includes(own)) config[own] = scope.config[key] ?? '';
  }
  const keys = Object.keys(config);
  return {
    config,
    keys,
    families: () => familiesOf(keys),
    prefix: scope.prefix + prefix,
    unknown: (key) => scope.unknown(prefix + key),
    written: (key) => scope.written(prefix + key),
    show: (key) => scope.show(prefix + key),
  };
}

const NO_KEYS: readonly string[] = [];

/** The keys that are longer than a prefix (ending in a dot) and start with it. */
export function keysBelow(scope: Scope, prefix: string): readonly string[] {
  const family = scope.families().get(familyOf(prefix));
  if (family === undefined) return NO_KEYS;
  const keys = family.length > FEW ? beginningWith(prefix, family) : family;
  return keys.filter((key) => key.length > prefix.length && key.startsWith(prefix));
}

/** Up to this many keys are scanned one by one for every alias. */
const FEW = 200;
const sortings = new WeakMap<readonly string[], Uint32Array>();

/** Keys that start with a text, in their order; uses binary search. */
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

/** The part before a key's first dot; empty without one. */
const familyOf = cached((key) => key.slice(0, Math.max(0, key.indexOf('.'))));

/** Keys with a dot, by the part before their first dot. */
export function familiesOf(keys: readonly string[]): Map<string, string[]> {
  const families = new Map<string, string[]>();
  for (const key of keys) {
    const name = familyOf(key);
    if (name === '' && !key.startsWith('.')) continue;
    const family = families.get(name);
    if (family === undefined) families.set(name, [key]);
    else family.push(key);
  }
  return families;
}

const expressions = new Map<string, RegExp>();

/** A schema's expression, compiled once: thousands of connectors use the same ones. */
export function expression(source: string): RegExp {
  let compiled = expressions.get(source);
  if (!compiled) {
    compiled = new RegExp(source);
    expressions.set(source, compiled);
  }
  return compiled;
}

/** A finding with the change that would fix it. */
export interface FixableFinding extends Finding {
  fix?: Fix;
}
