import { SluiceError } from '../errors/error.ts';
import { globExpression } from '../text/glob.ts';

export interface TableReference {
  schema?: string | undefined;
  name: string;
  /** Quoted parts are matched exactly, and `*` and `?` in them are ordinary characters. */
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
 * Splits text at separators outside quotes. A quote only opens at the start of a part; in the middle of a name it is an
 * ordinary character.
 * @returns the names between `=`, each as its parts between `.`
 * @throws REQUEST_INVALID for an unclosed quote, or text after a closing one
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
        throw new SluiceError('REQUEST_INVALID', `"${text}" is not a valid table name: text follows a closing quote`, {
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
  throw new SluiceError('REQUEST_INVALID', `"${text}" is not a valid table name: a quote is not closed`, {
    hint: `Add ${closing} at the end of the quoted name; in a shell, quote the whole argument as well.`,
  });
}

const PLAIN_HINT =
  'Write TABLE or SCHEMA.TABLE; the database is the one in the URL. Put a name that contains dots in double quotes.';

/**
 * `orders`, `shop.orders`, or with quotes in any database's way: `"odd.name"`, `` `odd.name` ``, `[odd.name]`.
 * @throws REQUEST_INVALID
 */
export function parseTable(text: string): TableReference {
  return referenceOf(nameParts(text, '.')[0] ?? [], text, PLAIN_HINT);
}

/** @throws REQUEST_INVALID unless there are one or two parts with text */
export function referenceOf(parts: readonly NamePart[], written: string, hint: string): TableReference {
  const name = parts.at(-1);
  const schema = parts.at(-2);
  if (parts.length > 2 || name === undefined || name.text === '' || schema?.text === '') {
    throw new SluiceError('REQUEST_INVALID', `"${written}" is not a valid table name`, { hint });
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

/** `schema.name`, or the name alone, as `parseTable` reads it: quoted if necessary. */
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
 * Whether a table matches `orders`, `shop.orders`, `db.shop.orders` or a pattern with `*` and `?`, ignoring case.
 * Quoted parts must match exactly.
 * @throws REQUEST_INVALID for unclosed quotes
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
  // A wildcard may span several parts: `db1.*` is every table of a database.
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

/** If in doubt, the same: databases differ in case rules and default schemas. */
export function mayBeSameTable(a: TableReference, b: TableReference): boolean {
  return sameName(a.name, b.name) && (a.schema === undefined || b.schema === undefined || sameName(a.schema, b.schema));
}
