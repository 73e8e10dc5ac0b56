import { SluiceError } from '../errors/error.ts';
import { globExpression } from '../plan/glob.ts';

export interface TableReference {
  schema?: string | undefined;
  name: string;
  /** What was written in quotes: it is matched exactly, and `*` and `?` in it are ordinary characters. */
  quoted?: { schema?: true; name?: true } | undefined;
}

/** One part of a name as it was written. */
export interface NamePart {
  text: string;
  quoted: boolean;
}

/** Closing quote by opening quote; inside, the closing one is doubled. */
const QUOTES: Readonly<Record<string, string>> = { '"': '"', '`': '`', '[': ']' };

/**
 * Splits text at separators outside quotes. A quote opens at the start of a part only, so that one in the middle of a
 * name is an ordinary character.
 * @returns the parts between two `=`, each as its parts between two `.`
 * @throws USAGE for a quote that is not closed, or has text after it
 */
export function nameParts(text: string, separators: '.' | '.='): NamePart[][] {
  const names: NamePart[][] = [[]];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1;
    const closing = QUOTES[text[at] ?? ''];
    let part: NamePart;
    if (closing === undefined) {
      const end = separatorFrom(text, at, separators);
      part = { text: text.slice(at, end).trimEnd(), quoted: false };
      at = end;
    } else {
      const quoted = quotedPart(text, at, closing);
      part = { text: quoted.text, quoted: true };
      at = quoted.end;
      while (/\s/.test(text[at] ?? '')) at += 1;
      if (at < text.length && !separators.includes(text[at] ?? '')) {
        throw new SluiceError('USAGE', `"${text}" is not a valid table name: text follows a closing quote`, {
          hint: `Double a ${closing} that belongs to the name, or put the whole name in other quotes.`,
        });
      }
    }
    names.at(-1)?.push(part);
    if (at >= text.length) return names;
    if (text[at] === '=') names.push([]);
    at += 1;
  }
}

function separatorFrom(text: string, from: number, separators: string): number {
  for (let at = from; at < text.length; at++) if (separators.includes(text[at] ?? '')) return at;
  return text.length;
}

/** @param start of the opening quote */
function quotedPart(text: string, start: number, closing: string): { text: string; end: number } {
  let name = '';
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== closing) name += text[at];
    else if (text[at + 1] === closing) {
      name += closing;
      at += 1;
    } else return { text: name, end: at + 1 };
  }
  throw new SluiceError('USAGE', `"${text}" is not a valid table name: a quote is not closed`, {
    hint: `Add ${closing} at the end of the quoted name; a shell needs the whole argument in quotes of its own.`,
  });
}

const PLAIN_HINT =
  'Write TABLE or SCHEMA.TABLE; the database is the one in the URL. Put a name that contains dots in double quotes.';

/**
 * `orders`, `shop.orders`, or with quotes in any database's way: `"odd.name"`, `` `odd.name` ``, `[odd.name]`.
 * @throws USAGE
 */
export function parseTable(text: string): TableReference {
  return referenceOf(nameParts(text, '.')[0] ?? [], text, PLAIN_HINT);
}

/** @throws USAGE unless there are one or two parts with text */
export function referenceOf(parts: readonly NamePart[], written: string, hint: string): TableReference {
  const name = parts.at(-1);
  const schema = parts.at(-2);
  if (parts.length > 2 || name === undefined || name.text === '' || schema?.text === '') {
    throw new SluiceError('USAGE', `"${written}" is not a valid table name`, { hint });
  }
  const quoted = {
    ...(schema?.quoted ? { schema: true as const } : {}),
    ...(name.quoted ? { name: true as const } : {}),
  };
  return {
    ...(schema === undefined ? {} : { schema: schema.text }),
    name: name.text,
    ...(schema?.quoted || name.quoted ? { quoted } : {}),
  };
}

/** A part that would be read as something else without quotes. */
const NEEDS_QUOTES = /^$|^[\s"`[]|\s$|[.=\p{Cc}]/u;
const GLOB = /[*?]/;

function partText(part: string, literal: boolean): string {
  return NEEDS_QUOTES.test(part) || (literal && GLOB.test(part)) ? `"${part.replaceAll('"', '""')}"` : part;
}

/** `schema.name`, or the name alone, in the form that `parseTable` reads: with quotes where they are needed. */
export function tableText({ schema, name, quoted }: TableReference): string {
  const own = partText(name, quoted?.name === true);
  return schema === undefined ? own : `${partText(schema, quoted?.schema === true)}.${own}`;
}

/** The same for a table that exists: no character in its name is a wildcard. */
export function existingTableText({
  database,
  schema,
  name,
}: {
  database?: string | undefined;
  schema?: string | undefined;
  name: string;
}): string {
  return [database, schema, name]
    .filter((part) => part !== undefined)
    .map((part) => partText(part, true))
    .join('.');
}

export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/**
 * Whether a table is meant by `orders`, `shop.orders`, `db.shop.orders` or a pattern with `*` and `?`, case aside. What
 * is in quotes must be the same exactly.
 * @throws USAGE for quotes that are not closed
 */
export function matchesPattern(
  pattern: string,
  table: { database?: string | undefined; schema?: string | undefined; name: string },
): boolean {
  return matchesParts(nameParts(pattern, '.')[0] ?? [], table);
}

/** The same for a name that was split. */
export function matchesParts(
  parts: readonly NamePart[],
  table: { database?: string | undefined; schema?: string | undefined; name: string },
): boolean {
  const full = [table.database, table.schema, table.name].filter((part) => part !== undefined);
  if (parts.some((part) => part.quoted)) {
    if (parts.length > full.length) return false;
    const tail = full.slice(full.length - parts.length);
    return parts.every((part, index) => matchesPart(part, tail[index] ?? ''));
  }
  // A wildcard may stand for several parts: `db1.*` is every table of a database.
  const expression = globExpression(parts.map(({ text }) => text).join('.'), 'isu');
  return full.some((_part, index) => expression.test(full.slice(index).join('.')));
}

function matchesPart({ text, quoted }: NamePart, name: string): boolean {
  return quoted ? text === name : globExpression(text, 'isu').test(name);
}

/** Part by part, as `matchesPattern`; a reference without a schema matches a name in any. */
export function matchesReference(reference: TableReference, table: TableReference): boolean {
  const part = (text: string, exact: boolean | undefined) => ({ text, quoted: exact === true });
  if (!matchesPart(part(reference.name, reference.quoted?.name), table.name)) return false;
  return (
    reference.schema === undefined ||
    table.schema === undefined ||
    matchesPart(part(reference.schema, reference.quoted?.schema), table.schema)
  );
}

/** Has a wildcard that is not in quotes. */
export function hasWildcard({ schema, name, quoted }: TableReference): boolean {
  return (!quoted?.name && GLOB.test(name)) || (schema !== undefined && !quoted?.schema && GLOB.test(schema));
}

/** In doubt the same: databases differ in what case means, and in which schema a name without one is. */
export function mayBeSameTable(a: TableReference, b: TableReference): boolean {
  return sameName(a.name, b.name) && (a.schema === undefined || b.schema === undefined || sameName(a.schema, b.schema));
}
