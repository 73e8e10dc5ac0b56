import { listItems } from '../connect/lists.ts';
import { CLIENT_CLASSES } from '../schemas/clients.ts';
import type { PluginSchema } from '../schemas/plugin-schema.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { checkScope } from './keys.ts';
import { pluginOf } from './plugins.ts';
import { keysBelow, type Report, type Scope, scopeOf } from './problem.ts';
import { checkValue } from './values.ts';

const LINKS = {
  transforms: {
    noun: 'transform',
    types: ['transformation'],
    own: new Set(['type', 'predicate', 'negate', 'plugin.version']),
  },
  predicates: { noun: 'predicate', types: ['predicate'], own: new Set(['type', 'plugin.version']) },
} as const;

/** `transforms`, `predicates` and what stands below them. */
export function checkChains(scope: Scope, store: SchemaStore, report: Report): void {
  const predicates = new Set(listItems(scope.config['predicates']));
  for (const list of ['transforms', 'predicates'] as const) {
    if (scope.unknown(list)) continue;
    const aliases = listItems(scope.config[list]);
    checkDoubles(scope, list, aliases, report);
    for (const alias of new Set(aliases)) checkLink(scope, list, alias, { store, predicates }, report);
    checkOrphans(scope, list, new Set(aliases), report);
  }
}

function checkDoubles(scope: Scope, list: string, aliases: readonly string[], report: Report): void {
  if (aliases.length > 0 && aliases.length < (scope.config[list] ?? '').split(',').length) {
    report({
      rule: 'alias-without-type',
      severity: 'error',
      message: `${list} has an empty name between its commas`,
      hint: 'Remove the comma that is too many.',
      key: `${list}..type`,
      at: list,
      part: 'value',
    });
  }
  const seen = new Set<string>();
  const double = aliases.find((alias) => seen.size === seen.add(alias).size);
  if (double === undefined) return;
  report({
    rule: 'duplicate-alias',
    severity: 'error',
    message: `${list} names "${double}" twice`,
    hint: 'Give each its own alias.',
    key: scope.prefix + list,
    part: 'value',
  });
}

function checkLink(
  scope: Scope,
  list: keyof typeof LINKS,
  alias: string,
  { store, predicates }: { store: SchemaStore; predicates: ReadonlySet<string> },
  report: Report,
): void {
  const { noun, types, own } = LINKS[list];
  const prefix = `${list}.${alias}.`;
  if (scope.config[`${prefix}type`] === undefined) {
    report({
      rule: 'alias-without-type',
      severity: 'error',
      message: `the ${noun} "${alias}" has no ${prefix}type`,
      hint: `Add ${prefix}type, or remove ${alias} from ${list}.`,
      key: `${prefix}type`,
      at: list,
      part: 'value',
    });
  }
  if (list === 'transforms') checkPredicateUse(scope, alias, predicates, report);
  if (scope.config[`${prefix}type`] === undefined) return;
  const schema = pluginOf(`${prefix}type`, scope, types, store, report);
  // Kafka's own predicates and transforms may have a key that is called as one of these; the plugin's word counts.
  if (!schema) return;
  const named = [...own].some((key) => Object.hasOwn(schema.properties, key));
  const names = named ? new Set([...own].filter((key) => !Object.hasOwn(schema.properties, key))) : own;
  checkScope(scopeOf(scope, prefix, names), schema, report, { store, anchor: `${prefix}type` });
}

function checkPredicateUse(scope: Scope, alias: string, predicates: ReadonlySet<string>, report: Report): void {
  const key = `transforms.${alias}.predicate`;
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
  const negate = `transforms.${alias}.negate`;
  const value = scope.config[negate];
  if (value === undefined || scope.unknown(negate)) return;
  if (!predicate) {
    report({
      rule: 'negate-without-predicate',
      severity: 'error',
      message: `${negate} has nothing to negate: there is no ${key}`,
      hint: `Add ${key}, or remove ${negate}.`,
      // The key that the worker names in its own verdict.
      key: `transforms.${alias}.type`,
      at: negate,
      part: 'key',
    });
  }
  const problem = checkValue(negate, value, { 'x-type': 'BOOLEAN', 'x-kind': 'boolean' }, () => scope.show(negate));
  if (problem) report({ rule: 'invalid-value', severity: 'error', ...problem, key: negate, part: 'value' });
}

function checkOrphans(scope: Scope, list: keyof typeof LINKS, aliases: ReadonlySet<string>, report: Report): void {
  const seen = new Set<string>();
  for (const key of scope.families().get(list) ?? []) {
    const alias = key.split('.')[1] ?? '';
    if (aliases.has(alias) || seen.has(alias)) continue;
    seen.add(alias);
    report({
      rule: 'orphan-alias',
      severity: 'warning',
      message: `${list} does not name "${alias}": ${key} and its neighbours have no effect`,
      hint: `Add ${alias} to ${list}, or remove its keys.`,
      key,
      part: 'key',
    });
  }
}

const VERSION = new Set(['plugin.version']);

const CONVERTERS = [
  ['key.converter', 'converter'],
  ['value.converter', 'converter'],
  ['header.converter', 'header_converter'],
] as const;

/** Converters and their sub-keys. */
export function checkConverters(scope: Scope, store: SchemaStore, report: Report): void {
  for (const [key, type] of CONVERTERS) {
    const prefix = `${key}.`;
    if (scope.config[key] === undefined) {
      const first = keysBelow(scope, prefix).find((one) => one !== `${prefix}plugin.version`);
      if (first === undefined) continue;
      report({
        rule: 'converter-keys-without-class',
        severity: 'warning',
        message: `${first} has no effect: ${key} is not set, so the worker's own converter and settings apply`,
        hint: `Add ${key} beside it.`,
        key: first,
        part: 'key',
      });
      continue;
    }
    const schema = pluginOf(key, scope, [type], store, report);
    if (schema) checkScope(scopeOf(scope, prefix, VERSION), schema, report, { store, anchor: key });
  }
}

/** A setting of a Kafka client that stands in the connector's own config, where nothing reads it. */
export function settingOfClient(
  key: string,
  connector: PluginSchema,
  store: SchemaStore,
): { of: string; key: string } | undefined {
  const client = connector['x-plugin'].types.includes('sink') ? 'consumer' : 'producer';
  const schema = store.schema(CLIENT_CLASSES[client]);
  // Which brokers it talks to is the worker's affair.
  if (schema === undefined || !Object.hasOwn(schema.properties, key) || key === 'bootstrap.servers') return undefined;
  return { of: `the worker's ${client}`, key: `${client}.override.${key}` };
}

/** `producer.override.*` and its like against the settings of Kafka's clients. */
export function checkOverrides(scope: Scope, store: SchemaStore, report: Report): void {
  for (const [client, name] of Object.entries(CLIENT_CLASSES)) {
    const prefix = `${client}.override.`;
    if (keysBelow(scope, prefix).length === 0) continue;
    const schema = store.schema(name);
    if (schema) checkScope(scopeOf(scope, prefix), schema, report, { store });
  }
}
