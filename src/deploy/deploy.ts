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
import type { Count } from '../text/numbers.ts';
import { type Done, interrupted } from './interrupted.ts';
import { assertNoMasks } from './masks.ts';
import type { DeployOptions } from './options.ts';
import { type PruneOptions, prune, pruneCandidates } from './prune.ts';
import { deployOrder, rollBack, validateChanged, waitFor, writeAll } from './steps.ts';
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
  /** `unreadable`: it exists, but the worker does not show it. */
  action: ShownChange['action'] | 'unreadable';
  outcome: DeployOutcome;
  error: ErrorDocument | null;
}

export interface TopicResult extends ShownTopic {
  outcome: 'created' | 'updated' | 'unchanged' | 'planned';
}

export interface PruneResult extends Omit<DeleteResult, 'outcome'> {
  /** Null if it was not deleted. */
  outcome: Exclude<DeleteResult['outcome'], 'would be deleted'>;
}

export interface DeployReport {
  context: string;
  dryRun: boolean;
  /** False: Connect accepted the request; nothing else is known. */
  waited: boolean;
  /** Written connectors. */
  writes: Count;
  results: DeployResult[];
  /** Topics that sluice.yaml declares; they come before the connectors. */
  topics: TopicResult[];
  /** What --prune removed, or would remove (no outcome); null without --prune. */
  pruned: PruneResult[] | null;
  exitCode: ExitCode;
}

export interface Confirmation {
  /** Asks before the first write, with the report of a dry run; throws if the answer is no. Not called if nothing differs. */
  confirmChanges?: ((planned: DeployReport) => Promise<void>) | undefined;
}

const DONE: Readonly<Record<ConnectorChange['action'], DeployOutcome>> = {
  create: 'created',
  update: 'updated',
  state: 'state changed',
  unchanged: 'unchanged',
};

/**
 * Makes the live connectors match the files: writes only what differs, sources before the sinks that read their topics,
 * and waits until every task of every connector keeps running.
 * @throws VALIDATION_FAILED, PREFLIGHT_FAILED, before anything is sent; the client's errors
 *   while reading. What fails while writing or waiting is in the report.
 */
export async function deploy(
  files: readonly ConnectorFile[],
  options: DeployOptions & Confirmation,
): Promise<DeployReport> {
  // A read failure ends the run here: treated as "does not exist" it would become a creation.
  const [live, topics] = await Promise.all([options.client.listing(), options.topics?.changes() ?? []]);
  const { changes, unreadable } = diffAll(files, live, options.sendMasked);
  if (options.approve !== undefined && unreadable[0] !== undefined) throw unreadable[0].error;
  options.approve?.(changes, topics);
  assertPossible(topics);
  const surplus = options.prune === undefined ? [] : pruneCandidates(live.connectors, options.prune);
  const hidden = options.prune === undefined ? [] : hiddenFrom(live.unreadable, options.prune);
  const changed = changes.filter((change) => change.action !== 'unchanged');
  const sent = changes.filter(({ name, action }) => action !== 'unchanged' || options.sendMasked?.includes(name));
  assertNoMasks(sent, options.secrets, options.keepMasks ? [] : options.sendMasked);
  await validateChanged(files, changed, options);
  await options.preflight?.(new Set(changed.map((change) => change.name)), live.connectors);
  const planned = () =>
    report(changes, new Map(), { ...options, wait: false }, { dryRun: true, surplus, hidden, topics, unreadable });
  if (options.dryRun) return planned();
  const differs = sent.length + surplus.length > 0 || topics.some(({ action }) => action !== 'unchanged');
  if (differs) await options.confirmChanges?.(planned());
  if (surplus.length > 0) await options.prune?.confirm(surplus);
  await options.begins?.({
    connectors: [...changed.map(({ name }) => name), ...surplus],
    topics: topics.filter(({ action }) => action !== 'unchanged').map(({ name }) => name),
  });
  const done: Done = {
    topics: new Set(),
    written: new Set(),
    errors: new Map(),
    rollbacks: new Map(),
    deleted: new Set(),
    unsure: new Set(),
  };
  const { written, errors, rollbacks } = done;
  let pruned: DeleteReport | undefined;
  try {
    await applyTopics(topics, { ...options, open: options.topics?.open, applied: done.topics });
    await writeAndWait(changes, { errors, written }, options).catch((error: unknown) => {
      // Not even a bug may hide what was written so far.
      if (options.signal.aborted || written.size === 0) throw error;
      const failure = toSluiceError(error);
      for (const { name } of changed) if (!errors.has(name)) errors.set(name, failure);
    });
    if (options.rollback) await rollBack(changes, done, options);
    // Keep the old connectors if their replacements are not in place.
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
  for (const [name, rollback] of rollbacks) if (rollback) errors.set(name, rollback.error);
  return report(changes, errors, options, {
    dryRun: false,
    surplus,
    hidden,
    topics,
    unreadable,
    pruned,
    rolledBack: new Set([...rollbacks].flatMap(([name, rollback]) => (rollback?.done ? [name] : []))),
  });
}

async function writeAndWait(
  changes: readonly ConnectorChange[],
  { errors, written }: { errors: Map<string, SluiceError>; written: Set<string> },
  options: DeployOptions,
): Promise<void> {
  // Time spent writing, for example during a rebalance, does not count as waiting.
  let left = options.timeoutMs;
  const now = () => options.clock.now().getTime();
  const wait = async (awaited: readonly ConnectorChange[], stableMs: number) => {
    const began = now();
    await waitFor(awaited, errors, { ...options, stableMs }, began + left);
    left -= now() - began;
  };
  const { sources, feedingSources, sinks } = deployOrder(changes);
  await writeAll(sources, errors, written, options);
  if (options.wait && sinks.some((change) => change.action !== 'unchanged')) {
    // The sinks can start once these run; whether they keep running is checked with all the others below.
    await wait(feedingSources, 0);
  }
  await writeAll(sinks, errors, written, options);
  if (options.wait) await wait(changes, options.stableMs);
}

interface Ending {
  dryRun: boolean;
  /** What --prune deletes. */
  surplus: readonly string[];
  /** What --prune might delete, but cannot read: it is kept. */
  hidden: readonly UnreadableConnector[];
  unreadable: Diff['unreadable'];
  topics: readonly TopicChange[];
  /** Undefined if it was not tried. */
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
      ...showChange(change, options.secrets),
      outcome:
        error === undefined ? outcome : rolledBack?.has(change.name) ? ('rolled back' as const) : ('failed' as const),
      error: error === undefined ? null : toErrorDocument(error),
    };
  });
  // An unchanged connector is not a success that would make a failure partial.
  const tried = changes.filter(({ name, action }) => action !== 'unchanged' || errors.has(name));
  return {
    context: options.context,
    dryRun,
    waited: options.wait,
    writes: dryRun ? 0 : changes.filter((change) => change.action !== 'unchanged').length,
    results: [...results, ...unreadable.map(unreadableResult)],
    topics: topics.map((change) => topicResult(change, dryRun)),
    pruned:
      options.prune === undefined
        ? null
        : [...(pruned?.results.map(pruneResult) ?? surplus.map(notPruned)), ...hidden.map(notPrunable)],
    exitCode: worseExit(
      aggregateExit([...tried.map(({ name }) => ({ error: errors.get(name) })), ...unreadable]),
      hidden.length > 0 ? EXIT.partial : pruned?.exitCode,
    ),
  };
}

function topicResult(change: TopicChange, dryRun: boolean): TopicResult {
  const done = change.action === 'create' ? 'created' : change.action === 'update' ? 'updated' : 'unchanged';
  return { ...showTopic(change), outcome: dryRun && done !== 'unchanged' ? 'planned' : done };
}

function unreadableResult({ name, file, error }: Diff['unreadable'][number]): DeployResult {
  const nothing = { keys: [], state: null, keeps: null, unknown: [] };
  return { name, file, action: 'unreadable', ...nothing, outcome: 'failed', error: toErrorDocument(error) };
}

/** Connectors that --prune would delete if they could be read. */
function hiddenFrom(unreadable: readonly UnreadableConnector[], prune: PruneOptions): UnreadableConnector[] {
  const names = pruneCandidates(unreadable, prune);
  return unreadable.filter(({ name }) => names.includes(name));
}

function pruneResult({ outcome, ...result }: DeleteResult): PruneResult {
  return { ...result, outcome: outcome === 'would be deleted' ? null : outcome };
}

function notPrunable({ name, error }: UnreadableConnector): PruneResult {
  return { name, outcome: null, kept: null, error: toErrorDocument(error) };
}

function notPruned(name: string): PruneResult {
  return { name, outcome: null, kept: null, error: null };
}

/** Deploy succeeded but prune failed: exit 14 (partial). */
function worseExit(deployed: ExitCode, pruned: ExitCode | undefined): ExitCode {
  return deployed === EXIT.ok && pruned !== undefined && pruned !== EXIT.ok ? EXIT.partial : deployed;
}
