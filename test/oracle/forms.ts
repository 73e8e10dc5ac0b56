import { canonicalJson } from './json.ts';
import type { Cell, Column, Engine, OracleType, Rule } from './model.ts';
import { byValue, doubleBits, nearestSingle, parts, rounded, within } from './numbers.ts';
import { type Duration, durationOf, rule as timeRule, timestampText, timeText } from './times.ts';

/** How a pair of columns is compared, or why it cannot be. */
export type Comparer =
  | {
      as: string;
      /** One text for each value, of a side's column. */
      source(text: string): string;
      target(text: string): string;
      /** For a rule that makes values alike without giving them one text. */
      same?: (a: string, b: string) => boolean;
      /** The report may also refuse: the docs name a reason, or say nothing about this pair. */
      mayRefuse?: string;
    }
  | { refused: string };

type Of<K extends OracleType['kind']> = Extract<OracleType, { kind: K }>;

const DIGITS = new Set(['integer', 'decimal']);
const NUMBERS = new Set(['integer', 'boolean', 'decimal']);

/** By docs/reconcile.md#types, read as strictly as a user would. */
export function comparerOf(
  source: Column,
  target: Column,
  engines: readonly [Engine, Engine],
  rule: Rule | undefined,
): Comparer {
  const plain = bare(source.type, target.type, engines);
  if ('refused' in plain || rule === undefined) return plain;
  return ruled(plain, rule, source.type, target.type, engines);
}

function alike(as: string, canonical: (text: string) => string): Comparer {
  return { as, source: canonical, target: canonical };
}

function bare(a: OracleType, b: OracleType, engines: readonly [Engine, Engine]): Comparer {
  if (a.kind === 'opaque' || b.kind === 'opaque') return { refused: 'a type without a text' };
  if (NUMBERS.has(a.kind) && NUMBERS.has(b.kind)) {
    const exact = a.kind === 'decimal' || b.kind === 'decimal';
    return alike(exact ? 'decimal' : 'integer', number);
  }
  if (a.kind === 'float' && b.kind === 'float') return { as: 'float', source: double(a), target: double(b) };
  if (a.kind === 'float' && DIGITS.has(b.kind)) return { as: 'float', source: double(a), target: held(a) };
  if (b.kind === 'float' && DIGITS.has(a.kind)) return { as: 'float', source: held(b), target: double(b) };
  if (a.kind === 'text' && b.kind === 'text') {
    // Decision: blanks at the end are U+0020 alone, as the engines pad with it.
    const padded = a.fixed || b.fixed;
    return alike('text', padded ? (text) => text.replace(/ +$/, '') : (text) => text);
  }
  if (a.kind === 'timestamp' && b.kind === 'timestamp') {
    const precision = Math.min(a.precision, b.precision);
    // A finer target keeps what it has: only what the target cannot hold is rounded off.
    const digits = b.precision < a.precision ? precision : 6;
    return {
      as: 'timestamp',
      source: (text) => timestampText(text, digits, engines[1].family),
      target: (text) => timestampText(text, digits, engines[1].family),
    };
  }
  if (a.kind === 'time' && b.kind === 'time') {
    const digits = b.precision < a.precision ? b.precision : 6;
    return { as: 'time', source: (text) => timeText(text, digits), target: (text) => timeText(text, digits) };
  }
  if (a.kind === b.kind && ['uuid', 'bytes', 'date'].includes(a.kind))
    return alike(a.kind, (text) => text.toLowerCase());
  if (a.kind === 'json' && b.kind === 'json') return alike('json', json);
  if (a.kind === 'interval' && b.kind === 'interval') return alike('interval', interval);
  if (a.kind === 'own' && b.kind === 'own') {
    if (engines[0].family !== engines[1].family) return { refused: 'own texts of two engines' };
    return alike('own', (text) => text);
  }
  return (
    withText(a, b, 'source', engines[1].family) ??
    withText(b, a, 'target', engines[0].family) ?? { refused: `${a.kind} and ${b.kind}` }
  );
}

/**
 * Of two types, `b` is text; the caller tries both orders.
 * @param column the side that is not text
 * @param family the engine of the side that is
 */
function withText(
  a: OracleType,
  b: OracleType,
  column: 'source' | 'target',
  family: Engine['family'],
): Comparer | undefined {
  if (b.kind !== 'text') return undefined;
  // char(n) holds the value with blanks behind it.
  const unpadded = (canonical: (text: string) => string) => (text: string) =>
    canonical(b.fixed ? text.replace(/ +$/, '') : text);
  switch (a.kind) {
    case 'uuid':
      return alike(
        'uuid',
        // PostgreSQL folds the letters of a uuid, MySQL all that it knows.
        unpadded((text) =>
          family === 'postgresql' ? text.replace(/[A-Z]/g, (one) => one.toLowerCase()) : text.toLowerCase(),
        ),
      );
    case 'json':
      return alike('json', unpadded(json));
    case 'interval':
      return alike('interval', unpadded(interval));
    case 'own':
      return alike(
        'own',
        unpadded((text) => text),
      );
    case 'integer':
    case 'decimal': {
      // The docs do not name this pair: either refused, or compared by the digits that a connector writes.
      const digits = (text: string) => text.replace(/[$,]/g, '').replace(/^(-?)0+(?=\d)/, '$1');
      const own = unpadded((text) => text);
      return {
        as: 'own',
        source: column === 'source' ? digits : own,
        target: column === 'source' ? own : digits,
        mayRefuse: 'a number and text',
      };
    }
    default:
      return undefined;
  }
}

function number(text: string): string {
  if (text === 't' || text === 'true') return byValue('1') ?? '';
  if (text === 'f' || text === 'false') return '0';
  // Money of the C locale: -$1,234.50.
  return byValue(text.replace(/[$,]/g, '')) ?? text;
}

/** A `real` is sent with as many digits as tell it from its neighbours: the double with these digits is another one. */
function double({ bits }: Of<'float'>): (text: string) => string {
  return (text) => {
    if (parts(text) === undefined) return text.toLowerCase();
    return doubleBits(bits === 32 ? Math.fround(Number(text)) : Number(text));
  };
}

/** A decimal number as the floating-point type of the other side holds it; one that it cannot hold keeps its digits. */
function held({ bits }: Of<'float'>): (text: string) => string {
  return (text) => {
    const digits = text.replace(/[$,]/g, '');
    if (parts(digits) === undefined) return text.toLowerCase();
    const number = bits === 32 ? nearestSingle(digits) : Number(digits);
    const isHeld = Number.isFinite(number) && (number !== 0 || byValue(digits) === byValue('0'));
    return isHeld ? doubleBits(number) : (byValue(digits) ?? digits);
  };
}

function json(text: string): string {
  return canonicalJson(text) ?? `not json: ${text}`;
}

function interval(text: string): string {
  const parsed: Duration | undefined = durationOf(text);
  return parsed === undefined ? `text: ${text}` : `${parsed.months} ${parsed.days} ${parsed.micros}`;
}

/** A rule that fits; those that do not are not generated. */
function ruled(
  plain: Exclude<Comparer, { refused: string }>,
  rule: Rule,
  a: OracleType,
  b: OracleType,
  engines: readonly [Engine, Engine],
): Comparer {
  const map = (change: (text: string) => string): Comparer => ({
    ...plain,
    source: (text) => change(plain.source(text)),
    target: (text) => change(plain.target(text)),
  });
  if (plain.as === 'text') {
    const trimmed = (text: string) => (rule.trim ? text.replace(/^ +| +$/g, '') : text);
    if (!rule.ignoreCase) return map(trimmed);
    return {
      ...map(trimmed),
      same: (x, y) => x === y || x.toLowerCase() === y.toLowerCase(),
    };
  }
  if (plain.as === 'timestamp' || plain.as === 'time') {
    const { precision, tolerance } = rule;
    if (a.kind !== plain.as || b.kind !== plain.as) return plain;
    const rounding = (text: string, digits: number) =>
      plain.as === 'time' ? timeText(text, digits) : timestampText(text, digits, engines[1].family);
    // First as the target would hold it: what is equal without the rule must be equal with it.
    const twice = (text: string) =>
      [b.precision < a.precision ? b.precision : 6, precision ?? 6].reduce(rounding, text);
    const cut: Comparer = { ...plain, source: twice, target: twice };
    if (tolerance === undefined) return cut;
    return { ...cut, same: timeRule(plain.as, tolerance) };
  }
  const { scale, tolerance, relative } = rule;
  const cut =
    scale === undefined || plain.as !== 'decimal' || a.kind === 'float' || b.kind === 'float'
      ? plain
      : map((one) => (parts(one) === undefined ? one : (byValue(rounded(one, scale)) ?? one)));
  if ('refused' in cut || (tolerance === undefined && relative === undefined)) return cut;
  const readable = (text: string) => (plain.as === 'float' ? decimalOfBits(text) : text);
  return { ...cut, same: (x, y) => x === y || within(readable(x), readable(y), tolerance, relative) };
}

function decimalOfBits(bits: string): string {
  if (!/^[0-9a-f]{16}$/.test(bits)) return bits;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return String(view.getFloat64(0));
}

/** NULL is NULL and nothing else. */
export function canonical(of: (text: string) => string, cell: Cell): Cell {
  return cell === null ? null : of(cell);
}
