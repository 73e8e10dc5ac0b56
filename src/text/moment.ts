import { durationMs } from './duration.ts';

const DAY_MS = 86_400_000;
const HOW = 'Write a time with its zone, such as 2026-11-30T08:00:00Z, or how long ago: 30m, 2h or 7d.';

/** Either ms since 1970, or why a text cannot be read, and what to write. */
export type Moment = { at: number } | { problem: string; hint: string };

/**
 * A point in time, as people write it: how long ago, or date and time with a zone. Without one it would mean another moment on
 * another machine, and what is deleted or moved by it does not come back; kubectl refuses it, too.
 * @param now ms since 1970
 */
export function parseMoment(text: string, now: number): Moment {
  const trimmed = text.trim();
  const days = /^(\d{1,5}(?:\.\d+)?)d$/.exec(trimmed)?.[1];
  const ago = days === undefined ? durationMs(trimmed) : Number(days) * DAY_MS;
  if (ago !== undefined) return { at: now - ago };
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?(Z|[+-]\d\d(?::?\d\d)?)?$/i.exec(trimmed) ?? [];
  if (date === undefined) return { problem: `"${text}" is not a valid time`, hint: HOW };
  // JavaScript takes the 30th of February for the 2nd of March.
  const midnight = Date.parse(`${date}T00:00Z`);
  const isDate = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
  const at = Date.parse(`${date}T${time ?? '00:00'}${offsetOf(zone ?? 'Z')}`);
  if (!isDate || Number.isNaN(at)) return { problem: `"${text}" is not a date`, hint: HOW };
  if (time === undefined || zone === undefined)
    return {
      problem: `"${text}" does not say which moment it is`,
      hint: `Add what is missing: ${date}T${time ?? '00:00'}Z for UTC, or the offset of the zone instead of Z, such as +01:00.`,
    };
  return { at };
}

/** With the colon and the minutes that JavaScript wants. */
function offsetOf(zone: string): string {
  const [, hours = '', minutes = '00'] = /^([+-]\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return hours === '' ? 'Z' : `${hours}:${minutes}`;
}
