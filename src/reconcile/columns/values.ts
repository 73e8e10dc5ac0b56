import type { Form } from '../model.ts';
import { byName, canonicalDeepJson, decimalText } from './deep-json.ts';
import { isWithin } from './tolerance.ts';

/** Whether two canonical texts mean the same value; for most forms they do so only when they are the same text. */
export function sameValue(form: Form, a: string | null, b: string | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if ('tolerance' in form && form.tolerance !== undefined && isWithin(form, a, b, form.tolerance)) return true;
  // Databases do not agree on the small letters of all scripts.
  if (form.kind === 'text') return form.ignoreCase === true && a.toLowerCase() === b.toLowerCase();
  if (form.kind === 'json') return sameJson(a, b);
  if (form.kind === 'interval') return canonicalInterval(a) === canonicalInterval(b);
  return false;
}

/** Months, days and seconds, which are not converted into each other; any other text unchanged. */
function canonicalInterval(text: string): string {
  const match =
    /^P(?=.)(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?=.)(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,9}))?S)?)?$/.exec(
      text,
    );
  if (match === null) return text;
  const [, years, months, weeks, days, hours, minutes, sign, seconds = '0', fraction = ''] = match;
  const whole = (part: string | undefined) => BigInt(part ?? '0');
  const nanoseconds = BigInt(`${seconds}${fraction.padEnd(9, '0')}`) * (sign === '-' ? -1n : 1n);
  return [
    12n * whole(years) + whole(months),
    7n * whole(weeks) + whole(days),
    (60n * whole(hours) + whole(minutes)) * 60_000_000_000n + nanoseconds,
  ].join(' ');
}

/** A canonical text as people write the value: a floating-point number by its digits. */
export function shownText(form: Form, text: string | null): string | null {
  if (form.kind !== 'float' || text === null || !/^[0-9a-f]{16}$/.test(text)) return text;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${text}`));
  return String(view.getFloat64(0));
}

function sameJson(a: string, b: string): boolean {
  try {
    return canonicalJson(a) === canonicalJson(b);
  } catch {
    return false;
  }
}

/** Members in order of their names, numbers by value without loss, white space gone. @throws SyntaxError */
export function canonicalJson(text: string): string {
  try {
    return canonicalParsed(text);
  } catch (error) {
    // Thousands of levels overflow the stack.
    if (error instanceof RangeError) return canonicalDeepJson(text);
    throw error;
  }
}

function canonicalParsed(text: string): string {
  const value: unknown = JSON.parse(text, (_key, parsed: unknown, ...rest: unknown[]) => {
    // A number's own text, since 9007199254740993 is another number in JavaScript.
    const source = (rest[0] as { source?: string } | undefined)?.source;
    return typeof parsed === 'number' && source !== undefined ? new JsonNumber(decimalText(source)) : parsed;
  });
  return write(value);
}

class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function write(value: unknown): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).sort(byName);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
