import type { Listing, UnreadableConnector } from '../connect/types.ts';
import type { ShownBroken } from '../connectors/load.ts';
import { type ErrorDocument, toErrorDocument } from '../errors/error.ts';
import { compareTexts } from '../text/compare-texts.ts';
import type { Count } from '../text/numbers.ts';
import { type Consequence, consequencesOf, renameOf } from './consequences.ts';
import { type ConnectorChange, type DesiredConnector, diffConnector } from './diff.ts';
import { type Secrets, type ShownChange, showChange } from './show.ts';
import {
  countTopics,
  type ShownTopic,
  showTopic,
  type TopicAction,
  type TopicChange,
  type TopicCounts,
} from './topics.ts';

export interface PlannedConnector extends ShownChange {
  /** Keys that were not compared, because the file has a variable that is not set. */
  unset: string[];
  /** Consequences of the change. */
  consequences: Consequence[];
}

/** It is neither created nor changed nor deleted. */
export interface ShownUnreadable {
  name: string;
  /** Null if it is not in any of the given files. */
  file: string | null;
  error: ErrorDocument;
}

/** The changes that would make the cluster match the files, safe to show. */
export interface Plan {
  context: string;
  connectors: PlannedConnector[];
  /** Topics that sluice.yaml declares. */
  topics: ShownTopic[];
  /** Live connectors that are not in any file; a broken file may have them. */
  unmanaged: string[];
  /** Connectors that exist, but that the worker does not show. */
  unreadable: ShownUnreadable[];
  /** Files with errors; their connectors are not in the plan. */
  broken: ShownBroken[];
  summary: PlanSummary;
}

export interface PlanSummary {
  create: Count;
  update: Count;
  state: Count;
  unchanged: Count;
  unmanaged: Count;
  /** Values that were not compared: the worker masks them, or the file has a variable that is not set. */
  notCompared: Count;
  topics: TopicCounts;
}

const ORDER: readonly ConnectorChange['action'][] = ['create', 'update', 'state', 'unchanged'];
const TOPIC_ORDER: readonly TopicAction[] = ['refused', 'create', 'update', 'unchanged'];

/** What a deploy has to do. */
export interface Diff {
  changes: ConnectorChange[];
  /** Declared connectors that exist but cannot be read. */
  unreadable: (UnreadableConnector & { file: string })[];
}

/**
 * Every change, by name. Pure.
 * @param live every connector of the cluster
 * @param sendMasked names of connectors whose values are sent even if the worker masks them
 */
export function diffAll(desired: readonly DesiredConnector[], live: Listing, sendMasked: readonly string[] = []): Diff {
  const existing = new Map(live.connectors.map((connector) => [connector.name, connector]));
  const unreadable = new Map(live.unreadable.map((one) => [one.name, one]));
  const diff: Diff = { changes: [], unreadable: [] };
  for (const one of desired) {
    const hidden = unreadable.get(one.name);
    if (hidden !== undefined) diff.unreadable.push({ ...hidden, file: one.file });
    else {
      const options = { sendMasked: sendMasked.includes(one.name) };
      diff.changes.push(diffConnector(one, existing.get(one.name), options));
    }
  }
  return diff;
}

/** What was left out of a plan. */
interface LeftOut {
  broken?: readonly ShownBroken[];
  /** A broken file may have connectors whose names are not in `declared`. */
  incomplete?: boolean;
}

/** The plan, differences first. Pure. @param declared names in any file, including those excluded by --only */
export function toPlan(
  context: string,
  { changes, unreadable }: Diff,
  live: Listing,
  declared: ReadonlySet<string>,
  secrets: Secrets,
  topics: readonly TopicChange[] = [],
  { broken = [], incomplete = false }: LeftOut = {},
): Plan {
  const unmanaged = live.connectors.filter((connector) => !declared.has(connector.name));
  const hidden = live.unreadable.filter(({ name }) => !unreadable.some((one) => one.name === name));
  const names = [...unmanaged, ...hidden.filter(({ name }) => !declared.has(name))].map(({ name }) => name).sort();
  // A connector in a broken file is not a former one.
  const former = incomplete ? [] : unmanaged.map(({ name, info }) => ({ name, config: info.config }));
  const connectors = [...changes]
    .sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || compareTexts(a.name, b.name))
    .map((change) => ({
      ...showChange(change, secrets),
      unset: change.unset,
      consequences: [...consequencesOf(change), ...renameOf(change, former)],
    }));
  const count = (action: ConnectorChange['action']) => changes.filter((change) => change.action === action).length;
  return {
    context,
    connectors,
    topics: topics
      .map(showTopic)
      .sort((a, b) => TOPIC_ORDER.indexOf(a.action) - TOPIC_ORDER.indexOf(b.action) || compareTexts(a.name, b.name)),
    unmanaged: names,
    unreadable: [...unreadable, ...hidden.map((one) => ({ ...one, file: null }))].map(showUnreadable),
    broken: [...broken],
    summary: {
      create: count('create'),
      update: count('update'),
      state: count('state'),
      unchanged: count('unchanged'),
      unmanaged: names.length,
      notCompared: changes.reduce((sum, { unknown, unset }) => sum + unknown.length + unset.length, 0),
      topics: countTopics(topics),
    },
  };
}

function showUnreadable({ name, file, error }: UnreadableConnector & { file: string | null }): ShownUnreadable {
  return { name, file, error: toErrorDocument(error) };
}

/** True if a deploy would write something, or refuse to. */
export function hasDrift({ summary }: Plan): boolean {
  const { create, update, refused } = summary.topics;
  return summary.create + summary.update + summary.state + create + update + refused > 0;
}
