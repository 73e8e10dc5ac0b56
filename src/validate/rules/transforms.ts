import { CLIENT_CLASSES } from '../../schemas/clients.ts';
import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import type { SchemaStore } from '../../schemas/store.ts';
import { cached } from '../../text/cached.ts';
import { listItems } from '../../text/lists.ts';
import { beginsWithName } from '../../text/prefixes.ts';
import { checkScope } from './keys.ts';
import { pluginOf } from './plugins.ts';
import { keysBelow, type Report, type Scope, scopeOf } from './scope.ts';
import { checkValue } from './values.ts';

const LINKS = {
  transforms: {
    noun: 'transform',
    types: ['transformation'],
    own: ['type', 'predicate', 'negate', 'plugin.version'],
  },
  predicates: { noun: 'predicate', types: ['predicate'], own: ['type', 'plugin.version'] },
} as const;

/** Checks `transforms`, `predicates` and the keys below them. */
export function checkChains(scope: Scope, store: SchemaStore, report: Report): void {
  const predicates = new Set(listItems(scope.config['predicates']));
  for (const list of ['transforms', 'predicates'] as const) {
    const keys = scope.families().get(list);
    if ((scope.config[list] === undefined && keys === undefined) || scope.unknown(list)) continue;
    const aliases = listItems(scope.config[list]);
    const different = new Set(aliases);
    checkDuplicates(scope, list, aliases, different, report);
    for (const alias of different) checkLink(scope, list, linkOf(`${list}.${alias}`), { store, predicates }, report);
    checkOrphans(keys ?? [], list, different, report);
  }
}

/** The keys that a transform or a predicate has for the framework. */
interface Link {
  alias: string;
  prefix: string;
  type: string;
  predicate: string;
  negate: string;
}

const linkOf = cached((path): Link => {
  const prefix = `${path}.`;
  return {
    alias: path.slice(path.indexOf('.') + 1),
    prefix,
    type: `${prefix}type`,
    predicate: `${prefix}predicate`,
    negate: `${prefix}negate`,
  };
});

function checkDuplicates(
  scope: Scope,
  list: string,
  aliases: readonly string[],
  different: ReadonlySet<string>,
  report: Report,
): void {
  if (aliases.length > 0 && aliases.length < (scope.config[list] ?? '').split(',').length) {
    report({
      rule: 'alias-without-type',
      severity: 'error',
      message: `${list} has an empty name between its commas`,
      hint: 'Remove the extra comma.',
      key: `${list}..type`,
      at: list,
      part: 'value',
    });
  }
  if (different.size === aliases.length) return;
  const seen = new Set<string>();
  const duplicate = aliases.find((alias) => seen.size === seen.add(alias).size);
  report({
    rule: 'duplicate-alias',
    severity: 'error',
    message: `${list} names "${duplicate}" twice`,
    hint: 'Give each its own alias.',
    key: scope.prefix + list,
    part: 'value',
  });
}

function checkLink(
  scope: Scope,
  list: keyof typeof LINKS,
  link: Link,
  { store, predicates }: { store: SchemaStore; predicates: ReadonlySet<string> },
  report: Report,
): void {
  const { noun, types, own } = LINKS[list];
  const { alias, type } = link;
  if (scope.config[type] === undefined) {
    report({
      rule: 'alias-without-type',
      severity: 'error',
      message: `the ${noun} "${alias}" has no ${type}`,
      hint: `Add ${type}, or remove ${alias} from ${list}.`,
      key: type,
      at: list,
      part: 'value',
    });
  }
  if (list === 'transforms') checkPredicateUse(scope, link, predicates, report);
  if (scope.config[type] === undefined) return;
  const schema = pluginOf(type, scope, types, store, report);
  // A plugin may have its own key with one of these names; then the plugin's definition wins.
  if (!schema) return;
  const named = own.some((key) => Object.hasOwn(schema.properties, key));
  const names = named ? own.filter((key) => !Object.hasOwn(schema.properties, key)) : own;
  checkScope(scopeOf(scope, link.prefix, names), schema, report, { store, anchor: type });
}

function checkPredicateUse(scope: Scope, link: Link, predicates: ReadonlySet<string>, report: Report): void {
  const { predicate: key, negate, type } = link;
  const predicate = scope.config[key]?.trim();
  if (predicate && !scope.unknown(key) && !scope.unknown('predicates')) {
    if (!predicates.has(predicate)) {
      report({
        rule: 'undefined-predicate',
        severity: 'error',
        message: `there is no predicate "${predicate}"`,
        hint: `Add it to predicates, with predicates.${predicate}.type.`,
        key,
        part: 'value',
      });
    }
  }
  const value = scope.config[negate];
  if (value === undefined || scope.unknown(negate)) return;
  if (!predicate) {
    report({
      rule: 'negate-without-predicate',
      severity: 'error',
      message: `${negate} has nothing to negate: ${key} is missing`,
      hint: `Add ${key}, or remove ${negate}.`,
      // The key that the worker reports.
      key: type,
      at: negate,
      part: 'key',
    });
  }
  const problem = checkValue(negate, value, { 'x-type': 'BOOLEAN', 'x-kind': 'boolean' }, () => scope.show(negate));
  if (problem) report({ rule: 'invalid-value', severity: 'error', ...problem, key: negate, part: 'value' });
}

/** @param keys all keys that begin with the list's name */
function checkOrphans(
  keys: readonly string[],
  list: keyof typeof LINKS,
  aliases: ReadonlySet<string>,
  report: Report,
): void {
  const known = new Set(aliases);
  for (const key of keys) {
    const alias = aliasIn(key);
    if (known.has(alias) || beginsWithName(key.slice(list.length + 1), aliases)) continue;
    known.add(alias);
    report({
      rule: 'orphan-alias',
      severity: 'warning',
      message: `${list} does not name "${alias}": ${key} and its siblings have no effect`,
      hint: `Add ${alias} to ${list}, or remove its keys.`,
      key,
      part: 'key',
    });
  }
}

const aliasIn = cached((key) => key.split('.')[1] ?? '');

const VERSION = ['plugin.version'];

const CONVERTERS = [
  { key: 'key.converter', prefix: 'key.converter.', types: ['converter'] },
  { key: 'value.converter', prefix: 'value.converter.', types: ['converter'] },
  { key: 'header.converter', prefix: 'header.converter.', types: ['header_converter'] },
] as const;

/** Checks converters and their keys. */
export function checkConverters(scope: Scope, store: SchemaStore, report: Report): void {
  for (const { key, prefix, types } of CONVERTERS) {
    if (scope.config[key] === undefined) {
      const first = keysBelow(scope, prefix).find((one) => one !== `${prefix}plugin.version`);
      if (first === undefined) continue;
      report({
        rule: 'converter-keys-without-class',
        severity: 'warning',
        message: `${first} has no effect: ${key} is not set, so the worker's own converter and settings apply`,
        hint: `Add ${key} as well.`,
        key: first,
        part: 'key',
      });
      continue;
    }
    const schema = pluginOf(key, scope, types, store, report);
    if (schema) checkScope(scopeOf(scope, prefix, VERSION), schema, report, { store, anchor: key });
  }
}

/** A setting of a Kafka client in the connector's own config, where nothing reads it. */
export function settingOfClient(
  key: string,
  connector: PluginSchema,
  store: SchemaStore,
): { of: string; key: string } | undefined {
  const client = connector['x-plugin'].types.includes('sink') ? 'consumer' : 'producer';
  const schema = store.schema(CLIENT_CLASSES[client]);
  // The worker decides which brokers it connects to.
  if (schema === undefined || !Object.hasOwn(schema.properties, key) || key === 'bootstrap.servers') return undefined;
  return { of: `the worker's ${client}`, key: `${client}.override.${key}` };
}

const OVERRIDES = Object.entries(CLIENT_CLASSES).map(([name, client]) => ({ prefix: `${name}.override.`, client }));

/** Checks `producer.override.*` and similar keys against the settings of Kafka's clients. */
export function checkOverrides(scope: Scope, store: SchemaStore, report: Report): void {
  for (const { prefix, client } of OVERRIDES) {
    if (keysBelow(scope, prefix).length === 0) continue;
    const schema = store.schema(client);
    if (schema) checkScope(scopeOf(scope, prefix), schema, report, { store });
  }
}
