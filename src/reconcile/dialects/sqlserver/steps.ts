import type { Step } from '../../../databases/model.ts';
import { HALF_MINUTE } from '../steps.ts';

/** @param value SQL, a datetime2(7), as is the result; it has a seventh digit */
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

/** Rounding the last moment up would overflow, and many tables use it as the end of time. */
function beforeTheEnd(value: string, time: string, rounded: string): string {
  return `CASE WHEN ${value} >= '9999-12-31T${time}' THEN ${value} ELSE ${rounded} END`;
}
