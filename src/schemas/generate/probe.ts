import type { ConfigKey, ConfigValidation, ConnectorConfig, PluginInfo } from '../../connect/types.ts';
import { compareTexts } from '../../text/compare-texts.ts';
import { listItems } from '../../text/lists.ts';
import type { KeyFormat, PluginType } from '../plugin-schema.ts';
import { isNumeric, isProbed } from './definitions.ts';

/** The part of the Connect client that describes plugins. */
export interface PluginSource {
  plugins(options: { connectorsOnly: boolean }): Promise<PluginInfo[]>;
  pluginDefinition(pluginClass: string): Promise<ConfigKey[]>;
  validate(config: ConnectorConfig): Promise<ConfigValidation>;
}

/** What the worker's validate revealed about one key, beyond its definition. */
export interface KeyProbe {
  required?: boolean;
  choices?: string[];
  /** Choices are case-sensitive. */
  exactCase?: true;
  minimum?: number;
  /** Spaces around a number are refused: Debezium's parser does not trim, unlike Kafka's. */
  exactSpace?: true;
  format?: KeyFormat;
  nonEmpty?: boolean;
  /** A list's items must be distinct and not empty. */
  distinct?: true;
}

export interface ProbedPlugin {
  class: string;
  types: PluginType[];
  version: string;
  definitions: ConfigKey[];
  probes: Map<string, KeyProbe>;
}

/** All plugins of the worker, each class once, sorted. */
export async function listPlugins(source: PluginSource): Promise<Omit<ProbedPlugin, 'definitions' | 'probes'>[]> {
  const byClass = Map.groupBy(await source.plugins({ connectorsOnly: false }), (plugin) => plugin.class);
  return [...byClass]
    .map(([pluginClass, infos]) => ({
      class: pluginClass,
      types: [...new Set(infos.map((info) => info.type as PluginType))].sort(),
      version: newest(infos.flatMap((info) => (info.version ? [info.version] : []))),
    }))
    .sort((a, b) => compareTexts(a.class, b.class));
}

function newest(versions: string[]): string {
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? 'unknown';
}

/** How to send one plugin's keys to the worker and read its verdicts. */
interface Stage {
  /** The keys that the worker refuses if these are set, with its messages. */
  ask(values: ConnectorConfig): Promise<Map<string, string[]>>;
}

const BOGUS = '__sluice__';

/**
 * Reads one plugin's definition and asks validate for the rest. This never opens a connection.
 * @param host class of a connector in whose config transforms and predicates are tried; without one they are skipped
 */
export async function probePlugin(
  source: PluginSource,
  plugin: Omit<ProbedPlugin, 'definitions' | 'probes'>,
  host: string | undefined,
): Promise<ProbedPlugin> {
  const definitions = await source.pluginDefinition(plugin.class);
  const probes = new Map<string, KeyProbe>();
  const stage = stageOf(source, plugin, host);
  if (stage) {
    await probeRequired(stage, definitions, probes);
    await probeValues(stage, definitions, probes);
  }
  return { ...plugin, definitions, probes };
}

/** A connector that opens no connection during validation, preferably one of Kafka. */
export function hostOf(plugins: readonly Pick<ProbedPlugin, 'class' | 'types'>[]): string | undefined {
  const connectors = plugins.filter(({ types }) => types.includes('source') || types.includes('sink'));
  return (connectors.find((plugin) => plugin.class.startsWith('org.apache.kafka.')) ?? connectors[0])?.class;
}

function stageOf(
  source: PluginSource,
  { class: pluginClass, types }: Pick<ProbedPlugin, 'class' | 'types'>,
  host: string | undefined,
): Stage | undefined {
  if (types.includes('source') || types.includes('sink')) {
    return stage(source, { 'connector.class': pluginClass, name: 'sluice-probe' }, '');
  }
  const list = types.includes('transformation') ? 'transforms' : types.includes('predicate') ? 'predicates' : undefined;
  if (list === undefined || host === undefined) return undefined;
  const base = { 'connector.class': host, name: 'sluice-probe', [list]: 'p', [`${list}.p.type`]: pluginClass };
  return stage(source, base, `${list}.p.`);
}

function stage(source: PluginSource, base: ConnectorConfig, prefix: string): Stage {
  return {
    async ask(values) {
      const prefixed = Object.entries(values).map(([key, value]) => [prefix + key, value]);
      const { configs } = await source.validate({ ...base, ...Object.fromEntries(prefixed) });
      const refused = configs.filter(({ value }) => value.name.startsWith(prefix) && value.errors.length > 0);
      return new Map(refused.map(({ value }) => [value.name.slice(prefix.length), value.errors]));
    },
  };
}

function note(probes: Map<string, KeyProbe>, key: string, found: KeyProbe): void {
  probes.set(key, { ...probes.get(key), ...found });
}

const REQUIRED = /A value is required|Missing required configuration|Cannot be empty|Missing connection string/;

async function probeRequired(
  stage: Stage,
  definitions: readonly ConfigKey[],
  probes: Map<string, KeyProbe>,
): Promise<void> {
  const known = new Set(definitions.map((definition) => definition.name));
  for (const [key, errors] of await stage.ask({})) {
    if (known.has(key) && errors.some((error) => REQUIRED.test(error))) note(probes, key, { required: true });
  }
}

const CHOICES = /(?:must be one of(?: \(case insensitive\))?:?|Value must be one of)\s+(.+)$/;
const FORMATS: [messages: RegExp, format: KeyFormat][] = [
  [/list of valid regular expressions is expected/, 'regex-list'],
  [/map of valid key\/value pairs is expected/, 'map'],
];

/** One invalid value for all keys at once, except for mutually exclusive pairs, which would hide each other's verdict. */
async function probeValues(
  stage: Stage,
  definitions: readonly ConfigKey[],
  probes: Map<string, KeyProbe>,
): Promise<void> {
  const keys = definitions.filter(isProbed);
  const groups = [keys.filter(({ name }) => !/exclude/.test(name)), keys.filter(({ name }) => /exclude/.test(name))];
  for (const group of groups) {
    const texts = group.filter(({ type }) => !isNumeric(type) && type !== 'BOOLEAN');
    const bogus = await stage.ask(all(texts, BOGUS));
    const empty = await stage.ask(all(texts, ''));
    const broken = await stage.ask(all(texts, '['));
    for (const { name, type } of texts) {
      const [verdicts, emptyVerdicts] = [bogus.get(name) ?? [], empty.get(name) ?? []];
      const listed = verdicts.map((error) => CHOICES.exec(error)?.[1]).find((text) => text !== undefined);
      if (listed !== undefined && type === 'STRING') note(probes, name, { choices: choicesOf(listed) });
      const messages = [...verdicts, ...emptyVerdicts, ...(broken.get(name) ?? [])];
      const format = FORMATS.find(([pattern]) => messages.some((error) => pattern.test(error)))?.[1];
      if (format) note(probes, name, { format });
      if (
        verdicts.length === 0 &&
        emptyVerdicts.some((error) => /non-empty|Cannot be empty|value is required|Empty list/.test(error))
      ) {
        note(probes, name, { nonEmpty: true });
      }
    }
    const lists = texts.filter(({ type }) => type === 'LIST');
    for (const [name, errors] of await stage.ask(all(lists, `${BOGUS},${BOGUS}`))) {
      if (errors.some((error) => /must not be duplicated/.test(error))) note(probes, name, { distinct: true });
    }
    await probeChoices(stage, texts, probes);
    await probeCase(stage, texts, probes);
    const numbers = group.filter(({ type }) => isNumeric(type));
    const [negative, zero, one] = [
      await stage.ask(all(numbers, '-1')),
      await stage.ask(all(numbers, '0')),
      await stage.ask(all(numbers, '1')),
    ];
    const spaced = await stage.ask(all(numbers, ' 1 '));
    for (const { name } of numbers) {
      if (spaced.has(name) && !one.has(name)) note(probes, name, { exactSpace: true });
      if (!negative.has(name) || one.has(name)) continue;
      note(probes, name, { minimum: zero.has(name) ? 1 : 0 });
    }
  }
}

/** Some listed values are still refused. Tries the first value of each key together, then the second, and so on. */
async function probeChoices(stage: Stage, keys: readonly ConfigKey[], probes: Map<string, KeyProbe>): Promise<void> {
  const listed = new Map(keys.flatMap(({ name }) => [[name, probes.get(name)?.choices ?? []] as const]));
  const most = Math.max(0, ...[...listed.values()].map((choices) => choices.length));
  const dead = new Map<string, Set<string>>();
  for (let index = 0; index < most; index += 1) {
    const values = [...listed].flatMap(([name, choices]): [string, string][] => {
      const choice = choices[index];
      return choice === undefined ? [] : [[name, choice]];
    });
    const refused = await stage.ask(Object.fromEntries(values));
    for (const [name, value] of values) {
      // Another worker may support what this one does not (exactly-once).
      if (!refused.get(name)?.some((error) => !/This worker/.test(error))) continue;
      dead.set(name, (dead.get(name) ?? new Set()).add(value));
    }
  }
  for (const [name, values] of dead) {
    note(probes, name, { choices: (listed.get(name) ?? []).filter((choice) => !values.has(choice)) });
  }
}

/** Most enumerations ignore case, but Kafka's do not: tries a choice in the other case. */
async function probeCase(stage: Stage, keys: readonly ConfigKey[], probes: Map<string, KeyProbe>): Promise<void> {
  const swapped = keys.flatMap(({ name }): [string, string][] => {
    const choice = probes.get(name)?.choices?.[0];
    return choice === undefined ? [] : [[name, swapCase(choice)]];
  });
  const refused = await stage.ask(Object.fromEntries(swapped));
  for (const [name] of swapped) {
    if (refused.get(name)?.some((error) => CHOICES.test(error))) note(probes, name, { exactCase: true });
  }
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

function all(keys: readonly ConfigKey[], value: string): ConnectorConfig {
  return Object.fromEntries(keys.map(({ name }) => [name, value]));
}

function choicesOf(listed: string): string[] {
  return listItems(listed.replace(/^\[|\]$/g, ''))
    .filter((value) => value !== 'null')
    .sort();
}
