import path from 'node:path';
import { parseJson } from './json-source.ts';
import { parseProperties } from './properties-source.ts';
import type { ParsedSource } from './source.ts';
import { parseYaml } from './yaml-source.ts';

export type Syntax = 'json' | 'yaml' | 'properties';

const BY_EXTENSION: Readonly<Record<string, Syntax>> = {
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.properties': 'properties',
};

/** By the file's extension; of standard input by how its text looks. */
export function syntaxOf(text: string, file: string): Syntax {
  const known = BY_EXTENSION[path.extname(file).toLowerCase()];
  if (known !== undefined) return known;
  if (/^\s*[{[]/.test(text)) return 'json';
  return /^[ \t\f]*connector\.class[ \t\f]*=/m.test(text) ? 'properties' : 'yaml';
}

/** Whether properties are those of a connector of a standalone worker: others have no `connector.class`. */
export function isConnectorProperties(text: string): boolean {
  return /^[ \t\f]*connector\.class[ \t\f]*[=: \t\f]/m.test(text);
}

/** Far deeper than any file that people write; what goes down a value by calling itself gets back from here. */
const MAX_DEPTH = 100;

/** The documents of a text. One that is nested too deep to be gone down is a problem like any other. */
export async function parseSource(text: string, syntax: Syntax): Promise<ParsedSource> {
  try {
    const parsed = await (syntax === 'json'
      ? parseJson(text)
      : syntax === 'yaml'
        ? parseYaml(text)
        : parseProperties(text));
    return parsed.documents.some(({ value }) => isTooDeep(value)) ? TOO_DEEP : parsed;
  } catch (error) {
    // The parsers go down a level by calling themselves.
    if (error instanceof RangeError) return TOO_DEEP;
    throw error;
  }
}

function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : []));
  }
  return false;
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
