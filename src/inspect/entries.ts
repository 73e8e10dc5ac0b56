import type { ConnectorConfig } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { RuleId } from '../connectors/finding.ts';
import type { ConnectType, KeySchema } from '../schemas/plugin-schema.ts';
import { type PluginKey, pluginKeys } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { listItems } from '../text/lists.ts';
import { own } from '../text/own.ts';
import { redactEntry } from '../text/redact.ts';
import { checkConnector } from '../validate/connector.ts';

/** One key of a live configuration. */
export interface DescribedEntry {
  key: string;
  /** Secrets masked. */
  value: string;
  /**
   * `set`: differs from the plugin's default, or there is none. `default`: the same as the default. `unused`: no plugin
   * reads it, for the reason in `note`.
   */
  kind: 'set' | 'default' | 'unused';
  /** The plugin's default; null if there is none, or it is not known. */
  default: string | null;
  note: string | null;
}

const CLASS = 'connector.class';
/** Rules of validate about keys that have no effect. */
export const UNUSED: ReadonlySet<RuleId> = new Set([
  'unknown-key',
  'removed-key',
  'foreign-key',
  'superseded-key',
  'orphan-alias',
  'converter-keys-without-class',
]);
/** Rules about keys that deserve a remark. */
const REMARKS: ReadonlySet<RuleId> = new Set([...UNUSED, 'driver-property', 'renamed-key']);

/**
 * Tells what was chosen apart from what is so by default, and from what nothing reads. Pure, but for reading schemas.
 * @param show a value for display
 */
export function describeEntries(
  name: string,
  config: ConnectorConfig,
  store: SchemaStore,
  secrets: { live(key: string, value: string): string; isSecret(key: string): boolean },
): DescribedEntry[] {
  const notes = remarks(name, config, store);
  const defaultOf = defaults(config, store);
  return Object.entries(config)
    .filter(([key]) => key !== 'name')
    .sort(([a], [b]) => Number(b === CLASS) - Number(a === CLASS) || compareTexts(a, b))
    .map(([key, value]): DescribedEntry => {
      const known = defaultOf(key);
      const remark = notes(key);
      const fallback = known?.default;
      const same = fallback !== undefined && !secrets.isSecret(key) && isSame(known?.['x-type'], value, fallback);
      return {
        key,
        value: secrets.live(key, value),
        kind: remark?.unused ? 'unused' : same ? 'default' : 'set',
        default: fallback === undefined ? null : redactEntry(key, fallback, secrets.isSecret),
        note: remark?.message ?? null,
      };
    });
}

/** A live configuration as if it had been read from a file. */
export function liveFile(name: string, config: ConnectorConfig): ConnectorFile {
  const { name: _name, ...rest } = config;
  return {
    name,
    config: rest,
    written: rest,
    unset: new Set<string>(),
    file: '',
    form: 'flat',
    positions: () => Promise.reject(new Error('a live configuration has no positions')),
  };
}

function remarks(name: string, config: ConnectorConfig, store: SchemaStore) {
  const byKey = new Map<string, { message: string; unused: boolean }>();
  const byPrefix: [prefix: string, { message: string; unused: boolean }][] = [];
  for (const { rule, key, also = [], message, severity } of checkConnector(liveFile(name, config), store)) {
    if (key === undefined || !REMARKS.has(rule)) continue;
    const remark = { message, unused: UNUSED.has(rule) && severity !== 'note' };
    for (const one of [key, ...also]) byKey.set(one, remark);
    // One finding for all keys of an alias, or of a converter.
    if (rule === 'orphan-alias' || rule === 'converter-keys-without-class')
      byPrefix.push([`${key.split('.', 2).join('.')}.`, remark]);
  }
  return (key: string) => byKey.get(key) ?? byPrefix.find(([prefix]) => key.startsWith(prefix))?.[1];
}

/** What the plugin that a key belongs to says about it. Of a client's settings the worker's own values are not known. */
function defaults(config: ConnectorConfig, store: SchemaStore): (key: string) => KeySchema | undefined {
  const predicates = listItems(config['predicates']).map((alias): PluginKey => {
    const prefix = `predicates.${alias}.`;
    return { key: `${prefix}type`, prefix, types: ['predicate'] };
  });
  const owners = [...pluginKeys(config['transforms']), ...predicates]
    .flatMap(({ key, prefix, types }) => {
      const resolution = store.resolve((config[key] ?? '').trim(), types);
      const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
      return schema === undefined ? [] : [{ prefix, properties: schema.properties }];
    })
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return (key) => {
    for (const { prefix, properties } of owners) {
      const known = key.startsWith(prefix) ? own(properties, key.slice(prefix.length)) : undefined;
      if (known !== undefined) return known;
    }
    return undefined;
  };
}

/** Whether Connect reads two values alike. */
export function isSame(type: ConnectType | undefined, a: string, b: string): boolean {
  switch (type) {
    case 'BOOLEAN':
      return a.trim().toLowerCase() === b.trim().toLowerCase();
    case 'INT':
    case 'SHORT':
    case 'LONG':
    case 'DOUBLE':
      // Numbers that JavaScript cannot hold are compared as text.
      return a.trim() === b.trim() || (isNumber(a) && isNumber(b) && Number(a) === Number(b));
    case 'LIST':
      return listItems(a).join() === listItems(b).join();
    default:
      return a === b;
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER;
}
