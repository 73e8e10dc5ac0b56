import { describe, expect, it } from 'vitest';
import { withoutLeadingFlags } from '../../../src/cli/leading-flags.ts';
import { refuseKind, suggestCommand } from '../../../src/cli/other-words.ts';

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
    ['diff a.yaml b', 'diff', 'plan a.yaml --only b'],
    ['get connector/orders-sink', 'get', 'status orders-sink'],
    ['get offsets orders-sink', 'get offsets', 'status orders-sink'],
    ['get topics', 'get topics', 'help'],
    ['logs orders-sink', 'logs', 'status orders-sink'],
    ['logs worker', 'logs', 'sandbox logs worker'],
    ['rm', 'rm', 'delete --help'],
    ['rm a b', 'rm', 'delete a b'],
    ['compare a b', 'compare', 'reconcile --connector a'],
    ['config use-context dev', 'config use-context', 'config show --context dev'],
    ['config get-contexts', 'config get-contexts', 'config show'],
    ['statsu orders', 'statsu', 'status'],
    ['sandbox statsu', 'sandbox statsu', 'sandbox status'],
    ['constructor', 'constructor', undefined],
    ['quux', 'quux', undefined],
  ])('%s', (typed, unknown, meant) => {
    expect(suggestCommand(typed.split(' '), known)).toMatchObject({ unknown, meant });
  });

  it.each([
    ['apply', ['-f', 'a b.json'], "deploy 'a b.json'"],
    ['apply', ['--filename=a.json', '-n', 'x', '--context', 'dev'], 'deploy a.json --context dev'],
    ['create connector', ['-f', '-'], 'deploy -'],
    ['patch connector orders-sink', ['-s', 'password=geheim'], 'deploy --only orders-sink'],
    ['get connectors', ['-o', 'json', '-c', 'dev'], 'status --context dev'],
    ['get', ['--connect-url', 'http://user:geheim@host'], 'status --connect-url URL'],
  ])('%s, followed by %j', (words, flags, meant) => {
    expect(suggestCommand(words.split(' '), known, flags).meant).toBe(meant);
  });
});

describe('refuseKind', () => {
  it('keeps another tool\'s "delete offsets NAME" from deleting the connector', () => {
    for (const kind of ['offsets', 'topic', 'connector', 'group'])
      expect(() => refuseKind([kind, 'my sink'], ['my sink'])).toThrow(`"${kind}" is not the name of a connector`);
    expect(() => refuseKind(['offsets', 'sink'], ['offsets', 'sink'])).not.toThrow();
    expect(() => refuseKind(['offsets'], [])).not.toThrow();
    expect(() => refuseKind(['orders-sink', 'offsets'], ['orders-sink'])).not.toThrow();
  });
});
