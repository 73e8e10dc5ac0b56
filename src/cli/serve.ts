import { randomUUID } from 'node:crypto';
import { openReceiver } from '../alerts/open-receiver.ts';
import { isLoopback, listenAddress } from '../config/listen-address.ts';
import { userFolders } from '../config/paths.ts';
import type { Targets } from '../config/targets.ts';
import { toErrorDocument } from '../errors/error.ts';
import { Healer } from '../heal/heal.ts';
import { type HealingOverview, healingOverview } from '../heal/overview.ts';
import type { Healing } from '../heal/verdicts.ts';
import { askEach } from '../inspect/each-url.ts';
import { HEALTHS } from '../monitor/health.ts';
import { HealthSince } from '../monitor/since.ts';
import type { Clock } from '../ports/clock.ts';
import type { Tracer } from '../ports/tracer.ts';
import { plannedPairs } from '../reconcile/schedule/run.ts';
import type { Environment } from '../secrets/environment.ts';
import { receiverUrls } from '../serve/certificates.ts';
import { ClusterWatch } from '../serve/cluster.ts';
import { type DriftPorts, DriftWatch } from '../serve/drift.ts';
import type { ServeEvent } from '../serve/events.ts';
import { Failures } from '../serve/failures.ts';
import { DaemonMetrics } from '../serve/metrics.ts';
import { SchemaKeeper } from '../serve/schemas.ts';
import { runServe, type ServeState } from '../serve/serve.ts';
import type { ServePlan } from '../serve/settings.ts';
import { latestOfPairs, pairsOf, schemaChangesSince } from '../serve/stored.ts';
import { ContextWatch } from '../serve/watch.ts';
import { buildApp } from '../server/app.ts';
import { listen } from '../server/listen.ts';
import { SessionPool } from '../sources/pool.ts';
import { healLease, KeptLease } from '../store/lease.ts';
import { Readings } from '../store/readings.ts';
import type { Store } from '../store/store.ts';
import { whoRuns, whoServes } from '../store/who.ts';
import type { OpenContext } from './context.ts';
import { othersOf } from './open-healing.ts';
import { openPoller } from './open-poller.ts';
import { type ReconcileAccess, ServeReconcile } from './serve-reconcile.ts';
import { watchSources } from './serve-sources.ts';
import { preferSmallHeap } from './small-heap.ts';
import { chartedOf, servePage } from './views/serve-page.ts';

export interface ServeInput {
  plan: ServePlan;
  /** Of the plan's contexts, in its order. */
  clusters: readonly OpenContext[];
  targets: Targets;
  /** What sluice.yaml says at this moment, for one of the clusters by its place. */
  projectNow(cluster: number): Promise<Targets>;
  store: Store;
  version: string;
  /** Undefined: no HTTP server. */
  listenOn: string | undefined;
  environment: Environment;
  clock: Clock;
  signal: AbortSignal;
  tracer: Tracer;
  emit(event: ServeEvent): void;
  /** For comparisons on a schedule. */
  reconcile: ReconcileAccess;
}

const DAY_MS = 24 * 3_600_000;
/** A loop that has not gone round for this long hangs. */
const HANGS_MS = 120_000;
const LAST = 10;
/** Plots of 24 hours have 288 points. */
const CHART_STEP_MS = 5 * 60_000;
/** Runs of comparisons, or restarts, that are looked through. */
const RUNS = 1_000;

/** Puts the daemon together, and runs it until it is stopped. */
export async function serve(input: ServeInput): Promise<void> {
  preferSmallHeap();
  const { plan, clusters, targets, store, clock, signal, environment, emit } = input;
  const now = () => clock.now().getTime();
  using readings = new Readings(userFolders(environment).state, HEALTHS);
  const metrics = new DaemonMetrics(input.version);
  metrics.expectReceivers(plan.receivers.keys());
  await using pool = new SessionPool(signal, now);
  // What is being sent when the daemon is stopped arrives, if that takes no time.
  const sending = new AbortController();
  const receivers = new Map(
    [...plan.receivers].map(([name, to]) => [
      name,
      openReceiver(name, to, { signal: sending.signal, now, proxyEnvironment: environment }),
    ]),
  );
  const pairs = (await targets.project())?.document.reconcile?.pairs ?? {};
  const say = (body: object) => emit({ at: clock.now().toISOString(), ...body } as ServeEvent);
  const failures = new Failures({
    ...{ now, say: (error) => say({ event: 'failed', error }) },
    count: (code) => metrics.countFailure(code),
  });
  const healings: { healer: Healer; lease: KeptLease }[] = [];
  const holder = `${whoRuns()} ${process.pid} ${randomUUID()}`;
  if (plan.reconciling) await plannedPairs(targets, []);
  const reconcile = plan.reconciling ? new ServeReconcile(input.reconcile, say) : undefined;
  const watches = await Promise.all(
    clusters.map(async (cluster, place) => {
      // Receivers are of all contexts: their certificates are watched once.
      const urls = cluster === clusters[0] ? receiverUrls(plan.receivers.values()) : [];
      const { sources, certificates } = watchSources(cluster, {
        ...{ plan, targets, store, pool, now, signal, receivers: urls },
      });
      const since = sinceOf(readings, cluster.name, now());
      const poller = await openPoller(cluster, { targets, since, clock, signal, sources, certificates });
      const windows = () => store.maintenance.open(cluster.context.urls);
      const healer =
        plan.heal === undefined
          ? undefined
          : new Healer({
              others: othersOf(cluster.client, { store, windows, clock }),
              who: whoServes(),
              ...{ context: cluster.name, urls: cluster.context.urls, client: cluster.client, store },
              ...{ settings: plan.heal, clock, signal, tracer: input.tracer },
              random: Math.random,
              emit: (event) => {
                metrics.countHeal(event);
                say({ event: 'heal', ...event });
              },
              failed: (error) => failures.report(`healing on ${cluster.name}`, toErrorDocument(error)),
            });
      const lease = new KeptLease(store.leases, healLease(cluster.name), holder, now);
      const healing = healer === undefined ? undefined : { healer, lease };
      if (healing !== undefined) healings.push(healing);
      return new ContextWatch({
        healing,
        context: cluster.name,
        poller,
        readings,
        alerts: store.alerts,
        rules: plan.rules,
        receivers: [...plan.receivers.keys()],
        schemas: { seen: sources, keeper: new SchemaKeeper(() => store.schemaChanges, cluster.name, whoRuns()) },
        stored: () => ({
          schemaChanges: store.schemaChanges.seen(cluster.name, schemaChangesSince(plan.rules, now())),
          windows: windows(),
          comparisons: latestOfPairs(
            store.comparisons.list({ limit: RUNS }),
            pairs,
            cluster.name,
            cluster === clusters[0],
          ),
          runs: reconcile?.outcomes(pairsOf(pairs, cluster.name, cluster === clusters[0])) ?? [],
        }),
        drift: watchDrift(cluster, { plan, now, signal, project: () => input.projectNow(place) }),
        cluster: new ClusterWatch(askWorkers(cluster, signal)),
        metrics,
        failures,
        emit: say,
      });
    }),
  );
  const notKept = () => [...new Set(watches.flatMap((watch) => watch.notKept))];
  const state: ServeState = { beatAt: now(), leads: new Set() };
  const leads = () => state.leads.size > 0;
  const app =
    input.listenOn === undefined
      ? undefined
      : buildApp(
          {
            live: () => ({ ok: now() - state.beatAt < HANGS_MS, details: { leads: leads(), notKept: notKept() } }),
            ready: () => {
              const waits = watches
                .filter(({ context, latest }) => state.leads.has(context) && latest === undefined)
                .map(({ context }) => context);
              return { ok: waits.length === 0, details: { leads: leads(), notReadYet: waits, notKept: notKept() } };
            },
            metrics: async () => ({
              contentType: metrics.contentType,
              text: (await metrics.text()) + ((await reconcile?.metrics()) ?? ''),
            }),
            page: async () =>
              servePage({
                at: clock.now().toISOString(),
                leads: leads(),
                contexts: watches.map(({ context, latest, cluster, drift, healing }, place) => ({
                  cluster,
                  healing: healing && (known(() => overviewOf(healing, clusters[place], input)) ?? undefined),
                  context,
                  drift,
                  snapshot: latest,
                  trends: readings.trend(context, chartedOf(latest?.connectors ?? []), {
                    ...{ from: now() - DAY_MS, to: now() + 1, stepMs: CHART_STEP_MS },
                  }),
                })),
                alerts: store.alerts.list(),
                mutes: store.alerts.mutes(now()),
                coming: reconcile?.coming(pairs),
                alerting: plan.alerting,
                comparisons: known(() => store.comparisons.list({ limit: LAST })),
                changes: known(() => store.changes.list({ limit: LAST })),
              }),
          },
          { hosts: isLoopback(listenAddress(input.listenOn)) || plan.hosts.length > 0 ? plan.hosts : undefined },
        );
  try {
    if (app !== undefined && input.listenOn !== undefined)
      say({ event: 'listening', url: await listen(app, listenAddress(input.listenOn)) });
    await runServe(
      {
        ...{ watches, receivers, metrics, failures, clock, emit, stop: signal },
        ...{ alerts: store.alerts, leases: store.leases, everyMs: plan.everyMs },
        duty: reconcile?.duty(clock),
        holder,
      },
      state,
    );
  } finally {
    sending.abort(signal.reason);
    await Promise.all(healings.map(({ healer }) => healer.end()));
    for (const { lease } of healings) known(() => lease.release());
    await app?.close();
  }
}

/** What healing does in a cluster, and did within the last day. */
function overviewOf(
  healing: ReadonlyMap<string, Healing>,
  cluster: OpenContext | undefined,
  { plan, store, clock }: Pick<ServeInput, 'plan' | 'store' | 'clock'>,
): HealingOverview | undefined {
  if (plan.heal === undefined || cluster === undefined) return undefined;
  const { name: context } = cluster;
  const from = clock.now().getTime() - DAY_MS;
  const changes = store.changes.list({ context, verb: 'restart', from, limit: RUNS });
  const states = store.heals.list(cluster.context.urls[0] ?? context);
  return healingOverview({ healing, states, settings: plan.heal, changes }, LAST);
}

/** Undefined if nothing is compared with the project. */
function watchDrift(
  cluster: OpenContext,
  { plan, project, ...ports }: Pick<DriftPorts, 'now' | 'signal'> & { plan: ServePlan; project(): Promise<Targets> },
): DriftWatch | undefined {
  const { driftEveryMs: everyMs } = plan;
  if (everyMs === undefined) return undefined;
  const { client, name: context } = cluster;
  const compare = async () => {
    const { compareFiles } = await import('../deploy/plan.ts');
    const [targets, topics] = await Promise.all([project(), cluster.topics()]);
    const stdin = async () => Buffer.alloc(0);
    return compareFiles({ targets, topics, client, context, stdin, paths: [], allowUnset: true, signal: ports.signal });
  };
  return new DriftWatch({ ...ports, everyMs, compare });
}

/** Undefined if the context has one URL: it may be that of any worker. */
function askWorkers({ context, connectTo }: OpenContext, signal: AbortSignal) {
  const urls = [...new Set(context.urls)];
  if (urls.length < 2) return undefined;
  return async () => {
    const asked = await askEach(urls, connectTo, (client) => client.server(), signal);
    return asked.map(({ url, answer, error }) => ({ url, version: answer?.version ?? null, error }));
  };
}

/** What was seen before the daemon was started counts: a connector that has been down for a day is not down since now. */
function sinceOf(readings: Readings, context: string, now: number): HealthSince {
  const seen = [...readings.healths(context, now - DAY_MS, now)].flatMap(([name, last]) => {
    const health = HEALTHS.find((one) => one === last.health);
    return health === undefined ? [] : [[name, { health, at: new Date(last.at).toISOString() }] as const];
  });
  return new HealthSince(seen);
}

/** The page shows what can be read; a lease that cannot be given back expires. */
function known<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch {
    return null;
  }
}
