import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { hideKnown, SluiceError } from '../errors/error.ts';
import { failures } from '../operate/state.ts';
import { type ConnectorChange, stateOf } from '../plan/diff.ts';
import { secretValues } from '../text/redact.ts';
import { sourcesOf } from '../topology/feeds.ts';
import { type Awaited, awaitConnectors } from './await.ts';
import type { Done } from './interrupted.ts';
import type { DeployOptions } from './options.ts';
import { validateRemotely } from './remote-validation.ts';
import { canRollBack, rollBackChange } from './rollback.ts';
import { writeChange } from './write.ts';

export async function validateChanged(
  files: readonly ConnectorFile[],
  changed: readonly ConnectorChange[],
  { client, progress, parallel, secrets }: DeployOptions,
): Promise<void> {
  const names = new Set(changed.filter((change) => change.action !== 'state').map((change) => change.name));
  const concerned = files.filter((file) => names.has(file.name));
  if (concerned.length === 0) return;
  await progress.step(`The worker checks ${count(concerned.length)}`, () =>
    validateRemotely(concerned, client, parallel, secrets),
  );
}

/** A hanging worker delays one write by more than a minute, and a rollback may need several writes. */
const ROLLBACK_STALL_MS = 180_000;

/** Aborted after `ms` without progress. */
function stallSignal(ms: number) {
  const controller = new AbortController();
  const start = () => setTimeout(() => controller.abort(), ms);
  let timer = start();
  return {
    signal: controller.signal,
    progressed() {
      clearTimeout(timer);
      timer = start();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
}

/** Rolls back failed updates and state changes. Adds a result for each, undefined while in progress. */
export async function rollBack(
  changes: readonly ConnectorChange[],
  { errors, written, rollbacks }: Pick<Done, 'errors' | 'written' | 'rollbacks'>,
  { client, clock, signal, progress, parallel, rollbackStallMs = ROLLBACK_STALL_MS }: DeployOptions,
): Promise<void> {
  const concerned = changes.filter(
    (change) => errors.has(change.name) && written.has(change.name) && canRollBack(change),
  );
  if (concerned.length === 0) return;
  using stall = stallSignal(rollbackStallMs);
  await progress.step(`Roll back ${count(concerned.length)}`, () =>
    mapBounded(concerned, parallel, async (change) => {
      const failure = errors.get(change.name);
      if (failure === undefined) return;
      signal.throwIfAborted();
      rollbacks.set(change.name, undefined);
      const result = await rollBackChange(change, failure, client, { clock, signal, stalled: stall.signal });
      rollbacks.set(change.name, result);
      if (result.done) stall.progressed();
    }),
  );
}

export interface DeployOrder {
  /** Everything that does not wait for another connector. */
  sources: ConnectorChange[];
  /** Those of `sources` that a sink waits for. */
  feedingSources: ConnectorChange[];
  /** Sinks that read topics of a source in the same deploy. */
  sinks: ConnectorChange[];
}

export function deployOrder(changes: readonly ConnectorChange[]): DeployOrder {
  const connectors = changes.map((change) => ({ name: change.name, config: change.desired.config, change }));
  const [sources, sinks] = [[] as ConnectorChange[], [] as ConnectorChange[]];
  const feedingSources = new Set<ConnectorChange>();
  for (const one of connectors) {
    const feeding = sourcesOf(one, connectors);
    (feeding.length > 0 ? sinks : sources).push(one.change);
    for (const source of feeding) feedingSources.add(source.change);
  }
  return { sources, feedingSources: [...feedingSources], sinks };
}

export async function writeAll(
  changes: readonly ConnectorChange[],
  errors: Map<string, SluiceError>,
  written: Set<string>,
  { client, parallel, signal, progress, secrets }: DeployOptions,
): Promise<void> {
  const writes = changes.filter((change) => change.action !== 'unchanged');
  if (writes.length === 0) return;
  await progress.step(`Write ${count(writes.length)}`, () =>
    mapBounded(writes, parallel, async (change) => {
      // After Ctrl-C no further write starts; running ones finish.
      if (signal.aborted) return;
      try {
        await writeChange(change, client, () => written.add(change.name));
      } catch (error) {
        if (signal.aborted && error === signal.reason) return;
        if (!(error instanceof SluiceError)) throw error;
        // It may have been carried out: then it is rolled back.
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
  // Unchanged ones may have failed meanwhile.
  const verb = awaited.every(({ written }) => written === 'nothing') ? 'Check' : 'Wait for';
  await options.progress.step(`${verb} ${count(awaited.length)}`, async (update) => {
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
