import type { Column, ColumnType } from '../../databases/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { ColumnPair, Form, Half } from '../model.ts';

/** What forms depend on in the dialects of the source and the target. */
export type DialectPair = readonly [Pick<Dialect, 'engine' | 'halves'>, Pick<Dialect, 'engine' | 'halves'>];

export type Pairing = Omit<ColumnPair, 'source' | 'target'> | { reason: string };

/** Values whose unequal texts may still be equal values; the rows that differ are fetched and judged by meaning. */
export function isSoft(form: Form): boolean {
  if ('tolerance' in form || (form.kind === 'text' && form.ignoreCase)) return true;
  return form.kind === 'json' || form.kind === 'interval';
}

/** May contain any character or be empty, so a row's text must include its length. */
export function isFreeText({ source, target, form }: Pick<ColumnPair, 'source' | 'target' | 'form'>): boolean {
  switch (form.kind) {
    case 'text':
    case 'json':
    case 'interval':
    case 'native':
    case 'bytes':
      return true;
    case 'uuid':
      return source.type.family !== 'uuid' || target.type.family !== 'uuid';
    default:
      return false;
  }
}

type Of<F extends ColumnType['family']> = Extract<ColumnType, { family: F }>;

const NUMBERS = new Set(['integer', 'decimal', 'boolean']);
const DIGITS = new Set(['integer', 'decimal']);
/** Families whose engine text is what a connector writes to a text column. */
const TEXT_LIKE = new Set(['integer', 'decimal', 'other']);

/** How a column pair is compared; the documented table is docs/reconcile.md#types. */
export function pairForm(source: Column, target: Column, dialects: DialectPair): Pairing {
  const a = source.type;
  const b = target.type;
  for (const [side, column] of [
    ['source', source],
    ['target', target],
  ] as const) {
    if (column.type.family === 'opaque') return { reason: `${side} ${column.nativeType}: ${column.type.reason}` };
  }
  if (a.family === b.family) return sameFamily(a, b, source, target, dialects);
  if (NUMBERS.has(a.family) && NUMBERS.has(b.family)) return numbers(a, b);
  if (DIGITS.has(a.family) && b.family === 'float') return rounded(b);
  if (a.family === 'float' && DIGITS.has(b.family)) return rounded(a);
  return differentFamilies(a, b, source) ?? differentFamilies(b, a, target) ?? { reason: noForm(source, target) };
}

function noForm(source: Column, target: Column): string {
  return `no common form for ${source.nativeType} and ${target.nativeType}`;
}

function sameFamily(a: ColumnType, b: ColumnType, source: Column, target: Column, dialects: DialectPair): Pairing {
  switch (a.family) {
    case 'integer':
    case 'boolean':
      return { form: { kind: 'integer' } };
    case 'decimal':
      return numbers(a, b);
    case 'float':
      return floats(a, b as Of<'float'>);
    case 'text':
      return texts(a, b as Of<'text'>);
    case 'uuid':
    case 'json':
    case 'bytes':
    case 'date':
    case 'interval':
      return { form: { kind: a.family } };
    case 'time':
      return times(a, b as Of<'time'>);
    case 'timestamp':
      return timestamps(a, b as Of<'timestamp'>, halfOf(dialects));
    default:
      if (dialects[0].engine !== dialects[1].engine) return { reason: noForm(source, target) };
      return source.nativeType === target.nativeType
        ? { form: { kind: 'native' } }
        : { form: { kind: 'native' }, note: `${source.nativeType} and ${target.nativeType} compared as text` };
  }
}

/** Handles two families by the first; the caller tries both orders. */
function differentFamilies(a: ColumnType, b: ColumnType, column: Column): Pairing | undefined {
  if (b.family !== 'text') return undefined;
  if (a.family === 'uuid') return { form: { kind: 'uuid' } };
  if (a.family === 'interval') return { form: { kind: 'interval' }, note: 'text compared as ISO 8601 duration' };
  if (a.family === 'json') return { form: { kind: 'json' }, note: 'text compared as JSON' };
  if (TEXT_LIKE.has(a.family)) return { form: { kind: 'native' }, note: `${column.nativeType} compared as text` };
  return undefined;
}

function scaleOf(type: ColumnType): number | undefined {
  return type.family === 'decimal' ? type.scale : 0;
}

/** Exact for any scales: the larger one is used, and no digit is dropped. */
function numbers(a: ColumnType, b: ColumnType): Pairing {
  if (a.family !== 'decimal' && b.family !== 'decimal') return { form: { kind: 'integer' } };
  const scales = [scaleOf(a), scaleOf(b)].filter((scale) => scale !== undefined);
  return { form: scales.length === 0 ? { kind: 'decimal' } : { kind: 'decimal', scale: Math.max(...scales) } };
}

function floats(a: Of<'float'>, b: Of<'float'>): Pairing {
  return { form: { kind: 'float', bits: a.bits === b.bits ? a.bits : 64 } };
}

/** A number in a floating-point column holds what that type can: the other side is converted to it. */
function rounded(float: Of<'float'>): Pairing {
  const digits = float.bits === 32 ? 6 : 15;
  return {
    ...floats(float, float),
    note: `compared as floating point, exact to about ${digits} digits`,
  };
}

function texts(a: Of<'text'>, b: Of<'text'>): Pairing {
  const trim = Boolean(a.fixed) || Boolean(b.fixed);
  if (trim && Boolean(a.fixed) !== Boolean(b.fixed)) {
    return { form: { kind: 'text', trim }, note: 'trailing blanks ignored: one side pads with them' };
  }
  return { form: { kind: 'text', trim } };
}

function times(a: Of<'time'>, b: Of<'time'>): Pairing {
  const { precision, note } = precisions(a.precision, b.precision);
  const zone = a.zone && b.zone;
  const notes = [note, a.zone === b.zone ? undefined : 'the side without a zone read as UTC'];
  return withNotes({ kind: 'time', zone, precision }, notes);
}

/** The target's own way if the source's dialect knows it, else the source's. */
function halfOf([source, target]: DialectPair): Half | undefined {
  const [own, wanted] = [source.halves[0], target.halves[0]];
  if (own === wanted || wanted === undefined) return undefined;
  return source.halves.includes(wanted) ? wanted : own;
}

function timestamps(a: Of<'timestamp'>, b: Of<'timestamp'>, half: Half | undefined): Pairing {
  const { precision, note } = precisions(a.precision, b.precision);
  const step = stepOf(a, b);
  const notes = [
    step === undefined ? note : STEP_NOTES[step],
    a.zone === b.zone ? undefined : 'the side without a zone read as UTC',
  ];
  const rounding = { ...(step === undefined ? {} : { step }), ...(half === undefined ? {} : { half }) };
  return withNotes({ kind: 'timestamp', precision, ...rounding }, notes);
}

const STEP_NOTES = {
  minute: 'rounded to minutes: the target stores no seconds',
  tick: 'rounded to 1/300 of a second: the target stores no finer time',
};

/** The target's step, unless it can hold every value of the source unchanged. */
function stepOf(source: Of<'timestamp'>, target: Of<'timestamp'>): Of<'timestamp'>['step'] {
  if (target.step === undefined || source.step === target.step || source.step === 'minute') return undefined;
  // Hundredths are three ticks each.
  return target.step === 'tick' && source.precision <= 2 ? undefined : target.step;
}

function withNotes(form: Form, notes: readonly (string | undefined)[]): Pairing {
  const note = notes.filter((one) => one !== undefined).join('; ');
  return note === '' ? { form } : { form, note };
}

/** A target of lower precision cannot hold more: the source is rounded to it, and the result notes it. */
function precisions(source: number, target: number): { precision: number; note?: string } {
  if (target >= source) return { precision: target };
  return { precision: target, note: `rounded to ${target} fractional digits: the target stores no more` };
}
