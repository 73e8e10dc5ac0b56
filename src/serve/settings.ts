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
  /** Time between two readings of the databases of sources; undefined if they are not to be asked. */
  databasesEveryMs: number | undefined;
  /** Time between two comparisons with the project (ms); undefined if there are to be none. */
  driftEveryMs: number | undefined;
  /** None if alerts are off. */
  rules: readonly AlertRule[];
  alerting: boolean;
  /** Whether pairs are compared on their schedules. */
  reconciling: boolean;
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
  const {
    listen = SERVE_DEFAULTS.listen,
    hosts = [],
    contexts,
    every,
    alerts: alerting = false,
    reconcile = false,
  } = serve;
  const twice = contexts?.find((name, index) => contexts.indexOf(name) !== index);
  if (twice !== undefined)
    throw new SluiceError('PROJECT_INVALID', `sluice.yaml: serve.contexts: "${twice}" is there twice`, {
      hint: 'Remove one of them.',
    });
  // Wrong rules are an error even while alerts are off: they would be found only on the day they are wanted.
  const rules = alertRules(alerts);
  return {
    listen,
    hosts: hosts.map((host) => host.toLowerCase()),
    contexts,
    everyMs: timeBetween(every, 'serve.every') ?? SERVE_DEFAULTS.everyMs,
    databasesEveryMs: everyOf('databases', serve.databases ?? true),
    driftEveryMs: everyOf('drift', serve.drift ?? false),
    rules: alerting ? rules : [],
    alerting,
    heal: healPlan(serve.heal),
    reconciling: reconcile,
    receivers: new Map(
      alerting ? Object.entries(receivers).map(([name, one]) => [name, receiverAddress(name, one)]) : [],
    ),
  };
}

/** @returns undefined if it is off @throws PROJECT_INVALID */
function everyOf(key: 'databases' | 'drift', setting: boolean | { every?: string }): number | undefined {
  if (setting === false) return undefined;
  const every = setting === true ? undefined : setting.every;
  return timeBetween(every, `serve.${key}.every`) ?? SERVE_DEFAULTS[`${key}EveryMs`];
}

/** @throws PROJECT_INVALID */
function timeBetween(every: string | undefined, key: string): number | undefined {
  if (every === undefined) return undefined;
  const ms = durationMs(every);
  if (ms !== undefined && ms >= SHORTEST_MS) return ms;
  throw new SluiceError('PROJECT_INVALID', `sluice.yaml: ${key}: "${every}" is not a duration of at least 1s`, {
    hint: 'Write a number and a unit, such as 10s.',
  });
}
