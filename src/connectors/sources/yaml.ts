import type { Document, Pair, Scalar } from 'yaml';
import { COMMENT_KEY } from './comments.ts';
import { parsePlainYaml } from './fast-yaml.ts';
import type { EntrySpans, Locate, ParsedSource, SharedValue, SourceProblem, Span } from './source.ts';

type Yaml = typeof import('yaml');

const NUMBERS = new Set(['tag:yaml.org,2002:int', 'tag:yaml.org,2002:float']);

/**
 * Parses YAML 1.2 with one or several documents. Numbers stay text, as Connect would store them; `<<` merges, as in
 * YAML 1.1.
 */
export async function parseYaml(text: string): Promise<ParsedSource> {
  const plain = parsePlainYaml(text);
  if (plain === undefined) return parseAnyYaml(text);
  let trees: Promise<Locate[]> | undefined;
  const locator = async (index: number) => {
    trees ??= import('yaml').then((yaml) => parse(yaml, text).map((document) => locatorOf(yaml, document)));
    return (await trees)[index] ?? (() => undefined);
  };
  return { documents: plain.map((value, index) => ({ value, locator: () => locator(index) })), problems: [] };
}

/** As {@link parseYaml}, always with the `yaml` package. */
export async function parseAnyYaml(text: string): Promise<ParsedSource> {
  const yaml = await import('yaml');
  const parsed = parse(yaml, text);
  const documents: ParsedSource['documents'] = [];
  const problems: SourceProblem[] = [];
  // Parsed again rather than kept: a tree needs many times the memory of its text.
  let again: Document.Parsed[] | undefined;
  parsed.forEach((document, index) => {
    const broken = document.errors[0];
    if (broken) {
      // Only the first: later errors are mostly consequences.
      problems.push(problemOf(text, broken));
      return;
    }
    problems.push(
      ...duplicateKeys(yaml, document)
        .map((error) => problemOf(text, error))
        .filter(({ key = '' }) => !COMMENT_KEY.test(key)),
    );
    try {
      const value: unknown = document.toJS({ maxAliasCount: 1000 });
      documents.push({
        value,
        shared: sharedIn(yaml, document),
        locator: async () => {
          again ??= parse(yaml, text);
          return locatorOf(yaml, again[index]);
        },
      });
    } catch (error) {
      problems.push(aliasProblem(text, error as Error));
    }
  });
  return { documents, problems };
}

function parse(yaml: Yaml, text: string): Document.Parsed[] {
  const documents = yaml.parseAllDocuments(text, {
    prettyErrors: false,
    // Would compare each key with every other one.
    uniqueKeys: false,
    merge: true,
    logLevel: 'silent',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !NUMBERS.has(tag.tag)),
  });
  return documents.length === 0 ? [] : [...documents];
}

/** Keys that appear in their map a second time. */
function duplicateKeys(
  yaml: Yaml,
  document: Document.Parsed,
): { code: string; message: string; pos: [number, number] }[] {
  const duplicates: { code: string; message: string; pos: [number, number] }[] = [];
  yaml.visit(document, {
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!yaml.isScalar(key)) continue;
        const start = key.range?.[0] ?? 0;
        if (seen.has(key.value)) duplicates.push({ code: 'DUPLICATE_KEY', message: '', pos: [start, start + 1] });
        seen.add(key.value);
      }
    },
  });
  return duplicates;
}

/** Values with an anchor, and the keys that have them directly or by an alias. */
function sharedIn(yaml: Yaml, document: Document.Parsed): SharedValue[] | undefined {
  /** The last one so far by name: resolving each alias would walk the document every time. */
  const anchors = new Map<string, Scalar>();
  const shared = new Map<unknown, { value: string; keys: string[]; spans: Span[] }>();
  const add = (value: Scalar, node: unknown, path: readonly unknown[]) => {
    const own = shared.get(value) ?? { value: String(value.value), keys: [], spans: [] };
    shared.set(value, own);
    const pair = path.findLast((one) => yaml.isPair(one));
    if (yaml.isPair(pair) && yaml.isScalar(pair.key)) own.keys.push(String(pair.key.value));
    const span = spanOf(node);
    if (span) own.spans.push(span);
  };
  yaml.visit(document, {
    Scalar: (_key, node, path) => {
      if (node.anchor === undefined) return;
      anchors.set(node.anchor, node);
      add(node, node, path);
    },
    // Values inside a collection have their own keys.
    Collection: (_key, node) => {
      if (node.anchor !== undefined) anchors.delete(node.anchor);
    },
    Alias: (_key, node, path) => {
      const value = anchors.get(node.source);
      if (value !== undefined) add(value, node, path);
    },
  });
  return shared.size === 0 ? undefined : [...shared.values()];
}

function locatorOf(yaml: Yaml, document: Document.Parsed | undefined): Locate {
  return (path) => {
    let pair: Pair | undefined;
    let current: unknown = document?.contents;
    for (const key of path) {
      if (yaml.isAlias(current) && document) current = current.resolve(document);
      if (yaml.isSeq(current)) {
        const list: { items: unknown[] } = current;
        pair = undefined;
        current = list.items[Number(key)];
        continue;
      }
      if (!yaml.isMap(current)) return undefined;
      const map: { items: Pair[] } = current;
      // Of duplicate keys the last one counts, as in the value.
      pair = map.items.findLast((item) => (yaml.isScalar(item.key) ? String(item.key.value) : item.key) === key);
      if (pair === undefined) return undefined;
      current = pair.value;
    }
    const key = spanOf(pair?.key);
    const value = spanOf(current);
    return { ...(key ? { key } : {}), ...(value ? { value } : {}) } satisfies EntrySpans;
  };
}

function spanOf(node: unknown): Span | undefined {
  const range = (node as { range?: [start: number, valueEnd: number, nodeEnd: number] | null } | null)?.range;
  return range ? { start: range[0], end: range[1] } : undefined;
}

/**
 * Aliases are resolved only after parsing: an alias may have no anchor, or there are too many. The alias is not named: it
 * may be a password that starts with an asterisk.
 */
function aliasProblem(text: string, error: Error): SourceProblem {
  const alias = /^Unresolved alias .*: (.+)$/.exec(error.message)?.[1];
  const start = alias === undefined ? -1 : text.indexOf(`*${alias}`);
  return {
    rule: 'syntax',
    message: `not valid YAML: ${alias === undefined ? error.message : 'an alias (*name) has no anchor (&name) before it'}`,
    ...(alias === undefined
      ? {}
      : { hint: 'Define the anchor above, in the same document; put a text that begins with an asterisk in quotes.' }),
    ...(start < 0 ? {} : { span: { start, end: start + 1 + (alias ?? '').length } }),
  };
}

const SYNTAX: Record<string, string> = {
  BAD_INDENT: 'Indent with the same number of spaces as the neighbouring lines.',
  TAB_AS_INDENT: 'Indent with spaces.',
  MISSING_CHAR: 'Close the quote or bracket.',
  MULTILINE_IMPLICIT_KEY: 'Put a key and its value on one line, or quote the value.',
  BLOCK_AS_IMPLICIT_KEY: 'Quote a value that contains ": ".',
  BAD_SCALAR_START: 'Quote a value that begins with @, ` or %.',
};

function problemOf(text: string, error: { code: string; message: string; pos: [number, number] }): SourceProblem {
  const span = { start: error.pos[0], end: error.pos[1] };
  if (error.code !== 'DUPLICATE_KEY') {
    const hint = SYNTAX[error.code];
    return {
      rule: 'syntax',
      message: `not valid YAML: ${/call stack/i.test(error.message) ? 'nested too deeply' : error.message}`,
      ...(hint ? { hint } : {}),
      span,
    };
  }
  const key = (/^[^:\n]*/.exec(text.slice(span.start)) ?? [''])[0].trim().replace(/^(["'])(.*)\1$/, '$2');
  return {
    rule: 'duplicate-key',
    message: `the key "${key}" appears twice`,
    hint: 'Keep one of the two.',
    key,
    span: { start: span.start, end: span.start + Math.max(key.length, 1) },
  };
}
