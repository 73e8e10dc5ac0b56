/** A restart whose outcome is not known yet. */
export interface Act {
  attempt: number;
  /** Its number in the history; null until it is about to be sent. */
  change: number | null;
  /** ms since 1970 */
  at: number;
  /** Id of the known cause; null if it is not known. */
  cause: string | null;
  /** The request has not been answered yet. */
  sending: boolean;
  /** Traces of what had failed. */
  traces: string;
  /** What tells whether the configuration has changed since. */
  configMark: string | null;
  /** Something else than that failure has been seen since. */
  moved: boolean;
  /** Since when everything has run (ms since 1970). */
  runningSince: number | null;
}

/** What was seen of a connector after its restart. */
export interface SeenAfter {
  failed: boolean;
  running: boolean;
  /** It was paused or stopped, or is gone. */
  handsOff: boolean;
  traces: string;
}

export type ActOutcome = 'pending' | 'runs again' | 'failed again' | 'not known';

/** Right after a restart a worker still reports the failure from before it, for as long as this (ms). */
export const STALE_MS = 5_000;

/** What came of a restart, if it is known at this time. Pure. */
export function outcomeOf(
  act: Act,
  { failed, running, handsOff, traces }: SeenAfter,
  { now, confirmMs }: { now: number; confirmMs: number },
): { outcome: ActOutcome; act: Act } {
  if (act.sending) return { outcome: 'pending', act };
  if (handsOff) return { outcome: 'not known', act };
  const moved = act.moved || !failed || traces !== act.traces;
  if (failed) {
    const isStale = !moved && now - act.at < STALE_MS;
    return { outcome: isStale ? 'pending' : 'failed again', act: { ...act, moved, runningSince: null } };
  }
  const runningSince = running ? Math.min(act.runningSince ?? now, now) : null;
  const confirmed = runningSince !== null && now - runningSince >= confirmMs;
  return { outcome: confirmed ? 'runs again' : 'pending', act: { ...act, moved, runningSince } };
}

/** Of connectors that failed by one cause the next one is tried if the last has not run by then (ms). */
const PROBE_MS = 10_000;

/**
 * Which restarts that are due are made now. Of several connectors that failed by one known cause, a database that is away for
 * instance, one is restarted first: if it runs, the others follow at once; if it fails again, or does not run within 10
 * seconds, the next one is tried. Pure.
 * @param due with the time of the last restart
 * @param ranAt when a restart after a cause was last seen to help, by cause (ms since 1970)
 */
export function dueNow(
  due: readonly { name: string; cause: string | null; lastAt: number | null }[],
  acts: readonly Act[],
  ranAt: ReadonlyMap<string, number>,
  now: number,
): Set<string> {
  const chosen = new Set<string>();
  for (const [cause, alike] of Map.groupBy(due, (one) => one.cause)) {
    const helped = cause !== null && now - (ranAt.get(cause) ?? Number.NEGATIVE_INFINITY) <= 2 * PROBE_MS;
    if (cause === null || helped) {
      for (const { name } of alike) chosen.add(name);
      continue;
    }
    const isTried = acts.some((act) => act.cause === cause && act.runningSince === null && now - act.at < PROBE_MS);
    const [first] = alike.toSorted((a, b) => (a.lastAt ?? 0) - (b.lastAt ?? 0));
    if (!isTried && first !== undefined) chosen.add(first.name);
  }
  return chosen;
}
