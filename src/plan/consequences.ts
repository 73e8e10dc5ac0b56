import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { readsTopics } from '../topology/feeds.ts';
import { tableNameFormat } from '../topology/pipeline.ts';
import type { ConnectorChange, KeyChange } from './diff.ts';

type Config = Readonly<Record<string, string>>;

/** An effect of a change that its keys alone do not show, and what to do about it. */
export interface Consequence {
  /** Null if it concerns the whole connector. */
  key: string | null;
  message: string;
  todo: string;
}

interface Rule {
  keys: RegExp;
  /** Which connectors the rule applies to. */
  side: 'source' | 'sink' | 'any';
  /**
   * The effective value, if the key has a default or another name: a change that leaves it the same has no consequence.
   */
  effect?(config: Config): string;
  message(change: KeyChange): string;
  todo(change: KeyChange): string;
}

const RULES: readonly Rule[] = [
  {
    keys: /^topic\.prefix$/,
    side: 'source',
    message: () =>
      'every topic gets a new name, and offsets are stored under the prefix: the source takes a new snapshot',
    todo: () => 'change the topics of its sinks in the same deploy; the old topics stay until they are deleted',
  },
  {
    keys: /^slot\.name$/,
    side: 'source',
    message: ({ before }) =>
      `the new slot starts at the current position: changes since the last read are missed, and the slot ${before ?? ''} keeps holding WAL`.trim(),
    todo: ({ before }) =>
      `stop the connector first, and drop the old slot: SELECT pg_drop_replication_slot('${before ?? 'debezium'}')`,
  },
  {
    keys: /^publication\.name$/,
    side: 'source',
    message: () => 'tables that are not in the new publication are no longer captured',
    todo: () => 'create the publication for the same tables first, and drop the old one afterwards',
  },
  {
    keys: /^database\.server\.id$/,
    side: 'source',
    message: () =>
      'the id must be unique among all replicas and connectors of the server, or both lose their connection',
    todo: () => 'check it against SHOW REPLICAS',
  },
  {
    keys: /^database\.(hostname|port|dbname|names)$|^mongodb\.connection\.string$/,
    side: 'source',
    message: () => 'offsets are positions in the log of the old server: on another one they are meaningless',
    todo: () => 'if it is another server, stop the connector and reset its offsets, or deploy it under a new name',
  },
  {
    keys: /^snapshot\.mode$/,
    side: 'source',
    message: () => 'it only affects a connector without offsets: this one continues where it is',
    todo: () => 'for a new snapshot, send the execute-snapshot signal, or stop it and reset its offsets',
  },
  {
    keys: /^(table|schema|database|collection)\.(include|exclude)\.list$/,
    side: 'source',
    message: () => 'existing rows of newly captured tables are not sent automatically',
    todo: () => 'send the execute-snapshot signal for them',
  },
  {
    keys: /^topics(\.regex)?$/,
    side: 'sink',
    message: () =>
      'added topics are read from the position that consumer.override.auto.offset.reset sets (the beginning by default); removed ones are no longer read',
    todo: () => `watch its lag afterwards: ${command('status', { watch: true })}`,
  },
  {
    keys: /^consumer\.override\.group\.id$/,
    side: 'sink',
    message: () => 'a new consumer group has no offsets: every topic is read again',
    todo: () => 'make sure that the target accepts the same rows twice (insert.mode=upsert), or copy the offsets',
  },
  {
    keys: /^(collection|table)\.name\.format$/,
    side: 'sink',
    effect: tableNameFormat,
    message: () => 'rows go to other tables from now on; existing rows stay where they are',
    todo: () => 'move the old rows, or reset the offsets to write them again',
  },
  {
    keys: /^(primary\.key\.(mode|fields)|pk\.(mode|fields))$/,
    side: 'sink',
    message: () => 'rows are found by another key: existing rows may be duplicated, or missed by deletes',
    todo: () => 'check that the key of the target table is the same',
  },
  {
    keys: /^(key|value|header)\.converter(\.schemas\.enable)?$/,
    side: 'any',
    message: () => 'existing records in the topics keep their old format',
    todo: () => 'change sources and sinks of a topic together, when its sinks have no lag',
  },
  {
    keys: /^connector\.class$/,
    side: 'any',
    message: () => 'offsets of one class are meaningless to another',
    todo: () => 'deploy it under a new name',
  },
];

/** Consequences of an update, in the order of its keys. Pure. */
export function consequencesOf(change: ConnectorChange): Consequence[] {
  if (change.action !== 'update') return [];
  const side = readsTopics(change.desired.config) ? 'sink' : 'source';
  const before = formerConfig(change);
  return change.keys.flatMap((key) =>
    RULES.filter(
      (rule) =>
        (rule.side === 'any' || rule.side === side) &&
        rule.keys.test(key.key) &&
        (rule.effect === undefined || rule.effect(before) !== rule.effect(change.desired.config)),
    ).map((rule) => ({
      key: key.key,
      message: rule.message(key),
      todo: rule.todo(key),
    })),
  );
}

/** What is live: the file's configuration without the changes. */
function formerConfig({ desired, keys }: ConnectorChange): Config {
  const changed = new Set(keys.map(({ key }) => key));
  return Object.fromEntries([
    ...Object.entries(desired.config).filter(([key]) => !changed.has(key)),
    ...keys.flatMap(({ key, before }) => (before === null ? [] : [[key, before]])),
  ]);
}

/** Number of keys in which a renamed connector may differ from the old one. */
const RENAME_TOLERANCE = 1;

/**
 * A creation that resembles a connector no longer in any file is a rename: to Connect these are two connectors, and the
 * new one starts without offsets.
 */
export function renameOf(
  change: ConnectorChange,
  unmanaged: readonly { name: string; config: Readonly<Record<string, string>> }[],
): Consequence[] {
  if (change.action !== 'create') return [];
  const { config, unset } = change.desired;
  const former = unmanaged.find((other) => differences(config, other.config, unset) <= RENAME_TOLERANCE);
  if (former === undefined) return [];
  const sink = readsTopics(change.desired.config);
  return [
    {
      key: null,
      message: `it looks like ${former.name}, renamed: the new one starts without ${sink ? 'offsets and reads every topic again' : 'offsets, and the old one keeps running as well'}`,
      todo: `keep the name, or delete ${former.name} first: ${command(`delete ${shellWord(former.name)}`)}`,
    },
  ];
}

/** @param unset keys that are not compared if both have them */
function differences(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
  unset: ReadonlySet<string> = new Set(),
): number {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  keys.delete('name');
  for (const key of unset) if (Object.hasOwn(b, key)) keys.delete(key);
  return [...keys].filter((key) => a[key] !== b[key]).length;
}
