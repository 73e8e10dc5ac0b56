import { Cron } from 'croner';
import type { PairSettings } from '../../config/reconcile-settings.ts';
import { SluiceError } from '../../errors/error.ts';

/** A pair and when it is compared. */
export interface ScheduledPair {
  name: string;
  /** The cron expression, as written. */
  schedule: string;
  timezone: string;
  /** First time after a moment; undefined if there is none. */
  next(after: Date): Date | undefined;
}

/**
 * The pairs with a schedule, or the named ones.
 * @throws PAIR_UNKNOWN, REQUEST_INVALID if there is none, PROJECT_INVALID for an invalid expression or time zone
 */
export function planSchedule(pairs: Readonly<Record<string, PairSettings>>, named: readonly string[]): ScheduledPair[] {
  for (const name of named) {
    if (pairs[name] === undefined) {
      throw new SluiceError('PAIR_UNKNOWN', `there is no pair "${name}"`, {
        hint: `Known pairs: ${Object.keys(pairs).join(', ') || 'none'}.`,
      });
    }
    if (pairs[name].schedule === undefined) {
      throw new SluiceError('PROJECT_INVALID', `reconcile.pairs.${name} has no schedule`, {
        hint: `Give it one: schedule: '15 * * * *'`,
      });
    }
  }
  const chosen = Object.entries(pairs).filter(
    ([name, { schedule }]) => schedule !== undefined && (named.length === 0 || named.includes(name)),
  );
  if (chosen.length === 0) {
    throw new SluiceError('REQUEST_INVALID', 'no pair in sluice.yaml has a schedule', {
      hint: "Give a pair under reconcile.pairs one: schedule: '15 * * * *'",
    });
  }
  return chosen.map(([name, { schedule = '', timezone = 'UTC' }]) => scheduledPair(name, schedule, timezone));
}

function scheduledPair(name: string, schedule: string, timezone: string): ScheduledPair {
  try {
    const cron = new Cron(schedule, { timezone, paused: true });
    // An unknown time zone shows only when it is used.
    cron.nextRun(new Date(0));
    return { name, schedule, timezone, next: (after) => cron.nextRun(after) ?? undefined };
  } catch (error) {
    throw new SluiceError(
      'PROJECT_INVALID',
      `reconcile.pairs.${name}.schedule: "${schedule}" in ${timezone}: ${(error as Error).message}`,
      {
        hint: 'Write minute, hour, day, month and weekday, such as "15 * * * *", and the time zone as Europe/Berlin.',
        cause: error,
      },
    );
  }
}
