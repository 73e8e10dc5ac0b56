import { hasWorkerReference } from '../text/braced.ts';
import { javaReplace } from '../text/java-regex.ts';
import { isTrue, listItems } from '../text/lists.ts';
import { javaRegex } from './name-regex.ts';

type Config = Readonly<Record<string, string>>;

/** One transform of a connector, as records of rows with a topic of this name pass it. */
export interface PassedTransform {
  alias: string;
  type: string;
  /** The topic before it; undefined if unknown. */
  topic: string | undefined;
  /** Whether it acts on them; undefined if the configuration alone does not determine that, or what it does. */
  acts: boolean | undefined;
  /** It has a setting that only the worker resolves. */
  refers: boolean;
  option(name: string): string | undefined;
}

/** Classes that may change a record's topic, by name; RegexRouter is understood, and PartitionRouting does not. */
const ROUTES = /^(?!PartitionRouting$).*(Rout(er|ing)|Topic|CollectionName|LogicalTable)/i;

/** All transforms in order, the topic before each if known, and the final topic. */
export function passTransforms(
  config: Config,
  topic: string | undefined,
): { passed: PassedTransform[]; topic: string | undefined; reason?: string } {
  let routed = topic;
  let reason: string | undefined;
  const passed: PassedTransform[] = [];
  if (hasWorkerReference(config.transforms ?? '')) {
    // What they do is unknown, too.
    passed.push({
      alias: 'transforms',
      type: 'reference',
      topic,
      acts: undefined,
      refers: true,
      option: () => undefined,
    });
    return { passed, topic: undefined, reason: 'its list of transforms is a reference that only the worker resolves' };
  }
  for (const alias of listItems(config.transforms)) {
    const option = (name: string) => config[`transforms.${alias}.${name}`];
    const type = option('type') ?? '';
    const refers = hasReferences(config, alias);
    const acts = refers ? undefined : actsOn(config, alias, routed);
    passed.push({ alias, type, topic: routed, acts, refers, option });
    const name = simpleName(type);
    if (acts === false || !(routes(type, option) || hasWorkerReference(type))) continue;
    const next =
      routed !== undefined && acts && name === 'RegexRouter'
        ? route(option('regex') ?? '', option('replacement') ?? '', routed)
        : undefined;
    if (next === undefined) reason ??= `the transform ${alias} (${type}) chooses tables by more than the topic`;
    routed = next;
  }
  return { passed, topic: routed, ...(reason === undefined ? {} : { reason }) };
}

/** Whether it may change topics. ExtractNewRecordState takes the topic from a field if route.by.field is set. */
export function routes(type: string, option: PassedTransform['option']): boolean {
  return ROUTES.test(simpleName(type)) || (option('route.by.field') ?? '') !== '';
}

/** A class without its package: Connect finds it by that name, too. */
export function simpleName(type: string): string {
  return /[^.]*$/.exec(type.trim())?.[0] ?? '';
}

/**
 * The topics that a connector's routers may write to, by their replacements; any if unknown. A router that only
 * shortens topics is no more likely to write to other tables' topics than any connector.
 */
export function routedTo(config: Config): RegExp[] {
  return listItems(config.transforms).flatMap((alias) => {
    const option = (name: string) => config[`transforms.${alias}.${name}`];
    const type = option('type') ?? '';
    if (!routes(type, option)) return [];
    // A suffix keeps the connector's own prefix.
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

/** Whether a setting of the transform or of its predicate is a reference. */
function hasReferences(config: Config, alias: string): boolean {
  const own = [`transforms.${alias}.`, `predicates.${config[`transforms.${alias}.predicate`] ?? ''}.`];
  return Object.entries(config).some(
    ([key, value]) => own.some((start) => key.startsWith(start)) && hasWorkerReference(value),
  );
}

/** By the transform's predicate. Records of rows have a value, so they are not tombstones. */
function actsOn(config: Config, alias: string, topic: string | undefined): boolean | undefined {
  const predicate = config[`transforms.${alias}.predicate`] ?? '';
  if (predicate === '') return true;
  const type = config[`predicates.${predicate}.type`] ?? '';
  const name = simpleName(type);
  const is =
    name === 'RecordIsTombstone'
      ? false
      : name === 'TopicNameMatches' && topic !== undefined
        ? javaRegex(config[`predicates.${predicate}.pattern`] ?? '').test(topic)
        : undefined;
  return is === undefined ? undefined : is !== isTrue(config[`transforms.${alias}.negate`]);
}

/**
 * Like Kafka's RegexRouter: the whole topic must match, else it is unchanged; what is replaced is the first match
 * found, which may be shorter: for `(.*?)` empty.
 */
function route(regex: string, replacement: string, topic: string): string | undefined {
  const match = javaRegex(regex).first(topic);
  if (match === null) return topic;
  const replaced = javaReplace(match, replacement);
  return replaced === undefined ? undefined : replaced + topic.slice(match[0].length);
}
