import type { ReceiverAddress } from '../alerts/open-receiver.ts';
import type { AlertRule } from '../alerts/rules.ts';
import { alertRules, receiverAddress } from '../alerts/settings.ts';
import type { ProjectDocument } from '../config/project.ts';
import type { ReceiverSettings } from '../config/serve-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { type HealPlan, healPlan } from '../heal/settings.ts';
import { durationMs } from '../text/duration.ts';
import { SERVE_DEFAULTS } from './request.ts';

/** What the daemon is to do. */
export interface ServePlan {
  listen: string;
  hosts: readonly string[];
  /** Undefined: the context of the command. */
  contexts: readonly string[] | undefined;
  everyMs: number;
  /** None if alerts are off. */
  rules: readonly AlertRule[];
  alerting: boolean;
  receivers: ReadonlyMap<string, ReceiverAddress>;
  /** Undefined if healing is off. */
  heal: HealPlan | undefined;
}

const SHORTEST_MS = 1_000;

/** @param receivers references resolved @throws PROJECT_INVALID */
export function servePlan(
  { serve = {}, alerts = {} }: Pick<ProjectDocument, 'serve' | 'alerts'>,
  receivers: Readonly<Record<string, ReceiverSettings>>,
): ServePlan {
  const { listen = SERVE_DEFAULTS.listen, hosts = [], contexts, every, alerts: alerting = false } = serve;
  const everyMs = every === undefined ? SERVE_DEFAULTS.everyMs : durationMs(every);
  if (everyMs === undefined || everyMs < SHORTEST_MS)
    throw new SluiceError('PROJECT_INVALID', `sluice.yaml: serve.every: "${every}" is not a duration of at least 1s`, {
      hint: 'Write a number and a unit, such as 10s.',
    });
  // Wrong rules are an error even while alerts are off: they would be found only on the day they are wanted.
  const rules = alertRules(alerts);
  return {
    listen,
    hosts: hosts.map((host) => host.toLowerCase()),
    contexts,
    everyMs,
    rules: alerting ? rules : [],
    alerting,
    heal: healPlan(serve.heal),
    receivers: new Map(
      alerting ? Object.entries(receivers).map(([name, one]) => [name, receiverAddress(name, one)]) : [],
    ),
  };
}
