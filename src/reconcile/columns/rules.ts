import type { RuleSettings, TableRules } from '../../config/reconcile-settings.ts';
import { SluiceError } from '../../errors/error.ts';
import { durationMs } from '../../text/duration.ts';
import type { Integer } from '../../text/numbers.ts';

/** How one column is compared beyond its form. */
export interface ColumnRule {
  /** Largest difference that counts as equal: a number, or microseconds with the suffix us. */
  tolerance?: string | undefined;
  /** The same, as a fraction of the larger value. */
  relative?: number | undefined;
  /** Fractional digits of seconds: 0, 3 or 6. */
  precision?: Integer | undefined;
  scale?: Integer | undefined;
  trim?: true | undefined;
  ignoreCase?: true | undefined;
}

/** By the source's column name. */
export type RowRules = Readonly<Record<string, ColumnRule>>;

const DIGITS = { s: 0, ms: 3, us: 6 } as const;

/** @throws PROJECT_INVALID @param where location of the settings in the project file */
export function rulesOf({ rules }: TableRules, where: string): RowRules | undefined {
  if (rules === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(rules).map(([column, settings]) => [column, ruleOf(settings, `${where}.rules.${column}`)]),
  );
}

function ruleOf(settings: RuleSettings, where: string): ColumnRule {
  const { relative, precision, scale, trim } = settings;
  if (relative !== undefined && relative >= 1) {
    throw new SluiceError('PROJECT_INVALID', `${where}: relative: ${relative} would make any number equal to 0`, {
      hint: 'Write a number from 0 to 1, such as 1e-9.',
    });
  }
  return {
    ...(settings.tolerance === undefined ? {} : { tolerance: toleranceOf(settings.tolerance, where) }),
    ...(relative === undefined ? {} : { relative }),
    ...(precision === undefined ? {} : { precision: DIGITS[precision] }),
    ...(scale === undefined ? {} : { scale }),
    ...(trim === true ? { trim } : {}),
    ...(settings.case === 'insensitive' ? { ignoreCase: true } : {}),
  };
}

/** A plain decimal; a duration such as `5ms` becomes `5000us`, whose unit marks it as a time. */
function toleranceOf(value: number | string, where: string): string {
  const text = String(value).trim();
  const microseconds = /^(\d+)us$/.exec(text)?.[1];
  const ms = durationMs(text);
  if (microseconds !== undefined) return `${microseconds}us`;
  if (ms !== undefined) return `${Math.round(ms * 1000)}us`;
  // No database holds a larger or finer number, and exact arithmetic needs a digit for each power of ten.
  if (/^\d{1,400}(\.\d{1,400})?(e-?\d{1,3})?$/i.test(text)) return text;
  throw new SluiceError('PROJECT_INVALID', `${where}: "${text}" is not a valid tolerance`, {
    hint: 'Write a number such as 0.01, or for timestamps and times a duration such as 5ms.',
  });
}

/** Every part of a rule in words, for the result. */
export function ruleText(rule: ColumnRule): string {
  const { tolerance, relative, precision, scale, trim, ignoreCase } = rule;
  const parts = [
    tolerance === undefined ? undefined : `tolerance ${tolerance}`,
    relative === undefined ? undefined : `relative tolerance ${relative}`,
    precision === undefined ? undefined : `rounded to ${precision} fractional digits of a second`,
    scale === undefined ? undefined : `rounded to ${scale} fractional digits`,
    trim ? 'blanks at both ends ignored' : undefined,
    ignoreCase ? 'case ignored' : undefined,
  ];
  return `by rule: ${parts.filter((part) => part !== undefined).join(', ')}`;
}
