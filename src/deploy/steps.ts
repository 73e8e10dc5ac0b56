import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { hideKnown, SluiceError } from '../errors/error.ts';
import { failures } from '../operate/state.ts';
import { type ConnectorChange, stateOf } from '../plan/diff.ts';
import { sourcesOf } from '../plan/order.ts';
import { secretValues } from '../text/redact.ts';
import { type Awaited, awaitConnectors } from './await.ts';
import type { Done } from './interrupted.ts';
import type { DeployOptions } from './options.ts';
import { validateRemotely } from './remote-validation.ts';
import { canRollBack, rollBackChange } from './rollback.ts';
import { writeChange } from './write.ts';

export async function validateChanged(
  files: readonly ConnectorFile[],
  changed: readonly ConnectorChange[],
  { client, progress, concurrency, secrets }: DeployOptions,
): Promise<void> {
  const names = new Set(changed.filter((change) => change.action !== 'state').map((change) => change.name));
  const concerned = files.filter((file) => names.has(file.name));
  if (concerned.length === 0) return;
  await progress.step(`The worker checks ${count(concerned.length)}`, () =>
    validateRemotely(concerned, client, concurrency, secrets),
  );
}

/** Puts back what was there before a failed update or change of state. Adds what became of each, undefined at first. */
export async function rollBack(
  changes: readonly ConnectorChange[],
  { errors, written, putBack }: Pick<Done, 'errors' | 'written' | 'putBack'>,
  { client, clock, signal, progress, concurrency }: DeployOptions,
): Promise<void> {
  const concerned = changes.filter(
    (change) => errors.has(change.name) && written.has(change.name) && canRollBack(change),
  );
  if (concerned.length === 0) return;
  await progress.step(`Put ${count(concerned.length)} back`, () =>
    mapBounded(concerned, concurrency, async (change) => {
      const failure = errors.get(change.name);
      if (failure === undefined) return;
      signal.throwIfAborted();
      putBack.set(change.name, undefined);
      putBack.set(change.name, await rollBackChange(change, failure, client, { clock, signal }));
    }),
  );
}

/** Sinks that read topics of a source in the same deploy come after that source; everything else goes first. */
export function waves(changes: readonly ConnectorChange[]): Record<'first' | 'feeding' | 'second', ConnectorChange[]> {
  const ordered = changes.map((change) => ({ name: change.name, config: change.desired.config, change }));
  const [first, second] = [[] as ConnectorChange[], [] as ConnectorChange[]];
  const feeding = new Set<ConnectorChange>();
  for (const one of ordered) {
    const sources = sourcesOf(one, ordered);
    (sources.length > 0 ? second : first).push(one.change);
    for (const source of sources) feeding.add(source.change);
  }
  return { first, feeding: [...feeding], second };
}

export async function writeAll(
  changes: readonly ConnectorChange[],
  errors: Map<string, SluiceError>,
  written: Set<string>,
  { client, concurrency, signal, progress, secrets }: DeployOptions,
): Promise<void> {
  const writes = changes.filter((change) => change.action !== 'unchanged');
  if (writes.length === 0) return;
  await progress.step(`Write ${count(writes.length)}`, () =>
    mapBounded(writes, concurrency, async (change) => {
      // After Ctrl-C no further write begins; those under way are waited for.
      if (signal.aborted) return;
      try {
        await writeChange(change, client, () => written.add(change.name));
      } catch (error) {
        if (signal.aborted && error === signal.reason) return;
        if (!(error instanceof SluiceError)) throw error;
        // It may have been: then it is looked at, and put back.
        if (error.details?.['outcome'] === 'unknown') written.add(change.name);
        errors.set(change.name, hideKnown(error, secrets(change.desired).values()));
      }
    }),
  );
  signal.throwIfAborted();
}

export async function waitFor(
  changes: readonly ConnectorChange[],
  errors: Map<string, SluiceError>,
  options: DeployOptions,
  deadline: number,
): Promise<void> {
  const awaited = changes
    .filter((change) => !errors.has(change.name))
    .map((change) => toAwaited(change, options.secrets(change.desired).values()));
  if (awaited.length === 0) return;
  await options.progress.step(`Wait for ${count(awaited.length)}`, async (update) => {
    const outcomes = await awaitConnectors(awaited, {
      ...options,
      deadline,
      onProgress: update,
    });
    for (const [name, error] of outcomes) if (error !== undefined) errors.set(name, error);
  });
}

function toAwaited({ name, desired, live, action }: ConnectorChange, hidden: readonly string[]): Awaited {
  const before = live && { config: live.info.config, state: stateOf(live) };
  return {
    name,
    state: desired.state ?? before?.state ?? 'running',
    config: desired.config,
    before,
    hidden,
    former:
      action !== 'unchanged' && live?.status
        ? failures(live.status, [...hidden, ...secretValues(live.info.config)])
        : [],
    written: action === 'unchanged' ? 'nothing' : action === 'create' ? 'creation' : 'change',
  };
}

function count(connectors: number): string {
  return `${connectors} ${connectors === 1 ? 'connector' : 'connectors'}`;
}
