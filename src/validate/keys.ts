import { listItems } from '../connect/lists.ts';
import type { KeySchema, PluginSchema } from '../schemas/plugin-schema.ts';
import { own } from '../text/own.ts';
import { dottedPrefixes } from '../text/prefixes.ts';
import { compiledSchema, isAccepted, rememberAccepted } from './compiled.ts';
import { checkCrossRules } from './cross-rules.ts';
import type { Problem, Report, Scope } from './problem.ts';
import { movedKey, type Predecessor, predecessorOf, renamedKey } from './renames.ts';
import { checkReplacements } from './replacements.ts';
import { misspelt, misspeltAs, type Surroundings, unknownKey } from './unknown-keys.ts';
import { checkValue } from './values.ts';

/** What a caller checks itself, piece by piece. */
export interface KeyOptions extends Surroundings {
  /** Where a missing key is pointed at; the scope's first key else. */
  anchor?: string;
}

/** Every key and value of one plugin's share against its schema: required, known, typed, and the rules between keys. */
export function checkScope(scope: Scope, schema: PluginSchema, report: Report, options: KeyOptions): void {
  const { config } = scope;
  // Keys under whose old name a missing one was found: that one finding says it all.
  const told = new Set<string>();
  for (const key of schema.required) {
    if (config[key] !== undefined) continue;
    const before = predecessorOf(key, scope, schema) ?? misspeltAs(key, scope, schema, options);
    if (before) told.add(before.key);
    report(missingKey(key, scope, before, options.anchor));
  }
  checkCrossRules(scope, schema, report, told);
  const compiled = compiledSchema(schema);
  const aliases = aliasKeys(schema, config);
  for (const key in config) {
    if (options.skip?.(key) || told.has(key)) continue;
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
    if (aliases.own(key)) continue;
    const moved = schema['x-renamed-prefixes']?.find(({ from }) => key.startsWith(from));
    if (moved) {
      report(movedKey(key, moved, scope));
      continue;
    }
    const family = compiled.family(key);
    if (family === undefined) report(unknownKey(key, scope, schema, options));
    else {
      checkKnown(key, value, family.schema, scope, schema, report);
      // Whole families of keys pass; a near miss of a known one is still a slip.
      const meant = family.open ? compiled.slip(key) : undefined;
      if (meant !== undefined && options.store.ownerOf(key) === undefined)
        report(misspelt(key, meant, scope, 'not a key of this plugin'));
    }
  }
  checkAliases(scope, schema, report);
  checkReplacements(scope, schema, report);
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

function missingKey(
  key: string,
  { prefix }: Scope,
  before: Predecessor | undefined,
  anchor: string | undefined,
): Problem {
  const at = before === undefined ? anchor : prefix + before.key;
  return {
    rule: 'missing-key',
    severity: 'error',
    message: `${prefix}${key} is missing${before === undefined ? '' : `: ${before.cause}`}`,
    hint: before?.hint ?? `Add ${prefix}${key}.`,
    key: prefix + key,
    ...(at === undefined ? {} : { at }),
    ...(before === undefined ? {} : { part: 'key' as const }),
    ...(before?.fix ? { fix: before.fix } : {}),
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
function aliasKeys(schema: PluginSchema, config: Readonly<Record<string, string>>): { own(key: string): boolean } {
  const prefixes = new Set<string>();
  let longest = 0;
  for (const { list, prefixes: forms } of schema['x-aliases'] ?? []) {
    for (const alias of listItems(config[list])) {
      for (const form of forms) {
        const prefix = form.replace('{alias}', alias);
        prefixes.add(prefix);
        longest = Math.max(longest, prefix.length);
      }
    }
  }
  const own = (key: string) => {
    if (longest > 0) for (const prefix of dottedPrefixes(key, longest)) if (prefixes.has(prefix)) return true;
    return false;
  };
  return { own };
}
