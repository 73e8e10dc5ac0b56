import type { PluginSchema, PluginType } from '../../schemas/plugin-schema.ts';
import { aliasesOf, type SchemaStore } from '../../schemas/store.ts';
import { cached } from '../../text/cached.ts';
import { nearest } from '../../text/nearest.ts';
import type { Report, Scope } from './scope.ts';

const NOUNS: Record<PluginType, string> = {
  source: 'connector',
  sink: 'connector',
  converter: 'converter',
  header_converter: 'header converter',
  transformation: 'transform',
  predicate: 'predicate',
  client: 'client',
};

/** Kafka trims these; connectors and converters are looked up untrimmed. */
const BLANKS_CUT: ReadonlySet<PluginType> = new Set(['transformation', 'predicate']);

/**
 * The schema of the class that a key names, or undefined and a finding: an error if the name is close to a known one
 * and so probably a typo, a note if there is simply no schema for the plugin.
 */
export function pluginOf(
  key: string,
  scope: Scope,
  types: readonly PluginType[],
  store: SchemaStore,
  report: Report,
): PluginSchema | undefined {
  const value = scope.config[key] ?? '';
  const name = value.trim();
  if (scope.unknown(key)) return undefined;
  const noun = NOUNS[types[0] ?? 'source'];
  const resolution = store.resolve(name, types);
  const base = { key: scope.prefix + key, part: 'value' as const };
  if (value !== name && !BLANKS_CUT.has(types[0] ?? 'source')) {
    const isWritten = scope.written(key) === value;
    report({
      ...base,
      rule: 'unknown-class',
      severity: 'error',
      message: `${base.key} has leading or trailing spaces, so the worker finds no such ${noun}`,
      hint: `Write ${name}.`,
      // A value from a variable cannot be fixed in the file.
      ...(isWritten ? { fix: { kind: 'set-value', key: base.key, value: name, safe: true } } : {}),
    });
  }
  if ('found' in resolution) {
    const schema = store.schema(resolution.found, scope.config[versionKey(key)]);
    if (schema && !schema['x-plugin'].types.some((type) => types.includes(type))) {
      report({ ...base, rule: 'wrong-plugin-type', severity: 'error', message: `${name} is not a ${noun}` });
      return undefined;
    }
    if (schema) checkVersion(versionKey(key), schema, scope, report);
    return schema;
  }
  if ('ambiguous' in resolution) {
    report({
      ...base,
      rule: 'ambiguous-class',
      // Whether a worker has more than one of them is unknown.
      severity: 'warning',
      message: `several classes have the short name ${name}; a worker with more than one of them finds none`,
      hint: `Write it in full: ${resolution.ambiguous.join(' or ')}.`,
    });
    return undefined;
  }
  const successor = store.successor(name);
  if (successor !== undefined) {
    report({
      ...base,
      rule: 'renamed-class',
      severity: 'error',
      message: `the ${noun} ${name} no longer exists; it is now called ${successor}`,
      hint: `Write ${successor}.`,
      fix: { kind: 'set-value', key: base.key, value: successor, safe: false },
    });
    return store.schema(successor);
  }
  const suggestion = slip(name, types, store);
  if (suggestion !== undefined) {
    report({
      ...base,
      rule: 'unknown-class',
      severity: 'error',
      message: `there is no ${noun} ${name}`,
      hint: `Did you mean ${suggestion}?`,
      fix: { kind: 'set-value', key: base.key, value: suggestion, safe: false },
    });
  } else {
    report({
      ...base,
      rule: 'undescribed-class',
      severity: 'note',
      message: `there is no schema for the ${noun} ${name}; its own keys are not checked`,
      hint: 'Pull its schema from a worker that has it: sluice schemas pull',
    });
  }
  return undefined;
}

/** `latest`, one version, or ranges in Maven's notation (KIP-891). */
const VERSIONS =
  /^(?:[^[\](),]+|[[(][^[\]()]*,[^[\]()]*[\])](?:,[[(][^[\]()]*[\])])*|\[[^[\](),]+\](?:,[[(][^[\]()]*[\])])*)$/;

function checkVersion(key: string, schema: PluginSchema, scope: Scope, report: Report): void {
  const wanted = (scope.config[key] ?? '').trim();
  if (wanted === '' || scope.unknown(key) || /^latest$/i.test(wanted)) return;
  const base = { key: scope.prefix + key, part: 'value' as const };
  if (!VERSIONS.test(wanted)) {
    report({
      ...base,
      rule: 'invalid-value',
      severity: 'error',
      message: `${base.key} is neither a version nor a version range: "${wanted}"`,
      hint: 'Write a version such as 3.5.0.Final, or a range such as [3.2,4.0).',
    });
    return;
  }
  const { class: name, version, origin } = schema['x-plugin'];
  // A range is not reported: the worker may have any version in it.
  if (/^[[(]/.test(wanted) || origin === 'documentation' || sameVersion(wanted, version)) return;
  report({
    ...base,
    rule: 'undescribed-version',
    severity: 'warning',
    message: `there is no schema for version ${wanted} of ${name.slice(name.lastIndexOf('.') + 1)}; a worker without that version refuses the config`,
    hint: `Its keys were checked against version ${version}. Pull others from a worker that has them: sluice schemas pull`,
  });
}

/** As Maven compares them: `3.5`, `3.5.0` and `3.5.0.Final` are equal. */
function sameVersion(a: string, b: string): boolean {
  const [first, second] = [a, b].map((one) =>
    one
      .toLowerCase()
      .replace(/[.-](?:final|ga|release)$/, '')
      .replace(/(?:\.0)+$/, ''),
  );
  return first === second;
}

const versionKey = cached((key) => {
  if (key === 'connector.class') return 'connector.plugin.version';
  return key.endsWith('type') ? `${key.slice(0, -4)}plugin.version` : `${key}.plugin.version`;
});

/** A class of the same package, or an alias, that differs by a few letters. */
function slip(name: string, types: readonly PluginType[], store: SchemaStore): string | undefined {
  const classes = store.classesOf(types);
  // Written without its package; the worker has no such alias for a nested class.
  const whole = classes.find((one) => one.endsWith(`.${name}`));
  if (whole !== undefined) return whole;
  const nested = nestedSlip(name, classes);
  if (nested !== undefined) return nested;
  if (!name.includes('.')) {
    const aliases = classes.flatMap((one) => aliasesOf(one, types));
    return near(name, aliases);
  }
  const dot = name.lastIndexOf('.');
  const sameName = classes.filter((one) => one.slice(one.lastIndexOf('.')) === name.slice(dot));
  const [moved, ...others] = sameName.filter((one) => sharesRoot(one, name));
  if (moved !== undefined && others.length === 0) return moved;
  const samePackage = classes.filter((one) => one.slice(0, one.lastIndexOf('.')) === name.slice(0, dot));
  return near(name, [...sameName.filter((one) => sharesRoot(one, name)), ...samePackage]);
}

/** Key and value transforms are nested classes: people forget their suffix, or add it to classes that have none. */
function nestedSlip(name: string, classes: readonly string[]): string | undefined {
  const [outer = '', inner] = name.split('$');
  return inner === undefined
    ? (classes.find((one) => one === `${name}$Value`) ?? classes.find((one) => one.startsWith(`${name}$`)))
    : classes.find((one) => one === outer);
}

/** `io.debezium…` and `io.confluent…` have classes with the same simple name; only the same vendor counts as a typo. */
function sharesRoot(a: string, b: string): boolean {
  return rootOf(a) === rootOf(b);
}

/** Apache hosts many projects; there the project counts as the vendor. */
function rootOf(name: string): string {
  return name
    .split('.')
    .slice(0, name.startsWith('org.apache.') ? 3 : 2)
    .join('.');
}

function near(name: string, candidates: readonly string[]): string | undefined {
  const suggestion = nearest(name, candidates);
  if (suggestion === undefined || Math.abs(suggestion.length - name.length) > 3) return undefined;
  // Long class names in one package are always similar: compare the last part.
  const last = (text: string) => text.slice(text.lastIndexOf('.') + 1);
  return nearest(last(name), [last(suggestion)]) === undefined ? undefined : suggestion;
}
