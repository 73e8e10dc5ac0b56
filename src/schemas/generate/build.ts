import type { ConfigKey } from '../../connect/types.ts';
import { compareTexts } from '../../text/compare-texts.ts';
import {
  BOOLEAN,
  type ConnectType,
  INTEGER,
  type KeySchema,
  type PatternSchema,
  type PluginSchema,
  type PluginType,
  REFERENCE,
} from '../plugin-schema.ts';
import { isNumeric, isPatternName, kindOf } from './definitions.ts';
import type { KeyProbe, ProbedPlugin } from './probe.ts';
import type { DocumentedPlugin, KeySupplement, Supplement } from './supplements.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const BASE = 'https://sluice.dev/schemas/plugins';

/** Kafka's limits for its types; those of LONG exceed JSON numbers. */
const LIMITS: Partial<Record<ConnectType, [number, number]>> = {
  SHORT: [-32_768, 32_767],
  INT: [-2_147_483_648, 2_147_483_647],
};

/** Keys that every connector accepts, even if its definition lacks them; sluice checks them separately. */
const FRAMEWORK_PATTERNS: Record<string, PatternSchema> = {
  '^(transforms|predicates)\\.[^.]+\\..+': { description: 'Keys of one transform or predicate.' },
  '^(key|value|header)\\.converter\\..+': { description: 'Keys of a converter.' },
  '^(producer|consumer|admin)\\.override\\..+': { description: "Settings of the worker's Kafka clients." },
  '^(?:_|//|#)': { description: 'A comment, by convention.' },
};
const TOPIC_CREATION: Record<string, PatternSchema> = {
  '^topic\\.creation\\..+': { description: 'Settings of topics that the worker creates (KIP-158).' },
};

/** Combines definition, probes and supplements of one plugin. Deterministic: keys are sorted. */
export function buildSchema(plugin: ProbedPlugin, supplements: readonly Supplement[]): PluginSchema {
  const properties = new Map<string, KeySchema>();
  const required = new Set<string>();
  for (const definition of plugin.definitions) {
    // The worker decides what a converter is used for; it is not configured.
    if (isPatternName(definition.name) || definition.name === 'converter.type') continue;
    const probe = plugin.probes.get(definition.name);
    properties.set(definition.name, fromDefinition(definition, probe));
    if (definition.required || probe?.required) required.add(definition.name);
  }
  return assemble(
    { class: plugin.class, types: plugin.types, version: plugin.version, origin: 'worker' },
    properties,
    required,
    supplements,
  );
}

/**
 * The schema of a plugin that is described by hand.
 * @param framework the keys common to all connectors of its type, from a plugin of the worker
 */
export function buildDocumented(
  plugin: DocumentedPlugin,
  framework: Readonly<Record<string, KeySchema>>,
): PluginSchema {
  const connector = isConnector(plugin.types);
  return assemble(
    { class: plugin.class, types: plugin.types, version: plugin.version, origin: 'documentation' },
    new Map(connector ? Object.entries(framework) : []),
    new Set(connector ? ['name', 'connector.class'] : []),
    [{ ...plugin, classes: [plugin.class] }],
  );
}

function isConnector(types: readonly PluginType[]): boolean {
  return types.includes('source') || types.includes('sink');
}

function assemble(
  identity: PluginSchema['x-plugin'],
  properties: Map<string, KeySchema>,
  required: Set<string>,
  supplements: readonly Supplement[],
): PluginSchema {
  const patterns: Record<string, PatternSchema> = {};
  for (const supplement of supplements) {
    for (const [key, more] of Object.entries(supplement.keys ?? {})) {
      const known = properties.get(key);
      if (!known && more.type === undefined) continue;
      properties.set(key, supplemented(key, known, more));
    }
    for (const key of supplement.required ?? []) required.add(key);
    for (const prefix of supplement.prefixes ?? []) patterns[prefix.pattern] = patternSchema(prefix);
    for (const [key, renamed] of Object.entries(supplement.renamed ?? {})) {
      const defined = properties.get(key);
      // What one plugin says about a removed key overrides what its group says.
      const known = isAlive(defined) ? defined : undefined;
      // A successor or predecessor that this plugin does not have belongs to another plugin.
      if (known && !renamed.accepted) continue;
      properties.set(key, {
        ...(known ?? keySchema(key, 'STRING', {})),
        deprecated: true,
        ...(known ? {} : { description: tombstone(renamed) }),
        'x-renamed': renamed,
      });
    }
  }
  for (const key of [...properties.keys()]) {
    const successor = properties.get(key)?.['x-renamed']?.to;
    if (successor !== undefined && !isAlive(properties.get(successor))) properties.delete(key);
  }
  const connector = isConnector(identity.types);
  const collect = <T>(pick: (supplement: Supplement) => readonly T[] | undefined) =>
    supplements.flatMap((supplement) => pick(supplement) ?? []);
  // A rule about keys that this plugin does not have would hold never, or always.
  const rules = collect((one) => one.rules).filter((rule) =>
    [...rule.when, ...rule.expect].every(([key]) => properties.has(key)),
  );
  const aliases = collect((one) => one.aliases);
  const secrets = collect((one) => one.secrets);
  const renamedPrefixes = collect((one) => one.renamedPrefixes).filter((one) =>
    Object.keys(patterns).some((pattern) => new RegExp(pattern).test(`${one.to}x`)),
  );
  const values = Object.assign({}, ...supplements.map((one) => one.values ?? {})) as Record<string, never>;
  const foreign = Object.assign({}, ...supplements.map((one) => one.foreign ?? {})) as Record<string, string>;
  const foreignPrefixes = collect((one) => one.foreignPrefixes);
  const formerly = collect((one) => one.formerly);
  const maxTasks = supplements.findLast((one) => one.maxTasks !== undefined)?.maxTasks;
  const driverPrefix = supplements.findLast((one) => one.driverPrefix !== undefined)?.driverPrefix;
  return {
    $schema: DIALECT,
    $id: `${BASE}/${encodeURIComponent(identity.class)}/${encodeURIComponent(identity.version)}.json`,
    title: `${identity.class} ${identity.version}`,
    type: 'object',
    'x-plugin': identity,
    required: [...required].sort(),
    ...(maxTasks === undefined ? {} : { 'x-max-tasks': maxTasks }),
    ...(driverPrefix === undefined ? {} : { 'x-driver-prefix': driverPrefix }),
    ...(secrets.length > 0 ? { 'x-secrets': secrets.sort() } : {}),
    ...(aliases.length > 0 ? { 'x-aliases': aliases } : {}),
    ...(rules.length > 0 ? { 'x-rules': rules } : {}),
    ...(Object.keys(values).length > 0 ? { 'x-renamed-values': values } : {}),
    ...(renamedPrefixes.length > 0 ? { 'x-renamed-prefixes': renamedPrefixes } : {}),
    ...(Object.keys(foreign).length > 0 ? { 'x-foreign': foreign } : {}),
    ...(foreignPrefixes.length > 0 ? { 'x-foreign-prefixes': foreignPrefixes } : {}),
    ...(formerly.length > 0 ? { 'x-formerly': formerly } : {}),
    properties: Object.fromEntries([...properties].sort(([a], [b]) => compareTexts(a, b))),
    patternProperties: {
      ...patterns,
      ...(connector ? FRAMEWORK_PATTERNS : {}),
      ...(identity.types.includes('source') ? TOPIC_CREATION : {}),
    },
    additionalProperties: false,
  };
}

/** A key that the plugin reads. */
function isAlive(known: KeySchema | undefined): boolean {
  return known !== undefined && (known['x-renamed'] === undefined || known['x-renamed'].accepted === true);
}

function fromDefinition(definition: ConfigKey, probe: KeyProbe = {}): KeySchema {
  const type = definition.type as ConnectType;
  return keySchema(definition.name, type, {
    documentation: definition.documentation,
    importance: definition.importance,
    group: definition.group ?? undefined,
    default: definition.default_value ?? undefined,
    choices: probe.choices,
    exactCase: probe.exactCase,
    exactSpace: probe.exactSpace,
    minimum: probe.minimum,
    format: probe.format,
    nonEmpty: probe.nonEmpty,
    distinct: probe.distinct,
  });
}

interface KeyFacts {
  documentation?: string | undefined;
  importance?: string | undefined;
  group?: string | undefined;
  default?: string | undefined;
  choices?: readonly string[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  format?: KeySchema['x-format'] | undefined;
  nonEmpty?: boolean | undefined;
  distinct?: boolean | undefined;
  exactCase?: boolean | undefined;
  exactSpace?: boolean | undefined;
}

export function keySchema(name: string, type: ConnectType, facts: KeyFacts): KeySchema {
  const kind = kindOf(name, type, facts.choices !== undefined);
  const documentation = facts.documentation?.replaceAll(/\s+/g, ' ').trim();
  return {
    ...(documentation ? { description: documentation } : {}),
    ...shapeOf(type, facts),
    ...(facts.default === undefined ? {} : { default: facts.default }),
    'x-type': type,
    'x-kind': kind,
    ...(kind === 'duration' ? { 'x-unit': 'ms' as const } : {}),
    ...(facts.importance ? { 'x-importance': facts.importance.toLowerCase() } : {}),
    ...(facts.group ? { 'x-group': facts.group } : {}),
    ...(facts.format ? { 'x-format': facts.format } : {}),
    ...(facts.distinct ? { 'x-distinct': true } : {}),
    ...(facts.exactCase ? { 'x-exact-case': true } : {}),
    ...(facts.exactSpace ? { 'x-exact-space': true } : {}),
  };
}

/** People write numbers and booleans with and without quotes; Connect stores text. */
function shapeOf(type: ConnectType, facts: KeyFacts): Partial<KeySchema> {
  if (facts.choices) return { anyOf: [{ enum: [...facts.choices].sort() }, { type: 'string', pattern: REFERENCE }] };
  if (type === 'BOOLEAN') return { type: ['boolean', 'string'], pattern: `${BOOLEAN}|${REFERENCE}` };
  if (isNumeric(type)) {
    const [least, most] = LIMITS[type] ?? [undefined, undefined];
    const minimum = facts.minimum ?? least;
    const maximum = facts.maximum ?? most;
    return {
      type: [type === 'DOUBLE' ? 'number' : 'integer', 'string'],
      ...(type === 'DOUBLE' ? {} : { pattern: `${INTEGER}|${REFERENCE}` }),
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
    };
  }
  return { type: ['string', 'number', 'boolean'], ...(facts.nonEmpty ? { minLength: 1 } : {}) };
}

function supplemented(name: string, known: KeySchema | undefined, more: KeySupplement): KeySchema {
  const type = more.type ?? known?.['x-type'] ?? 'STRING';
  const choices = more.enum ?? known?.anyOf?.[0].enum;
  // The plugin does not check what its definition omits.
  const lenient = more.lenient ?? known?.['x-lenient'] ?? known === undefined;
  const schema = keySchema(name, type, {
    documentation: more.documentation ?? known?.description,
    importance: more.importance ?? known?.['x-importance'],
    group: known?.['x-group'],
    default: more.default ?? known?.default,
    choices,
    minimum: more.minimum ?? known?.minimum,
    maximum: more.maximum ?? known?.maximum,
    format: more.format ?? known?.['x-format'],
    nonEmpty: known?.minLength === 1,
    distinct: known?.['x-distinct'],
    exactCase: known?.['x-exact-case'],
    exactSpace: known?.['x-exact-space'],
  });
  return {
    ...schema,
    ...(more.pattern === undefined ? {} : { pattern: `${more.pattern}|${REFERENCE}` }),
    ...(more.items === undefined ? {} : { 'x-items': more.items }),
    ...(more.maxItems === undefined ? {} : { 'x-max-items': more.maxItems }),
    ...(more.itemPattern === undefined ? {} : { 'x-item-pattern': more.itemPattern }),
    ...(more.separator === undefined ? {} : { 'x-separator': more.separator }),
    ...(lenient ? { 'x-lenient': lenient } : {}),
    ...(more['format-hint'] === undefined ? {} : { 'x-format-hint': more['format-hint'] }),
  };
}

function patternSchema(prefix: {
  description: string;
  type?: ConnectType;
  format?: KeySchema['x-format'];
  secret?: true;
}): PatternSchema {
  return {
    description: prefix.description,
    ...(prefix.type ? { 'x-type': prefix.type } : {}),
    ...(prefix.format ? { 'x-format': prefix.format } : {}),
    ...(prefix.secret ? { 'x-secret': true } : {}),
  };
}

function tombstone({ to, gone, typo, foreign }: NonNullable<KeySchema['x-renamed']>): string {
  if (foreign) return `A key of ${foreign}${to ? `; here it is ${to}` : ''}.`;
  if (typo) return `No such key; use ${to}.`;
  return to ? `Renamed to ${to} in ${gone}.` : `Removed in ${gone}.`;
}
