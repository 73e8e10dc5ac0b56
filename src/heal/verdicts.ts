import type { Verdict } from '../alerts/state.ts';
import type { CauseKind } from '../monitor/known-causes.ts';
import type { AlertKind } from '../store/alerts.ts';
import { isoSeconds } from '../text/iso-seconds.ts';
import type { HealDecision } from './policy.ts';

export type GiveUp = Extract<HealDecision, { act: 'give up' }>['why'];

/** Where healing stands with a connector that has failed, or was restarted a short while ago. */
export interface Healing {
  /** `watching`: it was restarted, and has not run for long enough. */
  stage: 'trying' | 'watching' | 'given up';
  kind: CauseKind;
  /** Since it was last stable. */
  restarts: number;
  /** Of the next restart (ms since 1970); null if none is planned. */
  nextAt: number | null;
  /** Why it was given up. */
  why: GiveUp | null;
  /** Why it is not restarted now although it is time: somebody else acts on it. */
  left: string | null;
}

const ABOUT_FAILURE: ReadonlySet<AlertKind> = new Set(['task-failed', 'connector-failed']);

/**
 * What alerts of failures become while they are being healed. Pure.
 *
 * | stage | has failed | runs |
 * | --- | --- | --- |
 * | trying, transient | as its rule says | unknown: it may fail again in a moment |
 * | trying, unknown cause | unknown: a few restarts may help | unknown |
 * | skipped | as its rule says | |
 * | watching | | unknown: it is resolved when it has run for long enough |
 * | given up | at once, also if its rule waits; once more if it fires already | |
 */
export function withHealing(verdicts: readonly Verdict[], healing: ReadonlyMap<string, Healing>): Verdict[] {
  return verdicts.map((verdict) => {
    const { kind, target, active, summary } = verdict;
    const of = healing.get(target);
    if (of === undefined || !(ABOUT_FAILURE.has(kind) || kind === 'downtime')) return verdict;
    if (active !== true) return of.stage === 'given up' ? verdict : { ...verdict, active: 'unknown' };
    const explained = { ...verdict, summary: `${summary}${/[.!?]$/.test(summary) ? '' : '.'} ${healingText(of)}` };
    if (!ABOUT_FAILURE.has(kind)) return explained;
    if (of.stage === 'given up') return { ...explained, givenUp: true };
    // Nobody knows how long that takes.
    if (of.left !== null) return explained;
    return of.kind === 'transient' ? explained : { ...verdict, active: 'unknown' };
  });
}

/** What healing does, in a sentence. */
function healingText({ restarts, nextAt, why, left }: Healing): string {
  if (why !== null) return giveUpText(why, restarts);
  if (left !== null) return `It is not restarted now: ${left}.`;
  if (restarts === 0) return 'It is restarted.';
  const next = nextAt === null ? '' : `; the next restart is not before ${isoSeconds(nextAt)}`;
  return `It was restarted ${restarts === 1 ? 'once' : `${restarts} times`}${next}.`;
}

/** Why it is not restarted any more. */
export function giveUpText(why: GiveUp, restarts: number): string {
  switch (why) {
    case 'permanent':
      return 'It is not restarted: it would fail again.';
    case 'restarts':
      return restarts === 0
        ? 'It is not restarted: its cause is not known.'
        : `It has failed again after ${restarts === 1 ? 'a restart' : `${restarts} restarts`}, and is not restarted any more.`;
    case 'per day':
      return 'It was restarted too often in the last 24 hours, and is not restarted any more.';
  }
}
