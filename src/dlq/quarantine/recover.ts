import type { ConnectorState, ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import {
  clusterOf,
  interruptedText,
  type OpenOperation,
  type Operation,
  recoverCommand,
} from '../../operate/journal.ts';
import { restore, stop, stopFully } from '../../operate/while-stopped.ts';
import type { Integer } from '../../text/numbers.ts';
import { setting } from '../../text/settings.ts';
import { restoration, writeKeys } from './narrowing.ts';
import { endingOf, isQuarantinePlan, KIND, type QuarantinePlan } from './plan.ts';
import { settle } from './settle.ts';
import { goesOn, type JournalPorts, stateText } from './sink.ts';

export interface RecoverRequest {
  /** Leave the sink as it is, and forget the operation. */
  keep: boolean;
  dryRun: boolean;
}

export interface DlqRecoverReport {
  context: string;
  sink: string;
  dryRun: boolean;
  /** Whether there was a quarantine to end. */
  isInterrupted: boolean;
  /** In words. */
  outcome: string;
  /** In words: the state that it was brought back to; null if it was not touched. */
  state: string | null;
  tasks: { running: Integer; total: Integer } | null;
  /** Why it fails again: what it was quarantined for may not have been found yet. Null if it does not. */
  failsAgain: string | null;
  notes: string[];
}

const NOTHING = { state: null, tasks: null, failsAgain: null };

/**
 * Ends a quarantine that was interrupted: the former configuration and state come back. A record that was copied is moved
 * past, since it would otherwise be there twice; one that was not stays where it is.
 * @throws CONNECTOR_CHANGED if a person must decide
 */
export async function recoverQuarantine(
  name: string,
  { keep, dryRun }: RecoverRequest,
  ports: JournalPorts,
): Promise<DlqRecoverReport> {
  const { client, journal, context, options } = ports;
  const report = { context, sink: name, dryRun, isInterrupted: true, ...NOTHING, notes: [] };
  using operation = journal.resume<QuarantinePlan>(await clusterOf(client), name, isWhole);
  if (operation === undefined) {
    await client.get(name);
    return { ...report, isInterrupted: false, outcome: 'nothing to recover' };
  }
  const { known } = operation;
  if (known.kind !== KIND)
    throw new SluiceError('OPERATION_UNFINISHED', interruptedText(known), {
      hint: `Finish or undo it: ${recoverCommand(known)}`,
      details: { name, kind: known.kind },
    });
  const connector = await client.find(name);
  const ending = endingOf(operation.known, connector && foundOf(connector), keep);
  if (ending.act === 'refuse')
    throw new SluiceError('CONNECTOR_CHANGED', `${interruptedText(known)}; ${ending.because}`, {
      hint: `To leave everything as it is and forget it: ${setting('keep')}`,
      details: { name, because: ending.because },
    });
  const outcome = ending.act === 'forget' ? 'left as it is' : 'the former configuration and state';
  if (dryRun) return { ...report, outcome: ending.act === 'forget' ? outcome : `would get back ${outcome}` };
  if (ending.act === 'forget' || connector === undefined) {
    operation.finish();
    return { ...report, outcome };
  }
  const notes = ending.act === 'undo' ? await undo(connector, operation, ports) : [];
  const restored = await restore(
    operation,
    { client, kafka: ports.kafka, options: { ...options, wait: false } },
    `the former configuration of "${name}" is back`,
  );
  const waits = options.wait && known.former === 'RUNNING';
  const after = waits ? await goesOn(connector, client, options) : undefined;
  const { failsAgain = null, tasks = null } = after ?? {};
  notes.push(...(after?.notes ?? []));
  return {
    ...report,
    outcome: `got back ${outcome}`,
    state: stateText(restored.outcome, tasks),
    tasks,
    failsAgain,
    notes,
  };
}

const isWhole = ({ kind, plan }: Operation) => kind !== KIND || isQuarantinePlan(plan);

function foundOf({ info, status }: ListedConnector): { connectorClass: string; state: ConnectorState | undefined } {
  return { connectorClass: info.config['connector.class'] ?? '', state: status?.connector.state };
}

async function undo(
  connector: ListedConnector,
  operation: OpenOperation<QuarantinePlan>,
  ports: JournalPorts,
): Promise<string[]> {
  const { client } = ports;
  const { plan } = operation.known;
  if (plan.pending === null) await stop(connector.name, ports);
  else await stopFully(connector, ports);
  const notes = plan.pending === null ? [] : [await settle(connector, plan.pending, ports)];
  operation.note({ plan: { ...plan, pending: null } });
  const { patch, foreign } = restoration(await client.config(connector.name), plan.narrowed);
  await writeKeys(connector.name, patch, client);
  if (foreign.length > 0) notes.push(`someone else has changed ${foreign.join(', ')} in the meantime, which stays so`);
  operation.note({ phase: 'restoring' });
  return notes;
}
