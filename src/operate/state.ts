import type { ConnectClient } from '../connect/client.ts';
import { type Polled, pollUntil } from '../connect/poll.ts';
import type { ConnectorConfig, ConnectorStatus } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { knownHint } from '../monitor/known-causes.ts';
import { rootCause } from '../monitor/trace.ts';
import { secretValues } from '../text/redact.ts';
import { maskRowValues } from '../text/row-values.ts';
import { command, setting } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { eachTarget, type OperateOptions, type OperateReport, type TargetResult } from './targets.ts';

export type StateVerb = 'pause' | 'resume' | 'stop';
export type StateClient = Pick<ConnectClient, 'get' | 'status' | 'pause' | 'resume' | 'stop'>;

interface Goal {
  /** The outcome, in a word. */
  done: string;
  /** The connector state that needs no change. */
  state: string;
  reached(status: ConnectorStatus): boolean;
}

/** A FAILED task stays FAILED in any requested state; waiting for it would only waste the timeout. */
const GOALS: Readonly<Record<StateVerb, Goal>> = {
  pause: {
    done: 'paused',
    state: 'PAUSED',
    reached: ({ connector, tasks }) =>
      (connector.state === 'PAUSED' || connector.state === 'FAILED') &&
      tasks.every((task) => task.state === 'PAUSED' || task.state === 'FAILED'),
  },
  resume: { done: 'running', state: 'RUNNING', reached: isRunning },
  stop: {
    done: 'stopped',
    state: 'STOPPED',
    reached: ({ connector, tasks }) => connector.state === 'STOPPED' && tasks.length === 0,
  },
};

/** Pauses, resumes or stops connectors and, unless `wait` is false, waits until their tasks have followed. */
export async function changeState(
  verb: StateVerb,
  names: readonly string[],
  context: string,
  client: StateClient,
  options: OperateOptions,
): Promise<OperateReport> {
  const { results, exitCode } = await eachTarget<TargetResult>(
    names,
    (name) => changeOne(verb, name, client, options),
    (name, error) => ({ name, outcome: null, tasks: null, error }),
    options,
  );
  return { verb, context, results, exitCode };
}

/** One of them. @throws why it cannot be done, or has not been done in time */
export async function changeOne(
  verb: StateVerb,
  name: string,
  client: StateClient,
  options: OperateOptions,
): Promise<TargetResult> {
  const goal = GOALS[verb];
  const { info, status: before } = await client.get(name);
  if (before !== null && before.connector.state === goal.state && goal.reached(before)) {
    return { name, outcome: `was ${goal.done} already`, tasks: countTasks(before), error: null };
  }
  if (options.dryRun)
    return { name, outcome: `would be ${goal.done}`, tasks: before && countTasks(before), error: null };
  await client[verb](name);
  if (!options.wait) return { name, outcome: `${verb} accepted`, tasks: null, error: null };
  const polled = await awaitStatus(
    client,
    name,
    (status) => (goal.reached(status) ? goal.done : hasFailed(verb, status) && FAILED),
    options,
    verb === 'resume' ? info.config : undefined,
  );
  const status = settled(polled, name, goal.done, options);
  if (verb === 'resume') assertNoFailure(name, status, info.config);
  return { name, outcome: goal.done, tasks: countTasks(status), error: null };
}

function hasFailed(verb: StateVerb, status: ConnectorStatus): boolean {
  return (
    verb === 'resume' &&
    status.connector.state !== 'PAUSED' &&
    status.connector.state !== 'STOPPED' &&
    failures(status).length > 0
  );
}

/** An end state other than the requested one. */
const FAILED = 'failed';

/** The end state of a connector that should run: running with N tasks, or failed; false while it is neither. */
export function endOf(status: ConnectorStatus): false | string {
  if (isRunning(status)) return `running ${status.tasks.length}`;
  return failures(status).length > 0 && FAILED;
}

/**
 * @param config the live one, where tasks should run
 * @throws CONNECTOR_FAILED if they failed after they had run, and the time is up; CONNECTOR_CHANGED at once if it was deleted
 */
export async function awaitStatus(
  client: Pick<ConnectClient, 'status' | 'get'>,
  name: string,
  reached: (status: ConnectorStatus) => boolean | string,
  options: OperateOptions & { stableMs?: number },
  config?: ConnectorConfig,
): Promise<Polled<ConnectorStatus | undefined>> {
  const relapses = new Relapses();
  const polled = await pollUntil(
    async (leftMs) => {
      const status = await client.status(name, leftMs);
      return { status, isThere: status !== undefined || (await isThere(client, name, leftMs)) };
    },
    ({ status, isThere }) => {
      if (!isThere) throw deleted(name);
      relapses.see(status);
      return status !== undefined && reached(status);
    },
    options,
  ).catch((error: unknown) => {
    throw error instanceof SluiceError && error.code === 'CONNECTOR_CHANGED' ? error : unseen(error, name, options);
  });
  if (!polled.reached && config !== undefined) relapses.assertNone(name, config, options);
  return { ...polled, seen: polled.seen?.status };
}

/** One without a status may be about to start. */
async function isThere(client: Pick<ConnectClient, 'get'>, name: string, timeoutMs: number): Promise<boolean> {
  try {
    await client.get(name, timeoutMs);
    return true;
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONNECTOR_NOT_FOUND') return false;
    throw error;
  }
}

/** While it was waited for. */
export function deleted(name: string): SluiceError {
  return new SluiceError('CONNECTOR_CHANGED', `"${name}" was deleted by someone else in the meantime`, {
    hint: `See what there is: ${command('list')}`,
    details: { name },
  });
}

/** Counts how often something failed after everything had run: it runs again and again, but never for long. */
export class Relapses {
  #runs = false;
  #count = 0;
  #last: ConnectorStatus | undefined;

  see(status: ConnectorStatus | undefined): void {
    if (status === undefined) return;
    if (isRunning(status)) this.#runs = true;
    else if (this.#runs && failures(status).length > 0) {
      this.#runs = false;
      this.#count += 1;
      this.#last = status;
    }
  }

  /** @throws CONNECTOR_FAILED with the causes */
  assertNone(name: string, config: ConnectorConfig, { timeoutMs }: Pick<OperateOptions, 'timeoutMs'>): void {
    if (this.#last === undefined) return;
    const times = this.#count === 1 ? 'once' : `${this.#count} times`;
    throw failed(name, this.#last, config, `does not keep running (it failed ${times} in ${timeoutMs / 1000} s)`);
  }
}

/** The request was accepted, but the worker could not be asked for its outcome. */
function unseen(error: unknown, name: string, { signal, timeoutMs }: OperateOptions): unknown {
  if (!(error instanceof SluiceError) || signal.aborted) return error;
  return new SluiceError(
    error.code,
    `the request for "${name}" was accepted; its outcome is unknown (polled for up to ${timeoutMs / 1000} s): ${error.message}`,
    { hint: `See: ${command(`status ${shellWord(name)}`)}`, cause: error, details: { ...error.details, name } },
  );
}

/** The status that was reached. @throws TIMED_OUT with the current status. */
export function settled(
  polled: Polled<ConnectorStatus | undefined>,
  name: string,
  goal: string,
  { timeoutMs }: Pick<OperateOptions, 'timeoutMs'>,
): ConnectorStatus {
  if (polled.reached && polled.seen !== undefined) return polled.seen;
  const isTooShort = polled.held !== undefined && polled.held !== FAILED;
  throw new SluiceError(
    'TIMED_OUT',
    `"${name}" was not ${goal} after ${timeoutMs / 1000} s: ${describe(polled.seen)}${isTooShort ? TOO_SHORT : ''}`,
    {
      hint: isTooShort
        ? longerHint()
        : `The request was accepted and may still take effect. See: ${command(`status ${shellWord(name)}`)}`,
      details: { name },
    },
  );
}

/** After a state that was reached. */
export const TOO_SHORT = ', but not long enough yet';

/** How to let tasks run for long enough. */
export function longerHint(): string {
  return `${setting('timeout')} must leave time for ${setting('stable')}: raise the one or lower the other.`;
}

/** Every task runs, and there is at least one. */
export function isRunning({ connector, tasks }: ConnectorStatus): boolean {
  return connector.state === 'RUNNING' && tasks.length > 0 && tasks.every((task) => task.state === 'RUNNING');
}

/** Causes of failures, the connector's own first. @param secrets values that must not be shown */
export function failures({ connector, tasks }: ConnectorStatus, secrets: readonly string[] = []): string[] {
  return [
    ...(connector.state === 'FAILED' ? [`the connector has FAILED: ${causeOf(connector.trace, secrets)}`] : []),
    ...tasks
      .filter((task) => task.state === 'FAILED')
      .map((task) => `task ${task.id} has FAILED: ${causeOf(task.trace, secrets)}`),
  ];
}

/** The same in one line, each cause once: tasks of a connector mostly fail alike. */
export function failureText(status: ConnectorStatus, secrets: readonly string[] = []): string {
  const own = failures({ ...status, tasks: [] }, secrets);
  const failed = status.tasks.filter((task) => task.state === 'FAILED');
  const alike = [...Map.groupBy(failed, (task) => causeOf(task.trace, secrets))].map(([cause, same]) => {
    const ids = same.map(({ id }) => id).join(', ');
    return `${same.length === 1 ? `task ${ids} has` : `tasks ${ids} have`} FAILED: ${cause}`;
  });
  return [...own, ...alike].join('; ');
}

function causeOf(trace: string | undefined, secrets: readonly string[]): string {
  return trace ? rootCause(maskRowValues(trace), secrets) : 'the worker reports no trace';
}

/** How to fix a failure, if its cause is known. */
export function failureHint({ name, connector, tasks }: ConnectorStatus): string | undefined {
  return [connector, ...tasks]
    .filter((part) => part.state === 'FAILED' && part.trace !== undefined)
    .map((part) => knownHint(part.trace ?? '', name))
    .find((hint) => hint !== undefined);
}

/** @param config the live one: a trace may repeat its secrets under any name. @throws CONNECTOR_FAILED with the causes. */
export function assertNoFailure(name: string, status: ConnectorStatus, config: ConnectorConfig): void {
  if (failures(status).length > 0) throw failed(name, status, config, 'does not run');
}

function failed(name: string, status: ConnectorStatus, config: ConnectorConfig, what: string): SluiceError {
  return new SluiceError('CONNECTOR_FAILED', `"${name}" ${what}: ${failureText(status, secretValues(config))}`, {
    hint: `${failureHint(status) ?? 'Fix the cause.'} Then: ${command(`restart ${shellWord(name)}`, { failed: true })}`,
    details: { name },
  });
}

export function countTasks({ tasks }: ConnectorStatus): { running: number; total: number } {
  return { running: tasks.filter((task) => task.state === 'RUNNING').length, total: tasks.length };
}

/** The status in a few words. */
export function describe(status: ConnectorStatus | undefined): string {
  if (status === undefined) return 'the worker reports no status for it';
  const states = [...Map.groupBy(status.tasks, (task) => task.state)].map(
    ([state, tasks]) => `${tasks.length} ${state}`,
  );
  return `connector ${status.connector.state}, tasks: ${states.length > 0 ? states.join(', ') : 'none'}`;
}
