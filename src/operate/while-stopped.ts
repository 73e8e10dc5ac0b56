import type { ConnectClient } from '../connect/client.ts';
import { connectorType } from '../connect/connector.ts';
import { pollUntil } from '../connect/poll.ts';
import type { ConnectorStatus, ListedConnector } from '../connect/types.ts';
import { type ErrorOptions, SluiceError, toSluiceError } from '../errors/error.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import { sinkGroup } from '../topology/consumer-groups.ts';
import { type FormerState, type OpenOperation, type Operation, recoverCommand } from './journal.ts';
import { changeOne, countTasks } from './state.ts';
import type { OperateOptions, TargetResult } from './targets.ts';

export interface StoppedPorts {
  client: Pick<ConnectClient, 'get' | 'status' | 'pause' | 'resume' | 'stop'>;
  /** Undefined if the context has no Kafka. */
  kafka: KafkaPort | undefined;
  options: OperateOptions;
}

/**
 * Stops a connector, changes something that can only be changed then, and brings the former state back. The operation was
 * written into the journal by the caller; `change` notes the phase `changing` before it changes anything, and `stopping`
 * again if it finds that nothing has been changed. If the process is killed anywhere, the journal has what is needed to
 * finish or undo it. An error before `changing` brings the former state back; one after it leaves the connector stopped and
 * the operation in the journal, and says so.
 * @param changed what has been done if only the former state is missing: `the offsets of "x" were changed`
 * @throws GROUP_ACTIVE if consumers are left in a sink's group
 */
export async function whileStopped<Result>(
  connector: ListedConnector,
  operation: OpenOperation,
  ports: StoppedPorts,
  change: () => Promise<Result>,
  changed: string,
): Promise<{ result: Result; restored: Restored }> {
  let result: Result;
  try {
    await stopFully(connector, ports);
    result = await change();
    operation.note({ phase: 'restoring' });
  } catch (error) {
    throw await backedOut(error, operation, ports);
  }
  return { result, restored: await restore(operation, ports, changed) };
}

// What has stopped stays so: `stableMs` is for what starts.
const quickly = (options: OperateOptions) => ({ ...options, wait: true, dryRun: false, stableMs: 0 });

/** Until the worker says that no task is left. One that hangs in its target may still be in a sink's group. */
export async function stop(name: string, { client, options }: Omit<StoppedPorts, 'kafka'>): Promise<void> {
  await changeOne('stop', name, client, quickly(options));
}

/** Until no task is left, and no consumer in a sink's group. */
export async function stopFully(connector: ListedConnector, ports: StoppedPorts): Promise<void> {
  const { kafka, options } = ports;
  await stop(connector.name, ports);
  if (connectorType(connector) !== 'sink' || kafka === undefined) return;
  const group = sinkGroup(connector.name, connector.info.config);
  const { seen, reached } = await pollUntil(
    async () => (await kafka.describeGroups([group])).get(group)?.members ?? 0,
    (members) => members === 0,
    quickly(options),
  );
  if (reached) return;
  throw groupActive(connector.name, group, seen);
}

export function groupActive(name: string, group: string, members: number): SluiceError {
  const [are, consumers] = members === 1 ? ['is', 'consumer'] : ['are', 'consumers'];
  return new SluiceError(
    'GROUP_ACTIVE',
    `"${name}" is stopped, but ${members} ${consumers} ${are} still in its group ${group}: Kafka changes the offsets of a group only without members`,
    {
      hint: 'Another program may use the same group, or a task still runs, as its target is locked or its worker was cut off: end what holds it, or restart the worker.',
      details: { name, group, members },
    },
  );
}

/** The state that a connector was brought back to. */
export interface Restored {
  /** In words: `running again`. */
  outcome: string;
  tasks: TargetResult['tasks'];
}

const AGAIN: Record<FormerState, string> = {
  RUNNING: 'running again',
  PAUSED: 'paused again',
  STOPPED: 'stopped as before',
};

/**
 * Requests the former state, ends the operation in the journal once the worker has accepted that, and waits.
 * @param done before that, for errors: `the offsets of "x" were changed`
 */
export async function restore(operation: OpenOperation, ports: StoppedPorts, done: string): Promise<Restored> {
  const { known } = operation;
  const { connector: name, former } = known;
  const { client, options } = ports;
  const withDone = (error: unknown, hint?: string) => explained(error, (message) => `${done}, but: ${message}`, hint);
  let status: ConnectorStatus | undefined;
  try {
    status = await client.status(name);
    const state = status?.connector.state;
    // Only what the operation itself has left is changed.
    if (state !== undefined && isOthers(state, former)) {
      operation.finish();
      return { outcome: `${state} by someone else in the meantime, and left so`, tasks: tasksOf(status) };
    }
    // Sent regardless of the status shown, which may be older than a stop that is still being carried out.
    if (former !== 'STOPPED') await client[former === 'PAUSED' ? 'pause' : 'resume'](name);
    operation.finish();
  } catch (error) {
    if (options.signal.aborted) throw error;
    // It has been deleted, and nothing else was done to it.
    if (known.phase === 'stopping' && error instanceof SluiceError && error.code === 'CONNECTOR_NOT_FOUND')
      operation.finish();
    throw withDone(error, `Bring the former state (${former}) back: ${recoverCommand(known)}`);
  }
  if (former === 'STOPPED') return { outcome: AGAIN.STOPPED, tasks: tasksOf(status) };
  const verb = former === 'PAUSED' ? 'pause' : 'resume';
  if (!options.wait) return { outcome: `${verb} accepted`, tasks: null };
  try {
    const { tasks } = await changeOne(verb, name, client, { ...options, dryRun: false });
    return { outcome: AGAIN[former], tasks };
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw withDone(error);
  }
}

function tasksOf(status: ConnectorStatus | undefined): Restored['tasks'] {
  return status === undefined ? null : countTasks(status);
}

function isOthers(state: string, former: FormerState): boolean {
  return state !== former && (state === 'RUNNING' || state === 'PAUSED');
}

/** The error, after the former state has been brought back if nothing has been changed. */
async function backedOut(error: unknown, operation: OpenOperation, ports: StoppedPorts): Promise<unknown> {
  // Ctrl-C: calls are aborted, so nothing more can be done here. The journal has it.
  if (ports.options.signal.aborted) return error;
  const failure = toSluiceError(error);
  const { known } = operation;
  const { connector: name, former, phase } = known;
  if (phase !== 'stopping') return halfDone(failure, known);
  try {
    const { outcome } = await restore(
      operation,
      { ...ports, options: { ...ports.options, wait: false } },
      'nothing was changed',
    );
    const state = outcome.endsWith('accepted')
      ? `was ${former === 'PAUSED' ? 'paused again' : 'resumed'}`
      : `is ${outcome}`;
    return explained(failure, (message) => `${message}; nothing was changed, and "${name}" ${state}`);
  } catch (second) {
    if (ports.options.signal.aborted) return second;
    if (second instanceof SluiceError && second.code === 'CONNECTOR_NOT_FOUND')
      return new SluiceError('CONNECTOR_NOT_FOUND', `"${name}" was deleted in the meantime; nothing was changed`, {
        hint: 'List the existing connectors: sluice list',
        cause: failure,
        details: { name },
      });
    return explained(
      failure,
      (message) => `${message}; nothing was changed, but "${name}" may be stopped: ${(second as Error).message}`,
      `Bring the former state (${former}) back: ${recoverCommand(known)}`,
    );
  }
}

function halfDone(error: SluiceError, known: Operation): SluiceError {
  return explained(
    error,
    (message) => `${message}; "${known.connector}" is left STOPPED, and may be half changed`,
    `Finish or undo it: ${recoverCommand(known)}`,
  ) as SluiceError;
}

/** The error with more said. */
export function explained(error: unknown, message: (text: string) => string, hint?: string): unknown {
  if (!(error instanceof SluiceError)) return error;
  const { code, details, retryable } = error;
  const hints = [hint, error.hint].filter((one) => one !== undefined).join('\n');
  const options: ErrorOptions = { cause: error, retryable, ...(details === undefined ? {} : { details }) };
  return new SluiceError(code, message(error.message), { ...options, ...(hints === '' ? {} : { hint: hints }) });
}
