import type { PairSettings } from '../../config/reconcile-settings.ts';
import type { Context, Targets } from '../../config/targets.ts';
import type { ConnectClient } from '../../connect/client.ts';
import { SluiceError } from '../../errors/error.ts';
import { recordedReconcile } from '../../history/record-reconcile.ts';
import type { Clock } from '../../ports/clock.ts';
import { silentProgress } from '../../ports/progress.ts';
import { runReconcile } from '../run.ts';
import type { ScheduleEvent } from './events.ts';
import { HealthRecord } from './health.ts';
import { runSchedule } from './loop.ts';
import { ScheduleMetrics } from './metrics.ts';
import { planSchedule } from './plan.ts';
import { serveSchedule } from './server.ts';

export interface ScheduleRequest {
  /** Names of pairs; all that have a schedule where there are none. */
  pairs: readonly string[];
  /** Address for /metrics and /health, or undefined for none. */
  listen: string | undefined;
  /** ms */
  graceMs: number;
  concurrency: number;
  historyFile: string;
  /** Read anew for each run: secrets and rules may have changed since. @param context the pair's */
  targets(): Promise<Targets>;
  /** A client whose calls end with the signal. */
  connect(context: string | undefined, signal: AbortSignal): Promise<{ context: Context; client: ConnectClient }>;
  onEvent(event: ScheduleEvent): void;
}

/** What `sluice reconcile --pair NAME` would take where nothing is typed; differences are counted, not listed. */
const DEFAULTS = {
  mode: 'rows',
  strong: false,
  settle: '0s',
  'fence-timeout': '2m',
  limit: 0,
  'statement-timeout': '0s',
  'connect-timeout': '10s',
  'allow-delete': false,
} as const;

/**
 * Compares pairs by their schedules until `stop`.
 * @throws PAIR_UNKNOWN, PROJECT_INVALID, USAGE before anything is begun
 */
export async function reconcileOnSchedule(
  request: ScheduleRequest,
  { clock, stop }: { clock: Clock; stop: AbortSignal },
): Promise<void> {
  const targets = await request.targets();
  const settings = (await targets.project())?.document.reconcile;
  const pairs = planSchedule(await scheduledSettings(targets, settings?.pairs ?? {}), request.pairs);
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
      clock,
      stop,
      graceMs: request.graceMs,
      concurrency: request.concurrency,
      onEvent,
      async compare(pair, signal, warn) {
        const logger = { debug: () => {}, warn };
        const current = await request.targets();
        const words = {
          ...DEFAULTS,
          pair,
          tables: [],
          connect: (context?: string) => request.connect(context, signal),
          confirm: () => Promise.reject(new SluiceError('CONFIRMATION_REQUIRED', 'a schedule repairs nothing')),
        };
        return recordedReconcile(
          () => runReconcile(words, current, { clock, logger, progress: silentProgress, signal }),
          {
            file: request.historyFile,
            clock,
            logger,
            trigger: 'schedule',
            words: { pair, mode: DEFAULTS.mode },
            keep: settings?.history?.keep,
          },
        );
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
