/** Exact arithmetic on the texts of numbers, without a thought for how sluice does it. */

interface Parts {
  negative: boolean;
  /** Digits without leading zeros; empty for zero. */
  digits: string;
  /** The value is `digits` × 10^exponent. */
  exponent: number;
}

export function parts(text: string): Parts | undefined {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (match === null || `${match[2]}${match[3] ?? ''}` === '') return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  return {
    negative: sign === '-' && digits !== '',
    digits,
    exponent: digits === '' ? 0 : Number(exponent) - fraction.length + (all.length - digits.length),
  };
}

/** One text for each value: significant digits and a power of ten. `0` has no sign. */
export function byValue(text: string): string | undefined {
  const number = parts(text);
  if (number === undefined) return undefined;
  return number.digits === '' ? '0' : `${number.negative ? '-' : ''}${number.digits}e${number.exponent}`;
}

/** Without an exponent, without needless zeros. */
export function plain(text: string): string {
  const number = parts(text);
  if (number === undefined) throw new Error(`"${text}" is not a number`);
  const { negative, digits, exponent } = number;
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** A value as an integer number of 10^-scale; undefined where digits would be lost. */
export function scaled(text: string, scale: number): bigint | undefined {
  const number = parts(text);
  if (number === undefined) return undefined;
  const shift = number.exponent + scale;
  if (number.digits !== '' && shift < 0) return undefined;
  const digits = number.digits === '' ? 0n : BigInt(number.digits) * 10n ** BigInt(shift);
  return number.negative ? -digits : digits;
}

/** Rounded to `scale` digits behind the point, half away from zero. */
export function rounded(text: string, scale: number): string {
  const number = parts(text);
  if (number === undefined) return text;
  const { negative, digits, exponent } = number;
  if (digits === '' || exponent >= -scale) return plain(text);
  const cut = 10n ** BigInt(-scale - exponent);
  const whole = BigInt(digits);
  const up = (2n * (whole % cut) >= cut ? 1n : 0n) + whole / cut;
  return plain(`${negative ? '-' : ''}${up}e${-scale}`);
}

/** Whether |a - b| is at most `absolute`, or at most `relative` times the larger size; both exactly. */
export function within(a: string, b: string, absolute: string | undefined, relative: number | undefined): boolean {
  const texts = [a, b, absolute ?? '0', String(relative ?? 0)];
  const exponents = texts.map((text) => parts(text)?.exponent);
  if (exponents.some((one) => one === undefined)) return false;
  const scale = Math.max(0, ...exponents.map((one) => -(one ?? 0)));
  const [left = 0n, right = 0n, bound = 0n] = texts.map((text) => scaled(text, scale));
  const size = (value: bigint) => (value < 0n ? -value : value);
  const difference = size(left - right);
  if (absolute !== undefined && difference <= bound) return true;
  if (relative === undefined) return false;
  let larger = size(left);
  if (size(right) > larger) larger = size(right);
  const part = scaled(String(relative), scale) ?? 0n;
  return difference * 10n ** BigInt(scale) <= larger * part;
}

const view = new DataView(new ArrayBuffer(8));

/** The 64 bits of a double in hex; -0 is 0, and there is one NaN. */
export function doubleBits(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  view.setFloat64(0, value === 0 ? 0 : value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

export function doubleOf(bits: bigint): number {
  view.setBigUint64(0, BigInt.asUintN(64, bits));
  return view.getFloat64(0);
}

/** The next double, `by` steps away from zero (or towards it). */
export function neighbour(value: number, by: 1 | -1): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return by * Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + BigInt(by));
  return view.getFloat64(0);
}

/** The next single-precision number. */
export function neighbour32(value: number, by: 1 | -1): number {
  if (!Number.isFinite(value) || value === 0) return value;
  view.setFloat32(0, value);
  view.setUint32(0, view.getUint32(0) + by);
  return view.getFloat32(0);
}

/** A decimal text as the nearest single-precision number, ties to even: by exact comparison, since rounding twice may err. */
export function nearestSingle(text: string): number {
  const guess = Math.fround(Number(text));
  if (!Number.isFinite(guess) || parts(text) === undefined) return guess;
  let best = guess;
  for (const other of [neighbour32(guess, 1), neighbour32(guess, -1)]) {
    if (!Number.isFinite(other)) continue;
    const order = compareDistance(text, best, other);
    if (order > 0 || (order === 0 && isEven32(other))) best = other;
  }
  return best;
}

function isEven32(value: number): boolean {
  view.setFloat32(0, value);
  return view.getUint32(0) % 2 === 0;
}

/** Above 0 where `b` is nearer to the text's value than `a`. */
function compareDistance(text: string, a: number, b: number): number {
  const texts = [text, exact(a), exact(b)];
  const scale = Math.max(0, ...texts.map((one) => -(parts(one)?.exponent ?? 0)));
  const [value = 0n, left = 0n, right = 0n] = texts.map((one) => scaled(one, scale));
  const size = (number: bigint) => (number < 0n ? -number : number);
  const difference = size(value - left) - size(value - right);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** All decimal digits of a double. */
export function exact(value: number): string {
  if (value === 0) return '0';
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const raw = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = raw === 0 ? fraction : fraction | 0x10000000000000n;
  const power = (raw === 0 ? 1 : raw) - 1075;
  const sign = value < 0 ? '-' : '';
  if (power >= 0) return `${sign}${mantissa << BigInt(power)}`;
  // m / 2^n = m × 5^n / 10^n
  return `${sign}${mantissa * 5n ** BigInt(-power)}e${power}`;
}
