import { within } from './numbers.ts';

/** Microseconds, or the text itself where it is no moment of the calendar (infinity, a zero date). */
type Moment = bigint | string;

const DAY = 86_400_000_000n;

/** `2024-02-29 12:34:56.5+00`, with or without zone, as a moment in UTC. */
export function momentOf(text: string): Moment {
  const match =
    /^(\d{4,6})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?([+-]\d{2}(?::?\d{2}){0,2}|Z)?( BC)?$/.exec(
      text,
    );
  if (match === null) return text;
  const [, year = '', month, day, hour, minute, second, fraction = '', zone, before] = match;
  if (Number(month) === 0 || Number(day) === 0 || Number(year) === 0) return text;
  const date = new Date(0);
  date.setUTCFullYear(before === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  return BigInt(date.getTime()) * 1000n + BigInt(fraction.padEnd(6, '0')) - zoneOf(zone);
}

function zoneOf(zone: string | undefined): bigint {
  const match = /^([+-])(\d{2}):?(\d{2})?:?(\d{2})?$/.exec(zone ?? '');
  if (match === null) return 0n;
  const [, sign, hours, minutes = '0', seconds = '0'] = match;
  const size = BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000n;
  return sign === '-' ? -size : size;
}

/** Half away from zero. */
function round(micros: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(6 - digits);
  const size = micros < 0n ? -micros : micros;
  const up = ((size + unit / 2n) / unit) * unit;
  return micros < 0n ? -up : up;
}

const YEAR_2000 = BigInt(Date.UTC(2000, 0, 1)) * 1000n;
const YEAR_ZERO = BigInt(Date.UTC(-5000, 0, 1)) * 1000n;

/**
 * One text for each moment, rounded to so many digits of a second. Decision: a half is rounded on both sides as the
 * engine of the target does: PostgreSQL away from the year 2000, which it counts from, MySQL up.
 */
export function timestampText(text: string, digits: number, family: 'postgresql' | 'mysql'): string {
  const moment = /^-?\d+$/.test(text) ? BigInt(text) : momentOf(text);
  if (typeof moment === 'string')
    return outOfCalendar(moment, digits)
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '');
  const from = family === 'postgresql' ? YEAR_2000 : YEAR_ZERO;
  return String(round(moment - from, digits) + from);
}

/** Of a zero date the time is rounded, but not into the next day, which there is not. Infinity is itself. */
function outOfCalendar(text: string, digits: number): string {
  const [, date, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}\.\d+)$/.exec(text) ?? [];
  if (date === undefined || time === undefined) return text;
  const micros = BigInt(timeText(time, digits));
  if (micros >= DAY) return text;
  return `${date} ${new Date(Number(micros / 1000n)).toISOString().slice(11, 23)}${String(micros % 1000n).padStart(3, '0')}`;
}

/**
 * A time as microseconds. With a zone it is brought to UTC, and stays within the day, as a clock does; only the end of a day
 * in UTC is not its beginning.
 */
export function timeText(text: string, digits: number): string {
  if (/^-?\d+$/.test(text)) return String(round(BigInt(text), digits));
  const match = /^(-?)(\d{1,3}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?([+-]\d{2}(?::\d{2}){0,2})?$/.exec(text);
  if (match === null) return text;
  const [, sign, hours, minutes, seconds, fraction = '', zone] = match;
  const size =
    BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000n +
    BigInt(fraction.padEnd(6, '0'));
  const local = round(sign === '-' ? -size : size, digits);
  if (zone === undefined) return String(local);
  const offset = zoneOf(zone);
  return String(local === DAY && offset === 0n ? DAY : (((local - offset) % DAY) + DAY) % DAY);
}

/** Whether two texts of the above are as near as a tolerance such as `5000us` allows. */
export function rule(_as: 'time' | 'timestamp', tolerance: string): (a: string, b: string) => boolean {
  const bound = tolerance.replace(/us$/, '');
  return (a, b) => a === b || (/^-?\d+$/.test(a) && /^-?\d+$/.test(b) && within(a, b, bound, undefined));
}

export interface Duration {
  months: bigint;
  days: bigint;
  micros: bigint;
}

/**
 * An ISO 8601 duration. Months, days and seconds are kept apart: a month has no fixed number of days, and a day none of
 * hours (decision: PT24H is not P1D).
 */
export function durationOf(text: string): Duration | undefined {
  const match =
    /^P(?=.)(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?=.)(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,6}))?S)?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, years = '0', months = '0', days = '0', hours = '0', minutes = '0', sign = '', seconds = '0', fraction = ''] =
    match;
  const second = BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return {
    months: BigInt(years) * 12n + BigInt(months),
    days: BigInt(days),
    micros: (BigInt(hours) * 60n + BigInt(minutes)) * 60_000_000n + (sign === '-' ? -second : second),
  };
}
