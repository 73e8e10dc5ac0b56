import path from 'node:path';
import { parseJson } from './json.ts';
import { parseProperties } from './properties.ts';
import type { ParsedSource } from './source.ts';
import { parseYaml } from './yaml.ts';

export type Syntax = 'json' | 'yaml' | 'properties';

const BY_EXTENSION: Readonly<Record<string, Syntax>> = {
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.properties': 'properties',
};

/** By the file's extension, or by the text for standard input. */
export function syntaxOf(text: string, file: string): Syntax {
  const known = BY_EXTENSION[path.extname(file).toLowerCase()];
  if (known !== undefined) return known;
  if (/^\s*[{[]/.test(text)) return 'json';
  return /^[ \t\f]*connector\.class[ \t\f]*=/m.test(text) ? 'properties' : 'yaml';
}

/** Whether properties are those of a connector for a standalone worker: others have no `connector.class`. */
export function isConnectorProperties(text: string): boolean {
  return /^[ \t\f]*connector\.class[ \t\f]*[=: \t\f]/m.test(text);
}

/** Far deeper than any real file; recursive functions are safe up to here. */
const MAX_DEPTH = 100;

/** The documents of a text. Too deep nesting is reported as a problem. */
export async function parseSource(text: string, syntax: Syntax): Promise<ParsedSource> {
  try {
    const parsed = await (syntax === 'json'
      ? parseJson(text)
      : syntax === 'yaml'
        ? parseYaml(text)
        : parseProperties(text));
    return parsed.documents.some(({ value }) => isTooDeep(value)) ? TOO_DEEP : parsed;
  } catch (error) {
    // The parsers are recursive.
    if (error instanceof RangeError) return TOO_DEEP;
    throw error;
  }
}

function isTooDeep(value: unknown): boolean {
  let level = isObject(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    const below: object[] = [];
    for (const one of level) {
      for (const key in one) {
        if (depth === MAX_DEPTH) return true;
        const inner = (one as Record<string, unknown>)[key];
        if (isObject(inner)) below.push(inner);
      }
    }
    level = below;
  }
  return false;
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}

const TOO_DEEP: ParsedSource = {
  documents: [],
  problems: [
    {
      rule: 'syntax',
      message: `the file is nested more than ${MAX_DEPTH} levels deep`,
      hint: 'A connector is a flat object of keys and values.',
    },
  ],
};
