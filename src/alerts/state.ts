import type { Alert, AlertChange, AlertKind } from '../store/alerts.ts';
import type { AlertRule } from './rules.ts';

/** What a rule found of one target. */
export interface Verdict {
  kind: AlertKind;
  /** Connector, pair or cluster. */
  target: string;
  /** Undefined: no rule is on for it. */
  rule: AlertRule | undefined;
  /** `unknown` if it could not be read: an alert then stays as it is. */
  active: boolean | 'unknown';
  /** In a sentence, masked; may differ from one reading to the next. */
  summary: string;
  /** What to do next. */
  hint: string | null;
  /**
   * Nothing restarts it any more: it fires at once, even if its rule waits, and receivers that were notified while it was
   * restarted are notified again.
   */
  givenUp?: boolean;
  /** Of what happens at a moment: that moment (ms since 1970). A later one than that of the alert is another alert. */
  since?: number;
}

export interface AlertStep {
  alerts: Alert[];
  changes: AlertChange[];
}

export interface Surroundings {
  context: string;
  /** ms since 1970 */
  now: number;
  /** Whether its receivers are not to be notified at this time: it is muted, or in a maintenance window. */
  isMuted(alert: Pick<Alert, 'kind' | 'target' | 'rule'>): boolean;
  /** Whether its target could not be read, so that having no verdict means nothing. */
  isUnread(alert: Pick<Alert, 'kind' | 'target'>): boolean;
}

/**
 * One step from the alerts that are known to those after a reading. Pure; what it returns is kept in one transaction, so
 * that a change is neither lost nor made twice.
 *
 * | verdict | no alert | pending | firing |
 * | --- | --- | --- | --- |
 * | holds | pending, or firing if the rule has no time | firing once it has held for the rule's time | stays; notified now if it was muted before |
 * | given up | firing | firing | stays; notified again, once |
 * | does not hold | nothing | forgotten | resolved; receivers are notified if they were of its beginning |
 * | holds, of a later moment | as above | begins again | resolved, and as above |
 * | unknown | nothing | stays, and its time goes on | stays |
 * | rule off, target gone | nothing | forgotten | resolved, with that reason |
 *
 * @param verdicts of every target of the context that was read; another without one is gone
 */
export function nextAlerts(known: readonly Alert[], verdicts: readonly Verdict[], around: Surroundings): AlertStep {
  const { now, isUnread } = around;
  const before = new Map(known.map((alert) => [keyOf(alert), alert]));
  const step: AlertStep = { alerts: [], changes: [] };
  for (const verdict of verdicts) {
    const key = keyOf(verdict);
    const alert = before.get(key);
    before.delete(key);
    if (verdict.rule === undefined) {
      if (alert !== undefined) resolve(step, alert, now, 'its rule was switched off');
    } else if (verdict.active === 'unknown') {
      if (alert !== undefined) step.alerts.push(alert);
    } else if (!verdict.active) {
      if (alert !== undefined) resolve(step, alert, now, null);
    } else {
      const isAnother = alert !== undefined && (verdict.since ?? 0) > alert.since;
      if (isAnother) resolve(step, alert, now, 'another one followed');
      step.alerts.push(held(step, isAnother ? undefined : alert, verdict, verdict.rule, around));
    }
  }
  for (const alert of before.values()) {
    if (isUnread(alert)) step.alerts.push(alert);
    else resolve(step, alert, now, `${alert.target} does not exist any more`);
  }
  return step;
}

function held(
  step: AlertStep,
  alert: Alert | undefined,
  { kind, target, summary, hint, givenUp = false, since: happened }: Verdict,
  rule: AlertRule,
  { context, now, isMuted }: Surroundings,
): Alert {
  // A clock that was set back must not hold an alert up for ever.
  const since = happened ?? Math.min(alert?.since ?? now, now);
  const next: Alert = {
    context,
    kind,
    target,
    rule: rule.name,
    severity: rule.severity,
    notify: rule.notify,
    status: alert?.status ?? 'pending',
    summary,
    hint,
    since,
    firedAt: alert?.firedAt ?? null,
    notified: alert?.notified ?? false,
    givenUp: alert?.givenUp ?? false,
  };
  if (next.status === 'pending' && (givenUp || now - Math.min(since, now) >= rule.forMs)) {
    next.status = 'firing';
    next.firedAt = now;
  }
  // Who has heard that it is restarted would wait for that.
  const isNews = !next.notified || (givenUp && !next.givenUp);
  if (next.status === 'firing' && isNews && !isMuted(next)) {
    next.notified = true;
    next.givenUp ||= givenUp;
    step.changes.push({ change: 'firing', alert: next, at: now, reason: null });
  }
  return next;
}

function resolve(step: AlertStep, alert: Alert, now: number, reason: string | null): void {
  if (alert.notified) step.changes.push({ change: 'resolved', alert, at: now, reason });
}

function keyOf({ kind, target }: Pick<Alert, 'kind' | 'target'>): string {
  return JSON.stringify([kind, target]);
}
