import { listItems } from '../connect/lists.ts';
import type { KeySchema, PluginSchema, Renamed, RenamedPrefix } from '../schemas/plugin-schema.ts';
import { own } from '../text/own.ts';
import { compiledSchema, isAccepted, rememberAccepted } from './compiled.ts';
import { checkCrossRules } from './cross-rules.ts';
import type { Report, Scope } from './problem.ts';
import { checkValue } from './values.ts';

/** What a caller checks itself, piece by piece. */
export interface KeyOptions {
  /** Keys that are no business of this schema. */
  skip?: (key: string) => boolean;
  /** Where a missing key is pointed at; the scope's first key else. */
  anchor?: string;
  /** Where a key that is unknown here would have an effect. */
  elsewhere?: (key: string) => { of: string; key: string } | undefined;
}

/** Every key and value of one plugin's share against its schema: required, known, typed, and the rules between keys. */
export function checkScope(scope: Scope, schema: PluginSchema, report: Report, options: KeyOptions = {}): void {
  const { config, prefix } = scope;
  for (const key of schema.required) {
    if (config[key] !== undefined) continue;
    report(missingKey(key, scope, schema, options.anchor));
  }
  const compiled = compiledSchema(schema);
  const aliases = aliasPrefixes(schema, config);
  for (const key in config) {
    if (options.skip?.(key)) continue;
    const value = config[key] ?? '';
    const known = compiled.key(key);
    if (known?.['x-renamed']) {
      report(renamedKey(key, known['x-renamed'], scope));
      if (!known['x-renamed'].accepted) continue;
    }
    if (known) {
      checkKnown(key, value, known, scope, schema, report);
      continue;
    }
    if (aliases.some((one) => key.startsWith(one))) continue;
    const moved = schema['x-renamed-prefixes']?.find(({ from }) => key.startsWith(from));
    if (moved) {
      report(movedKey(key, moved, scope));
      continue;
    }
    const family = compiled.family(key);
    if (family === undefined) report(unknownKey(key, scope, schema, options.elsewhere));
    else {
      checkKnown(key, value, family.schema, scope, schema, report);
      // Whole families of keys pass; a near miss of a known one is still a slip.
      const meant = family.open ? compiled.slip(key) : undefined;
      if (meant !== undefined) report(misspelt(prefix + key, prefix + meant, 'no key of this plugin'));
    }
  }
  checkAliases(scope, schema, report);
  checkCrossRules(scope, schema, report);
}

function checkKnown(
  key: string,
  value: string,
  known: KeySchema,
  scope: Scope,
  schema: PluginSchema,
  report: Report,
): void {
  if (isAccepted(value, known) || scope.unknown(key)) return;
  const renamed = own(schema['x-renamed-values'], key);
  const full = scope.prefix + key;
  const problem = checkValue(full, value, known, () => scope.show(key), renamed);
  if (!problem) {
    rememberAccepted(value, known);
    return;
  }
  const { meant, range, ...said } = problem;
  const lenient = known['x-lenient'] === 'range' ? range === true : known['x-lenient'] === true;
  const successor = renamed?.[value.trim().toLowerCase()];
  report({
    rule: successor === undefined ? 'invalid-value' : 'renamed-value',
    severity: lenient ? 'warning' : 'error',
    ...said,
    ...(lenient ? { message: `${said.message}; the connector starts all the same` } : {}),
    key: full,
    part: 'value',
    ...(meant === undefined
      ? {}
      : { fix: { kind: 'set-value', key: full, value: meant, safe: successor !== undefined } as const }),
  });
}

function missingKey(key: string, scope: Scope, schema: PluginSchema, anchor: string | undefined) {
  const predecessor = Object.keys(scope.config).find((one) => schema.properties[one]?.['x-renamed']?.to === key);
  const at = predecessor === undefined ? anchor : scope.prefix + predecessor;
  return {
    rule: 'missing-key',
    severity: 'error' as const,
    message: `${scope.prefix}${key} is missing`,
    hint:
      predecessor === undefined
        ? `Add ${scope.prefix}${key}.`
        : `Write ${key} in place of ${predecessor}, its old name.`,
    key: scope.prefix + key,
    ...(at === undefined ? {} : { at }),
  };
}

function renamedKey(key: string, renamed: Renamed, scope: Scope) {
  const full = scope.prefix + key;
  const { to, gone, typo, foreign, accepted } = renamed;
  const base = { severity: 'warning' as const, key: full, part: 'key' as const };
  if (to === undefined) {
    const why = foreign ? `is a key of ${foreign}` : `was removed in ${gone}`;
    return {
      ...base,
      rule: foreign ? 'foreign-key' : 'removed-key',
      message: `${full} ${why} and has no effect`,
      hint: 'Remove it.',
      fix: { kind: 'remove-key' as const, key: full, safe: true },
    };
  }
  const successor = scope.prefix + to;
  const both = scope.config[to] !== undefined;
  const what = foreign
    ? `is a key of ${foreign}; here it is ${successor}`
    : typo
      ? `is no key; ${successor} is meant`
      : accepted
        ? `is the old name of ${successor}`
        : `was renamed to ${successor} in ${gone} and has no effect`;
  const value = scope.config[key] ?? '';
  const newValue = renamed.values?.[value.trim().toLowerCase()];
  const reads = renamed.values === undefined || newValue !== undefined;
  return {
    ...base,
    rule: foreign ? 'foreign-key' : typo ? 'unknown-key' : both ? 'superseded-key' : 'renamed-key',
    message: `${full} ${what}`,
    hint: both
      ? `Remove it: ${successor} is set.`
      : `Write ${successor}${newValue === undefined ? '' : `=${newValue}`} instead.`,
    ...(both
      ? { fix: { kind: 'remove-key' as const, key: full, safe: !accepted } }
      : reads && newValue === undefined
        ? // A dead key that comes alive changes what the worker does.
          { fix: { kind: 'rename-key' as const, key: full, to: successor, safe: accepted === true } }
        : {}),
  };
}

/** A key of a family that moved as a whole. */
function movedKey(key: string, { from, to, gone }: RenamedPrefix, scope: Scope) {
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

function unknownKey(key: string, scope: Scope, schema: PluginSchema, elsewhere: KeyOptions['elsewhere']) {
  const full = scope.prefix + key;
  const base = { rule: 'unknown-key', severity: 'warning' as const, key: full, part: 'key' as const };
  const foreign =
    own(schema['x-foreign'], key) ??
    schema['x-foreign-prefixes']?.find(({ prefix }) => key === prefix || key.startsWith(`${prefix}.`))?.of;
  if (foreign !== undefined) {
    return {
      ...base,
      rule: 'foreign-key',
      message: `${full} has no effect: ${foreign}`,
      hint: 'Remove it.',
      fix: { kind: 'remove-key' as const, key: full, safe: true },
    };
  }
  const driver = schema['x-driver-prefix'];
  if (driver !== undefined && key.startsWith(driver)) {
    const property = key.slice(driver.length);
    // Any name may be one of the driver's: only a slip of the pen is taken for another key.
    const meant = compiledSchema(schema).slip(key);
    return {
      ...base,
      message: `${full} is no key of this connector; it goes to the JDBC driver as ${property}`,
      hint:
        meant === undefined ? `If that is meant, write driver.${property}.` : `Did you mean ${scope.prefix}${meant}?`,
      ...(meant === undefined
        ? {}
        : { fix: { kind: 'rename-key' as const, key: full, to: scope.prefix + meant, safe: false } }),
    };
  }
  const place = elsewhere?.(key);
  if (place !== undefined) {
    return {
      ...base,
      message: `${full} has no effect here; it is a setting of ${place.of}`,
      hint: `Write ${place.key}.`,
    };
  }
  const meant = compiledSchema(schema).meant(key);
  return misspelt(full, meant === undefined ? undefined : scope.prefix + meant, 'unknown, and the worker ignores it');
}

function misspelt(full: string, meant: string | undefined, what: string) {
  return {
    rule: 'unknown-key',
    severity: 'warning' as const,
    message: `${full} is ${what}`,
    hint: meant === undefined ? 'Remove it, or check its spelling.' : `Did you mean ${meant}?`,
    key: full,
    part: 'key' as const,
    ...(meant === undefined ? {} : { fix: { kind: 'rename-key' as const, key: full, to: meant, safe: false } }),
  };
}

/** `converters=isbn` needs `isbn.type`, whose other keys only the converter knows. */
function checkAliases({ config, prefix, unknown }: Scope, schema: PluginSchema, report: Report): void {
  for (const { list, prefixes } of schema['x-aliases'] ?? []) {
    if (unknown(list)) continue;
    for (const alias of listItems(config[list])) {
      const names = prefixes.map((one) => `${one.replace('{alias}', alias)}type`);
      if (names.some((name) => config[name] !== undefined)) continue;
      report({
        rule: 'alias-without-type',
        severity: 'error',
        message: `${prefix}${list} names "${alias}", but ${names[0]} is missing`,
        hint: `Add ${names[0]}, or remove ${alias} from ${list}.`,
        key: prefix + (names[0] ?? list),
        at: prefix + list,
        part: 'value',
      });
    }
  }
}

/** What an alias brings along is the business of the class behind it. */
function aliasPrefixes(schema: PluginSchema, config: Readonly<Record<string, string>>): string[] {
  return (schema['x-aliases'] ?? []).flatMap(({ list, prefixes }) =>
    listItems(config[list]).flatMap((alias) => prefixes.map((one) => one.replace('{alias}', alias))),
  );
}
