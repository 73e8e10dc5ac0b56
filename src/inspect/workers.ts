import type { ConnectClient } from '../connect/client.ts';
import type { Listing, ServerInfo } from '../connect/types.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import type { ConnectGroup, InspectionPort } from '../ports/inspection.ts';
import { compareTexts } from '../text/compare-texts.ts';
import type { Count } from '../text/numbers.ts';
import { askEach } from './each-url.ts';

export interface WorkerReport {
  /** host:port, as the workers name it. */
  worker: string;
  connectors: Count;
  tasks: Count;
  /** How many of these connectors and tasks have FAILED. */
  failed: Count;
  /** The context's URL that is this worker's; null if none obviously is. */
  url: string | null;
  /** Known only for a worker whose URL the context has. */
  version: string | null;
  /** Whether it is in the workers' group in Kafka; null if that is not known. */
  inGroup: boolean | null;
  leader: boolean | null;
}

/** Some workers have at least two more than others. */
export interface Imbalance {
  of: 'tasks' | 'connectors';
  most: { worker: string; count: Count };
  least: { worker: string; count: Count };
}

export interface WorkersReport {
  context: string;
  /** Those with connectors or tasks and, if the group is known, all others. */
  workers: WorkerReport[];
  /** Without a worker. */
  unassigned: { connectors: Count; tasks: Count };
  /** Compares the workers above. */
  imbalance: Imbalance[];
  /** URLs of the context. */
  asked: { url: string; version: string | null; kafkaClusterId: string | null; error: ErrorDocument | null }[];
  /** The workers' group in Kafka; null if it is not known. */
  group: { id: string; state: string; members: Count } | null;
  /** Why workers without connectors and tasks are not visible; null if they are. */
  hidden: {
    reason: 'no kafka' | 'no group found' | 'rebalancing' | 'several groups' | 'not read';
    error: ErrorDocument | null;
  } | null;
  /** Connectors that the worker lists but does not show: they and their tasks are not counted. */
  unreadable: { name: string; error: ErrorDocument }[];
}

export interface WorkersOptions {
  context: string;
  urls: readonly string[];
  client: Pick<ConnectClient, 'listing'>;
  /** A client for one URL. */
  connectTo: (url: string) => Pick<ConnectClient, 'server'>;
  signal: AbortSignal;
  /** Opens Kafka; undefined if the context has none. */
  inspection: (() => Promise<InspectionPort>) | undefined;
}

/** Which worker runs what. @throws the client's errors */
export async function readWorkers(options: WorkersOptions): Promise<WorkersReport> {
  const { context, urls, client, connectTo, signal } = options;
  const [listing, asked, groups] = await Promise.all([
    client.listing(),
    askEach(urls, connectTo, (one) => one.server(), signal),
    connectGroups(options),
  ]);
  const servers = asked.map(({ url, answer, error }) => ({
    url,
    version: answer?.version ?? null,
    kafkaClusterId: clusterId(answer),
    error,
  }));
  return {
    context,
    ...judgeWorkers(listing, servers, groups),
    asked: servers,
    unreadable: listing.unreadable.map(({ name, error }) => ({ name, error: toErrorDocument(error) })),
  };
}

function clusterId(server: ServerInfo | null): string | null {
  return server?.kafka_cluster_id ?? null;
}

type Groups = ConnectGroup[] | NonNullable<WorkersReport['hidden']>;

async function connectGroups({ inspection, signal }: WorkersOptions): Promise<Groups> {
  if (inspection === undefined) return { reason: 'no kafka', error: null };
  try {
    await using kafka = await inspection();
    return await kafka.connectGroups();
  } catch (error) {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    return { reason: 'not read', error: toErrorDocument(error) };
  }
}

/** Pure. */
export function judgeWorkers(
  { connectors }: Pick<Listing, 'connectors'>,
  servers: readonly Pick<WorkersReport['asked'][number], 'url' | 'version'>[],
  groups: Groups,
): Pick<WorkersReport, 'workers' | 'unassigned' | 'imbalance' | 'group' | 'hidden'> {
  const workers = new Map<string, WorkerReport>();
  const unassigned = { connectors: 0, tasks: 0 };
  const at = (worker: string): WorkerReport => {
    const server = servers.find(({ url }) => hostOf(url) === worker.toLowerCase());
    const fresh = {
      worker,
      connectors: 0,
      tasks: 0,
      failed: 0,
      url: server?.url ?? null,
      version: server?.version ?? null,
      inGroup: null,
      leader: null,
    };
    const known = workers.get(worker) ?? fresh;
    workers.set(worker, known);
    return known;
  };
  for (const { status } of connectors) {
    if (status === null) continue;
    const parts = [['connectors', status.connector] as const, ...status.tasks.map((task) => ['tasks', task] as const)];
    for (const [kind, { state, worker_id: worker }] of parts) {
      // An unassigned one still names the worker that it had.
      if (state === 'UNASSIGNED' || worker === '') unassigned[kind] += 1;
      else {
        const report = at(worker);
        report[kind] += 1;
        if (state === 'FAILED') report.failed += 1;
      }
    }
  }
  const { group, hidden } = ownGroup(groups, [...workers.keys(), ...servers.map(({ url }) => hostOf(url))]);
  if (group !== undefined) {
    const members = new Set(group.members.flatMap(({ url }) => (url === null ? [] : [hostOf(url)])));
    // Status and group may write one host in different cases.
    const shown = new Set([...workers.keys()].map((name) => name.toLowerCase()));
    for (const member of members) if (!shown.has(member)) at(member);
    for (const report of workers.values()) {
      report.inGroup = members.has(report.worker.toLowerCase());
      report.leader = group.leader === null ? null : hostOf(group.leader) === report.worker.toLowerCase();
    }
  }
  const all = [...workers.values()].sort((a, b) => compareTexts(a.worker, b.worker));
  return {
    workers: all,
    unassigned,
    imbalance: imbalances(all.filter(({ inGroup }) => inGroup !== false)),
    group: group === undefined ? null : { id: group.id, state: group.state, members: group.members.length },
    hidden,
  };
}

/** The group that has one of these workers; several clusters may share one Kafka. */
function ownGroup(
  groups: Groups,
  workers: readonly string[],
): { group: ConnectGroup | undefined; hidden: WorkersReport['hidden'] } {
  if (!Array.isArray(groups)) return { group: undefined, hidden: groups };
  const known = new Set(workers.map((worker) => worker.toLowerCase()));
  const own = groups.filter(({ members }) => members.some(({ url }) => url !== null && known.has(hostOf(url))));
  const [group, ...more] = own;
  if (group === undefined) {
    // Kafka knows no member's address before the rebalance is over.
    const rebalances = groups.some(
      ({ state, members }) => state.endsWith('Rebalance') && members.every(({ url }) => url === null),
    );
    return { group, hidden: { reason: rebalances ? 'rebalancing' : 'no group found', error: null } };
  }
  // In containers, workers of different clusters may have the same name.
  if (more.length > 0) return { group: undefined, hidden: { reason: 'several groups', error: null } };
  return { group, hidden: null };
}

/**
 * Connect assigns connectors and tasks so that workers differ by one at most, each kind for itself; a larger difference
 * lasts until the next rebalance.
 */
export function imbalances(workers: readonly Pick<WorkerReport, 'worker' | 'tasks' | 'connectors'>[]): Imbalance[] {
  return (['tasks', 'connectors'] as const).flatMap((of) => {
    const sorted = workers.toSorted((a, b) => b[of] - a[of]);
    const [most, least] = [sorted[0], sorted.at(-1)];
    if (most === undefined || least === undefined || most[of] - least[of] < 2) return [];
    const end = (one: typeof most) => ({ worker: one.worker, count: one[of] });
    return [{ of, most: end(most), least: end(least) }];
  });
}

/** host:port of a URL, as workers name each other. */
function hostOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname, port, protocol } = new URL(url);
  return `${hostname.replace(/^\[(.*)\]$/, '$1')}:${port || (protocol === 'https:' ? 443 : 80)}`.toLowerCase();
}
