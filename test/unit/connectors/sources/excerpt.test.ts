import { describe, expect, it } from 'vitest';
import { LineIndex } from '../../../../src/connectors/sources/source.ts';
import { MASK } from '../../../../src/text/redact.ts';

/** The excerpts of all lines, as for an error of the syntax. */
function shown(text: string): string[] {
  const lines = new LineIndex(text);
  return text
    .split('\n')
    .map((_line, at) => lines.excerpt({ line: at + 1, column: 1, endLine: at + 1, endColumn: 1 }, undefined).text);
}

describe('a line of a text that cannot be parsed', () => {
  it.each([
    [
      'a text with odd indentation',
      'sasl.jaas.config: |\n     required\n       password="geheim1";\n  bad: geheim2\nx: 1',
    ],
    ['a text that starts beside its key', 'password: "geheim1\n  geheim2\n\n    geheim3"\nx: 1'],
    ['one in a list', '- database.password: >-\n\n      geheim1\n    geheim2\nx: 1'],
    ['a private key', 'key.pem=-----BEGIN PRIVATE KEY-----\ngeheim1\ngeheim2\n-----END PRIVATE KEY-----\nx: 1'],
  ])('shows nothing of %s', (_what, text) => {
    const excerpts = shown(text);
    expect(excerpts.join('\n')).not.toContain('geheim');
    expect(excerpts.at(-1)).toBe('x: 1');
  });

  it('is shown beside a secret, and below a text without one', () => {
    expect(shown('config:\n  password: geheim\n  url: x\n   topics: y')).toEqual([
      'config:',
      `  password ${MASK}`,
      '  url: x',
      '   topics: y',
    ]);
  });
});
