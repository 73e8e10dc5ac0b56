import { kafkaMissing } from '../config/without-kafka.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { Selection } from '../connect/selection.ts';
import { type ErrorDocument, toErrorDocument } from '../errors/error.ts';
import { compareTexts } from '../text/compare-texts.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { chosenConnectors } from './chosen.ts';
import type { GroupReader } from './group-reader.ts';
import { type ConnectorReport, judgeConnector } from './health.ts';

export interface ListOptions {
  client: Pick<ConnectClient, 'listing' | 'get'>;
  context: string;
  /** All connectors if nothing is selected. */
  selection: Selection;
  /** To read the lag of sinks; without it, Kafka is not queried. */
  groups?: GroupReader | undefined;
}

export interface ListedReport extends Pick<ConnectorReport, 'name' | 'type' | 'class' | 'state' | 'worker'> {
  tasks: { running: Count; failed: Count; total: Count };
  /** Records that a sink is behind; null if it was not read, is unknown, or there is no group. */
  lag: Integer | null;
}

export interface ListReport {
  context: string;
  connectors: ListedReport[];
  /** Connectors that exist, but that the worker does not show. */
  unreadable: { name: string; error: ErrorDocument }[];
  lag: {
    requested: boolean;
    /** Why it could not be read. */
    error: ErrorDocument | null;
  };
}

/**
 * The connectors of a cluster as the worker reports them, failed ones first: an inventory. It makes two requests for
 * any number of connectors, and judges nothing.
 * @throws CONNECTOR_NOT_FOUND for a name or a glob that matches nothing; PROJECT_INVALID for a lag without Kafka; the client's errors
 */
export async function listConnectors({ client, context, selection, groups }: ListOptions): Promise<ListReport> {
  if (groups?.configured === false) {
    throw kafkaMissing(context, 'lag is read from Kafka');
  }
  const { connectors, unreadable } = await chosenConnectors(client, selection);
  const { facts, error } = groups === undefined ? NO_FACTS : await groups.read(connectors);
  return {
    context,
    connectors: connectors.map((one) => entry(judgeConnector(one, facts.get(one.name)))).sort(failedFirst),
    unreadable: unreadable.map(({ name, error: why }) => ({ name, error: toErrorDocument(why) })),
    lag: { requested: groups !== undefined, error: error === undefined ? null : toErrorDocument(error) },
  };
}

const NO_FACTS: Awaited<ReturnType<GroupReader['read']>> = { facts: new Map(), error: undefined };

function entry({ name, type, class: ofClass, state, worker, tasks, taskList, group }: ConnectorReport): ListedReport {
  const failed = taskList.filter((task) => task.state === 'FAILED').length;
  const { running, total } = tasks;
  return { name, type, class: ofClass, state, worker, tasks: { running, failed, total }, lag: group?.lag ?? null };
}

/** Failed, then without a worker or a status, then running, then inactive on purpose. */
function rank({ state, tasks }: ListedReport): number {
  if (state === 'FAILED' || tasks.failed > 0) return 0;
  if (state === 'PAUSED' || state === 'STOPPED') return 3;
  return state === 'RUNNING' && tasks.running === tasks.total && tasks.total > 0 ? 2 : 1;
}

function failedFirst(a: ListedReport, b: ListedReport): number {
  return rank(a) - rank(b) || compareTexts(a.name, b.name);
}
