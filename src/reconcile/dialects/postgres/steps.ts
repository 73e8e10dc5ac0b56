import type { Step } from '../../../databases/model.ts';
import { HALF_MINUTE } from '../steps.ts';

/** @param value SQL, a timestamp without a zone; infinity is unchanged */
export function postgresStep(step: Step, value: string): string {
  if (step === 'minute') {
    const upper = `interval '${(60_000_000 - HALF_MINUTE) / 1_000_000} seconds'`;
    return `date_trunc('minute', ${value} + ${upper})`;
  }
  const ticks = `(extract(microseconds FROM ${value})::bigint % 1000000 * 3 + 5000) / 10000`;
  // Infinity has no microseconds.
  return `coalesce(date_trunc('second', ${value}) + (${ticks} * 10 + 1) / 3 * interval '1 millisecond', ${value})`;
}

/**
 * A cast to fewer digits rounds a half down before the year 2000. @param value SQL, a timestamp without a zone;
 * infinity is unchanged
 */
export function postgresHalfUp(value: string, precision: number): string {
  const unit = 10 ** (6 - precision);
  const micros = `(extract(microseconds FROM ${value})::bigint % 1000000 + ${unit / 2}) / ${unit} * ${unit}`;
  return `coalesce(date_trunc('second', ${value}) + ${micros} * interval '1 microsecond', ${value})`;
}
