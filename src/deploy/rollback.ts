import type { ConnectClient } from '../connect/client.ts';
import { sameConfig } from '../connect/configs.ts';
import { isMasked } from '../connect/masks.ts';
import type { ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import { pollUntil } from '../operate/poll.ts';
import { failures, isRunning } from '../operate/state.ts';
import { type ConnectorChange, stateOf, type TargetState } from '../plan/diff.ts';
import type { Clock } from '../ports/clock.ts';
import { setState } from './write.ts';

export type RollbackClient = Pick<
  ConnectClient,
  'find' | 'status' | 'supports' | 'patchConfig' | 'putConfig' | 'pause' | 'resume' | 'stop'
>;

/** A time of its own, beyond the deploy's: for a worker that is away, and again for the connector to run as before. */
const SETTLE_MS = 20_000;

/** A creation has no former configuration; what failed there stays to be looked at. */
export function canRollBack({ action }: ConnectorChange): boolean {
  return action === 'update' || action === 'state';
}

export interface PutBack {
  /** To be reported: the failure of the change, and what became of the connector. */
  error: SluiceError;
  /** False where it is not what it was before. */
  done: boolean;
}

/** Puts back what was there before one change, and looks whether it runs again. */
export async function rollBackChange(
  change: ConnectorChange,
  failure: SluiceError,
  client: RollbackClient,
  ports: { clock: Clock; signal: AbortSignal },
): Promise<PutBack> {
  const { said, done } = await putBack(change, client, ports).catch((error: unknown) => {
    if (!(error instanceof SluiceError) || ports.signal.aborted) throw error;
    return { said: `it could not be put back: ${error.message}`, done: false };
  });
  const code = done && failure.code !== 'CONNECTOR_CHANGED' ? 'CONNECTOR_FAILED' : failure.code;
  const error = new SluiceError(code, `${failure.message}; ${said}`, {
    cause: failure,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    details: { ...failure.details, failure: failure.code },
  });
  return { error, done };
}

async function putBack(
  change: ConnectorChange,
  client: RollbackClient,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<{ said: string; done: boolean }> {
  const { name, live, desired } = change;
  if (live === undefined) return { said: 'there was nothing to put back', done: false };
  const { seen: found } = await pollUntil(
    () => client.find(name),
    () => true,
    { clock, signal, timeoutMs: SETTLE_MS },
  );
  const now = found?.info.config;
  const toBefore = now !== undefined && sameConfig(now, live.info.config);
  // A change of configuration and state takes two calls, of which the first may be all that was done.
  if (found === undefined || now === undefined || !(toBefore || sameConfig(now, desired.config))) {
    return { said: 'someone else has changed it since, so it was left alone', done: false };
  }
  const state = found.status === null ? undefined : stateOf(found);
  if (state !== undefined && state !== stateOf(live) && state !== change.state?.after) {
    return { said: `someone else has ${DONE[state]} it since, so it was left alone`, done: false };
  }
  const isBack = toBefore && !sameConfig(now, desired.config);
  if (isBack && change.state === null) return { said: 'so there was nothing to put back', done: false };
  const lost = isBack ? [] : await putConfigBack(change, client);
  if (change.state?.before != null) await setState(name, change.state.before, client);
  const there = await whatIsThere(live, client, { clock, signal });
  if (lost.length === 0) return there;
  // Of what was not compared nobody knows whether it was another value.
  const replaced = lost.some((key) => change.keys.some((one) => one.key === key));
  const keys = lost.join(', ');
  const but = replaced
    ? `${keys}, which the worker masks, could not be put back`
    : `whether ${keys} is as before is not known, since the worker masks it`;
  return { said: `${but}; apart from that, ${there.said}`, done: there.done && !replaced };
}

const DONE: Readonly<Record<TargetState, string>> = { running: 'resumed', paused: 'paused', stopped: 'stopped' };

/** That the worker accepted the former configuration and state is not that they are there. */
async function whatIsThere(
  live: ListedConnector,
  client: RollbackClient,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<{ said: string; done: boolean }> {
  const before = stateOf(live);
  // What had failed before is not waited for: it had not run.
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
      said: `its former configuration was accepted; whether it is back is not known: ${polled.message}`,
      done: false,
    };
  }
  const { seen, reached } = polled;
  if (seen === undefined || !sameConfig(seen.info.config, live.info.config)) {
    return { said: 'its former configuration was accepted, but is not there', done: false };
  }
  if (!isBack(seen)) {
    return { said: `its former configuration is back, but it is not ${before} as before`, done: false };
  }
  const again = runs ? (reached ? ' and runs again' : ', but it does not run yet') : '';
  return { said: `its former configuration is back${again}`, done: true };
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
  const known = change.keys.filter(({ before }) => !isMasked(before ?? undefined));
  if (known.length > 0)
    await client.patchConfig(name, Object.fromEntries(known.map(({ key, before }) => [key, before])));
  return masked.filter((key) => change.unknown.includes(key) || change.keys.some((one) => one.key === key));
}
