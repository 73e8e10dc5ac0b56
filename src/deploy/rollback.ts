import type { ConnectClient } from '../connect/client.ts';
import { isMasked } from '../connect/masks.ts';
import { SluiceError } from '../errors/error.ts';
import { pollUntil } from '../operate/poll.ts';
import { failures, isRunning } from '../operate/state.ts';
import { type ConnectorChange, stateOf } from '../plan/diff.ts';
import type { Clock } from '../ports/clock.ts';
import { setState } from './write.ts';

export type RollbackClient = Pick<
  ConnectClient,
  'config' | 'status' | 'supports' | 'patchConfig' | 'putConfig' | 'pause' | 'resume' | 'stop'
>;

const SETTLE_MS = 20_000;
/** Written, and then not where it was meant to be; what was never written needs nothing put back. */
const FAILED_AFTER_WRITE = new Set(['CONNECTOR_FAILED', 'TIMED_OUT']);

/** A creation has no former configuration; what failed there stays to be looked at. */
export function canRollBack(change: ConnectorChange, failure: SluiceError | undefined): boolean {
  if (failure === undefined || !FAILED_AFTER_WRITE.has(failure.code)) return false;
  return change.action === 'update' || change.action === 'state';
}

/**
 * Puts back what was there before one change, and looks whether it runs again. Returns what is to be reported: the
 * failure of the change, and what became of the connector.
 */
export async function rollBackChange(
  change: ConnectorChange,
  failure: SluiceError,
  client: RollbackClient,
  ports: { clock: Clock; signal: AbortSignal },
): Promise<SluiceError> {
  const after = await putBack(change, client, ports).catch((error: unknown) => {
    if (!(error instanceof SluiceError) || ports.signal.aborted) throw error;
    return `it could not be put back: ${error.message}`;
  });
  return new SluiceError('CONNECTOR_FAILED', `${failure.message}; ${after}`, {
    cause: failure,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    details: { ...failure.details, failure: failure.code },
  });
}

async function putBack(
  change: ConnectorChange,
  client: RollbackClient,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<string> {
  const { name, live } = change;
  if (live === undefined) return 'there was nothing to put back';
  const lost = await putConfigBack(change, client);
  if (change.state?.before != null) await setState(name, change.state.before, client);
  const formerlyFailed = live.status !== null && failures(live.status).length > 0;
  const former = 'its former configuration is back';
  const masked = lost.length > 0 ? `, but not ${lost.join(', ')}, which the worker masks` : '';
  if (stateOf(live) !== 'running' || formerlyFailed) return `${former}${masked}`;
  const { reached } = await pollUntil(
    () => client.status(name),
    (status) => status !== undefined && isRunning(status),
    { clock, signal, timeoutMs: SETTLE_MS, stableMs: 1_000 },
  );
  return `${former}${masked}${reached ? ' and runs again' : ', but it does not run yet'}`;
}

/** Returns the keys that could not be put back: their former values are known only as masks. */
async function putConfigBack(change: ConnectorChange, client: RollbackClient): Promise<string[]> {
  const { name, live, action } = change;
  if (action !== 'update' || live === undefined) return [];
  const masked = Object.keys(live.info.config).filter((key) => isMasked(live.info.config[key]));
  if (masked.length === 0) {
    await client.putConfig(name, live.info.config);
    return [];
  }
  // To write the whole configuration would write the masks: only keys whose former value is known go back.
  await client.patchConfig(
    name,
    Object.fromEntries(
      change.keys.filter(({ before }) => !isMasked(before ?? undefined)).map(({ key, before }) => [key, before]),
    ),
  );
  return masked.filter((key) => change.unknown.includes(key) || change.keys.some((one) => one.key === key));
}
