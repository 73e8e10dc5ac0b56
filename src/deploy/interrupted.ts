import { SluiceError } from '../errors/error.ts';
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
  const { code } = signal.reason instanceof SluiceError ? signal.reason : { code: 'INTERRUPTED' as const };
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
  const part = (said: string, names: readonly string[]) => (names.length > 0 ? [`${said}: ${names.join(', ')}`] : []);
  const nothing = written.size + deleted.size + unsure.size === 0;
  const parts = [
    ...part('topics made', done.topics),
    ...(nothing ? [`no${made.size > 0 ? ' connector' : 'thing'} was written`] : part('written', done.written)),
    ...part('failed', done.failed),
    ...part('put back', done.putBack),
    ...part('what became of it is not known', done.unknown),
    ...part('deleted', done.deleted),
    ...part('whether deleted is not known', done.unsure),
    ...part('not written', done.left),
  ];
  return new SluiceError(code, `interrupted; ${parts.join('; ')}`, {
    ...(nothing ? {} : { hint: 'What was written stands, and was not waited for. See: sluice status' }),
    details: done,
  });
}
