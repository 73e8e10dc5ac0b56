import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { aggregateExit, type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import type { GroupReader } from '../monitor/group-reader.ts';
import type { DeleteReport, DeleteResult } from '../operate/delete.ts';
import { failures } from '../operate/state.ts';
import { type ConnectorChange, stateOf } from '../plan/diff.ts';
import { sourcesOf } from '../plan/order.ts';
import { diffAll } from '../plan/plan.ts';
import { type ShownChange, showChange } from '../plan/show.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { type Awaited, awaitConnectors } from './await.ts';
import { type PruneClient, type PruneOptions, prune, pruneCandidates } from './prune.ts';
import { validateRemotely } from './remote-validation.ts';
import { canRollBack, type RollbackClient, rollBackChange } from './rollback.ts';
import { type WriteClient, writeChange } from './write.ts';

export type DeployClient = WriteClient &
  RollbackClient &
  PruneClient &
  Pick<ConnectClient, 'listExpanded' | 'validate'>;

export interface DeployOptions {
  client: DeployClient;
  groups: GroupReader;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
  context: string;
  /** Connectors written side by side. */
  concurrency: number;
  wait: boolean;
  timeoutMs: number;
  stableMs: number;
  /** Puts the former configuration and state of a failed connector back; default false. */
  rollback?: boolean;
  /** Removes connectors that stand in no file. */
  prune?: PruneOptions | undefined;
  /** Looks at the changes before anything is sent; throws where they must not be carried out. */
  approve?: ((changes: readonly ConnectorChange[]) => void) | undefined;
  /** Stops after the plan. */
  dryRun: boolean;
  /** Keys of a configuration whose values are never shown, beyond those whose names say so. */
  secretKeys: (config: ConnectorConfig) => ReadonlySet<string>;
}

export type DeployOutcome =
  | 'created'
  | 'updated'
  | 'state changed'
  | 'unchanged'
  | 'failed'
  | 'rolled back'
  | 'planned';

export interface DeployResult extends ShownChange {
  outcome: DeployOutcome;
  error: ErrorDocument | null;
}

export interface DeployReport {
  context: string;
  dryRun: boolean;
  /** False: that Connect accepted is all that is known. */
  waited: boolean;
  /** Writes that were sent. */
  writes: number;
  results: DeployResult[];
  /** What --prune removed, or would remove (no outcome); null without --prune. */
  pruned: DeleteResult[] | null;
  exitCode: ExitCode;
}

const DONE: Readonly<Record<ConnectorChange['action'], DeployOutcome>> = {
  create: 'created',
  update: 'updated',
  state: 'state changed',
  unchanged: 'unchanged',
};

/**
 * Makes the live connectors what the files say: only what differs is written, sources before the sinks that read their
 * topics, and every connector is waited for until all its tasks run and stay so.
 * @throws VALIDATION_FAILED, before anything is sent; the client's errors
 *   while reading. What fails while writing or waiting is in the report.
 */
export async function deploy(files: readonly ConnectorFile[], options: DeployOptions): Promise<DeployReport> {
  // A read failure ends the run here: taken for "not there" it would become a creation.
  const live = await options.client.listExpanded();
  const changes = diffAll(files, live);
  options.approve?.(changes);
  const surplus = options.prune === undefined ? [] : pruneCandidates(live, options.prune);
  const changed = changes.filter((change) => change.action !== 'unchanged');
  await validateChanged(files, changed, options);
  if (options.dryRun) return report(changes, new Map(), { ...options, wait: false }, { dryRun: true, surplus });
  if (surplus.length > 0) await options.prune?.confirm(surplus);
  const deadline = options.clock.now().getTime() + options.timeoutMs;
  const errors = new Map<string, SluiceError>();
  const { first, feeding, second } = waves(changes);
  await writeAll(first, errors, options);
  if (options.wait && second.some((change) => change.action !== 'unchanged')) {
    // That they run is enough for the sinks to start; that they go on running is seen with all the others below.
    await waitFor(feeding, errors, { ...options, stableMs: 0 }, deadline);
  }
  await writeAll(second, errors, options);
  if (options.wait) await waitFor(changes, errors, options, deadline);
  const putBack = options.rollback ? await rollBack(changes, errors, options) : new Map<string, SluiceError>();
  // What replaces them is not in place: then what is old had better stay.
  const pruned = errors.size > 0 ? undefined : await prune(surplus, options);
  return report(changes, new Map([...errors, ...putBack]), options, {
    dryRun: false,
    surplus,
    pruned,
    rolledBack: new Set(putBack.keys()),
  });
}

async function validateChanged(
  files: readonly ConnectorFile[],
  changed: readonly ConnectorChange[],
  { client, progress, concurrency }: DeployOptions,
): Promise<void> {
  const names = new Set(changed.filter((change) => change.action !== 'state').map((change) => change.name));
  const concerned = files.filter((file) => names.has(file.name));
  if (concerned.length === 0) return;
  await progress.step(`The worker checks ${count(concerned.length)}`, () =>
    validateRemotely(concerned, client, concurrency),
  );
}

/** Puts back what was there before a failed update or change of state. Returns the errors that say so, by name. */
async function rollBack(
  changes: readonly ConnectorChange[],
  errors: ReadonlyMap<string, SluiceError>,
  { client, clock, signal, progress, concurrency }: DeployOptions,
): Promise<Map<string, SluiceError>> {
  const concerned = changes.filter((change) => canRollBack(change, errors.get(change.name)));
  const putBack = new Map<string, SluiceError>();
  if (concerned.length === 0) return putBack;
  await progress.step(`Put ${count(concerned.length)} back`, () =>
    mapBounded(concerned, concurrency, async (change) => {
      const failure = errors.get(change.name);
      if (failure === undefined) return;
      putBack.set(change.name, await rollBackChange(change, failure, client, { clock, signal }));
    }),
  );
  return putBack;
}

/** Sinks that read topics of a source in the same deploy come after that source; everything else goes first. */
function waves(changes: readonly ConnectorChange[]): Record<'first' | 'feeding' | 'second', ConnectorChange[]> {
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

async function writeAll(
  changes: readonly ConnectorChange[],
  errors: Map<string, SluiceError>,
  { client, concurrency, signal, progress }: DeployOptions,
): Promise<void> {
  const writes = changes.filter((change) => change.action !== 'unchanged');
  if (writes.length === 0) return;
  await progress.step(`Write ${count(writes.length)}`, () =>
    mapBounded(writes, concurrency, async (change) => {
      try {
        await writeChange(change, client);
      } catch (error) {
        if (!(error instanceof SluiceError) || signal.aborted) throw error;
        errors.set(change.name, error);
      }
    }),
  );
}

async function waitFor(
  changes: readonly ConnectorChange[],
  errors: Map<string, SluiceError>,
  options: DeployOptions,
  deadline: number,
): Promise<void> {
  const awaited = changes.filter((change) => !errors.has(change.name)).map(toAwaited);
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

function toAwaited({ name, desired, live, action }: ConnectorChange): Awaited {
  const written = action !== 'unchanged';
  return {
    name,
    state: desired.state ?? (live === undefined ? 'running' : stateOf(live)),
    former: written && live?.status ? failures(live.status) : [],
    written,
  };
}

interface Ending {
  dryRun: boolean;
  /** What --prune is about. */
  surplus: readonly string[];
  /** Undefined where it was not tried. */
  pruned?: DeleteReport | undefined;
  rolledBack?: ReadonlySet<string>;
}

function report(
  changes: readonly ConnectorChange[],
  errors: ReadonlyMap<string, SluiceError>,
  options: DeployOptions,
  { dryRun, surplus, pruned, rolledBack }: Ending,
): DeployReport {
  const results = changes.map((change) => {
    const error = errors.get(change.name);
    const outcome = dryRun && change.action !== 'unchanged' ? 'planned' : DONE[change.action];
    return {
      ...showChange(change, options.secretKeys(change.desired.config)),
      outcome:
        error === undefined ? outcome : rolledBack?.has(change.name) ? ('rolled back' as const) : ('failed' as const),
      error: error === undefined ? null : toErrorDocument(error),
    };
  });
  return {
    context: options.context,
    dryRun,
    waited: options.wait,
    writes: dryRun ? 0 : changes.filter((change) => change.action !== 'unchanged').length,
    results,
    pruned: options.prune === undefined ? null : (pruned?.results ?? surplus.map(notPruned)),
    exitCode: worseExit(aggregateExit(changes.map((change) => ({ error: errors.get(change.name) }))), pruned?.exitCode),
  };
}

function notPruned(name: string): DeleteResult {
  return { name, outcome: null, kept: null, error: null };
}

/** Where the deploy went well and the removal did not, some is done and some is not. */
function worseExit(deployed: ExitCode, pruned: ExitCode | undefined): ExitCode {
  return deployed === EXIT.ok && pruned !== undefined && pruned !== EXIT.ok ? EXIT.partial : deployed;
}

function count(connectors: number): string {
  return `${connectors} ${connectors === 1 ? 'connector' : 'connectors'}`;
}
