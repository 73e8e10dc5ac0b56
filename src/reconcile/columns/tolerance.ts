import type { Form, Tolerance } from '../model.ts';

/** A number without loss: `digits` times ten to the power of `exponent`. */
interface Decimal {
  digits: bigint;
  exponent: number;
}

/** Whether two canonical texts are within the tolerance; false for texts that are not numbers or times. */
export function isWithin(form: Form, a: string, b: string, tolerance: Tolerance): boolean {
  const left = measure(form, a);
  const right = measure(form, b);
  if (left === undefined || right === undefined) return false;
  const difference = abs(subtract(left, right));
  const { absolute, relative } = tolerance;
  if (absolute !== undefined) {
    const bound = absolute.endsWith('us') ? decimal(absolute.slice(0, -2)) : decimal(absolute);
    if (bound !== undefined && compare(difference, bound) <= 0) return true;
  }
  if (relative === undefined) return false;
  const larger = compare(abs(left), abs(right)) >= 0 ? abs(left) : abs(right);
  const part = decimal(String(relative)) ?? { digits: 0n, exponent: 0 };
  const bound = { digits: larger.digits * part.digits, exponent: larger.exponent + part.exponent };
  return compare(difference, bound) <= 0;
}

/** A number unchanged, a time in microseconds. */
function measure(form: Form, text: string): Decimal | undefined {
  switch (form.kind) {
    case 'time':
      return microsecondsOfTime(text);
    case 'timestamp':
      return microsecondsOfTimestamp(text);
    case 'float':
      return ofBits(text);
    default:
      return decimal(text);
  }
}

function decimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  return { digits: sign === '-' ? -digits : digits, exponent: Number(exponent) - fraction.length };
}

/** The 64 bits of a double, in hexadecimal. */
function ofBits(text: string): Decimal | undefined {
  if (!/^[0-9a-f]{16}$/i.test(text)) return undefined;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${text}`));
  return decimal(String(view.getFloat64(0)));
}

function microsecondsOfTime(text: string): Decimal | undefined {
  const match = /^(-?)(\d+):(\d{2}):(\d{2})(?:\.(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hours, minutes, seconds, fraction = ''] = match;
  const whole = decimal(`${(Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)}.${fraction || '0'}`);
  return whole && { digits: sign === '-' ? -whole.digits : whole.digits, exponent: whole.exponent + 6 };
}

/** JavaScript's calendar ends in the year 275760, PostgreSQL's in 294276; every 400 years have as many days. */
const SHIFTED_YEARS = 100_000;

function microsecondsOfTimestamp(text: string): Decimal | undefined {
  const match = /^(\d{4,6})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?( BC)?$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hours, minutes, seconds, fraction = '', before] = match;
  if (Number(month) === 0 || Number(day) === 0) return undefined;
  const date = new Date(0);
  const shifted = (before === undefined ? Number(year) : 1 - Number(year)) - SHIFTED_YEARS;
  date.setUTCFullYear(shifted, Number(month) - 1, Number(day));
  // MySQL may hold a 30th of February, which is not a moment in time.
  if (date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(Number(hours), Number(minutes), Number(seconds));
  const whole = BigInt(date.getTime()) * 1000n;
  // The fraction counts forward even before 1970.
  const rest = decimal(`0.${fraction || '0'}`) ?? { digits: 0n, exponent: 0 };
  return add({ digits: whole, exponent: 0 }, { digits: rest.digits, exponent: rest.exponent + 6 });
}

function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { digits: scaled(a, exponent) + scaled(b, exponent), exponent };
}

function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { ...b, digits: -b.digits });
}

function compare(a: Decimal, b: Decimal): number {
  const { digits } = subtract(a, b);
  return digits === 0n ? 0 : digits < 0n ? -1 : 1;
}

function abs({ digits, exponent }: Decimal): Decimal {
  return { digits: digits < 0n ? -digits : digits, exponent };
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}
