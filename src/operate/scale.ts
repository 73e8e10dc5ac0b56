import type { ConnectClient } from '../connect/client.ts';
import { connectorType } from '../connect/connector.ts';
import { LAST_SAMPLE_MS, pollUntil, tried } from '../connect/poll.ts';
import type { ListedConnector } from '../connect/types.ts';
import { unsupported } from '../connect/versions.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { type GroupFacts, tasksMaximum } from '../monitor/health.ts';
import { maskedKeys } from '../text/masks.ts';
import type { Integer, Positive } from '../text/numbers.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { subscribedTopics } from '../topology/pipeline.ts';
import { SPREADING, type Workable, workable } from '../topology/work.ts';
import {
  assertNoFailure,
  countTasks,
  deleted,
  describe,
  failures,
  isRunning,
  longerHint,
  Relapses,
  TOO_SHORT,
} from './state.ts';
import { interruptedTargets, type OperateOptions } from './targets.ts';

export interface ScaleReport {
  context: string;
  name: string;
  /** The requested number. */
  requested: Positive;
  /** `tasks.max` before; null if it was not a number. */
  before: Integer | null;
  /** The actual tasks. */
  tasks: {
    total: Integer;
    running: Integer;
    /** Sink tasks that have a partition to read; null if unknown. */
    working: Integer | null;
  };
  /** Partitions that the sink reads; null if unknown. */
  partitions: Integer | null;
  /** Why fewer than requested are running or have work; null if all do. */
  limitedBy: string | null;
  /** How many tasks can have something to do, running or not. */
  workable: {
    /** At most; null if it cannot be known. */
    most: Integer | null;
    /** With the assignor that its configuration names, or with Kafka's default. */
    likely: Integer | null;
    because: string;
  };
  /** False if `tasks.max` had that value already, or with --dry-run. */
  written: boolean;
  dryRun: boolean;
}

export type ScaleClient = Pick<ConnectClient, 'get' | 'find' | 'supports' | 'server' | 'patchConfig' | 'putConfig'>;

interface Sample {
  connector: ListedConnector;
  facts: GroupFacts | undefined;
}

const EVERY_MS = 250;
/** The requested count needs to last only briefly; another must last longer, since tasks start one by one. */
const STABLE_MS = 1_000;
const SHORT_STABLE_MS = 4_000;
/** How long the previous `tasks.max` may still be shown before the write counts as not carried out. */
const CONFIG_LAG_MS = 5_000;

/** A number of tasks, or how many more (or fewer) than `tasks.max` is now. */
export type WantedTasks = number | { by: number };

/**
 * Sets `tasks.max` and reports how many tasks actually run: it is only an upper limit.
 * @throws CONNECTOR_FAILED if a task fails, CONNECTOR_CHANGED if `tasks.max` is not what was written, TIMED_OUT,
 *   REQUEST_INVALID if no task would be left
 */
export async function scaleConnector(
  name: string,
  wanted: WantedTasks,
  context: string,
  client: ScaleClient,
  groups: GroupReader,
  options: OperateOptions,
): Promise<ScaleReport> {
  const connector = await client.get(name);
  const before = tasksMaximum(connector.info.config);
  const tasks = typeof wanted === 'number' ? wanted : changed(name, before, wanted.by);
  const dryRun = options.dryRun ?? false;
  const written = !dryRun && connector.info.config['tasks.max'] !== String(tasks);
  if (written) await setTasksMax(connector, tasks, client);
  const state = connector.status?.connector.state;
  const idle = state === 'PAUSED' || state === 'STOPPED';
  const settling =
    options.wait && !idle && !dryRun
      ? settle(connector, tasks, client, groups, options)
      : sampleWritten(connector, tasks, client, groups, { ...options, wait: options.wait && !dryRun });
  const sample = await settling.catch((error: unknown) => {
    if (!options.signal.aborted) throw error;
    throw interruptedTargets(options.signal, written ? { begun: [name] } : { left: [name] });
  });
  const status = sample.connector.status;
  const counts = status ? countTasks(status) : { total: 0, running: 0 };
  const working = sample.facts?.summary?.working ?? null;
  const work = await workOf(sample.connector, groups);
  const partitions = sample.facts?.lag?.partitions.length ?? null;
  return {
    context,
    name,
    requested: tasks,
    before,
    tasks: { ...counts, working },
    partitions,
    limitedBy: idle
      ? `the connector is ${state}`
      : dryRun
        ? foreseenLimit(work, tasks)
        : limit(sample.connector, tasks, { ...counts, working }, work, options.wait),
    workable: work,
    written,
    dryRun,
  };
}

/** Uses PATCH if the worker supports it: a configuration that was read might contain masks instead of secrets. */
async function setTasksMax({ name, info }: ListedConnector, tasks: number, client: ScaleClient): Promise<void> {
  const patch = { 'tasks.max': String(tasks) };
  if (await client.supports('changing single keys')) return client.patchConfig(name, patch);
  const masked = maskedKeys(info.config);
  if (masked.length > 0) {
    const error = unsupported((await client.server()).version, 'changing single keys');
    throw new SluiceError(
      'CONNECT_UNSUPPORTED',
      `the worker masks ${masked.join(', ')} of "${name}", so the configuration cannot be written back`,
      {
        hint: `Change tasks.max in the connector's file and deploy that, or: ${error.hint}`,
        cause: error,
      },
    );
  }
  await client.putConfig(name, { ...info.config, ...patch });
}

async function readSample(name: string, client: ScaleClient, groups: GroupReader, timeoutMs?: number): Promise<Sample> {
  const connector = await client.get(name, timeoutMs);
  const { facts } = await groups.read([connector]);
  return { connector, facts: facts.get(name) };
}

/** If no task runs, waits only until the new value is shown. */
async function sampleWritten(
  { name, info: before }: ListedConnector,
  wanted: number,
  client: ScaleClient,
  groups: GroupReader,
  { clock, signal, wait }: OperateOptions,
): Promise<Sample> {
  if (!wait) return readSample(name, client, groups);
  const { seen } = await pollUntil(
    () => readSample(name, client, groups),
    ({ connector }) => connector.info.config['tasks.max'] === String(wanted),
    { clock, signal, timeoutMs: CONFIG_LAG_MS },
  );
  assertScaled(seen.connector, wanted, before.config['tasks.max'], CONFIG_LAG_MS);
  return seen;
}

/** Waits for a worker that is temporarily unavailable. */
async function settle(
  { name, info: before }: ListedConnector,
  wanted: number,
  client: ScaleClient,
  groups: GroupReader,
  { clock, signal, timeoutMs, stableMs = 0 }: OperateOptions,
): Promise<Sample> {
  const now = () => clock.now().getTime();
  const began = now();
  const deadline = began + timeoutMs;
  const relapses = new Relapses();
  let held: { count: number; since: number } | undefined;
  for (;;) {
    const { seen: sample, error } = await tried(() => {
      return readSample(name, client, groups, Math.max(LAST_SAMPLE_MS, deadline - now()));
    }, signal);
    if (error?.code === 'CONNECTOR_NOT_FOUND') throw deleted(name);
    const status = sample?.connector.status;
    const count = status?.tasks.length ?? 0;
    relapses.see(status ?? undefined);
    if (sample !== undefined) assertScaled(sample.connector, wanted, before.config['tasks.max'], now() - began);
    if (sample !== undefined && status && isSettled(sample, wanted)) {
      if (held?.count !== count) held = { count, since: now() };
      if (now() - held.since >= Math.max(stableMs, count === wanted ? STABLE_MS : SHORT_STABLE_MS)) return sample;
    } else if (status && failures(status).length > 0) {
      if (held?.count !== -1) held = { count: -1, since: now() };
      // The change restarts tasks that had failed before it.
      if (now() - held.since >= STABLE_MS) assertNoFailure(name, status, sample.connector.info.config);
    } else {
      held = undefined;
    }
    if (now() >= deadline) {
      relapses.assertNone(name, sample?.connector.info.config ?? before.config, { timeoutMs });
      throw unsettled(name, wanted, timeoutMs, error, sample);
    }
    await clock.sleep(EVERY_MS, signal);
  }
}

function unsettled(
  name: string,
  wanted: number,
  timeoutMs: number,
  error: SluiceError | undefined,
  sample: Sample | undefined,
): SluiceError {
  const isTooShort = sample !== undefined && isSettled(sample, wanted);
  const hint = `tasks.max was set to ${wanted}. ${isTooShort ? longerHint() : `See: ${command(`status ${shellWord(name)}`)}`}`;
  const waited = `after ${timeoutMs / 1000} s`;
  return error === undefined
    ? new SluiceError(
        'TIMED_OUT',
        `the tasks of "${name}" had not settled ${waited}: ${describe(sample?.connector.status ?? undefined)}${isTooShort ? TOO_SHORT : ''}`,
        { hint, details: { name } },
      )
    : new SluiceError(error.code, `it is unknown whether the tasks of "${name}" run ${waited}: ${error.message}`, {
        hint,
        cause: error,
        details: { ...error.details, name },
      });
}

/** @throws CONNECTOR_CHANGED if `tasks.max` is not what was written. */
function assertScaled({ name, info }: ListedConnector, wanted: number, before: string | undefined, ms: number): void {
  const now = info.config['tasks.max'];
  if (now === String(wanted)) return;
  // Right after a write, the old value may still be shown.
  if (now === before && ms < CONFIG_LAG_MS) return;
  const message =
    now === before
      ? `tasks.max of "${name}" is ${now ?? 'not set'} as before, though the worker accepted ${wanted}: the change was not carried out, or someone else has reverted it`
      : `tasks.max of "${name}" was changed to ${now ?? 'nothing'} by someone else in the meantime`;
  throw new SluiceError('CONNECTOR_CHANGED', message, {
    hint: `See: ${command(`status ${shellWord(name)}`)}`,
    details: { name },
  });
}

function isSettled({ connector: { info, status }, facts }: Sample, wanted: number): boolean {
  if (!status || !isRunning(status) || info.config['tasks.max'] !== String(wanted)) return false;
  const count = status.tasks.length;
  // Surplus tasks are from before; if the count differs from that of the configurations, tasks are still starting.
  if (count > wanted || count !== info.tasks.length) return false;
  const group = facts?.summary;
  return group === undefined || (group.state === 'Stable' && group.members === count);
}

/** How many tasks of the connector can have something to do. */
async function workOf(connector: ListedConnector, groups: Pick<GroupReader, 'topicPartitions'>): Promise<Workable> {
  const type = connectorType(connector);
  const { config } = connector.info;
  const partitions = type === 'sink' ? await groups.topicPartitions(subscribedTopics(config)) : undefined;
  return workable(config, type, partitions);
}

/** @throws REQUEST_INVALID */
function changed(name: string, before: number | null, by: number): number {
  if (before === null) {
    throw new SluiceError('REQUEST_INVALID', `tasks.max of "${name}" is not a number, so nothing can be added to it`, {
      hint: `Give the number itself: ${command(`scale ${shellWord(name)} ${Math.max(1, by)}`)}`,
    });
  }
  if (before + by >= 1) return before + by;
  throw new SluiceError('REQUEST_INVALID', `tasks.max of "${name}" is ${before}: ${-by} fewer would leave no task`, {
    hint: `To stop all of its tasks: ${command(`stop ${shellWord(name)}`)}`,
  });
}

function foreseenLimit({ most, likely, because }: Workable, wanted: number): string | null {
  if (most !== null && wanted > most) return because;
  return likely !== null && wanted > likely ? `${because}; with ${SPREADING} up to ${most} can` : null;
}

function limit(
  connector: ListedConnector,
  wanted: number,
  tasks: { running: number; working: number | null },
  work: Workable,
  waited: boolean,
): string | null {
  if (!waited) return tasks.running < wanted ? 'not waited for' : null;
  if (tasks.running < wanted) {
    if (connectorType(connector) === 'sink') return `the connector creates only ${tasks.running}`;
    if (work.most === tasks.running) return work.because;
    return `the source divides its work into ${tasks.running} ${tasks.running === 1 ? 'task' : 'tasks'}`;
  }
  if (tasks.working !== null && tasks.working < tasks.running) {
    const idle = tasks.running - tasks.working;
    const reason = foreseenLimit(work, tasks.running);
    return `${idle} of the tasks ${idle === 1 ? 'has' : 'have'} nothing to read${reason === null ? '' : `: ${reason}`}`;
  }
  return null;
}
