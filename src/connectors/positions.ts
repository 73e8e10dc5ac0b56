import { isSecretName } from '../text/secret-names.ts';
import type { ConnectorPositions } from './connector-file.ts';
import { type KeyPath, type LineIndex, type SourceDocument, type Span, secretSpansIn } from './sources/source.ts';

/** The positions of a connector's keys and values in its file. @param pathOf the path of a key in its config */
export async function positionsIn(
  document: SourceDocument,
  file: string,
  lines: LineIndex,
  pathOf: (key: string) => KeyPath,
): Promise<ConnectorPositions> {
  const locate = await document.locator();
  const at = (key: string, part: 'key' | 'value') => {
    const span = locate(pathOf(key))?.[part];
    return span && lines.position(span);
  };
  /** Cached: all findings of a connector use the same `isSecret`. */
  let hidden: { isSecret: (key: string) => boolean; spans: Span[] } | undefined;
  return {
    start: () => {
      const span = locate([])?.value;
      return span && lines.position({ start: span.start, end: span.start + 1 });
    },
    key: (key) => at(key, 'key'),
    value: (key) => at(key, 'value'),
    file: () => file,
    excerpt(position, isSecret = isSecretName) {
      if (hidden?.isSecret !== isSecret) hidden = { isSecret, spans: secretSpansIn(document, locate, lines, isSecret) };
      return lines.excerpt(position, hidden.spans);
    },
    line: ({ line }, before = 0) => lines.line(line - before),
  };
}
