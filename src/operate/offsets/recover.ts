import { pollUntil } from '../../connect/poll.ts';
import type { ConnectorState, ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import { setting } from '../../text/settings.ts';
import { clusterOf, interruptedText, type OpenOperation, type Operation, recoverCommand } from '../journal.ts';
import type { OperateOptions } from '../targets.ts';
import { restore, stopFully } from '../while-stopped.ts';
import { refusal } from './answers.ts';
import { knownType } from './backup.ts';
import {
  assertWritten,
  KIND,
  NOTHING_TO_RECOVER,
  type OffsetsPorts,
  type OffsetsReport,
  type OffsetsResult,
  offsetsReport,
} from './change.ts';
import { changesOf, planExactly } from './plan.ts';
import { type Decision, decide, type Found, isPlan, type OffsetsPlan, type Wish } from './recovery.ts';

/** Finishes or undoes changes of offsets that were interrupted. With `dryRun` shows what would be done. */
export async function recoverOffsets(
  names: readonly string[],
  wish: Wish,
  ports: OffsetsPorts,
  options: OperateOptions,
): Promise<OffsetsReport> {
  await ports.client.require('altering offsets');
  const dryRun = options.dryRun ?? false;
  return offsetsReport(names, { verb: 'recover', dryRun }, ports, options, (name) =>
    recoverOne(name, wish, ports, options),
  );
}

async function recoverOne(
  name: string,
  wish: Wish,
  ports: OffsetsPorts,
  options: OperateOptions,
): Promise<Partial<OffsetsResult>> {
  const { client, journal } = ports;
  using operation = journal.resume<OffsetsPlan | null>(
    await clusterOf(client),
    name,
    ({ kind, plan }) => kind !== KIND || isPlan(plan),
  );
  if (operation === undefined) {
    await client.get(name);
    return { outcome: NOTHING_TO_RECOVER };
  }
  const { known } = operation;
  if (known.kind !== KIND) throw otherKind(known);
  const connector = await client.find(name);
  const found = connector && (await settledState(connector, ports, options));
  const decision = decide(known, found, wish);
  const backup = known.plan?.backup ?? null;
  const type = connector === undefined ? null : knownType(connector);
  const changes = decision.act === 'write' ? changesOf(decision.offsets, found?.offsets ?? []) : [];
  if (decision.act === 'refuse') throw refused(known, decision.because, backup);
  if (options.dryRun) return { type, outcome: `would be ${inWords(decision)}`, changes, backup };
  if (decision.act === 'forget' || connector === undefined || found === undefined) {
    operation.finish();
    return { type, outcome: 'left as it is', backup };
  }
  const kafka = type === 'sink' ? await ports.kafka() : undefined;
  if (decision.act === 'write') {
    operation.note({ phase: 'changing' });
    await stopFully(connector, { client, kafka, options });
    await write(decision.outcome, operation, ports, options);
  }
  if (decision.outcome === 'finished') operation.note({ phase: 'restoring' });
  const done = decision.outcome === 'finished' ? 'were changed' : 'are the former ones';
  const restored = await restore(operation, { client, kafka, options }, `the offsets of "${name}" ${done}`);
  return { type, outcome: decision.outcome, changes, backup, state: restored.outcome, tasks: restored.tasks };
}

async function write(
  outcome: 'finished' | 'undone',
  { known }: OpenOperation<OffsetsPlan | null>,
  { client }: OffsetsPorts,
  options: OperateOptions,
): Promise<void> {
  const { connector: name, plan } = known;
  if (plan === null) return;
  // Read again: a connector that had to be stopped may have moved them until then.
  const before = await client.offsets(name);
  const wanted = outcome === 'undone' ? planExactly(plan.before, before) : plan.wanted;
  if (wanted.length === 0) return;
  try {
    await client.alterOffsets(name, wanted);
  } catch (error) {
    throw refusal(error, name);
  }
  await assertWritten(name, { before, wanted }, client, options);
}

/** The connector, once its state is one that lasts. */
async function settledState(
  connector: ListedConnector,
  { client }: OffsetsPorts,
  options: OperateOptions,
): Promise<Found> {
  const { name, info } = connector;
  const { seen } = await pollUntil(
    () => client.status(name),
    (status) => status !== undefined && !PASSING.has(status.connector.state),
    { ...options, stableMs: 0 },
  );
  const state = seen?.connector.state ?? 'UNASSIGNED';
  // It may still be ending tasks; stopping it again waits for them.
  return { state, connectorClass: info.config['connector.class'] ?? '', offsets: await client.offsets(name) };
}

const PASSING: ReadonlySet<ConnectorState> = new Set(['UNASSIGNED', 'RESTARTING']);

function inWords(decision: Decision): string {
  return decision.act === 'restore' || decision.act === 'write' ? decision.outcome : 'left as it is';
}

function refused(known: Operation, because: string, backup: string | null): SluiceError {
  const kept = backup === null ? '' : ` The offsets before it are in ${backup}.`;
  return new SluiceError('CONNECTOR_CHANGED', `${interruptedText(known)}; ${because}`, {
    hint: `Decide: ${setting('undo')} restores the former offsets and state, ${setting('finish')} the new offsets and the former state, ${setting('keep')} leaves everything as it is.${kept}`,
    details: { name: known.connector, because, backup },
  });
}

function otherKind(known: Operation): SluiceError {
  return new SluiceError('OPERATION_UNFINISHED', interruptedText(known), {
    hint: `Finish or undo it: ${recoverCommand(known)}`,
    details: { name: known.connector, kind: known.kind },
  });
}
