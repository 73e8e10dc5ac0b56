import { list, Misshapen, object, optional, record, type Shape, text } from '../connect/shapes.ts';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';
import { isQuick } from '../text/foreign-pattern.ts';
import { BOOLEAN, INTEGER, type PluginSchema, REFERENCE, type SchemaIndex } from './plugin-schema.ts';

// Pulled schemas are files of a project, so anyone who can edit the project can edit them. No such file may crash a run,
// block it with an expression, or make it read a file elsewhere.

/** A class or a version becomes part of a path: only safe names are accepted. */
export const SAFE_NAME = /^[\w$-]+(?:\.[\w$-]+)*$/;

const safe: Shape<string> = (value, at) => {
  if (typeof value !== 'string' || !SAFE_NAME.test(value)) throw new Misshapen(at, 'a name');
};
const number: Shape<number> = (value, at) => {
  if (typeof value !== 'number') throw new Misshapen(at, 'a number');
};
const texts = list(text);
const pair: Shape<unknown> = (value, at) => {
  texts(value, at);
  if ((value as string[]).length !== 2) throw new Misshapen(at, 'a pair');
};
const condition: Shape<unknown> = (value, at) => {
  const [key, operator, operand] = Array.isArray(value) ? value : [];
  text(key, at);
  text(operator, at);
  if (operator === 'in' || operator === 'not-in' || operator === 'contains') texts(operand, at);
  else if (operand !== undefined || operator === 'matches') text(operand, at);
};

const index: Shape<SchemaIndex> = object({
  plugins: record(object({ types: texts, versions: list(safe), origin: text, formerly: optional(texts) })),
});

const key = object({
  description: optional(text),
  default: optional(text),
  minimum: optional(number),
  maximum: optional(number),
  minLength: optional(number),
  pattern: optional(text),
  anyOf: optional((value: unknown, at: string) => {
    list(object({}))(value, at);
    texts((value as { enum?: unknown }[])[0]?.enum, `${at}[0].enum`);
  }),
  'x-type': text,
  'x-kind': text,
  'x-format-hint': optional(text),
  'x-items': optional(texts),
  'x-item-pattern': optional(text),
  'x-separator': optional(text),
  'x-max-items': optional(number),
  'x-renamed': optional(
    object({
      to: optional(text),
      gone: optional(text),
      foreign: optional(text),
      values: optional(record(text)),
      forms: optional(list(pair)),
      factor: optional(number),
      merged: optional(object({ keys: record(text), values: record(text) })),
    }),
  ),
});

const schema: Shape<PluginSchema> = object({
  required: texts,
  properties: record(key),
  patternProperties: record(object({ description: text, 'x-type': optional(text) })),
  'x-plugin': object({ class: text, types: texts, version: text, origin: text }),
  'x-rules': optional(
    list(object({ id: text, when: list(condition), expect: list(condition), at: text, message: text })),
  ),
  'x-aliases': optional(list(object({ list: text, prefixes: texts }))),
  'x-max-tasks': optional(number),
  'x-secrets': optional(texts),
  'x-renamed-values': optional(record(record(text))),
  'x-renamed-prefixes': optional(list(object({ from: text, to: text, gone: text }))),
  'x-foreign': optional(record(text)),
  'x-foreign-prefixes': optional(list(object({ prefix: text, of: text }))),
  'x-formerly': optional(texts),
  'x-driver-prefix': optional(text),
});

/** @throws PROJECT_INVALID */
export function readForeignIndex(file: string): SchemaIndex {
  return checked(file, (content) => {
    index(content, 'the index');
    const { plugins } = content as SchemaIndex;
    for (const name of Object.keys(plugins)) safe(name, 'a class of the index');
  }) as SchemaIndex;
}

/**
 * @param isOurs whether a bundled schema contains an expression
 * @throws PROJECT_INVALID
 */
export function readForeignSchema(file: string, isOurs: (expression: string) => boolean): PluginSchema {
  return checked(file, (content) => {
    schema(content, 'the schema');
    for (const one of expressionsOf(content as PluginSchema)) {
      if (isQuick(one) || OFTEN.has(one) || isOurs(one)) compiles(one);
      else throw new Misshapen(`the expression ${one.slice(0, 100)}`, 'one that this sluice writes');
    }
  }) as PluginSchema;
}

/** Used in nearly every schema: recognized without reading other files. */
const OFTEN = new Set([INTEGER, BOOLEAN].flatMap((one) => [one, `${one}|${REFERENCE}`]));

/** All expressions that checks use. */
export function expressionsOf({ properties, patternProperties, 'x-rules': rules = [] }: PluginSchema): string[] {
  return [
    ...Object.keys(patternProperties),
    ...Object.values(properties).flatMap((one) => [
      ...[one.pattern, one['x-item-pattern']].filter((pattern) => pattern !== undefined),
      ...(one['x-renamed']?.forms ?? []).map(([pattern]) => pattern),
    ]),
    ...rules
      .flatMap(({ when, expect }) => [...when, ...expect])
      .flatMap(([, operator, operand]) => (operator === 'matches' ? [operand] : [])),
  ];
}

function compiles(expression: string): void {
  try {
    new RegExp(expression);
  } catch {
    throw new Misshapen(`the expression ${expression.slice(0, 100)}`, 'a regular expression');
  }
}

function checked(file: string, check: (content: unknown) => void): unknown {
  try {
    const content: unknown = JSON.parse(readText(file));
    check(content);
    return content;
  } catch (error) {
    throw new SluiceError('PROJECT_INVALID', `cannot use the pulled schema ${file}: ${(error as Error).message}`, {
      hint: 'Remove it, and pull it again from its worker: sluice schemas pull',
      cause: error,
    });
  }
}
