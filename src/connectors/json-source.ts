import type { Node } from 'jsonc-parser';
import { jsonErrorMessage } from '../text/json-error.ts';
import { COMMENT_KEY } from './comments.ts';
import type { EntrySpans, KeyPath, Locate, ParsedSource, SourceProblem } from './source.ts';

/**
 * JSON by `JSON.parse`, which takes a fraction of what a parser that keeps positions does. What it is silent about or
 * vague on (duplicate keys, where an error is) is asked of jsonc-parser, and only then.
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

/** Connect stores a number as the text it was written in: `1.0` stays `1.0`, and long ones keep their digits. */
function numbersAsWritten(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}

/** What a parsed value holds. */
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
    for (const [key, item] of Object.entries(value)) {
      addString(key, tally);
      tallyOf(item, tally);
    }
  }
  return tally;
}

function addString(string: string, tally: Tally): void {
  tally.strings += 1;
  if (string.includes('"')) tally.quotes += countQuotes(string);
}

/**
 * Whether the value holds all that the text says, so that no key stood twice. Exact: a text has two quotation marks for
 * each string and one more for each that is escaped as `\"`; a key that JSON.parse let go of leaves some over. Only
 * `\u0022` writes a quotation mark without one, and such a text is looked through at length.
 */
function isWhole(text: string, { strings, quotes }: Tally): boolean {
  return !text.includes('\\u0022') && countQuotes(text) === 2 * strings + quotes;
}

/** By the engine's own search, which passes over the rest at many times the speed of a loop. */
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

/** Asked for once for each finding of a file, of which an object may have thousands. */
const properties = new WeakMap<Node, ReadonlyMap<string, Node>>();

/** Of doubles the last one counts, as in JSON.parse. */
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
          message: `the key "${key}" is there twice; only the last one counts, silently`,
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
  ColonExpected: ['a : is missing behind the key', 'Write "key": "value".'],
  CommaExpected: ['a comma is missing', 'Put a comma between the entries.'],
  EndOfFileExpected: ['there is text behind the end of the object', 'Keep one object a file.'],
  InvalidCharacter: ['this character has no place here', 'Escape control characters in strings (\\n, \\t).'],
  InvalidCommentToken: ['JSON has no comments', 'Remove the comment, or save the file as YAML.'],
  InvalidEscapeCharacter: ['no such escape', 'Write a backslash as \\\\.'],
  InvalidNumberFormat: ['this is not a number', 'Put the value in double quotes.'],
  InvalidSymbol: ['this is no JSON value', 'Put text in double quotes.'],
  InvalidUnicode: ['no such escape', 'Write four hexadecimal digits behind \\u.'],
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
  // Where jsonc-parser is more lenient than JSON.parse, what that one said must do.
  if (first === undefined) return { rule: 'syntax', message: `not valid JSON: ${jsonErrorMessage(error)}` };
  const [message, hint] = SYNTAX[printParseErrorCode(first.error)] ?? ['a syntax error', undefined];
  return {
    rule: 'syntax',
    message: `not valid JSON: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    span: { start: first.offset, end: first.offset + Math.max(first.length, 1) },
  };
}
