import type { ConnectClient } from '../connect/client.ts';
import { sameConfig } from '../connect/configs.ts';
import type { InitialState } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { ConnectorChange, TargetState } from '../plan/diff.ts';
import { maskedKeys } from '../text/masks.ts';
import { assertCanPatch } from './masks.ts';

export type WriteClient = Pick<
  ConnectClient,
  'find' | 'create' | 'putConfig' | 'patchConfig' | 'supports' | 'server' | 'pause' | 'resume' | 'stop'
>;

/**
 * Carries out one change. Connect has no compare-and-set: the live connector is read again right before, and skipped if
 * it is no longer what the change was computed from. A creation needs no such check: the worker itself rejects an
 * existing name.
 * @param onWritten called after each write: a change of configuration and state takes two
 * @throws CONNECTOR_CHANGED, CONNECT_UNSUPPORTED if only a newer worker could write around masks, the client's errors.
 */
export async function writeChange(
  change: ConnectorChange,
  client: WriteClient,
  onWritten: () => void = () => {},
): Promise<void> {
  const { name, desired } = change;
  if (change.action === 'unchanged') return;
  if (change.action === 'create') return create(change, client, onWritten);
  const masked = change.action === 'update' && maskedKeys(desired.config).length > 0;
  if (masked) await assertCanPatch(change, client);
  await assertUntouched(change, client);
  // Pause or stop first, resume last: the new configuration must not run unless it should.
  if (change.state !== null && change.state.after !== 'running') {
    await setState(name, change.state.after, client);
    onWritten();
  }
  if (change.action === 'update') {
    // Key by key, to avoid writing a mask back.
    if (masked) await client.patchConfig(name, Object.fromEntries(change.keys.map(({ key, after }) => [key, after])));
    else await client.putConfig(name, desired.config);
    onWritten();
  }
  if (change.state?.after === 'running') {
    await client.resume(name);
    onWritten();
  }
}

async function create({ name, desired }: ConnectorChange, client: WriteClient, onWritten: () => void): Promise<void> {
  const state = desired.state ?? 'running';
  const atOnce = state === 'running' || (await client.supports('an initial state'));
  const initialState = state === 'running' || !atOnce ? {} : { initialState: state.toUpperCase() as InitialState };
  try {
    await client.create({ name, config: desired.config, ...initialState });
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONNECTOR_EXISTS') throw touched(name, 'was created');
    throw error;
  }
  onWritten();
  // An older worker runs it for a moment.
  if (!atOnce) await setState(name, state, client);
}

export function setState(
  name: string,
  state: TargetState,
  client: Pick<WriteClient, 'pause' | 'resume' | 'stop'>,
): Promise<void> {
  const verbs = { running: 'resume', paused: 'pause', stopped: 'stop' } as const;
  return client[verbs[state]](name);
}

async function assertUntouched({ name, live }: ConnectorChange, client: WriteClient): Promise<void> {
  const now = await client.find(name);
  if (now !== undefined && live !== undefined && sameConfig(now.info.config, live.info.config)) return;
  throw touched(name, now === undefined ? 'was deleted' : 'changed');
}

function touched(name: string, what: string): SluiceError {
  return new SluiceError('CONNECTOR_CHANGED', `connector "${name}" ${what} since it was read; skipped`, {
    hint: 'Run sluice plan, then deploy again.',
    details: { name },
  });
}
