import { isTrue, listItems } from '../connect/lists.ts';
import { javaRegex, javaReplace } from './java-regex.ts';

type Config = Readonly<Record<string, string>>;

/** One transform of a connector, as records of rows with a topic of this name pass it. */
export interface PassedTransform {
  alias: string;
  type: string;
  /** The topic before it; undefined where it is not known. */
  topic: string | undefined;
  /** Whether it acts on them; undefined where the configuration alone does not tell. */
  acts: boolean | undefined;
  option(name: string): string | undefined;
}

/** A class that may give records another topic, by its name; what RegexRouter does is known, and PartitionRouting gives none. */
const ROUTES = /^(?!PartitionRouting$).*(Rout(er|ing)|Topic|CollectionName|LogicalTable)/i;

/** All transforms in their order, up to where nothing is known of the topic any more, and the topic behind the last. */
export function passTransforms(
  config: Config,
  topic: string | undefined,
): { passed: PassedTransform[]; topic: string | undefined; reason?: string } {
  let routed = topic;
  let reason: string | undefined;
  const passed: PassedTransform[] = [];
  for (const alias of listItems(config.transforms)) {
    const option = (name: string) => config[`transforms.${alias}.${name}`];
    const type = option('type') ?? '';
    const acts = actsOn(config, alias, routed);
    passed.push({ alias, type, topic: routed, acts, option });
    const name = /[^.]*$/.exec(type)?.[0] ?? '';
    if (acts === false || !routes(type, option)) continue;
    const next =
      routed !== undefined && acts && name === 'RegexRouter'
        ? route(option('regex') ?? '', option('replacement') ?? '', routed)
        : undefined;
    if (next === undefined) reason ??= `the transform ${alias} (${type}) names tables by more than the topic`;
    routed = next;
  }
  return { passed, topic: routed, ...(reason === undefined ? {} : { reason }) };
}

/** ExtractNewRecordState takes the topic from a field where route.by.field names one. */
function routes(type: string, option: PassedTransform['option']): boolean {
  return ROUTES.test(/[^.]*$/.exec(type)?.[0] ?? '') || (option('route.by.field') ?? '') !== '';
}

/**
 * The topics that a connector's routers may write to, by what they put in a topic's place; any where that is not known. One that only
 * cuts a topic shorter writes to topics of other tables no more than any connector does.
 */
export function routedTo(config: Config): RegExp[] {
  return listItems(config.transforms).flatMap((alias) => {
    const option = (name: string) => config[`transforms.${alias}.${name}`];
    const type = option('type') ?? '';
    if (!routes(type, option)) return [];
    // What it adds behind a topic keeps the connector's own prefix.
    if (/\.TimestampRouter$/.test(type) && (option('topic.format') ?? '${topic}').startsWith('${topic}')) return [];
    const replacement =
      option('replacement') ??
      option('topic.replacement') ??
      option('route.topic.replacement') ??
      (/\.EventRouter$/.test(type) ? 'outbox.event.${routedByValue}' : undefined);
    if (replacement === undefined) return /.*/;
    const literals = replacement.split(/\$(?:\d+|\{[^}]*\})/).map((part) => part.replaceAll(/\\(.)/g, '$1'));
    if (!/[^.]/.test(literals.join(''))) return [];
    return new RegExp(`^${literals.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`);
  });
}

/** By the transform's predicate. A row's records have a value, so that they are no tombstones. */
function actsOn(config: Config, alias: string, topic: string | undefined): boolean | undefined {
  const predicate = config[`transforms.${alias}.predicate`] ?? '';
  if (predicate === '') return true;
  const type = config[`predicates.${predicate}.type`] ?? '';
  const is = /\.RecordIsTombstone$/.test(type)
    ? false
    : /\.TopicNameMatches$/.test(type) && topic !== undefined
      ? javaRegex(config[`predicates.${predicate}.pattern`] ?? '').test(topic)
      : undefined;
  return is === undefined ? undefined : is !== isTrue(config[`transforms.${alias}.negate`]);
}

/**
 * As Kafka's RegexRouter: the whole topic must match, else it stays as it is; what is replaced is what is found first, and that may
 * be less: of `(.*?)` nothing.
 */
function route(regex: string, replacement: string, topic: string): string | undefined {
  const match = javaRegex(regex).first(topic);
  if (match === null) return topic;
  const replaced = javaReplace(match, replacement);
  return replaced === undefined ? undefined : replaced + topic.slice(match[0].length);
}
