import type { ConnectClient } from '../connect/client.ts';
import type { ConnectorStatus, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { assertNoFailure, awaitStatus, countTasks, endOf, failures, settled } from './state.ts';
import { eachTarget, type OperateOptions, type OperateReport, type TargetResult } from './targets.ts';

export interface RestartOptions extends OperateOptions {
  /** Only what has FAILED. */
  onlyFailed: boolean;
  /** The tasks, not the connector itself. */
  onlyTasks: boolean;
  /** Only the tasks with these numbers; none means all. */
  taskIds?: readonly number[];
  /** Asked right before the request is sent: why it is not, for the outcome. */
  refuse?(live: ListedConnector): string | undefined;
}

export type RestartClient = Pick<ConnectClient, 'get' | 'status' | 'supports' | 'restart' | 'restartTask'>;

/** How the outcome of a request begins that is not waited for. */
export const ACCEPTED = 'restart accepted';

/** Outcome of a connector that `--failed` skips. */
export const NOTHING_FAILED = 'had not failed';

/** The state from before the restart may still be reported for a moment: RUNNING must last this long. */
const STABLE_MS = 1_500;

/** Those of the connectors that a restart of what has failed would change. One that cannot be read may be one of them. */
export async function withFailures(
  names: readonly string[],
  client: Pick<ConnectClient, 'listing'>,
): Promise<string[]> {
  const { connectors } = await client.listing();
  const sound = connectors.filter(({ status }) => status !== null && failures(status).length === 0);
  const isSound = new Set(sound.map(({ name }) => name));
  return names.filter((name) => !isSound.has(name));
}

/** Restarts connectors with their tasks and waits until every task runs again. */
export async function restartConnectors(
  names: readonly string[],
  context: string,
  client: RestartClient,
  options: RestartOptions,
): Promise<OperateReport> {
  const { results, exitCode } = await eachTarget<TargetResult>(
    names,
    (name) => restartOne(name, client, options),
    (name, error) => ({ name, outcome: null, tasks: null, error }),
    options,
    ({ outcome }) => outcome !== NOTHING_FAILED,
  );
  return { verb: 'restart', context, results, exitCode };
}

async function restartOne(name: string, client: RestartClient, options: RestartOptions): Promise<TargetResult> {
  const live = await client.get(name);
  const { info, status: before } = live;
  const { taskIds = [] } = options;
  if (taskIds.length > 0) assertTasks(name, taskIds, before);
  if (before !== null && (before.connector.state === 'PAUSED' || before.connector.state === 'STOPPED')) {
    const state = before.connector.state.toLowerCase();
    return { name, outcome: `is ${state}: nothing to restart`, tasks: countTasks(before), error: null };
  }
  if (options.onlyFailed && before !== null && failures(concerned(before, taskIds)).length === 0) {
    return { name, outcome: NOTHING_FAILED, tasks: countTasks(before), error: null };
  }
  const parts = partsText(before, options);
  const outcome = (done: string) => (parts === '' ? done : `${parts} ${done}`);
  const tasks = before && countTasks(before);
  if (options.dryRun) return { name, outcome: outcome('would be restarted'), tasks, error: null };
  const refusal = options.refuse?.(live);
  if (refusal !== undefined) return { name, outcome: refusal, tasks, error: null };
  await send(name, before, client, options);
  if (!options.wait) return { name, outcome: `${ACCEPTED}${parts && `: ${parts}`}`, tasks: null, error: null };
  const ended = (status: ConnectorStatus) => endOf(concerned(status, taskIds));
  const stableMs = Math.max(STABLE_MS, options.stableMs ?? 0);
  const polled = await awaitStatus(client, name, ended, { ...options, stableMs }, info.config);
  const status = settled(polled, name, 'running', options);
  assertNoFailure(name, concerned(status, taskIds), info.config);
  return { name, outcome: outcome('restarted'), tasks: countTasks(status), error: null };
}

/** The part of a status that a restart is about: the connector, and the named tasks or all of them. */
function concerned(status: ConnectorStatus, taskIds: readonly number[]): ConnectorStatus {
  if (taskIds.length === 0) return status;
  return { ...status, tasks: status.tasks.filter(({ id }) => taskIds.includes(id)) };
}

/** What is restarted, if that is not everything: `the connector and tasks 0, 1`. */
function partsText(before: ConnectorStatus | null, { onlyFailed, onlyTasks, taskIds = [] }: RestartOptions): string {
  const some = onlyTasks || taskIds.length > 0;
  if (before === null || !(some || onlyFailed)) return '';
  const wanted = ({ state }: { state: string }) => !onlyFailed || state === 'FAILED';
  const ids = concerned(before, taskIds)
    .tasks.filter(wanted)
    .map(({ id }) => id);
  const tasks = ids.length === 0 ? [] : [`${ids.length === 1 ? 'task' : 'tasks'} ${ids.join(', ')}`];
  return [...(!some && wanted(before.connector) ? ['the connector'] : []), ...tasks].join(' and ');
}

/** @throws REQUEST_INVALID */
function assertTasks(name: string, taskIds: readonly number[], status: ConnectorStatus | null): void {
  const known = (status?.tasks ?? []).map(({ id }) => id);
  const unknown = taskIds.find((id) => !known.includes(id));
  if (unknown === undefined) return;
  throw new SluiceError(
    'REQUEST_INVALID',
    `"${name}" has no task ${unknown}: it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    { hint: `See: ${command(`status ${shellWord(name)}`)}` },
  );
}

async function send(
  name: string,
  before: ConnectorStatus | null,
  client: RestartClient,
  { onlyFailed, onlyTasks, taskIds = [] }: RestartOptions,
): Promise<void> {
  const some = taskIds.length > 0;
  const together = !onlyTasks && !some && (await client.supports('restart of tasks together'));
  if (together) return client.restart(name, { tasks: true, onlyFailed });
  const wanted = (state: string | undefined) => !onlyFailed || state === 'FAILED';
  if (!onlyTasks && !some && wanted(before?.connector.state)) await client.restart(name);
  for (const task of before === null ? [] : concerned(before, taskIds).tasks) {
    if (wanted(task.state)) await client.restartTask(name, task.id);
  }
}
