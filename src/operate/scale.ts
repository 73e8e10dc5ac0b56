import type { ConnectClient } from '../connect/client.ts';
import { maskedKeys } from '../connect/masks.ts';
import type { ListedConnector } from '../connect/types.ts';
import { unsupported } from '../connect/versions.ts';
import { SluiceError } from '../errors/error.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import { connectorType, type GroupFacts, tasksMaximum } from '../monitor/health.ts';
import { pollUntil, tried } from './poll.ts';
import { assertNoFailure, countTasks, describe, failures, isRunning } from './state.ts';
import type { OperateOptions } from './targets.ts';

export interface ScaleReport {
  context: string;
  name: string;
  /** What was asked for. */
  requested: number;
  /** `tasks.max` before; null where it was no number. */
  before: number | null;
  /** What is really there. `working` are sink tasks that have a partition to read; null where that is not known. */
  tasks: { total: number; running: number; working: number | null };
  /** Partitions that the sink reads; null where that is not known. */
  partitions: number | null;
  /** Why fewer than requested run, or have work; null where all do. */
  limitedBy: string | null;
  /** False where `tasks.max` was that already, or with --dry-run. */
  written: boolean;
  dryRun: boolean;
}

export type ScaleClient = Pick<ConnectClient, 'get' | 'find' | 'supports' | 'server' | 'patchConfig' | 'putConfig'>;

interface Look {
  connector: ListedConnector;
  facts: GroupFacts | undefined;
}

const EVERY_MS = 250;
/** The count that was asked for is believed soon; another only when it lasts, since tasks come one by one. */
const STABLE_MS = 1_000;
const SHORT_STABLE_MS = 4_000;
/** How long the former `tasks.max` may go on being shown before the write counts as not carried out. */
const CONFIG_LAG_MS = 5_000;

/** Sources that always run one task, whatever `tasks.max` says. */
const ONE_TASK =
  /\.(PostgresConnector|MySqlConnector|MariaDbConnector|OracleConnector|MongoDbConnector|FileStreamSourceConnector)$|^(Postgres|MySql|MariaDb|MongoDb|FileStreamSource)(Connector)?$/;

const ALWAYS_ONE = 'this source always runs one task';

/**
 * Sets `tasks.max` and reports how many tasks really run: it is only a ceiling.
 * @throws CONNECTOR_FAILED where a task fails, CONNECTOR_CHANGED where `tasks.max` is another, TIMED_OUT.
 */
export async function scaleConnector(
  name: string,
  tasks: number,
  context: string,
  client: ScaleClient,
  groups: GroupReader,
  options: OperateOptions,
): Promise<ScaleReport> {
  const connector = await client.get(name);
  const before = tasksMaximum(connector.info.config);
  const dryRun = options.dryRun ?? false;
  const written = !dryRun && connector.info.config['tasks.max'] !== String(tasks);
  if (written) await setTasksMax(connector, tasks, client);
  const state = connector.status?.connector.state;
  const idle = state === 'PAUSED' || state === 'STOPPED';
  const look =
    options.wait && !idle && !dryRun
      ? await settle(connector, tasks, client, groups, options)
      : await lookOnce(connector, tasks, client, groups, { ...options, wait: options.wait && !dryRun });
  const status = look.connector.status;
  const counts = status ? countTasks(status) : { total: 0, running: 0 };
  const working = look.facts?.summary?.working ?? null;
  const partitions = look.facts?.lag?.partitions.length ?? null;
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
        ? foreseenLimit(look.connector, tasks)
        : limit(look.connector, tasks, { ...counts, working, partitions }, options.wait),
    written,
    dryRun,
  };
}

/** By PATCH where the worker knows it: a whole configuration that was read might hold masks instead of secrets. */
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

async function lookAt(name: string, client: ScaleClient, groups: GroupReader): Promise<Look> {
  const connector = await client.get(name);
  const { facts } = await groups.read([connector]);
  return { connector, facts: facts.get(name) };
}

/** Where no task runs, only that it was written is waited for. */
async function lookOnce(
  { name, info: before }: ListedConnector,
  wanted: number,
  client: ScaleClient,
  groups: GroupReader,
  { clock, signal, wait }: OperateOptions,
): Promise<Look> {
  if (!wait) return lookAt(name, client, groups);
  const { seen } = await pollUntil(
    () => lookAt(name, client, groups),
    ({ connector }) => connector.info.config['tasks.max'] === String(wanted),
    { clock, signal, timeoutMs: CONFIG_LAG_MS },
  );
  assertScaled(seen.connector, wanted, before.config['tasks.max'], CONFIG_LAG_MS);
  return seen;
}

/** A worker that is away meanwhile is waited for. */
async function settle(
  { name, info: before }: ListedConnector,
  wanted: number,
  client: ScaleClient,
  groups: GroupReader,
  { clock, signal, timeoutMs, stableMs = 0 }: OperateOptions,
): Promise<Look> {
  const now = () => clock.now().getTime();
  const began = now();
  const deadline = began + timeoutMs;
  let held: { count: number; since: number } | undefined;
  for (;;) {
    const { seen: look, error } = await tried(() => lookAt(name, client, groups), signal);
    const status = look?.connector.status;
    const count = status?.tasks.length ?? 0;
    if (look !== undefined) assertScaled(look.connector, wanted, before.config['tasks.max'], now() - began);
    if (look !== undefined && status && isSettled(look, wanted)) {
      if (held?.count !== count) held = { count, since: now() };
      if (now() - held.since >= Math.max(stableMs, count === wanted ? STABLE_MS : SHORT_STABLE_MS)) return look;
    } else if (status && failures(status).length > 0) {
      if (held?.count !== -1) held = { count: -1, since: now() };
      // What had failed before the change is restarted by it.
      if (now() - held.since >= STABLE_MS) assertNoFailure(name, status, look.connector.info.config);
    } else {
      held = undefined;
    }
    if (now() >= deadline) throw unsettled(name, wanted, timeoutMs, error, look);
    await clock.sleep(EVERY_MS, signal);
  }
}

function unsettled(
  name: string,
  wanted: number,
  timeoutMs: number,
  error: SluiceError | undefined,
  look: Look | undefined,
): SluiceError {
  const hint = `tasks.max was set to ${wanted}. See: sluice status ${name}`;
  const waited = `after ${timeoutMs / 1000} s`;
  return error === undefined
    ? new SluiceError(
        'TIMED_OUT',
        `the tasks of "${name}" had not settled ${waited}: ${describe(look?.connector.status ?? undefined)}`,
        { hint, details: { name } },
      )
    : new SluiceError(error.code, `whether the tasks of "${name}" run is not known ${waited}: ${error.message}`, {
        hint,
        cause: error,
        details: { ...error.details, name },
      });
}

/** @throws CONNECTOR_CHANGED where `tasks.max` is not what was written. */
function assertScaled({ name, info }: ListedConnector, wanted: number, before: string | undefined, ms: number): void {
  const now = info.config['tasks.max'];
  if (now === String(wanted)) return;
  // What is shown right after a write may still be what was there before it.
  if (now === before && ms < CONFIG_LAG_MS) return;
  const said =
    now === before
      ? `tasks.max of "${name}" is ${now ?? 'not set'} as before, though the worker accepted ${wanted}: it was not carried out, or someone else has put it back`
      : `tasks.max of "${name}" was changed to ${now ?? 'nothing'} by someone else in the meantime`;
  throw new SluiceError('CONNECTOR_CHANGED', said, { hint: `See: sluice status ${name}`, details: { name } });
}

function isSettled({ connector: { info, status }, facts }: Look, wanted: number): boolean {
  if (!status || !isRunning(status) || info.config['tasks.max'] !== String(wanted)) return false;
  const count = status.tasks.length;
  // More than asked for are those of before; a count beside that of the configurations is on its way.
  if (count > wanted || count !== info.tasks.length) return false;
  const group = facts?.summary;
  return group === undefined || (group.state === 'Stable' && group.members === count);
}

function foreseenLimit({ info }: ListedConnector, wanted: number): string | null {
  return wanted > 1 && ONE_TASK.test(info.config['connector.class'] ?? '') ? ALWAYS_ONE : null;
}

function limit(
  connector: ListedConnector,
  wanted: number,
  tasks: { running: number; working: number | null; partitions: number | null },
  waited: boolean,
): string | null {
  if (!waited) return tasks.running < wanted ? 'not waited for' : null;
  if (tasks.running < wanted) {
    const className = connector.info.config['connector.class'] ?? '';
    if (connectorType(connector) === 'sink') return `the connector makes only ${tasks.running}`;
    return ONE_TASK.test(className)
      ? ALWAYS_ONE
      : `the source divides its work into ${tasks.running} ${tasks.running === 1 ? 'task' : 'tasks'}`;
  }
  if (tasks.working !== null && tasks.working < tasks.running) {
    const partitions = tasks.partitions ?? 0;
    return `its topics have ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}: ${tasks.running - tasks.working} of the tasks have nothing to read`;
  }
  return null;
}
