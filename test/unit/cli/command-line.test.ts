import { describe, expect, it } from 'vitest';
import { withoutLeadingFlags } from '../../../src/cli/leading-flags.ts';
import { suggestCommand } from '../../../src/cli/other-words.ts';

describe('flags before the command', () => {
  it.each([
    [
      ['--context', 'dev', 'status'],
      ['status', '--context', 'dev'],
    ],
    [
      ['-c', 'dev', '-v', 'status', 'a'],
      ['status', 'a', '-c', 'dev', '-v'],
    ],
    [
      ['--context=dev', 'validate', '--', '-x'],
      ['validate', '--context=dev', '--', '-x'],
    ],
    // Nothing follows, or it is not a flag of every command.
    [
      ['--context', 'dev'],
      ['--context', 'dev'],
    ],
    [
      ['--nope', 'status'],
      ['--nope', 'status'],
    ],
    [['--version'], ['--version']],
    [
      ['status', '--context', 'dev'],
      ['status', '--context', 'dev'],
    ],
    [[], []],
  ])('%j', (given, expected) => {
    expect(withoutLeadingFlags(given)).toEqual(expected);
  });
});

describe('an unknown command', () => {
  const known = ['status', 'deploy', 'plan', 'sandbox', 'sandbox up', 'sandbox status', 'config', 'config show'];

  it.each([
    ['apply connectors/', 'apply', 'deploy connectors/'],
    ['get connectors', 'get connectors', 'status'],
    ['get orders-sink', 'get', 'status orders-sink'],
    ['describe connector orders-sink', 'describe connector', 'status orders-sink'],
    ['diff', 'diff', 'plan'],
    ['config get-contexts', 'config get-contexts', 'config show'],
    ['statsu orders', 'statsu', 'status'],
    ['sandbox statsu', 'sandbox statsu', 'sandbox status'],
    ['constructor', 'constructor', undefined],
    ['quux', 'quux', undefined],
  ])('%s', (typed, unknown, meant) => {
    expect(suggestCommand(typed.split(' '), known)).toMatchObject({ unknown, meant });
  });
});
