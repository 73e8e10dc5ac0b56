import type { Step } from '../model.ts';

/*
 * SQL Server's datetime counts in ticks of 1/300 of a second, shown as .000, .003 and .007; its smalldatetime in minutes.
 * The server rounds to the nearest tick, half a tick up; to a minute by that tick: 29.998 seconds are rounded down, 29.999 up.
 * Each engine does it here by the same arithmetic, so that both sides get one text.
 * https://learn.microsoft.com/sql/t-sql/data-types/datetime-transact-sql
 * https://learn.microsoft.com/sql/t-sql/data-types/smalldatetime-transact-sql
 */

/** Where the upper half of a minute begins: the first microsecond whose tick is that of 30 seconds. */
const HALF_MINUTE = 29_998_334;

/** @param value SQL, a timestamp without a zone; infinity stays what it is */
export function postgresStep(step: Step, value: string): string {
  if (step === 'minute') {
    const upper = `interval '${(60_000_000 - HALF_MINUTE) / 1_000_000} seconds'`;
    return `date_trunc('minute', ${value} + ${upper})`;
  }
  const ticks = `(extract(microseconds FROM ${value})::bigint % 1000000 * 3 + 5000) / 10000`;
  // Of infinity there are no microseconds.
  return `coalesce(date_trunc('second', ${value}) + (${ticks} * 10 + 1) / 3 * interval '1 millisecond', ${value})`;
}

/** @param value SQL, a DATETIME; zero dates, with which MySQL does not reckon, stay what they are */
export function mysqlStep(step: Step, value: string): string {
  if (step === 'minute') {
    const past = `(SECOND(${value}) * 1000000 + MICROSECOND(${value}))`;
    const change = `IF(${past} >= ${HALF_MINUTE}, 60000000, 0) - ${past}`;
    return `COALESCE(${value} + INTERVAL (${change}) MICROSECOND, ${value})`;
  }
  const ticks = `((MICROSECOND(${value}) * 3 + 5000) DIV 10000)`;
  const change = `((${ticks} * 10 + 1) DIV 3) * 1000 - MICROSECOND(${value})`;
  return `COALESCE(${value} + INTERVAL (${change}) MICROSECOND, ${value})`;
}

/** @param value SQL, a datetime2(7), which is also what comes out; it has a seventh digit */
export function sqlserverStep(step: Step, value: string): string {
  const seventh = `DATEPART(nanosecond, ${value}) / 100`;
  if (step === 'minute') {
    const past = `DATEPART(second, ${value}) * 10000000 + ${seventh}`;
    const minute = `DATEADD(second, -DATEPART(second, ${value}), DATEADD(nanosecond, -DATEPART(nanosecond, ${value}), ${value}))`;
    const upper = `CASE WHEN ${past} >= ${HALF_MINUTE * 10 - 6} THEN 1 ELSE 0 END`;
    return beforeTheEnd(value, '23:59:29.9983334', `DATEADD(minute, ${upper}, ${minute})`);
  }
  const ticks = `(${seventh} * 3 + 50000) / 100000`;
  const second = `DATEADD(nanosecond, -DATEPART(nanosecond, ${value}), ${value})`;
  return beforeTheEnd(value, '23:59:59.9983334', `DATEADD(millisecond, (${ticks} * 10 + 1) / 3, ${second})`);
}

/** No year 10000 comes of rounding the last moment up, which many take for the end of time. */
function beforeTheEnd(value: string, time: string, rounded: string): string {
  return `CASE WHEN ${value} >= '9999-12-31T${time}' THEN ${value} ELSE ${rounded} END`;
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}):(\d{2})(?:\.(\d{1,7}))?$/;

/** The same for a canonical text; what is no ordinary time stays what it is. */
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
