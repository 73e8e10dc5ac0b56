import { plainNumber } from './exact-json.ts';
import { visible, visibleJson } from './visible.ts';

/** A value as equivalent JSON or YAML, with characters that a terminal acts on escaped. */
export async function serialize(document: object, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${visibleJson(JSON.stringify(document, null, 2))}\n`;
  const { Document, visit } = await import('yaml');
  const made = new Document(document, (_key, value) => plainNumber(value));
  visit(made, {
    Scalar(_key, node) {
      // Only double-quoted text can have escaped characters.
      if (typeof node.value === 'string' && visible(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  return visibleJson(made.toString({ lineWidth: 0 }));
}
