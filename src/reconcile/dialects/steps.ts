import type { Step } from '../../databases/model.ts';

/*
 * SQL Server's datetime counts in ticks of 1/300 of a second, shown as .000, .003 and .007; its smalldatetime in minutes.
 * The server rounds to the nearest tick, half a tick up; to a minute by that tick: 29.998 seconds are rounded down, 29.999 up.
 * Each dialect does it by the same arithmetic (`steps.ts` in its folder), so that both sides get one text.
 * https://learn.microsoft.com/sql/t-sql/data-types/datetime-transact-sql
 * https://learn.microsoft.com/sql/t-sql/data-types/smalldatetime-transact-sql
 */

/** Start of the upper half of a minute: the first microsecond whose tick is that of 30 seconds. */
export const HALF_MINUTE = 29_998_334;

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}):(\d{2})(?:\.(\d{1,7}))?$/;

/** The step of a canonical text; text that is not an ordinary time is unchanged. */
export function stepped(step: Step, text: string): string {
  const [all, date = '', minute = '', second = '', fraction = ''] = TIMESTAMP.exec(text) ?? [];
  if (all === undefined) return text;
  // In units of the seventh digit.
  const past = Number(second) * 10_000_000 + Number(fraction.padEnd(7, '0'));
  const ticks = Math.floor((past * 3 + 50_000) / 100_000);
  const milliseconds = step === 'minute' ? (ticks >= 9000 ? 60_000 : 0) : Math.floor((ticks * 10 + 1) / 3);
  const moment = new Date(Date.parse(`${date}T${minute}:00Z`) + milliseconds);
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() > 9999) return text;
  return moment
    .toISOString()
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '');
}
