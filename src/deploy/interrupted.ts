import type { SluiceError } from '../errors/error.ts';
import { interruption, named } from '../errors/interrupted.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import type { RollbackResult } from './rollback.ts';

/** What a deploy has done so far. */
export interface Done {
  /** Topics that were created or changed. */
  topics: Set<string>;
  written: Set<string>;
  errors: Map<string, SluiceError>;
  /** By connector; undefined while it is being rolled back. */
  rollbacks: Map<string, RollbackResult | undefined>;
  /** Connectors that --prune has deleted. */
  deleted: Set<string>;
  /** Connectors that --prune may have deleted. */
  unsure: Set<string>;
}

/** Ctrl-C: what was done so far, and what was not. */
export function interrupted(
  signal: AbortSignal,
  changes: readonly ConnectorChange[],
  { topics, written, errors, rollbacks, deleted, unsure }: Done,
): SluiceError {
  const changed = changes.filter((change) => change.action !== 'unchanged').map((change) => change.name);
  const isUnknown = (name: string) =>
    errors.get(name)?.details?.['outcome'] === 'unknown' || (rollbacks.has(name) && rollbacks.get(name) === undefined);
  const isRolledBack = (name: string) => rollbacks.get(name)?.done === true;
  const done = {
    topics: [...topics],
    written: changed.filter((name) => written.has(name) && !isUnknown(name) && !isRolledBack(name)),
    failed: changed.filter((name) => errors.has(name)),
    rolledBack: changed.filter(isRolledBack),
    unknown: changed.filter(isUnknown),
    deleted: [...deleted],
    unsure: [...unsure],
    left: changed.filter((name) => !written.has(name) && !errors.has(name)),
  };
  const nothing = written.size + deleted.size + unsure.size === 0;
  const parts = [
    ...named('topics created or changed', done.topics),
    ...(nothing ? [`no${topics.size > 0 ? ' connector' : 'thing'} was written`] : named('written', done.written)),
    ...named('failed', done.failed),
    ...named('rolled back', done.rolledBack),
    ...named('unknown outcome', done.unknown),
    ...named('deleted', done.deleted),
    ...named('possibly deleted', done.unsure),
    ...named('not written', done.left),
  ];
  return interruption(signal, parts, {
    ...(nothing
      ? {}
      : { hint: 'Written changes stay in place; their tasks may not be running yet. See: sluice status' }),
    details: done,
  });
}
