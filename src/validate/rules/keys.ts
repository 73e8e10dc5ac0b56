import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { listItems } from '../../text/lists.ts';
import { own } from '../../text/own.ts';
import { dottedPrefixes } from '../../text/prefixes.ts';
import { compiledSchema, type KnownKey } from './compiled.ts';
import { checkCrossRules } from './cross-keys.ts';
import { movedKey, type Predecessor, predecessorOf, renamedKey } from './renames.ts';
import { checkReplacements } from './replacements.ts';
import type { Report, RuleFinding, Scope } from './scope.ts';
import { misspelt, misspeltAs, type Surroundings, unknownKey } from './unknown-keys.ts';
import { checkValue } from './values.ts';

/** What one check of keys needs to know. */
export interface KeyOptions extends Surroundings {
  /** The key that a finding about a missing key points at; by default the first key of the scope. */
  anchor?: string;
}

/** Checks all keys and values of one plugin against its schema: required, known, typed, and the rules between keys. */
export function checkScope(scope: Scope, schema: PluginSchema, report: Report, options: KeyOptions): void {
  const { config } = scope;
  // Old names under which a missing key was found: one finding is enough.
  const reported: string[] = [];
  for (const key of schema.required) {
    if (config[key] !== undefined) continue;
    const before = predecessorOf(key, scope, schema) ?? misspeltAs(key, scope, schema, options);
    if (before) reported.push(before.key);
    report(missingKey(key, scope, before, options.anchor));
  }
  checkCrossRules(scope, schema, report, reported);
  const compiled = compiledSchema(schema);
  const isBelowAlias = aliasKeys(schema, config);
  for (const key of scope.keys) {
    if (options.skip?.(key) || reported.includes(key)) continue;
    const value = config[key] ?? '';
    const known = compiled.key(key);
    const renamed = known?.schema['x-renamed'];
    if (renamed) {
      report(renamedKey(key, renamed, scope));
      if (!renamed.accepted) continue;
    }
    if (known) {
      checkKnown(key, value, known, scope, schema, report);
      continue;
    }
    if (isBelowAlias?.(key)) continue;
    const moved = schema['x-renamed-prefixes']?.find(({ from }) => key.startsWith(from));
    if (moved) {
      report(movedKey(key, moved, scope));
      continue;
    }
    const family = compiled.family(key);
    if (family === undefined) report(unknownKey(key, scope, schema, options));
    else {
      checkKnown(key, value, family.known, scope, schema, report);
      // Any key of an open family passes; a near miss of a known key is still a typo.
      const suggestion = family.open ? compiled.slip(key) : undefined;
      if (suggestion !== undefined && options.store.ownerOf(key) === undefined)
        report(misspelt(key, suggestion, scope, 'not a key of this plugin'));
    }
  }
  checkAliases(scope, schema, report);
  checkReplacements(scope, schema, report);
}

function checkKnown(
  key: string,
  value: string,
  known: KnownKey,
  scope: Scope,
  schema: PluginSchema,
  report: Report,
): void {
  if (known.accepts(value) || scope.unknown(key)) return;
  const wanted = known.schema;
  const renamed = own(schema['x-renamed-values'], key);
  const full = scope.prefix + key;
  const problem = checkValue(full, value, wanted, () => scope.show(key), renamed);
  if (!problem) {
    known.remember(value);
    return;
  }
  const { suggestion, range, ...details } = problem;
  const lenient = wanted['x-lenient'] === 'range' ? range === true : wanted['x-lenient'] === true;
  const successor = renamed?.[value.trim().toLowerCase()];
  report({
    rule: successor === undefined ? 'invalid-value' : 'renamed-value',
    severity: lenient ? 'warning' : 'error',
    ...details,
    ...(lenient ? { message: `${details.message}; the connector starts anyway` } : {}),
    key: full,
    part: 'value',
    ...(suggestion === undefined
      ? {}
      : { fix: { kind: 'set-value', key: full, value: suggestion, safe: successor !== undefined } as const }),
  });
}

function missingKey(
  key: string,
  { prefix }: Scope,
  before: Predecessor | undefined,
  anchor: string | undefined,
): RuleFinding {
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

/** `converters=isbn` needs `isbn.type`; only the converter knows the other keys. */
function checkAliases({ config, prefix, unknown }: Scope, schema: PluginSchema, report: Report): void {
  for (const { list, prefixes } of schema['x-aliases'] ?? []) {
    if (config[list] === undefined || unknown(list)) continue;
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

/** Whether a key is below an alias, and so belongs to its class; undefined if there are no aliases. */
function aliasKeys(
  schema: PluginSchema,
  config: Readonly<Record<string, string>>,
): ((key: string) => boolean) | undefined {
  let prefixes: Set<string> | undefined;
  let longest = 0;
  for (const { list, prefixes: forms } of schema['x-aliases'] ?? []) {
    if (config[list] === undefined) continue;
    for (const alias of listItems(config[list])) {
      for (const form of forms) {
        const prefix = form.replace('{alias}', alias);
        prefixes ??= new Set();
        prefixes.add(prefix);
        longest = Math.max(longest, prefix.length);
      }
    }
  }
  const known = prefixes;
  if (known === undefined) return undefined;
  return (key) => {
    for (const prefix of dottedPrefixes(key, longest)) if (known.has(prefix)) return true;
    return false;
  };
}
