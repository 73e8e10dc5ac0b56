import type { UnreadableConnector } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { ErrorDocument } from '../errors/error.ts';
import { aggregateExit, type SluiceError, toErrorDocument, toSluiceError } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import type { DeleteReport, DeleteResult } from '../operate/delete.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import { type Diff, diffAll } from '../plan/plan.ts';
import { type ShownChange, showChange } from '../plan/show.ts';
import { type ShownTopic, showTopic, type TopicChange } from '../plan/topics.ts';
import { type Done, interrupted } from './interrupted.ts';
import { assertNoMasks } from './masks.ts';
import type { DeployOptions } from './options.ts';
import { type PruneOptions, prune, pruneCandidates } from './prune.ts';
import { rollBack, validateChanged, waitFor, waves, writeAll } from './steps.ts';
import { applyTopics, assertPossible } from './topics.ts';

export type DeployOutcome =
  | 'created'
  | 'updated'
  | 'state changed'
  | 'unchanged'
  | 'failed'
  | 'rolled back'
  | 'planned';

export interface DeployResult extends Omit<ShownChange, 'action'> {
  /** `unreadable`: it is there, and the worker does not show it. */
  action: ShownChange['action'] | 'unreadable';
  outcome: DeployOutcome;
  error: ErrorDocument | null;
}

export interface TopicResult extends ShownTopic {
  outcome: 'created' | 'updated' | 'unchanged' | 'planned';
}

export interface DeployReport {
  context: string;
  dryRun: boolean;
  /** False: that Connect accepted is all that is known. */
  waited: boolean;
  /** Writes that were sent. */
  writes: number;
  results: DeployResult[];
  /** Declared topics; they come before the connectors. */
  topics: TopicResult[];
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
 * @throws VALIDATION_FAILED, PREFLIGHT_FAILED, before anything is sent; the client's errors
 *   while reading. What fails while writing or waiting is in the report.
 */
export async function deploy(files: readonly ConnectorFile[], options: DeployOptions): Promise<DeployReport> {
  // A read failure ends the run here: taken for "not there" it would become a creation.
  const [live, topics] = await Promise.all([options.client.listing(), options.topics?.changes() ?? []]);
  const { changes, unreadable } = diffAll(files, live, options.sendMasked);
  if (options.approve !== undefined && unreadable[0] !== undefined) throw unreadable[0].error;
  options.approve?.(changes, topics);
  assertPossible(topics);
  const surplus = options.prune === undefined ? [] : pruneCandidates(live.connectors, options.prune);
  const hidden = options.prune === undefined ? [] : hiddenFrom(live.unreadable, options.prune);
  const changed = changes.filter((change) => change.action !== 'unchanged');
  const sent = changes.filter(({ name, action }) => action !== 'unchanged' || options.sendMasked?.includes(name));
  assertNoMasks(sent, options.secrets, options.sendMasked);
  await validateChanged(files, changed, options);
  await options.preflight?.(new Set(changed.map((change) => change.name)), live.connectors);
  if (options.dryRun)
    return report(
      changes,
      new Map(),
      { ...options, wait: false },
      { dryRun: true, surplus, hidden, topics, unreadable },
    );
  if (surplus.length > 0) await options.prune?.confirm(surplus);
  const done: Done = {
    made: new Set(),
    written: new Set(),
    errors: new Map(),
    putBack: new Map(),
    deleted: new Set(),
    unsure: new Set(),
  };
  const { made, written, errors, putBack } = done;
  let pruned: DeleteReport | undefined;
  try {
    await applyTopics(topics, { ...options, open: options.topics?.open, made });
    await writeAndWait(changes, { errors, written }, options).catch((error: unknown) => {
      // A defect, too, must not hide what was written by then.
      if (options.signal.aborted || written.size === 0) throw error;
      const failure = toSluiceError(error);
      for (const { name } of changed) if (!errors.has(name)) errors.set(name, failure);
    });
    if (options.rollback) await rollBack(changes, done, options);
    // What replaces them is not in place: then what is old had better stay.
    if (errors.size === 0 && unreadable.length === 0)
      pruned = await prune(
        live.connectors.filter(({ name }) => surplus.includes(name)),
        options,
        done,
      );
  } catch (error) {
    if (options.signal.aborted) throw interrupted(options.signal, changes, done);
    throw error;
  }
  for (const [name, back] of putBack) if (back) errors.set(name, back.error);
  return report(changes, errors, options, {
    dryRun: false,
    surplus,
    hidden,
    topics,
    unreadable,
    pruned,
    rolledBack: new Set([...putBack].flatMap(([name, back]) => (back?.done ? [name] : []))),
  });
}

async function writeAndWait(
  changes: readonly ConnectorChange[],
  { errors, written }: { errors: Map<string, SluiceError>; written: Set<string> },
  options: DeployOptions,
): Promise<void> {
  // Writing may take long, in a rebalance: it does not count as waiting.
  let left = options.timeoutMs;
  const now = () => options.clock.now().getTime();
  const wait = async (awaited: readonly ConnectorChange[], stableMs: number) => {
    const began = now();
    await waitFor(awaited, errors, { ...options, stableMs }, began + left);
    left -= now() - began;
  };
  const { first, feeding, second } = waves(changes);
  await writeAll(first, errors, written, options);
  if (options.wait && second.some((change) => change.action !== 'unchanged')) {
    // That they run is enough for the sinks to start; that they go on running is seen with all the others below.
    await wait(feeding, 0);
  }
  await writeAll(second, errors, written, options);
  if (options.wait) await wait(changes, options.stableMs);
}

interface Ending {
  dryRun: boolean;
  /** What --prune is about. */
  surplus: readonly string[];
  /** What --prune may be about: it cannot be read, and is left alone. */
  hidden: readonly UnreadableConnector[];
  unreadable: Diff['unreadable'];
  topics: readonly TopicChange[];
  /** Undefined where it was not tried. */
  pruned?: DeleteReport | undefined;
  rolledBack?: ReadonlySet<string>;
}

function report(
  changes: readonly ConnectorChange[],
  errors: ReadonlyMap<string, SluiceError>,
  options: DeployOptions,
  { dryRun, surplus, hidden, unreadable, topics, pruned, rolledBack }: Ending,
): DeployReport {
  const results = changes.map((change): DeployResult => {
    const error = errors.get(change.name);
    const outcome = dryRun && change.action !== 'unchanged' ? 'planned' : DONE[change.action];
    return {
      ...showChange(change, options.secrets(change.desired)),
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
    results: [...results, ...unreadable.map(unreadableResult)],
    topics: topics.map((change) => topicResult(change, dryRun)),
    pruned:
      options.prune === undefined ? null : [...(pruned?.results ?? surplus.map(notPruned)), ...hidden.map(notPrunable)],
    exitCode: worseExit(
      aggregateExit([...changes.map((change) => ({ error: errors.get(change.name) })), ...unreadable]),
      hidden.length > 0 ? EXIT.partial : pruned?.exitCode,
    ),
  };
}

function topicResult(change: TopicChange, dryRun: boolean): TopicResult {
  const done = change.action === 'create' ? 'created' : change.action === 'update' ? 'updated' : 'unchanged';
  return { ...showTopic(change), outcome: dryRun && done !== 'unchanged' ? 'planned' : done };
}

function unreadableResult({ name, file, error }: Diff['unreadable'][number]): DeployResult {
  const nothing = { keys: [], state: null, unknown: [] };
  return { name, file, action: 'unreadable', ...nothing, outcome: 'failed', error: toErrorDocument(error) };
}

/** Connectors that --prune might be about, but for that they cannot be read. */
function hiddenFrom(unreadable: readonly UnreadableConnector[], prune: PruneOptions): UnreadableConnector[] {
  const names = pruneCandidates(unreadable, prune);
  return unreadable.filter(({ name }) => names.includes(name));
}

function notPrunable({ name, error }: UnreadableConnector): DeleteResult {
  return { name, outcome: null, kept: null, error: toErrorDocument(error) };
}

function notPruned(name: string): DeleteResult {
  return { name, outcome: null, kept: null, error: null };
}

/** Where the deploy went well and the removal did not, some is done and some is not. */
function worseExit(deployed: ExitCode, pruned: ExitCode | undefined): ExitCode {
  return deployed === EXIT.ok && pruned !== undefined && pruned !== EXIT.ok ? EXIT.partial : deployed;
}
