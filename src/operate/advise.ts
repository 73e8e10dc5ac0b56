import type { ConnectClient } from '../connect/client.ts';
import { connectorType } from '../connect/connector.ts';
import type { Selection } from '../connect/selection.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { chosenConnectors } from '../monitor/chosen.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { type GroupFacts, tasksMaximum } from '../monitor/health.ts';
import { compareTexts } from '../text/compare-texts.ts';
import type { Count, Integer, Positive } from '../text/numbers.ts';
import { thousands } from '../text/thousands.ts';
import { SPREADING, type Workable, workable } from '../topology/work.ts';
import { failures, isRunning } from './state.ts';

export interface TaskAdvice {
  name: string;
  type: 'source' | 'sink' | 'unknown';
  /** `unknown`: it does not run, or what its tasks can do is not known. */
  verdict: 'too few' | 'too many' | 'fitting' | 'unknown';
  /** `tasks.max`; null if it is not a number. */
  maximum: Integer | null;
  running: Count;
  workable: Workable;
  /** Records behind; null for a source, or if it is not known. */
  lag: Integer | null;
  /** Why, in a clause. */
  because: string;
  /** A number of tasks that would fit; null if another number would not help. */
  advised: Positive | null;
}

export interface AdviceReport {
  context: string;
  connectors: TaskAdvice[];
  unreadable: { name: string; error: ErrorDocument }[];
  /** Why neither lag nor partitions are known. */
  kafka: { configured: boolean; error: ErrorDocument | null };
}

export interface AdviseOptions {
  client: Pick<ConnectClient, 'listing' | 'get'>;
  groups: GroupReader;
  context: string;
  /** All connectors if nothing is selected. */
  selection: Selection;
  /** A sink is behind from so many records on. */
  minLag: number;
}

/**
 * Which connectors have more tasks than can have work, or fewer than their lag calls for. A single look: a lag that is being
 * worked off counts like one that is not.
 */
export async function adviseTasks({
  client,
  groups,
  context,
  selection,
  minLag,
}: AdviseOptions): Promise<AdviceReport> {
  const { connectors, unreadable } = await chosenConnectors(client, selection);
  const [{ facts, error }, partitions] = await Promise.all([
    groups.read(connectors),
    connectors.some((one) => connectorType(one) === 'sink') ? groups.topicPartitions(() => true) : undefined,
  ]);
  const advice = connectors.map((one) => judgeTasks(one, facts.get(one.name), partitions, minLag));
  return {
    context,
    connectors: advice.sort(
      (a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || compareTexts(a.name, b.name),
    ),
    unreadable: unreadable.map(({ name, error: why }) => ({ name, error: toErrorDocument(why) })),
    kafka: { configured: groups.configured, error: error instanceof SluiceError ? toErrorDocument(error) : null },
  };
}

const ORDER: readonly TaskAdvice['verdict'][] = ['too few', 'too many', 'unknown', 'fitting'];

/** Pure. @param partitions of all topics, by name */
export function judgeTasks(
  connector: ListedConnector,
  facts: GroupFacts | undefined,
  partitions: ReadonlyMap<string, number> | undefined,
  minLag: number,
): TaskAdvice {
  const { name, info, status } = connector;
  const type = connectorType(connector);
  const work = workable(info.config, type, partitions);
  const maximum = tasksMaximum(info.config);
  const lag = facts?.lag && facts.lag.partitions.length > 0 ? facts.lag.total : null;
  const running = status === null ? 0 : status.tasks.filter(({ state }) => state === 'RUNNING').length;
  const known = { name, type, maximum, running, workable: work, lag };
  const verdict = (is: TaskAdvice['verdict'], because: string, advised: number | null = null): TaskAdvice => ({
    ...known,
    verdict: is,
    because,
    advised,
  });
  if (maximum === null) return verdict('unknown', 'tasks.max is not a number');
  const { most, likely, because } = work;
  if (most !== null && most > 0 && maximum > most) return verdict('too many', because, most);
  if (status === null) return verdict('unknown', 'the worker reports no status for it yet');
  if (failures(status).length > 0) return verdict('unknown', 'it has failed: fix that first');
  if (!isRunning(status)) return verdict('unknown', `it is ${status.connector.state}`);
  if (most === null || most === 0) return verdict('unknown', because);
  const working = facts?.summary?.working;
  const idles = likely !== null && likely < maximum && working !== undefined && working < running;
  if (type !== 'sink' || lag === null || lag < minLag)
    return idles ? verdict('too many', because, Math.max(likely, working)) : verdict('fitting', because);
  // Partitions without lag have nothing to share out.
  const waiting = (facts?.lag?.partitions ?? []).filter((one) => one.lag > 0).length;
  const behind = `it is ${thousands(lag)} records behind in ${waiting} ${waiting === 1 ? 'partition' : 'partitions'}`;
  const useful = Math.min(likely ?? most, Math.max(waiting, 1));
  if (maximum < useful) return verdict('too few', behind, Math.min(useful, maximum * 2));
  if (likely !== null && likely < most && waiting > maximum)
    return verdict('too few', `${behind}, and ${because}; ${SPREADING} would let more tasks work`);
  return verdict('fitting', `${behind}, but more tasks would have nothing to read`);
}
