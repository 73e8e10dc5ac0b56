import type { SluiceError } from '../errors/error.ts';
import { interruption, named } from '../errors/interrupted.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import type { PutBack } from './rollback.ts';

/** What a deploy has done so far. */
export interface Done {
  /** Topics. */
  made: Set<string>;
  written: Set<string>;
  errors: Map<string, SluiceError>;
  /** By connector; undefined while it is being put back. */
  putBack: Map<string, PutBack | undefined>;
  /** Connectors that --prune has deleted. */
  deleted: Set<string>;
  /** Connectors that --prune may have deleted. */
  unsure: Set<string>;
}

/** Ctrl-C: what was done by then, and what was not. */
export function interrupted(
  signal: AbortSignal,
  changes: readonly ConnectorChange[],
  { made, written, errors, putBack, deleted, unsure }: Done,
): SluiceError {
  const meant = changes.filter((change) => change.action !== 'unchanged').map((change) => change.name);
  const isUnknown = (name: string) =>
    errors.get(name)?.details?.['outcome'] === 'unknown' || (putBack.has(name) && putBack.get(name) === undefined);
  const isBack = (name: string) => putBack.get(name)?.done === true;
  const done = {
    topics: [...made],
    written: meant.filter((name) => written.has(name) && !isUnknown(name) && !isBack(name)),
    failed: meant.filter((name) => errors.has(name)),
    putBack: meant.filter(isBack),
    unknown: meant.filter(isUnknown),
    deleted: [...deleted],
    unsure: [...unsure],
    left: meant.filter((name) => !written.has(name) && !errors.has(name)),
  };
  const nothing = written.size + deleted.size + unsure.size === 0;
  const parts = [
    ...named('topics made', done.topics),
    ...(nothing ? [`no${made.size > 0 ? ' connector' : 'thing'} was written`] : named('written', done.written)),
    ...named('failed', done.failed),
    ...named('put back', done.putBack),
    ...named('what became of it is not known', done.unknown),
    ...named('deleted', done.deleted),
    ...named('whether deleted is not known', done.unsure),
    ...named('not written', done.left),
  ];
  return interruption(signal, parts, {
    ...(nothing ? {} : { hint: 'What was written stands, and was not waited for. See: sluice status' }),
    details: done,
  });
}
