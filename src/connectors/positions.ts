import { isSecretName } from '../text/secret-names.ts';
import type { ConnectorPositions } from './connector-file.ts';
import { type KeyPath, type Lines, type SourceDocument, type Span, secretSpansIn } from './source.ts';

/** Where a connector's keys and values stand in its file. @param pathOf the way to a key of its config */
export async function positionsIn(
  document: SourceDocument,
  file: string,
  lines: Lines,
  pathOf: (key: string) => KeyPath,
): Promise<ConnectorPositions> {
  const locate = await document.locator();
  const at = (key: string, part: 'key' | 'value') => {
    const span = locate(pathOf(key))?.[part];
    return span && lines.position(span);
  };
  /** Of the last question: each finding of a connector asks the same. */
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
      if (hidden?.isSecret !== isSecret) hidden = { isSecret, spans: secretSpansIn(document.value, locate, isSecret) };
      return lines.excerpt(position, hidden.spans);
    },
    line: ({ line }, before = 0) => lines.line(line - before),
  };
}
