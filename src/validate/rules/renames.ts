import type { PluginSchema, Renamed, RenamedPrefix } from '../../schemas/plugin-schema.ts';
import { fitsAnyLength } from '../../text/foreign-pattern.ts';
import { own } from '../../text/own.ts';
import { compiledSchema } from './compiled.ts';
import { expression, type Fix, type RuleFinding, type Scope } from './scope.ts';

/** The rule for keys that belong to another plugin. */
const FOREIGN = 'foreign-key';

/** A key in the config that was replaced, and how. */
export interface Predecessor {
  key: string;
  /** How it relates to the missing key. */
  cause: string;
  hint: string;
  fix?: Fix;
}

/** The key in the config that stands for a missing one: its old name, or its name in another plugin. */
export function predecessorOf(missing: string, scope: Scope, schema: PluginSchema): Predecessor | undefined {
  const compiled = compiledSchema(schema);
  for (const key of compiled.predecessors(missing)) {
    const renamed = compiled.key(key)?.schema['x-renamed'];
    if (renamed === undefined || !Object.hasOwn(scope.config, key)) continue;
    const { value, fix } = renaming(key, missing, renamed, scope);
    const what = renamed.foreign ? `its name with ${renamed.foreign}` : 'its old name';
    const hint = `Write ${entry(scope.prefix + missing, value)} instead of ${scope.prefix}${key}, ${what}.`;
    return { key, cause: `${scope.prefix}${key} is ${what}`, hint, ...(fix ? { fix } : {}) };
  }
  for (const { from, to } of schema['x-renamed-prefixes'] ?? []) {
    const key = from + missing.slice(to.length);
    if (!missing.startsWith(to) || !Object.hasOwn(scope.config, key)) continue;
    const [full, successor] = [scope.prefix + key, scope.prefix + missing];
    return {
      key,
      cause: `${full} is its old name`,
      hint: `Write ${successor} instead of ${full}, its old name.`,
      fix: { kind: 'rename-key', key: full, to: successor, safe: false },
    };
  }
  return undefined;
}

export function renamedKey(key: string, renamed: Renamed, scope: Scope): RuleFinding {
  const full = scope.prefix + key;
  const { to, gone, typo, foreign, accepted } = renamed;
  const base = { severity: 'warning' as const, key: full, part: 'key' as const };
  if (to === undefined) {
    const why = foreign ? `is a key of ${foreign}` : `was removed in ${gone}`;
    return {
      ...base,
      rule: foreign ? FOREIGN : 'removed-key',
      message: `${full} ${why} and has no effect`,
      hint: 'Remove it.',
      fix: { kind: 'remove-key', key: full, safe: true },
    };
  }
  const successor = scope.prefix + to;
  const both = scope.config[to] !== undefined;
  const what = foreign
    ? `is a key of ${foreign}; here it is ${successor}`
    : typo
      ? `is not a key; use ${successor}`
      : accepted
        ? `is the old name of ${successor}`
        : `was renamed to ${successor} in ${gone} and has no effect`;
  const { value, fix } = renaming(key, to, renamed, scope);
  return {
    ...base,
    rule: foreign ? FOREIGN : typo ? 'unknown-key' : both ? 'superseded-key' : 'renamed-key',
    message: `${full} ${what}`,
    hint: both ? `Remove it: ${successor} is set.` : `Write ${entry(successor, value)} instead.`,
    ...(both ? { fix: { kind: 'remove-key' as const, key: full, safe: !accepted } } : fix ? { fix } : {}),
  };
}

/** A key of a family that moved as a whole. */
export function movedKey(key: string, { from, to, gone }: RenamedPrefix, scope: Scope): RuleFinding {
  const full = scope.prefix + key;
  const successor = to + key.slice(from.length);
  const both = scope.config[successor] !== undefined;
  return {
    rule: both ? 'superseded-key' : 'renamed-key',
    severity: 'warning' as const,
    message: `${full} was renamed to ${scope.prefix}${successor} in ${gone} and has no effect`,
    hint: both ? `Remove it: ${scope.prefix}${successor} is set.` : `Write ${scope.prefix}${successor} instead.`,
    key: full,
    part: 'key' as const,
    fix: both
      ? { kind: 'remove-key' as const, key: full, safe: true }
      : { kind: 'rename-key' as const, key: full, to: scope.prefix + successor, safe: false },
  };
}

/** The value under the new name if it differs, and the change; nothing if the value is unknown. */
function renaming(key: string, to: string, renamed: Renamed, scope: Scope): { value?: string; fix?: Fix } {
  const { values, factor, merged, forms } = renamed;
  // A key that takes effect changes what the worker does.
  const fix = {
    kind: 'rename-key' as const,
    key: scope.prefix + key,
    to: scope.prefix + to,
    safe: renamed.accepted === true,
  };
  if ([values, factor, merged, forms].every((one) => one === undefined)) return { fix };
  const written = (scope.config[key] ?? '').trim();
  if (scope.unknown(key)) return {};
  const value = newValue(renamed, written, scope);
  return value === undefined ? {} : { value, fix: { ...fix, value } };
}

function newValue({ values, factor, merged, forms }: Renamed, written: string, scope: Scope): string | undefined {
  if (factor !== undefined) return /^\d{1,12}$/.test(written) ? String(Number(written) * factor) : undefined;
  if (merged !== undefined) return mergedValue(merged, scope);
  const form = forms?.find(([pattern]) => fitsAnyLength(expression(pattern), written));
  if (form !== undefined) return written.replace(expression(form[0]), form[1]);
  return own(values, written.toLowerCase());
}

function mergedValue({ keys, values }: NonNullable<Renamed['merged']>, { config, unknown }: Scope): string | undefined {
  if (Object.keys(keys).some((key) => unknown(key))) return undefined;
  const together = Object.entries(keys).map(([key, byDefault]) => (config[key] ?? byDefault).trim().toLowerCase());
  return own(values, together.join(' '));
}

function entry(key: string, value: string | undefined): string {
  return value === undefined ? key : `${key}=${value}`;
}
