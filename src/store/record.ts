import { type SluiceError, toSluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Change, ChangeEffects, ChangeEnd } from './changes.ts';
import type { Store } from './store.ts';
import { whoRuns } from './who.ts';

export interface RecordPorts {
  store: () => Promise<Store>;
  clock: Clock;
  logger: Logger;
}

/** How a change is read from what it returned or threw. */
export interface Outcome<Report> {
  of(report: Report): Partial<ChangeEffects> & { exitCode: number; error?: string | null; context?: string };
  /** What had been done before an error, an interruption for instance. */
  before(error: SluiceError): Partial<ChangeEffects>;
}

/** Records what a change concerns as soon as it is known: if the process is killed, nothing else is. */
export type Note = (effects: Partial<ChangeEffects>) => Promise<void>;

const NOTHING: ChangeEffects = { connectors: [], topics: [], tables: [], loggers: [], alerts: [] };

/**
 * Runs a change and records it: when it begins, so that one that was killed is in the history too, and how it ended,
 * also with an error. A failure to record is only a warning, once: it must not prevent anybody from operating a
 * connector.
 */
export async function recorded<Report>(
  { names, ...change }: Pick<Change, 'verb' | 'context'> & { names?: readonly string[] },
  run: (note: Note) => Promise<Report>,
  outcome: Outcome<Report>,
  { store, clock, logger }: RecordPorts,
): Promise<Report> {
  const tried = async <T>(write: (history: Store['changes']) => T): Promise<T | undefined> => {
    try {
      return write((await store()).changes);
    } catch (failure) {
      logger.warn(`this ${change.verb} was not recorded in the history: ${(failure as Error).message}`);
      return undefined;
    }
  };
  const id = await tried((history) =>
    history.begin({ at: clock.now().toISOString(), who: whoRuns(), ...change }, names),
  );
  const finish = async (end: ChangeEnd) => {
    if (id !== undefined) await tried((history) => history.finish(id, end));
  };
  try {
    const report = await run(async (effects) => {
      if (id !== undefined) await tried((history) => history.note(id, effects));
    });
    await finish({ ...NOTHING, error: null, ...outcome.of(report) });
    return report;
  } catch (error) {
    const failure = toSluiceError(error);
    await finish({ ...NOTHING, exitCode: failure.exitCode, error: failure.code, ...outcome.before(failure) });
    throw error;
  }
}
