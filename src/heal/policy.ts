import type { CauseKind } from '../monitor/known-causes.ts';
import type { HealState } from '../store/heal.ts';
import type { HealSettings } from './settings.ts';

export const UNTOUCHED: HealState = { restarts: 0, lastAt: null, nextAt: null, runningSince: null };

/** What a reading says of one connector. */
export interface HealReading {
  /** The connector itself has failed, or one of its tasks. */
  failed: boolean;
  /** The gravest of the causes. */
  kind: CauseKind;
  /** Everything that should run does. */
  running: boolean;
}

export type HealDecision =
  | { act: 'nothing' }
  /** Restart what has failed. */
  | { act: 'restart'; attempt: number }
  | { act: 'wait'; until: number }
  /** It is for a person: restarts would not help, have not helped, or were too many. */
  | { act: 'give up'; why: 'permanent' | 'restarts' | 'per day' };

export interface HealTime {
  /** ms since 1970 */
  now: number;
  /** Restarts of this connector in the last 24 hours; only asked if that matters. */
  today(): number;
}

/**
 * What to do for a connector now. Pure.
 *
 * | failed | cause | restarts so far | decision |
 * | --- | --- | --- | --- |
 * | no | | | nothing; forgotten once it has run for `stableMs` |
 * | yes | permanent | | give up at once |
 * | yes | transient | fewer than `restarts` | restart, after `n² + n` times `baseMs` since the last one |
 * | yes | unknown | fewer than `tries` | the same |
 * | yes | | as many, or `perDay` in 24 hours | give up |
 *
 * @returns with the state to keep: of a restart the one from before it is sent (see `sentState`)
 */
export function decide(
  state: HealState,
  { failed, kind, running }: HealReading,
  settings: HealSettings,
  { now, today }: HealTime,
): { decision: HealDecision; state: HealState } {
  if (!failed) return { decision: { act: 'nothing' }, state: recovered(state, running, settings, now) };
  const broken: HealState = { ...state, runningSince: null };
  if (!settings.enabled) return { decision: { act: 'nothing' }, state: broken };
  if (kind === 'permanent') return { decision: { act: 'give up', why: 'permanent' }, state: broken };
  // One that may never have been sent, since the process died, is made again: at most once more, never not at all.
  const done = isUnsent(state) ? state.restarts - 1 : state.restarts;
  const limit = kind === 'transient' ? settings.restarts : settings.tries;
  if (done >= limit) return { decision: { act: 'give up', why: 'restarts' }, state: broken };
  const until = nextAllowed(state, settings, now);
  if (until > now) return { decision: { act: 'wait', until }, state: { ...broken, nextAt: until } };
  if (today() >= settings.perDay) return { decision: { act: 'give up', why: 'per day' }, state: broken };
  const attempt = done + 1;
  return {
    decision: { act: 'restart', attempt },
    state: { restarts: attempt, lastAt: now, nextAt: now, runningSince: null },
  };
}

/** After a restart has been sent. @param random from 0 to 1 */
export function sentState(state: HealState, settings: HealSettings, now: number, random: number): HealState {
  const delay = delayAfter(state.restarts, settings) * (1 + settings.jitter * random);
  return { ...state, nextAt: Math.max(now, state.lastAt ?? now) + Math.max(1, Math.round(delay)) };
}

/** After a restart could not be sent: it is made later, and does not count among those that did not help. */
export function unsentState(state: HealState, settings: HealSettings, now: number, random: number): HealState {
  return { ...sentState(state, settings, now, random), restarts: state.restarts - 1 };
}

/** Time between restart `n` and the next one (ms): 2, 6, 12, 20, 30, … minutes with a base of a minute, up to the limit. */
export function delayAfter(n: number, { baseMs, longestMs }: Pick<HealSettings, 'baseMs' | 'longestMs'>): number {
  return Math.min((n * n + n) * baseMs, longestMs);
}

function isUnsent({ lastAt, nextAt }: HealState): boolean {
  return lastAt !== null && lastAt === nextAt;
}

/** A clock that was set back must not hold a restart up for longer than the delay itself. */
function nextAllowed({ restarts, nextAt }: HealState, settings: HealSettings, now: number): number {
  if (nextAt === null) return now;
  return Math.min(nextAt, now + Math.ceil(delayAfter(Math.max(1, restarts), settings) * (1 + settings.jitter)));
}

function recovered(state: HealState, running: boolean, { stableMs }: HealSettings, now: number): HealState {
  if (state.restarts === 0) return UNTOUCHED;
  if (!running) return { ...state, runningSince: null };
  const runningSince = Math.min(state.runningSince ?? now, now);
  return now - runningSince >= stableMs ? UNTOUCHED : { ...state, runningSince };
}
