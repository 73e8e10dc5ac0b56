import { listItems } from '../connect/lists.ts';
import type { ConfigKey, ConfigValidation, ConnectorConfig, PluginInfo } from '../connect/types.ts';
import { isNumeric, isProbed } from './definitions.ts';
import type { KeyFormat, PluginType } from './plugin-schema.ts';

/** The part of the Connect client that tells about plugins. */
export interface PluginSource {
  plugins(options: { connectorsOnly: boolean }): Promise<PluginInfo[]>;
  pluginDefinition(pluginClass: string): Promise<ConfigKey[]>;
  validate(config: ConnectorConfig): Promise<ConfigValidation>;
}

/** What the worker's validate showed about one key and its definition does not say. */
export interface KeyProbe {
  required?: boolean;
  choices?: string[];
  /** The choices must be written in the very case. */
  exactCase?: true;
  minimum?: number;
  /** Spaces around a number are refused: Debezium's own parser, where Kafka's trims. */
  exactSpace?: true;
  format?: KeyFormat;
  nonEmpty?: boolean;
  /** A list's items must not be empty, and each may stand once. */
  distinct?: true;
}

export interface ProbedPlugin {
  class: string;
  types: PluginType[];
  version: string;
  definitions: ConfigKey[];
  probes: Map<string, KeyProbe>;
}

/** Every plugin of the worker, each class once, sorted. */
export async function listPlugins(source: PluginSource): Promise<Omit<ProbedPlugin, 'definitions' | 'probes'>[]> {
  const byClass = Map.groupBy(await source.plugins({ connectorsOnly: false }), (plugin) => plugin.class);
  return [...byClass]
    .map(([pluginClass, infos]) => ({
      class: pluginClass,
      types: [...new Set(infos.map((info) => info.type as PluginType))].sort(),
      version: newest(infos.flatMap((info) => (info.version ? [info.version] : []))),
    }))
    .sort((a, b) => (a.class < b.class ? -1 : 1));
}

function newest(versions: string[]): string {
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? 'unknown';
}

/** How one plugin's keys are put to the worker, and its verdicts read back. */
interface Stage {
  /** The keys that the worker refuses when these are set, with what it says. */
  ask(values: ConnectorConfig): Promise<Map<string, string[]>>;
}

const BOGUS = '__sluice__';

/**
 * Reads one plugin's definition and asks validate for what it leaves out. No connection is ever opened by this.
 * @param host class of a connector in whose config transforms and predicates are tried; without one they are not
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

/** A connector that opens no connection when it is validated: Kafka's own before others. */
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
const FORMATS: [said: RegExp, format: KeyFormat][] = [
  [/list of valid regular expressions is expected/, 'regex-list'],
  [/map of valid key\/value pairs is expected/, 'map'],
];

/** One wrong value for all keys at a time; pairs that exclude each other would hide each other's verdict. */
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
      const said = [...verdicts, ...emptyVerdicts, ...(broken.get(name) ?? [])];
      const format = FORMATS.find(([pattern]) => said.some((error) => pattern.test(error)))?.[1];
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

/** Some values are listed and still refused; each key's first is asked together, then each one's second, and so on. */
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
      // What only this worker does not do (exactly-once support) another may.
      if (!refused.get(name)?.some((error) => !/This worker/.test(error))) continue;
      dead.set(name, (dead.get(name) ?? new Set()).add(value));
    }
  }
  for (const [name, values] of dead) {
    note(probes, name, { choices: (listed.get(name) ?? []).filter((choice) => !values.has(choice)) });
  }
}

/** Most enumerations ignore case, Kafka's own do not: asked with a choice in the other case. */
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
