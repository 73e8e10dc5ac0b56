import { expect, it } from 'vitest';
import { clipLine, wrapLines } from '../../../src/cli/wrap-lines.ts';

it.each([
  ['a short line', 'a short line'],
  ['a line that is far too long', 'a line that is far too\nlong'],
  ['  → do this, and then do that', '  → do this, and then\n  do that'],
  // Nothing breaks a word: a name or URL is copied whole.
  ['see http://127.0.0.1:18083/connectors/orders', 'see\nhttp://127.0.0.1:18083/connectors/orders'],
  ['one\n\ntwo', 'one\n\ntwo'],
])('%j', (text, expected) => {
  expect(wrapLines(text, 22)).toBe(expected);
});

it('never breaks a command that is to be pasted', () => {
  const command = 'sluice plan --connect-url http://127.0.0.1:8083 connectors --env-file connectors/.env';
  expect(wrapLines(`Check: ${command}`, 40)).toBe(`Check:\n  ${command}`);
  expect(wrapLines(`  ${command}`, 40)).toBe(`  ${command}`);
});

it.each([
  ['short', 10, 'short'],
  // Not before a long word: on a screen, a name would be missing.
  [`x  ${'n'.repeat(30)}  y`, 10, 'x  nnnnnnn'],
  ['日本語', 5, '日本'],
  ['日a', 1, ''],
  ['cafe\u0301s', 4, 'cafe\u0301'],
  ['\u001b[31mred\u001b[39m and \u001b[1mbold\u001b[22m', 5, '\u001b[31mred\u001b[39m a\u001b[1m\u001b[22m'],
])('%j is cut to %i columns', (line, width, expected) => {
  expect(clipLine(line, width)).toBe(expected);
});
