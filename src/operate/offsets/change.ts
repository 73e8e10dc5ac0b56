import type { ConnectClient } from '../../connect/client.ts';
import { sameConfig } from '../../connect/configs.ts';
import { requestedState } from '../../connect/connector.ts';
import { pollUntil } from '../../connect/poll.ts';
import { type ErrorDocument, SluiceError } from '../../errors/error.ts';
import type { ExitCode } from '../../errors/registry.ts';
import type { KafkaPort } from '../../ports/kafka.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { sinkGroup } from '../../topology/consumer-groups.ts';
import type { Journal, OpenOperation } from '../journal.ts';
import { clusterOf, recoverCommand } from '../journal.ts';
import { eachTarget, type OperateOptions, resultsExit, type TargetResult } from '../targets.ts';
import { explained, groupActive, whileStopped } from '../while-stopped.ts';
import { notesOf, refusal } from './answers.ts';
import { keepBackup, knownType, savedOffsets } from './backup.ts';
import type { OffsetChange } from './model.ts';
import { changesOf, isChange, planExactly } from './plan.ts';
import { type Live, type OffsetsRequest, planFor } from './plan-for.ts';
import { type OffsetsPlan, stateOf } from './recovery.ts';

export type OffsetsClient = Pick<
  ConnectClient,
  'get' | 'find' | 'status' | 'server' | 'require' | 'pause' | 'resume' | 'stop' | 'offsets' | 'alterOffsets' | 'urls'
>;

export interface OffsetsPorts {
  client: OffsetsClient;
  /** Undefined if the context has no Kafka. */
  kafka: () => Promise<KafkaPort | undefined>;
  journal: Journal;
  /** Where backups are kept. */
  stateFolder: string;
  /** Name of the context. */
  context: string;
}

/** Result for one connector. */
export interface OffsetsResult {
  name: string;
  type: 'sink' | 'source' | null;
  /** In words: `set`, `would be set`, …; null if it failed. */
  outcome: string | null;
  /** Each partition that was asked for. */
  changes: OffsetChange[];
  /** File with all offsets before the change; null if nothing was changed. */
  backup: string | null;
  /** The state afterwards, in words: `running again`; null if it was not touched. */
  state: string | null;
  tasks: TargetResult['tasks'];
  notes: string[];
  error: ErrorDocument | null;
}

export interface OffsetsReport {
  verb: 'set' | 'reset' | 'restore' | 'recover';
  context: string;
  dryRun: boolean;
  results: OffsetsResult[];
  /** The exit code of the process. */
  exitCode: ExitCode;
}

const NOTHING: Omit<OffsetsResult, 'name'> = {
  type: null,
  outcome: null,
  changes: [],
  backup: null,
  state: null,
  tasks: null,
  notes: [],
  error: null,
};

/**
 * Sets, resets or restores the offsets of connectors. Each is one operation: stop, back up, change, read back, former state
 * again. With `dryRun` shows what would be changed.
 * @throws CONNECT_UNSUPPORTED before Kafka 3.6
 */
export async function changeOffsets(
  names: readonly string[],
  request: OffsetsRequest,
  ports: OffsetsPorts,
  options: OperateOptions,
): Promise<OffsetsReport> {
  await ports.client.require('altering offsets');
  const dryRun = options.dryRun ?? false;
  const run = (name: string) => (dryRun ? previewOne(name, request, ports) : changeOne(name, request, ports, options));
  return offsetsReport(names, { verb: request.verb, dryRun }, ports, options, run);
}

const NOTHING_TO_CHANGE = 'nothing to change';
export const NOTHING_TO_RECOVER = 'nothing to recover';

/** Those that would be changed, according to a preview. */
export function pendingNames({ results }: OffsetsReport): string[] {
  return results
    .filter(({ error, outcome }) => error === null && outcome !== NOTHING_TO_CHANGE && outcome !== NOTHING_TO_RECOVER)
    .map(({ name }) => name);
}

/** The report for all that were asked for: those that were not changed are as the preview found them. */
export function withPreview(preview: OffsetsReport, done: OffsetsReport): OffsetsReport {
  const results = preview.results.map((one) => done.results.find(({ name }) => name === one.name) ?? one);
  return { ...done, results, exitCode: resultsExit(results) };
}

/** Runs one operation for each connector; an interruption names the command that recovers what was begun. */
export async function offsetsReport(
  names: readonly string[],
  { verb, dryRun }: Pick<OffsetsReport, 'verb' | 'dryRun'>,
  ports: OffsetsPorts,
  options: OperateOptions,
  run: (name: string) => Promise<Partial<OffsetsResult>>,
): Promise<OffsetsReport> {
  const cluster = await clusterOf(ports.client);
  try {
    const { results, exitCode } = await eachTarget<OffsetsResult>(
      names,
      async (name) => ({ name, ...NOTHING, ...(await run(name)) }),
      (name, error) => ({ name, ...NOTHING, error }),
      options,
    );
    return { verb, context: ports.context, dryRun, results, exitCode };
  } catch (error) {
    const begun = names.filter((name) => ports.journal.has(cluster, name));
    if (!options.signal.aborted || begun.length === 0) throw error;
    const commands = begun.map((connector) => recoverCommand({ kind: KIND, connector }));
    throw explained(error, (message) => message, `Finish or undo what was begun: ${commands.join('; ')}`);
  }
}

const DONE = { set: 'set', reset: 'reset', restore: 'restored' } as const;

/** Of operations in the journal. */
export const KIND = 'offsets';

async function previewOne(name: string, request: OffsetsRequest, ports: OffsetsPorts): Promise<Partial<OffsetsResult>> {
  const { client } = ports;
  const connector = await client.get(name);
  ports.journal.assertNone(await clusterOf(client), name);
  const live = await readLive(connector, ports);
  const kafka = await kafkaFor(live, ports);
  const { wanted, facts, notes } = await planFor(request, live, kafka);
  await assertNoMember(live, kafka);
  const changes = changesOf(wanted, live.offsets, facts);
  const outcome = changes.some(isChange) ? `would be ${DONE[request.verb]}` : NOTHING_TO_CHANGE;
  return { type: knownType(connector), outcome, changes, notes };
}

async function changeOne(
  name: string,
  request: OffsetsRequest,
  ports: OffsetsPorts,
  options: OperateOptions,
): Promise<Partial<OffsetsResult>> {
  const { client, journal, context } = ports;
  const cluster = await clusterOf(client);
  const first = await readLive(await client.get(name), ports);
  const kafka = await kafkaFor(first, ports);
  // What is refused anyway must not stop the connector first.
  await planFor(request, first, kafka);
  await assertNoMember(first, kafka);
  let { connector } = first;
  using operation = await journal.begin<OffsetsPlan | null>(cluster, name, async () => {
    connector = await client.get(name);
    return {
      kind: KIND,
      what: `${request.verb} the offsets`,
      connector: name,
      connectorClass: connector.info.config['connector.class'] ?? '',
      place: { cluster, context, urls: client.urls },
      former: requestedState(connector.status?.connector.state),
      plan: null,
    };
  });
  let kept: string | undefined;
  const { result, restored } = await whileStopped(
    connector,
    operation,
    { client, kafka, options },
    async () => {
      const live = await readLive(await unchanged(connector, client), ports);
      const { wanted, facts, notes } = await planFor(request, live, kafka);
      const changes = changesOf(wanted, live.offsets, facts);
      const isReal = new Set(changes.filter(isChange).map(({ partition }) => partition));
      const real = wanted.filter(({ partition }) => isReal.has(partition));
      if (real.length === 0) return { outcome: 'was so already', changes, notes, backup: null };
      const backup = keepBackup(ports.stateFolder, {
        kind: 'sluice offsets backup',
        schemaVersion: 1,
        at: options.clock.now().toISOString(),
        cluster: live.cluster,
        context,
        connectors: [savedOffsets(live.connector, live.offsets)],
      });
      kept = backup;
      const plan: OffsetsPlan = { before: [...live.offsets], wanted: real, backup };
      operation.note({ phase: 'changing', plan });
      const answer = await write(plan, operation, client, options);
      return {
        outcome: DONE[request.verb],
        changes,
        notes: [...notes, ...notesOf(answer, operation.known.connectorClass)],
        backup,
      };
    },
    `the offsets of "${name}" were changed`,
  ).catch((error: unknown) => {
    if (kept === undefined || operation.known.phase === 'stopping') throw error;
    const undo = command(`offsets restore ${shellWord(name)}`, { backup: shellWord(kept) });
    throw explained(
      error,
      (message) => `${message}; the offsets before it are in ${kept}`,
      operation.known.phase === 'restoring' ? `To undo the change: ${undo}` : undefined,
    );
  });
  return { ...result, type: knownType(connector), state: restored.outcome, tasks: restored.tasks };
}

/** A sink's Kafka; a source needs none. */
function kafkaFor({ connector }: Live, ports: OffsetsPorts): Promise<KafkaPort | undefined> {
  return knownType(connector) === 'sink' ? ports.kafka() : Promise.resolve(undefined);
}

export async function readLive(connector: Live['connector'], { client, context }: OffsetsPorts): Promise<Live> {
  const [offsets, server] = await Promise.all([client.offsets(connector.name), client.server()]);
  return { connector, offsets, cluster: server.kafka_cluster_id || null, context };
}

/** @throws GROUP_ACTIVE if a sink is stopped, and its group still has members */
async function assertNoMember({ connector }: Live, kafka: KafkaPort | undefined): Promise<void> {
  const { name, info, status } = connector;
  if (kafka === undefined || status?.connector.state !== 'STOPPED' || status.tasks.length > 0) return;
  const group = sinkGroup(name, info.config);
  const members = (await kafka.describeGroups([group])).get(group)?.members ?? 0;
  if (members > 0) throw groupActive(name, group, members);
}

/** The connector once more. @throws CONNECTOR_CHANGED if its configuration is not what it was */
async function unchanged(then: Live['connector'], client: OffsetsClient): Promise<Live['connector']> {
  const now = await client.get(then.name);
  if (sameConfig(now.info.config, then.info.config)) return now;
  throw new SluiceError(
    'CONNECTOR_CHANGED',
    `the configuration of "${then.name}" was changed by someone else in the meantime`,
    { hint: 'Run the command again.', details: { name: then.name } },
  );
}

/** How long the worker may take to show what it has accepted, ms. */
const READ_BACK_MS = 10_000;

/** Writes the planned offsets, and reads them back. @returns the worker's answer */
async function write(
  plan: OffsetsPlan,
  operation: OpenOperation<OffsetsPlan | null>,
  client: OffsetsClient,
  { clock, signal }: OperateOptions,
): Promise<string> {
  const name = operation.known.connector;
  let answer = '';
  try {
    answer = await client.alterOffsets(name, plan.wanted);
  } catch (error) {
    signal.throwIfAborted();
    const live = await client.offsets(name);
    const state = stateOf(live, plan);
    if (state !== 'after') {
      if (state !== 'before') await takeBack(plan, operation, client);
      operation.note({ phase: 'stopping' });
      throw refusal(error, name);
    }
  }
  await assertWritten(name, plan, client, { clock, signal });
  return answer;
}

/** Part of a change that was refused took effect: the former offsets again. */
async function takeBack(plan: OffsetsPlan, { known }: OpenOperation<unknown>, client: OffsetsClient): Promise<void> {
  const name = known.connector;
  await client.alterOffsets(name, planExactly(plan.before, await client.offsets(name)));
  if (stateOf(await client.offsets(name), plan) !== 'before') throw notAsWritten(name);
}

/** @throws CONNECTOR_CHANGED if the offsets are not those that were written */
export async function assertWritten(
  name: string,
  plan: Pick<OffsetsPlan, 'before' | 'wanted'>,
  client: Pick<OffsetsClient, 'offsets'>,
  { clock, signal }: Pick<OperateOptions, 'clock' | 'signal'>,
): Promise<void> {
  const { reached } = await pollUntil(
    () => client.offsets(name),
    (live) => stateOf(live, plan) === 'after',
    { clock, signal, timeoutMs: READ_BACK_MS },
  );
  if (!reached) throw notAsWritten(name);
}

function notAsWritten(name: string): SluiceError {
  return new SluiceError(
    'CONNECTOR_CHANGED',
    `the offsets of "${name}" are not what was written: someone else may have changed them`,
    {
      details: { name },
    },
  );
}
