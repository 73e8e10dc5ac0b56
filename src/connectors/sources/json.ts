import type { Node } from 'jsonc-parser';
import { jsonErrorMessage } from '../../text/json-error.ts';
import { COMMENT_KEY } from './comments.ts';
import type { EntrySpans, KeyPath, Locate, ParsedSource, SourceProblem } from './source.ts';

/**
 * Parses JSON with `JSON.parse`, which is many times faster than a parser that keeps positions. jsonc-parser is only used
 * for what it does not report (duplicate keys, positions of errors).
 */
export async function parseJson(text: string): Promise<ParsedSource> {
  let value: unknown;
  let tally: Tally;
  try {
    value = JSON.parse(text);
    tally = tallyOf(value);
    if (tally.numbers > 0) value = JSON.parse(text, numbersAsWritten);
  } catch (error) {
    return { documents: [], problems: [await syntaxProblem(text, error as Error)] };
  }
  const problems = isWhole(text, tally) ? [] : await duplicateKeys(text);
  let locate: Promise<Locate> | undefined;
  return {
    documents: [
      {
        value,
        locator: () => {
          locate ??= treeLocator(text);
          return locate;
        },
      },
    ],
    problems,
  };
}

/** Connect stores a number as text, as written: `1.0` stays `1.0`, and long numbers keep their digits. */
function numbersAsWritten(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}

/** Counts over a parsed value. */
interface Tally {
  numbers: number;
  /** Keys and texts. */
  strings: number;
  /** Quotation marks within them. */
  quotes: number;
}

function tallyOf(value: unknown, tally: Tally = { numbers: 0, strings: 0, quotes: 0 }): Tally {
  if (typeof value === 'string') addString(value, tally);
  else if (typeof value === 'number') tally.numbers += 1;
  else if (Array.isArray(value)) for (const item of value) tallyOf(item, tally);
  else if (value !== null && typeof value === 'object') {
    for (const key in value) {
      addString(key, tally);
      tallyOf((value as Record<string, unknown>)[key], tally);
    }
  }
  return tally;
}

function addString(string: string, tally: Tally): void {
  tally.strings += 1;
  if (string.includes('"')) tally.quotes += countQuotes(string);
}

/**
 * Whether the text has no duplicate keys, which JSON.parse drops. Exact: a text has two quotation marks per string and one
 * more per quote escaped as `\"`; a dropped key leaves some over. Only `\u0022` writes a quote without a quotation
 * mark; such a text is parsed in full.
 */
function isWhole(text: string, { strings, quotes }: Tally): boolean {
  return !text.includes('\\u0022') && countQuotes(text) === 2 * strings + quotes;
}

/** Whether JSON.parse drops a key because it is there twice; false also where only a full parse could tell. */
export function dropsKey(text: string): boolean {
  return !text.includes('\\u0022') && !isWhole(text, tallyOf(JSON.parse(text)));
}

/** Uses indexOf, which is many times faster than a loop over characters. */
function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

async function treeLocator(text: string): Promise<Locate> {
  const { parseTree } = await import('jsonc-parser');
  const tree = parseTree(text);
  return (path) => (tree === undefined ? undefined : spansOf(tree, path));
}

function spansOf(root: Node, path: KeyPath): EntrySpans | undefined {
  let property: Node | undefined;
  let current: Node | undefined = root;
  for (const key of path) {
    if (current?.type === 'array') {
      current = current.children?.[Number(key)];
      property = undefined;
      if (current === undefined) return undefined;
      continue;
    }
    property = current && propertiesOf(current).get(key);
    if (property === undefined) return undefined;
    current = property.children?.[1];
  }
  const key = property?.children?.[0];
  return { ...(key ? { key: spanOf(key) } : {}), ...(current ? { value: spanOf(current) } : {}) };
}

/** Cached: an object may have thousands of findings. */
const properties = new WeakMap<Node, ReadonlyMap<string, Node>>();

/** Of duplicate keys the last one counts, as in JSON.parse. */
function propertiesOf(node: Node): ReadonlyMap<string, Node> {
  let found = properties.get(node);
  if (!found) {
    const own = (node.children ?? []).filter(({ type }) => type === 'property');
    found = new Map(own.map((one) => [one.children?.[0]?.value, one]));
    properties.set(node, found);
  }
  return found;
}

function spanOf(node: Node): { start: number; end: number } {
  return { start: node.offset, end: node.offset + node.length };
}

async function duplicateKeys(text: string): Promise<SourceProblem[]> {
  const { visit } = await import('jsonc-parser');
  const problems: SourceProblem[] = [];
  const open: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (key, offset, length) => {
      const keys = open.at(-1);
      if (keys?.has(key) && !COMMENT_KEY.test(key)) {
        problems.push({
          rule: 'duplicate-key',
          message: `the key "${key}" appears twice; only the last one counts`,
          hint: 'Keep one of the two.',
          key,
          span: { start: offset, end: offset + length },
        });
      }
      keys?.add(key);
    },
  });
  return problems;
}

const SYNTAX: Record<string, [message: string, hint: string]> = {
  CloseBraceExpected: ['a closing } is missing', 'Close the object.'],
  CloseBracketExpected: ['a closing ] is missing', 'Close the list.'],
  ColonExpected: ['a : is missing after the key', 'Write "key": "value".'],
  CommaExpected: ['a comma is missing', 'Put a comma between the entries.'],
  EndOfFileExpected: ['there is text after the end of the object', 'Keep one object per file.'],
  InvalidCharacter: ['this character is not allowed here', 'Escape control characters in strings (\\n, \\t).'],
  InvalidCommentToken: ['JSON has no comments', 'Remove the comment, or save the file as YAML.'],
  InvalidEscapeCharacter: ['invalid escape', 'Write a backslash as \\\\.'],
  InvalidNumberFormat: ['this is not a number', 'Put the value in double quotes.'],
  InvalidSymbol: ['this is not a JSON value', 'Put text in double quotes.'],
  InvalidUnicode: ['invalid escape', 'Write four hexadecimal digits after \\u.'],
  PropertyNameExpected: ['a key in double quotes is expected', 'Remove a comma before a closing }, or quote the key.'],
  UnexpectedEndOfComment: ['JSON has no comments', 'Remove the comment, or save the file as YAML.'],
  UnexpectedEndOfNumber: ['the number is not complete', 'Put the value in double quotes.'],
  UnexpectedEndOfString: ['the closing quote is missing', 'Close the string on the line where it begins.'],
  ValueExpected: ['a value is expected', 'Remove a comma before a closing bracket, or add the value.'],
};

async function syntaxProblem(text: string, error: Error): Promise<SourceProblem> {
  const { parseTree, printParseErrorCode } = await import('jsonc-parser');
  const errors: { error: number; offset: number; length: number }[] = [];
  parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  // If jsonc-parser is more lenient than JSON.parse, use the message of the latter.
  if (first === undefined) return { rule: 'syntax', message: `not valid JSON: ${jsonErrorMessage(error)}` };
  const [message, hint] = SYNTAX[printParseErrorCode(first.error)] ?? ['a syntax error', undefined];
  return {
    rule: 'syntax',
    message: `not valid JSON: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    span: { start: first.offset, end: first.offset + Math.max(first.length, 1) },
  };
}
