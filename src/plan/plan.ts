import type { ListedConnector } from '../connect/types.ts';
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

/** What it would take to make the cluster what the files say; fit to be shown. */
export interface Plan {
  context: string;
  connectors: PlannedConnector[];
  /** Topics that sluice.yaml declares. */
  topics: ShownTopic[];
  /** Live connectors that stand in no file. */
  unmanaged: string[];
  summary: Record<'create' | 'update' | 'state' | 'unchanged' | 'unmanaged', number> & { topics: TopicCounts };
}

/** What of a connector's configuration may be shown. */
export type Secrets = (connector: Pick<DesiredConnector, 'config' | 'written'>) => ConfigSecrets;

const ORDER: readonly ConnectorChange['action'][] = ['create', 'update', 'state', 'unchanged'];
const TOPIC_ORDER: readonly TopicAction[] = ['refused', 'create', 'update', 'unchanged'];

/** Every change, by name. Pure. @param live every connector of the cluster */
export function diffAll(desired: readonly DesiredConnector[], live: readonly ListedConnector[]): ConnectorChange[] {
  const there = new Map(live.map((connector) => [connector.name, connector]));
  return desired.map((connector) => diffConnector(connector, there.get(connector.name)));
}

/** The plan of changes, what differs first. Pure. @param declared names in any file, also those left out by --only */
export function toPlan(
  context: string,
  changes: readonly ConnectorChange[],
  live: readonly ListedConnector[],
  declared: ReadonlySet<string>,
  secrets: Secrets,
  topics: readonly TopicChange[] = [],
): Plan {
  const unmanaged = live.filter((connector) => !declared.has(connector.name));
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
    unmanaged: unmanaged.map((connector) => connector.name),
    summary: {
      create: count('create'),
      update: count('update'),
      state: count('state'),
      unchanged: count('unchanged'),
      unmanaged: unmanaged.length,
      topics: countTopics(topics),
    },
  };
}

/** True where a deploy would write something, or refuse to. */
export function hasDrift({ summary }: Plan): boolean {
  const { create, update, refused } = summary.topics;
  return summary.create + summary.update + summary.state + create + update + refused > 0;
}
