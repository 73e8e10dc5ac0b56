import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { hintsOf, operateView } from '../../../../src/cli/views/operate.ts';
import { unreadableLines } from '../../../../src/cli/views/unreadable.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../../../../src/errors/error.ts';
import { NOTHING_FAILED } from '../../../../src/operate/restart.ts';

const error = (message: string, hint?: string): ErrorDocument =>
  toErrorDocument(new SluiceError('CONNECTOR_NOT_FOUND', message, hint === undefined ? {} : { hint }));
const failed = (name: string, hint?: string) => ({ name, error: error(`no ${name}`, hint) });

it('says once that nothing had failed', () => {
  const row = (name: string, outcome: string) => ({ name, outcome, tasks: null, error: null });
  const text = (...results: ReturnType<typeof row>[]) =>
    operateView.table({ verb: 'restart', context: 'dev', results, exitCode: 0 }, plainStyle);
  expect(text(row('a', NOTHING_FAILED), row('b', NOTHING_FAILED))).toBe('2 connectors on dev: none had failed');
  expect(text(row('a', NOTHING_FAILED))).toMatch(/^a .*had not failed$/m);
  expect(text(row('a', NOTHING_FAILED), row('b', 'restarted'))).toMatch(
    /^b .*restarted\n\n2 connectors on dev: 1 had not failed and is not shown$/m,
  );
});

describe('hints of several errors', () => {
  it('stand once below a table, each with the names that it is for', () => {
    expect(hintsOf([failed('a', 'do x'), { name: 'b', error: null }, failed('c', 'do x')])).toEqual(['', 'do x']);
    const five = ['d', 'e', 'f', 'g'].map((name) => failed(name, 'do y'));
    expect(hintsOf([failed('a', 'do x'), failed('b'), ...five])).toEqual(['', 'a: do x', 'd, e, f and 1 more: do y']);
    expect(hintsOf([failed('a')])).toEqual([]);
  });

  it('stand below the errors that they are for', () => {
    const lines = unreadableLines(
      [failed('a', 'do x'), failed('b', 'do y'), failed('c', 'do x'), failed('d')],
      plainStyle,
    );
    expect(lines.map((line) => line.replace(' [CONNECTOR_NOT_FOUND]', ''))).toEqual([
      '✖ no a',
      '✖ no c',
      '  do x',
      '✖ no b',
      '  do y',
      '✖ no d',
    ]);
  });
});
