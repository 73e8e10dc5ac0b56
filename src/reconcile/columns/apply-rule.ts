import { SluiceError } from '../../errors/error.ts';
import type { ColumnPair, Form, Tolerance } from '../model.ts';
import { fractional } from './fractions.ts';
import { type ColumnRule, ruleText } from './rules.ts';

/**
 * Applies a rule to a column pair's form. Precision, scale, trim and case can be expressed in one text, so they already
 * hold in the checksums. A tolerance cannot: differing rows are fetched and judged by their values.
 * @throws REQUEST_INVALID if the rule does not fit the column's type
 */
export function withRule(pair: ColumnPair, rule: ColumnRule): ColumnPair {
  const form = ruledForm(pair.form, rule, pair);
  const note = [pair.note, ruleText(rule)].filter((one) => one !== undefined).join('; ');
  return { ...pair, form, plain: pair.form, rule, note };
}

function ruledForm(form: Form, rule: ColumnRule, pair: ColumnPair): Form {
  const refuse = (part: string, fits: string) =>
    new SluiceError('REQUEST_INVALID', `column ${pair.source.name}: ${part} does not fit ${pair.source.nativeType}`, {
      hint: `It is for ${fits}.`,
    });
  const isNumber = form.kind === 'integer' || form.kind === 'decimal' || form.kind === 'float';
  const isTime = form.kind === 'time' || form.kind === 'timestamp';
  if (rule.relative !== undefined && !isNumber) throw refuse('a relative tolerance', 'numbers');
  if (rule.tolerance !== undefined && !(rule.tolerance.endsWith('us') ? isTime : isNumber)) {
    throw refuse(`the tolerance ${rule.tolerance}`, 'numbers, or as a duration for timestamps and times');
  }
  if (rule.precision !== undefined && !isTime) throw refuse('a precision', 'timestamps and times');
  if (rule.scale !== undefined && form.kind !== 'decimal') {
    throw refuse('a scale', 'decimal numbers; for floating point give a tolerance');
  }
  if (form.kind !== 'text' && (rule.trim || rule.ignoreCase)) throw refuse(rule.trim ? 'trim' : 'case', 'text');
  switch (form.kind) {
    case 'text':
      return {
        ...form,
        ...(rule.trim ? { trim: 'both' as const } : {}),
        ...(rule.ignoreCase ? { ignoreCase: true as const } : {}),
      };
    case 'decimal':
      return { ...form, ...rounding(form.scale, rule.scale, pair), ...tolerance(rule) };
    case 'time':
    case 'timestamp':
      return { ...form, ...lowered(form.precision, rule.precision, pair), ...tolerance(rule) };
    case 'integer':
    case 'float':
      return { ...form, ...tolerance(rule) };
    default:
      return form;
  }
}

/**
 * The source is first rounded to what the target can hold, as it is without a rule. Otherwise a row that is equal
 * without the rule could differ with it.
 */
function lowered(
  own: number,
  wanted: number | undefined,
  { source }: ColumnPair,
): { precision: number; held?: number } {
  if (wanted === undefined || wanted >= own) return { precision: own };
  return { precision: wanted, ...(fractional(source) > own ? { held: own } : {}) };
}

function rounding(
  own: number | undefined,
  wanted: number | undefined,
  { source, target }: ColumnPair,
): { scale?: number; rounded?: true } {
  const bounded = [source, target].every(({ type }) => type.family !== 'decimal' || type.scale !== undefined);
  if (wanted === undefined || (own !== undefined && bounded && own <= wanted)) return {};
  return { scale: wanted, rounded: true };
}

function tolerance({ tolerance: absolute, relative }: ColumnRule): { tolerance?: Tolerance } {
  if (absolute === undefined && relative === undefined) return {};
  return { tolerance: { absolute, relative } };
}
