import { type SluiceError, toErrorDocument } from '../errors/error.ts';
import { visible, visibleJson } from '../text/visible.ts';

/** Version of the JSON documents' form; it grows when a key changes its meaning or goes away. */
export const SCHEMA_VERSION = 1;

/** The envelope that every JSON and YAML result has. */
export function toDocument(result: object, warnings: readonly string[]): object {
  return { schemaVersion: SCHEMA_VERSION, ...result, ...(warnings.length > 0 ? { warnings } : {}) };
}

export function toFailureDocument(error: SluiceError, warnings: readonly string[]): object {
  return toDocument({ error: toErrorDocument(error) }, warnings);
}

export async function serialize(document: object, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${visibleJson(JSON.stringify(document, null, 2))}\n`;
  const { Document, visit } = await import('yaml');
  const made = new Document(document);
  visit(made, {
    Scalar(_key, node) {
      // Only in double quotes a character can be written as its number.
      if (typeof node.value === 'string' && visible(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  return visibleJson(made.toString({ lineWidth: 0 }));
}
