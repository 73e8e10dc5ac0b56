import type { Step } from '../../../databases/model.ts';
import { HALF_MINUTE } from '../steps.ts';

/** Rounds to fewer digits as PostgreSQL does. @param value SQL, a DATETIME; zero dates are unchanged */
export function mysqlHalfAway(value: string, precision: number): string {
  const unit = 10 ** (6 - precision);
  const isHalf = `${value} < '2000-01-01' AND MICROSECOND(${value}) % ${unit} = ${unit / 2}`;
  return `IF(${isHalf}, COALESCE(${value} - INTERVAL 1 MICROSECOND, ${value}), ${value})`;
}

/** @param value SQL, a DATETIME; zero dates, with which MySQL cannot calculate, are unchanged */
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
