import type { Listing, UnreadableConnector } from '../connect/types.ts';
import { type ErrorDocument, toErrorDocument } from '../errors/error.ts';
import type { ConfigSecrets } from '../schemas/secrets.ts';
import { type Consequence, consequencesOf, renameOf } from './consequences.ts';
import { type ConnectorChange, type DesiredConnector, diffConnector } from './diff.ts';
import { type ShownChange, showChange } from './show.ts';
import {
  countTopics,
  type ShownTopic,
  showTopic,
  type TopicAction,
  type TopicChange,
  type TopicCounts,
} from './topics.ts';

export interface PlannedConnector extends ShownChange {
  consequences: Consequence[];
}

/** A connector that is there and cannot be read: it is neither created nor changed nor deleted. */
export interface ShownUnreadable {
  name: string;
  /** Null where it is in none of the files that are meant. */
  file: string | null;
  error: ErrorDocument;
}

/** What it would take to make the cluster what the files say; fit to be shown. */
export interface Plan {
  context: string;
  connectors: PlannedConnector[];
  /** Topics that sluice.yaml declares. */
  topics: ShownTopic[];
  /** Live connectors that are in no file. */
  unmanaged: string[];
  unreadable: ShownUnreadable[];
  summary: Record<'create' | 'update' | 'state' | 'unchanged' | 'unmanaged', number> & { topics: TopicCounts };
}

/** What of a connector's configuration may be shown. */
export type Secrets = (connector: Pick<DesiredConnector, 'config' | 'written'>) => ConfigSecrets;

const ORDER: readonly ConnectorChange['action'][] = ['create', 'update', 'state', 'unchanged'];
const TOPIC_ORDER: readonly TopicAction[] = ['refused', 'create', 'update', 'unchanged'];

/** What a deploy is about. */
export interface Diff {
  changes: ConnectorChange[];
  /** Wanted ones that are there and cannot be read. */
  unreadable: (UnreadableConnector & { file: string })[];
}

/**
 * Every change, by name. Pure.
 * @param live every connector of the cluster
 * @param sendMasked names of connectors whose values are sent where the worker masks them
 */
export function diffAll(desired: readonly DesiredConnector[], live: Listing, sendMasked: readonly string[] = []): Diff {
  const there = new Map(live.connectors.map((connector) => [connector.name, connector]));
  const unreadable = new Map(live.unreadable.map((one) => [one.name, one]));
  const diff: Diff = { changes: [], unreadable: [] };
  for (const one of desired) {
    const hidden = unreadable.get(one.name);
    if (hidden !== undefined) diff.unreadable.push({ ...hidden, file: one.file });
    else {
      const options = { sendMasked: sendMasked.includes(one.name) };
      diff.changes.push(diffConnector(one, there.get(one.name), options));
    }
  }
  return diff;
}

/** The plan of changes, what differs first. Pure. @param declared names in any file, also those left out by --only */
export function toPlan(
  context: string,
  { changes, unreadable }: Diff,
  live: Listing,
  declared: ReadonlySet<string>,
  secrets: Secrets,
  topics: readonly TopicChange[] = [],
): Plan {
  const unmanaged = live.connectors.filter((connector) => !declared.has(connector.name));
  const hidden = live.unreadable.filter(({ name }) => !unreadable.some((one) => one.name === name));
  const names = [...unmanaged, ...hidden.filter(({ name }) => !declared.has(name))].map(({ name }) => name).sort();
  const former = unmanaged.map(({ name, info }) => ({ name, config: info.config }));
  const connectors = [...changes]
    .sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || a.name.localeCompare(b.name))
    .map((change) => ({
      ...showChange(change, secrets(change.desired)),
      consequences: [...consequencesOf(change), ...renameOf(change, former)],
    }));
  const count = (action: ConnectorChange['action']) => changes.filter((change) => change.action === action).length;
  return {
    context,
    connectors,
    topics: topics
      .map(showTopic)
      .sort((a, b) => TOPIC_ORDER.indexOf(a.action) - TOPIC_ORDER.indexOf(b.action) || a.name.localeCompare(b.name)),
    unmanaged: names,
    unreadable: [...unreadable, ...hidden.map((one) => ({ ...one, file: null }))].map(showUnreadable),
    summary: {
      create: count('create'),
      update: count('update'),
      state: count('state'),
      unchanged: count('unchanged'),
      unmanaged: names.length,
      topics: countTopics(topics),
    },
  };
}

function showUnreadable({ name, file, error }: UnreadableConnector & { file: string | null }): ShownUnreadable {
  return { name, file, error: toErrorDocument(error) };
}

/** True where a deploy would write something, or refuse to. */
export function hasDrift({ summary }: Plan): boolean {
  const { create, update, refused } = summary.topics;
  return summary.create + summary.update + summary.state + create + update + refused > 0;
}
