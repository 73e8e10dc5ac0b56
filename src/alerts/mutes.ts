import type { Alert, AlertStore, Mute } from '../store/alerts.ts';
import { globExpression } from '../text/glob.ts';
import { redactText } from '../text/redact.ts';
import type { AlertRule } from './rules.ts';
import { unknownMute, unknownRule } from './unknown.ts';

/** Whether a mute is about an alert. A rule may be named by its kind, too: it then is every rule of that kind. */
function isAbout(mute: Mute, { context, kind, rule, target }: MutedPart): boolean {
  return (
    (mute.context === null || mute.context === context) &&
    (mute.rule === '*' || mute.rule === rule || mute.rule === kind) &&
    (mute.target === target || globExpression(mute.target).test(target))
  );
}

type MutedPart = Pick<Alert, 'context' | 'kind' | 'rule' | 'target'>;

/** The mute that ends last, of those that are about an alert. @param mutes that hold */
export function muteOf(mutes: readonly Mute[], alert: MutedPart): Mute | undefined {
  return mutes.filter((mute) => isAbout(mute, alert)).sort((a, b) => b.until - a.until)[0];
}

export interface MuteReport {
  mute: Mute;
  /** Alerts that hold now and that it is about: receivers are not notified of them if they were not yet. */
  alerts: Alert[];
}

/** @throws ALERT_UNKNOWN if no rule has that name */
export function muteAlerts(
  { rule, target, context, forMs, reason }: Pick<Mute, 'rule' | 'target' | 'context' | 'reason'> & { forMs: number },
  { alerts, rules, now, who }: { alerts: AlertStore; rules: readonly AlertRule[]; now: number; who: string },
): MuteReport {
  if (rule !== '*' && !rules.some(({ name, kind }) => name === rule || kind === rule)) throw unknownRule(rule, rules);
  const kept = { context, rule, target, since: now, until: now + forMs, who, reason: redactText(reason) };
  const mute = { id: alerts.mute(kept), ...kept };
  return { mute, alerts: alerts.list().filter((alert) => isAbout(mute, alert)) };
}

export interface UnmuteReport {
  /** Those that were ended. */
  mutes: Mute[];
}

/**
 * Ends mutes before their time.
 * @param word the number of one, or the rule of those that hold in the context
 * @throws ALERT_UNKNOWN if none holds
 */
export function unmuteAlerts(
  word: string,
  context: string,
  { alerts, now }: { alerts: AlertStore; now: number },
): UnmuteReport {
  const isNumber = /^\d+$/.test(word);
  const mutes = alerts
    .mutes(now)
    .filter((mute) =>
      isNumber ? mute.id === Number(word) : mute.rule === word && (mute.context === null || mute.context === context),
    );
  if (mutes.length === 0) throw unknownMute(word, context, isNumber);
  for (const { id } of mutes) alerts.endMute(id, now);
  return { mutes };
}
