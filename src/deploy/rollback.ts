import type { ConnectClient } from '../connect/client.ts';
import { isMasked } from '../connect/masks.ts';
import { SluiceError } from '../errors/error.ts';
import { pollUntil } from '../operate/poll.ts';
import { failures, isRunning } from '../operate/state.ts';
import { type ConnectorChange, stateOf } from '../plan/diff.ts';
import type { Clock } from '../ports/clock.ts';
import { sameConfig, setState } from './write.ts';

export type RollbackClient = Pick<
  ConnectClient,
  'find' | 'status' | 'supports' | 'patchConfig' | 'putConfig' | 'pause' | 'resume' | 'stop'
>;

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
  const error = new SluiceError('CONNECTOR_FAILED', `${failure.message}; ${said}`, {
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
  const now = (await client.find(name))?.info.config;
  // A change of configuration and state takes two calls, of which the first may be all that was done.
  if (now === undefined || !(sameConfig(now, desired.config) || sameConfig(now, live.info.config))) {
    return { said: 'someone else has changed it since, so it was left alone', done: false };
  }
  const lost = await putConfigBack(change, client);
  if (change.state?.before != null) await setState(name, change.state.before, client);
  const formerlyFailed = live.status !== null && failures(live.status).length > 0;
  const masked = lost.length > 0 ? `, but not ${lost.join(', ')}, which the worker masks` : '';
  const former = `its former configuration is back${masked}`;
  if (stateOf(live) !== 'running' || formerlyFailed) return { said: former, done: true };
  const { reached } = await pollUntil(
    () => client.status(name),
    (status) => status !== undefined && isRunning(status),
    { clock, signal, timeoutMs: SETTLE_MS, stableMs: 1_000 },
  );
  return { said: `${former}${reached ? ' and runs again' : ', but it does not run yet'}`, done: true };
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
