import { type ConnectType, choices, type KeyFormat, type KeySchema } from '../../schemas/plugin-schema.ts';
import { cached } from '../../text/cached.ts';
import { fitsAnyLength } from '../../text/foreign-pattern.ts';
import { javaRegexProblem } from '../../text/java-regex.ts';
import { listItems, splitRegexList } from '../../text/lists.ts';
import { nearest } from '../../text/nearest.ts';
import { own } from '../../text/own.ts';
import { isTimeZone, isTimeZoneName, nearestTimeZone } from '../../text/time-zone.ts';
import { expression, type RuleFinding } from './scope.ts';

/** The problem with a value, and what to write instead. */
export type ValueProblem = Pick<RuleFinding, 'message' | 'hint'> & {
  suggestion?: string;
  /** A well-formed number that is out of range. */
  range?: true;
};

const NONE: Readonly<Record<string, string>> = {};

/**
 * Checks one value as Connect's ConfigDef and the plugin would.
 * @param show the value for display; called only if there is a problem
 * @param renamed old values of this key with their new names
 */
export function checkValue(
  key: string,
  value: string,
  schema: KeySchema,
  show: () => string,
  renamed: Readonly<Record<string, string>> = NONE,
): ValueProblem | undefined {
  return (
    checkChoice(key, value, schema, show, renamed) ??
    checkType(key, value, schema, show) ??
    checkRange(key, value, schema, show) ??
    checkPattern(key, value, schema, show) ??
    checkItems(key, value, schema) ??
    checkFormat(key, value, schema['x-format'], show)
  );
}

function checkChoice(
  key: string,
  value: string,
  schema: KeySchema,
  show: () => string,
  renamed: Readonly<Record<string, string>>,
): ValueProblem | undefined {
  const allowed = choices(schema);
  if (allowed === undefined && renamed === NONE) return undefined;
  const trimmed = value.trim();
  const folded = trimmed.toLowerCase();
  const successor = own(renamed, folded);
  if (allowed?.some((one) => (schema['x-exact-case'] ? one === value : one.toLowerCase() === folded))) return undefined;
  if (successor !== undefined) {
    return {
      message: `${key} no longer has the value "${show()}"; it is now ${successor}`,
      hint: `Write ${successor}.`,
      suggestion: successor,
    };
  }
  if (!allowed) return undefined;
  const suggestion = nearest(trimmed, allowed);
  return {
    message: `${key} cannot be "${show()}"`,
    hint: `${suggestion === undefined ? '' : `Did you mean ${suggestion}? `}Allowed: ${allowed.join(', ')}.`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

type Limits = readonly [least: bigint, most: bigint];

const LIMITS: Partial<Record<ConnectType, Limits>> = {
  SHORT: [-32_768n, 32_767n],
  INT: [-2_147_483_648n, 2_147_483_647n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Whether a whole number is within the limits of its type; false if it is not a number. */
export function fitsType(value: string, schema: KeySchema | undefined): boolean {
  const limits = schema && LIMITS[schema['x-type']];
  if (!limits) return true;
  const trimmed = value.trim();
  return WHOLE_NUMBER.test(trimmed) && isWithin(trimmed, limits);
}

const WHOLE_NUMBER = /^[+-]?\d+$/;

/** Up to this length, a number is exact. */
const MAX_EXACT = 15;

/** @param text a whole number */
function isWithin(text: string, [least, most]: Limits): boolean {
  const number = text.length <= MAX_EXACT ? Number(text) : BigInt(text.replace(/^\+/, ''));
  return number >= least && number <= most;
}

/** Almost all names are ASCII; to compile the other expression takes as long as all checks of a file. */
const ASCII_NAME = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/;
const JAVA_NAME = /^[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u;

function checkType(key: string, value: string, schema: KeySchema, show: () => string): ValueProblem | undefined {
  const type = schema['x-type'];
  const trimmed = value.trim();
  if (type === 'CLASS' && !ASCII_NAME.test(trimmed) && !JAVA_NAME.test(trimmed)) {
    return { message: `${key} must be the name of a Java class, not "${show()}"`, hint: 'Write it as package.Class.' };
  }
  if (type === 'BOOLEAN') {
    if (/^(?:true|false)$/i.test(trimmed)) return undefined;
    return { message: `${key} must be true or false, not "${show()}"`, hint: 'Write true or false.' };
  }
  if (type === 'DOUBLE') {
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) return undefined;
    return { message: `${key} must be a number, not "${show()}"`, hint: 'Write a number such as 0.5.' };
  }
  const limits = LIMITS[type];
  if (!limits) return undefined;
  if (!WHOLE_NUMBER.test(trimmed)) {
    const unit = /[._]ms$/.test(key) ? ' of milliseconds' : '';
    return { message: `${key} must be a whole number, not "${show()}"`, hint: `Write a number${unit} without a unit.` };
  }
  if (schema['x-exact-space'] && trimmed !== value) {
    return { message: `${key} has leading or trailing spaces`, hint: `Write ${trimmed}.` };
  }
  if (isWithin(trimmed, limits)) return undefined;
  return { message: `${key} is out of range: ${show()}`, hint: `It must be between ${limits[0]} and ${limits[1]}.` };
}

function checkRange(key: string, value: string, schema: KeySchema, show: () => string): ValueProblem | undefined {
  const { minimum, maximum } = schema;
  if (minimum === undefined && maximum === undefined) return undefined;
  const number = Number(value);
  if (minimum !== undefined && number < minimum) {
    return { message: `${key} is too small: ${show()}`, hint: `It must be at least ${minimum}.`, range: true };
  }
  if (maximum !== undefined && number > maximum) {
    return { message: `${key} is too large: ${show()}`, hint: `It must be at most ${maximum}.`, range: true };
  }
  return undefined;
}

const REFERENCE = /\|\\\$\\\{$/;

/** Patterns allow references for editors; here references are already resolved. */
const patternOf = cached((pattern) => expression(pattern.replace(REFERENCE, '')));

function checkPattern(key: string, value: string, schema: KeySchema, show: () => string): ValueProblem | undefined {
  if (schema.minLength !== undefined && value.trim().length < schema.minLength) {
    return { message: `${key} is empty`, hint: 'Write a value, or remove the key.' };
  }
  // For typed keys the pattern repeats the type, which was checked with a better message.
  if (schema.pattern === undefined || (schema['x-type'] !== 'STRING' && schema['x-type'] !== 'LIST')) return undefined;
  if (fitsAnyLength(patternOf(schema.pattern), value)) return undefined;
  return formProblem(key, show(), schema);
}

function formProblem(key: string, shown: string, schema: KeySchema): ValueProblem {
  const hint = schema['x-format-hint'];
  return { message: `${key} has an invalid format: "${shown}"`, ...(hint ? { hint } : {}) };
}

function checkItems(key: string, value: string, schema: KeySchema): ValueProblem | undefined {
  const most = schema['x-max-items'];
  if (most !== undefined && value.split(',').length > most) {
    return {
      message: `${key} takes ${most === 1 ? 'one item' : `${most} items`} only`,
      hint: 'Keep the one that applies.',
    };
  }
  if (schema['x-distinct'] && value.trim() !== '') {
    const wrong = listProblem(value);
    if (wrong !== undefined) return { message: `${key} ${wrong}`, hint: 'Name each once.' };
  }
  const allowed = schema['x-items'];
  if (allowed) {
    if (value.trim() === '') return { message: `${key} is empty`, hint: `Allowed: ${allowed.join(', ')}.` };
    for (const item of listItems(value)) {
      if (allowed.includes(item.toLowerCase())) continue;
      const suggestion = nearest(item, allowed);
      return {
        message: `${key} has no item "${item}"`,
        hint: `${suggestion ? `Did you mean ${suggestion}? ` : ''}Allowed: ${allowed.join(', ')}.`,
      };
    }
  }
  const pattern = schema['x-item-pattern'];
  if (pattern === undefined) return undefined;
  const form = expression(pattern);
  const items = value.split(schema['x-separator'] ?? ',');
  const wrong = items.find((item) => (item.trim() !== '' || items.length === 1) && !fitsAnyLength(form, item));
  return wrong === undefined ? undefined : formProblem(key, wrong.trim(), schema);
}

/** Why Kafka refuses a list whose items must be distinct and not empty. */
export function listProblem(value: string): string | undefined {
  const items = value.split(',').map((item) => item.trim());
  if (items.includes('')) return 'has an empty name between its commas';
  return new Set(items).size < items.length ? 'names one twice' : undefined;
}

function checkFormat(
  key: string,
  value: string,
  format: KeyFormat | undefined,
  show: () => string,
): ValueProblem | undefined {
  switch (format) {
    case 'regex':
      return regexProblem(key, value);
    case 'regex-list':
      for (const part of splitRegexList(value)) {
        const problem = regexProblem(key, part);
        if (problem) return problem;
      }
      return undefined;
    case 'map':
      if (listItems(value).every((item) => /^[^=]+=[^=]*$/.test(item))) return undefined;
      return { message: `${key} must be a list of name=value`, hint: 'Write k1=v1,k2=v2.' };
    case 'time-zone':
      return isTimeZone(value.trim())
        ? undefined
        : timeZoneProblem(key, value.trim(), 'Write a name such as Europe/Berlin, or an offset such as +02:00.', show);
    case 'time-zone-name':
      return isTimeZoneName(value.trim())
        ? undefined
        : timeZoneProblem(key, value.trim(), 'Write a name such as Europe/Berlin or UTC: it takes no offsets.', show);
    default:
      return undefined;
  }
}

function timeZoneProblem(key: string, zone: string, what: string, show: () => string): ValueProblem {
  const suggestion = nearestTimeZone(zone);
  return {
    message: `${key} must be a time zone, not "${show()}"`,
    hint: `${suggestion === undefined ? '' : `Did you mean ${suggestion}? `}${what}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function regexProblem(key: string, pattern: string): ValueProblem | undefined {
  const problem = javaRegexProblem(pattern);
  if (problem === undefined) return undefined;
  return { message: `${key} is not a regular expression: ${problem}`, hint: `Correct "${pattern}".` };
}
