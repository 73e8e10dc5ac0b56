import type { ConnectClient } from '../connect/client.ts';
import { sameConfig } from '../connect/configs.ts';
import { pollUntil } from '../connect/poll.ts';
import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { failures, isRunning } from '../operate/state.ts';
import { type ConnectorChange, stateOf, type TargetState } from '../plan/diff.ts';
import type { Clock } from '../ports/clock.ts';
import { isMasked } from '../text/masks.ts';
import { setState } from './write.ts';

export type RollbackClient = Pick<
  ConnectClient,
  'find' | 'status' | 'supports' | 'patchConfig' | 'putConfig' | 'pause' | 'resume' | 'stop'
>;

/** Beyond the deploy's own timeout: time for an unavailable worker, and again for the connector to run as before. */
const SETTLE_MS = 20_000;

/** A creation has no previous configuration; the failed connector is kept for inspection. */
export function canRollBack({ action }: ConnectorChange): boolean {
  return action === 'update' || action === 'state';
}

export interface RollbackResult {
  /** For the report: why the change failed, and the connector's state after the rollback. */
  error: SluiceError;
  /** False if it is not as it was before. */
  done: boolean;
}

/**
 * Rolls back one change, and checks that the connector runs again.
 * @param stalled aborted when the worker has kept all rollbacks waiting for too long: then no further one starts
 */
export async function rollBackChange(
  change: ConnectorChange,
  failure: SluiceError,
  client: RollbackClient,
  { clock, signal, stalled }: { clock: Clock; signal: AbortSignal; stalled?: AbortSignal },
): Promise<RollbackResult> {
  const ports = { clock, signal: stalled === undefined ? signal : AbortSignal.any([signal, stalled]) };
  const attempt = stalled?.aborted ? Promise.reject(stalled.reason) : restore(change, client, ports);
  const { message, done } = await Promise.race([attempt, ...(stalled ? [aborted(stalled)] : [])]).catch(
    (error: unknown) => {
      if (stalled?.aborted && !signal.aborted) {
        return { message: 'the rollback did not finish in time; its outcome is unknown', done: false };
      }
      if (!(error instanceof SluiceError) || signal.aborted) throw error;
      return { message: `the rollback failed: ${error.message}`, done: false };
    },
  );
  const code = done && failure.code !== 'CONNECTOR_CHANGED' ? 'CONNECTOR_FAILED' : failure.code;
  const error = new SluiceError(code, `${failure.message}; ${message}`, {
    cause: failure,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    details: { ...failure.details, failure: failure.code },
  });
  return { error, done };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function restore(
  change: ConnectorChange,
  client: RollbackClient,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<{ message: string; done: boolean }> {
  const { name, live, desired } = change;
  if (live === undefined) return { message: 'there was nothing to roll back', done: false };
  const { seen: found } = await pollUntil(
    () => client.find(name),
    () => true,
    { clock, signal, timeoutMs: SETTLE_MS },
  );
  const now = found?.info.config;
  const toBefore = now !== undefined && sameConfig(now, live.info.config);
  // A change of configuration and state takes two calls, and only the first may have been made.
  if (found === undefined || now === undefined || !(toBefore || sameConfig(now, desired.config))) {
    return { message: 'someone else has changed it since, so it was not rolled back', done: false };
  }
  const state = found.status === null ? undefined : stateOf(found);
  if (state !== undefined && state !== stateOf(live) && state !== change.state?.after) {
    return { message: `someone else has ${DONE[state]} it since, so it was not rolled back`, done: false };
  }
  const isBack = toBefore && !sameConfig(now, desired.config);
  if (isBack && change.state === null) return { message: 'so there was nothing to roll back', done: false };
  const lost = isBack ? [] : await restoreConfig(change, client);
  signal.throwIfAborted();
  if (change.state?.before != null) await setState(name, change.state.before, client);
  const restored = await awaitRestored(live, client, { clock, signal });
  if (lost.length === 0) return restored;
  // Masked values were never compared, so the previous value may have been another one.
  const replaced = lost.some((key) => change.keys.some((one) => one.key === key));
  const keys = lost.join(', ');
  const but = replaced
    ? `${keys}, which the worker masks, could not be restored`
    : `whether ${keys} is as before is unknown, since the worker masks it`;
  return { message: `${but}; apart from that, ${restored.message}`, done: restored.done && !replaced };
}

const DONE: Readonly<Record<TargetState, string>> = { running: 'resumed', paused: 'paused', stopped: 'stopped' };

/** The worker accepting the previous configuration and state does not yet put them into effect. */
async function awaitRestored(
  live: ListedConnector,
  client: RollbackClient,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<{ message: string; done: boolean }> {
  const before = stateOf(live);
  // A connector that had failed before did not run, so there is nothing to wait for.
  const runs = before === 'running' && (live.status === null || failures(live.status).length === 0);
  const isBack = (now: ListedConnector | undefined) =>
    now !== undefined &&
    sameConfig(now.info.config, live.info.config) &&
    now.status !== null &&
    stateOf(now) === before;
  const polled = await pollUntil(
    () => client.find(live.name),
    (now) => isBack(now) && (!runs || (now?.status != null && isRunning(now.status))),
    { clock, signal, timeoutMs: SETTLE_MS, stableMs: runs ? 1_000 : 0 },
  ).catch((error: unknown) => {
    if (!(error instanceof SluiceError) || signal.aborted) throw error;
    return error;
  });
  if (polled instanceof SluiceError) {
    return {
      message: `its previous configuration was accepted; whether it is back is unknown: ${polled.message}`,
      done: false,
    };
  }
  const { seen, reached } = polled;
  if (seen === undefined || !sameConfig(seen.info.config, live.info.config)) {
    return { message: 'its previous configuration was accepted, but is not in effect', done: false };
  }
  if (!isBack(seen)) {
    return { message: `its previous configuration is back, but it is not ${before} as before`, done: false };
  }
  const again = runs ? (reached ? ' and runs again' : ', but it does not run yet') : '';
  return { message: `its previous configuration is back${again}`, done: true };
}

/** Returns the keys that could not be restored: their previous values are known only as masks. */
async function restoreConfig(change: ConnectorChange, client: RollbackClient): Promise<string[]> {
  const { name, live, action } = change;
  if (action !== 'update' || live === undefined) return [];
  const masked = Object.keys(live.info.config).filter((key) => isMasked(live.info.config[key]));
  if (masked.length === 0) {
    await client.putConfig(name, live.info.config);
    return [];
  }
  // Writing the whole configuration would write the masks: restore only keys whose previous value is known.
  const known = change.keys.filter(({ before }) => !isMasked(before ?? undefined));
  if (known.length > 0)
    await client.patchConfig(name, Object.fromEntries(known.map(({ key, before }) => [key, before])));
  return masked.filter((key) => change.unknown.includes(key) || change.keys.some((one) => one.key === key));
}
