import type { ConnectorChange, KeyChange } from './diff.ts';
import { readsTopics } from './order.ts';

/** What a change brings with it that the keys alone do not tell, and what to do about it. */
export interface Consequence {
  /** Null where it is about the connector as a whole. */
  key: string | null;
  message: string;
  todo: string;
}

interface Rule {
  keys: RegExp;
  /** Rules for sources and sinks differ; `any` where it is the same. */
  side: 'source' | 'sink' | 'any';
  message(change: KeyChange): string;
  todo(change: KeyChange): string;
}

const RULES: readonly Rule[] = [
  {
    keys: /^topic\.prefix$/,
    side: 'source',
    message: () => 'every topic gets a new name, and offsets are kept by the prefix: the source takes a new snapshot',
    todo: () => 'change the topics of its sinks in the same deploy; the old topics stay until they are deleted',
  },
  {
    keys: /^slot\.name$/,
    side: 'source',
    message: ({ before }) =>
      `the new slot starts at the present position: what was written since the last read is missed, and the slot ${before ?? ''} goes on holding WAL`.trim(),
    todo: ({ before }) =>
      `stop the connector first, and drop the old slot: SELECT pg_drop_replication_slot('${before ?? 'debezium'}')`,
  },
  {
    keys: /^publication\.name$/,
    side: 'source',
    message: () => 'tables that are not in the new publication are no longer captured',
    todo: () => 'create the publication for the same tables before, and drop the old one afterwards',
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
    message: () =>
      'offsets are positions in the log of the old server: on another one they mean something else, or nothing',
    todo: () => 'where it is another server, stop the connector and reset its offsets, or deploy it under a new name',
  },
  {
    keys: /^snapshot\.mode$/,
    side: 'source',
    message: () => 'it decides only what a connector without offsets does: this one goes on where it is',
    todo: () => 'for a new snapshot, send the execute-snapshot signal, or stop it and reset its offsets',
  },
  {
    keys: /^(table|schema|database|collection)\.(include|exclude)\.list$/,
    side: 'source',
    message: () => 'rows that are already in newly captured tables do not come by themselves',
    todo: () => 'send the execute-snapshot signal for them',
  },
  {
    keys: /^topics(\.regex)?$/,
    side: 'sink',
    message: () =>
      'topics that come in are read from where consumer.override.auto.offset.reset says (by default from their beginning); those that go out are no longer read',
    todo: () => 'watch its lag afterwards: sluice status --watch',
  },
  {
    keys: /^consumer\.override\.group\.id$/,
    side: 'sink',
    message: () => 'a new consumer group has no offsets: every topic is read anew',
    todo: () => 'make sure that the target takes the same rows twice (insert.mode=upsert), or copy the offsets',
  },
  {
    keys: /^(collection|table)\.name\.format$/,
    side: 'sink',
    message: () => 'rows go to other tables from now on; those written so far stay where they are',
    todo: () => 'move the old rows, or reset the offsets to write them again',
  },
  {
    keys: /^(primary\.key\.(mode|fields)|pk\.(mode|fields))$/,
    side: 'sink',
    message: () => 'rows are found by another key: those written so far may be doubled or missed by deletes',
    todo: () => 'check that the key of the target table is the same',
  },
  {
    keys: /^(key|value|header)\.converter(\.schemas\.enable)?$/,
    side: 'any',
    message: () => 'records that are already in the topics keep their old form',
    todo: () => 'change sources and sinks of a topic together, when its sinks have no lag',
  },
  {
    keys: /^connector\.class$/,
    side: 'any',
    message: () => 'offsets of one class mean nothing to another',
    todo: () => 'deploy it under a new name',
  },
];

/** Consequences of an update, in the order of its keys. Pure. */
export function consequencesOf(change: ConnectorChange): Consequence[] {
  if (change.action !== 'update') return [];
  const side = readsTopics(change.desired.config) ? 'sink' : 'source';
  return change.keys.flatMap((key) =>
    RULES.filter((rule) => (rule.side === 'any' || rule.side === side) && rule.keys.test(key.key)).map((rule) => ({
      key: key.key,
      message: rule.message(key),
      todo: rule.todo(key),
    })),
  );
}

/** Keys in which a renamed connector may well differ from what it was. */
const RENAME_TOLERANCE = 1;

/**
 * A creation that looks like a connector that stands in no file any more was renamed: to Connect these are two
 * connectors, and the new one starts without offsets.
 */
export function renameOf(
  change: ConnectorChange,
  unmanaged: readonly { name: string; config: Readonly<Record<string, string>> }[],
): Consequence[] {
  if (change.action !== 'create') return [];
  const former = unmanaged.find(({ config }) => differences(change.desired.config, config) <= RENAME_TOLERANCE);
  if (former === undefined) return [];
  const sink = readsTopics(change.desired.config);
  return [
    {
      key: null,
      message: `it looks like ${former.name}, renamed: the new one starts without ${sink ? 'offsets and reads every topic anew' : 'offsets, and the old one goes on running beside it'}`,
      todo: `keep the name, or delete ${former.name} first: sluice delete ${former.name}`,
    },
  ];
}

function differences(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): number {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  keys.delete('name');
  return [...keys].filter((key) => a[key] !== b[key]).length;
}
