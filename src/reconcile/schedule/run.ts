import type { PairSettings } from '../../config/reconcile-settings.ts';
import type { Targets } from '../../config/targets.ts';
import { SluiceError } from '../../errors/error.ts';
import { silentProgress } from '../../ports/progress.ts';
import type { Store } from '../../store/store.ts';
import { recordedReconcile } from '../record.ts';
import { DEFAULTS, type OpenCluster } from '../request.ts';
import { runReconcile } from '../run.ts';
import type { ScheduleEvent } from './events.ts';
import { HealthRecord } from './health.ts';
import { runSchedule, type ScheduleOptions } from './loop.ts';
import { ScheduleMetrics } from './metrics.ts';
import { planSchedule, type ScheduledPair } from './plan.ts';
import { serveSchedule } from './server.ts';

export interface ScheduleRequest {
  /** Names of pairs; if empty, all with a schedule. */
  pairs: readonly string[];
  /** Address for /metrics and /health, or undefined for none. */
  listen: string | undefined;
  /** ms */
  graceMs: number;
  parallel: number;
  store: () => Promise<Store>;
  /** Read again for each run: secrets and rules may have changed. @param context the pair's */
  targets(): Promise<Targets>;
  /** A client whose calls end with the signal. */
  connect(context: string | undefined, signal: AbortSignal): Promise<OpenCluster>;
  onEvent(event: ScheduleEvent): void;
}

/** Differences are counted, not listed. */
const COMPARISON = { ...DEFAULTS, limit: 0, parallel: 1 };

export type ScheduleControl = Pick<ScheduleOptions, 'clock' | 'stop' | 'abort' | 'mayStart'>;

/** When the pairs of sluice.yaml are compared. @throws PAIR_UNKNOWN, PROJECT_INVALID, REQUEST_INVALID */
export async function plannedPairs(targets: Targets, named: readonly string[]): Promise<ScheduledPair[]> {
  const pairs = (await targets.project())?.document.reconcile?.pairs ?? {};
  return planSchedule(await scheduledSettings(targets, pairs), named);
}

/**
 * Compares pairs by their schedules until `stop`.
 * @throws PAIR_UNKNOWN, PROJECT_INVALID, REQUEST_INVALID before anything is started
 */
export async function reconcileOnSchedule(
  request: ScheduleRequest,
  { clock, stop, abort, mayStart }: ScheduleControl,
): Promise<void> {
  const targets = await request.targets();
  const settings = (await targets.project())?.document.reconcile;
  const pairs = await plannedPairs(targets, request.pairs);
  const metrics = new ScheduleMetrics();
  const health = new HealthRecord();
  const onEvent = (event: ScheduleEvent) => {
    metrics.observe(event);
    health.observe(event);
    request.onEvent(event);
  };
  const server =
    request.listen === undefined
      ? undefined
      : await serveSchedule(request.listen, {
          metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
          health: () => health.now(clock.now()),
        });
  if (server !== undefined) onEvent({ at: clock.now().toISOString(), event: 'listening', url: server.url });
  try {
    await runSchedule({
      pairs,
      ...{ clock, stop, abort, mayStart },
      graceMs: request.graceMs,
      parallel: request.parallel,
      onEvent,
      async compare(pair, signal, warn) {
        const logger = { debug: () => {}, warn };
        const current = await request.targets();
        const access = {
          connect: (context?: string) => request.connect(context, signal),
          confirm: () => Promise.reject(new SluiceError('CONFIRMATION_REQUIRED', 'a schedule repairs nothing')),
        };
        const ports = { clock, logger, progress: silentProgress, signal };
        return recordedReconcile(() => runReconcile({ pair }, current, access, ports, COMPARISON), {
          store: request.store,
          clock,
          logger,
          trigger: 'schedule',
          request: { pair, mode: COMPARISON.mode },
          keep: settings?.history?.keep,
        });
      },
    });
  } finally {
    await server?.close();
  }
}

/** Pairs with a schedule have their references resolved: the expression may be one. */
async function scheduledSettings(
  targets: Targets,
  pairs: Readonly<Record<string, PairSettings>>,
): Promise<Record<string, PairSettings>> {
  const entries = Object.entries(pairs).map(async ([name, pair]) =>
    pair.schedule === undefined ? ([name, pair] as const) : ([name, await targets.pair(name)] as const),
  );
  return Object.fromEntries(await Promise.all(entries));
}
