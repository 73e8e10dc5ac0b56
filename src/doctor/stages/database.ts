import { setting } from '../../text/settings.ts';
import { type StageVerdict, verdict } from '../model.ts';

/** Whether a connector's database could be reached from here. */
export type Reached =
  | { outcome: 'reached'; product: string; version: string }
  /** Nothing says where it is, or how to log in; or it was not to be asked. */
  | { outcome: 'skipped'; reason: string }
  | {
      outcome: 'failed';
      /** Why, in the words of the driver. */
      reason: string;
      hint: string | null;
      /** `refused`: the host refuses connections; `login`: it does not let this user in; `away`: it does not answer. */
      kind: 'refused' | 'login' | 'away' | 'other';
    };

/** What its connector says about it. */
export interface OfConnector {
  name: string;
  /** Asked to run. */
  active: boolean;
  /** The connector, or a task of it, failed because it cannot reach its database or log in; the cause in a line. */
  cannotReach: string | null;
}

/**
 * Whether a database answers. That it cannot be reached from here proves nothing about the worker, unless both are on the
 * same machine, or the connector says the same. Pure.
 * @param where its address or its name in sluice.yaml
 * @param near the worker and the database are both on this machine
 */
export function databaseVerdict(
  where: string,
  reached: Reached,
  { name, active, cannotReach }: OfConnector,
  near: boolean,
): StageVerdict {
  if (reached.outcome === 'reached') {
    const product = `${reached.product} ${reached.version}`.trim();
    if (cannotReach === null) return verdict('ok', `${where} answers (${product})`);
    // It may have been away when the task failed.
    return verdict('warning', `${where} answers here (${product}), but ${name} could not reach it`, {
      cause: cannotReach,
      hint: 'If the database was down, restart the failed tasks. Otherwise check its address and login as seen from the worker.',
    });
  }
  if (reached.outcome === 'skipped') {
    if (cannotReach !== null)
      return verdict('stuck', `${name} cannot reach its database`, { cause: cannotReach, hint: NOT_FROM_HERE });
    return verdict('unknown', `not read: ${reached.reason}`);
  }
  const { reason, hint, kind } = reached;
  if (cannotReach !== null)
    return verdict('stuck', `${where} cannot be reached, from the worker nor from here`, {
      cause: cannotReach,
      details: [`from here: ${reason}`],
      hint: hint ?? NOT_FROM_HERE,
    });
  if (kind === 'refused' && near)
    return verdict(active ? 'stuck' : 'warning', `${where} refuses connections: the database is down`, {
      cause: reason,
      hint: 'Start the database. The connector goes on by itself, or with a restart of its failed tasks.',
    });
  if (kind === 'refused')
    return verdict('warning', `${where} refuses connections from here: it is down, or lets only the worker in`, {
      cause: reason,
      hint: ELSEWHERE(),
    });
  return verdict('unknown', `${where} could not be read from here; the worker may still reach it`, {
    cause: reason,
    hint: ELSEWHERE(),
  });
}

const NOT_FROM_HERE = 'Check that the server runs, and its address and login as seen from the worker.';
const ELSEWHERE = () =>
  `If the database is reached in another way from here, name that under ${setting('preflight.databases')} in sluice.yaml.`;
