import { expect, it } from 'vitest';
import { wrapLines } from '../../../src/cli/wrap-lines.ts';

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
