import { describe, expect, it } from 'vitest';
import { withoutLeadingFlags } from '../../../src/cli/leading-flags.ts';
import { refuseKind, suggestCommand } from '../../../src/cli/other-words.ts';
import type { SluiceError } from '../../../src/errors/error.ts';

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
  const refusal = (verb: Parameters<typeof refuseKind>[0], words: string[], there: string[] = ['my sink', 'sink']) =>
    refuseKind(verb, words, { list: async () => there }).then(
      () => undefined,
      (error: SluiceError) => `${error.message}; ${error.hint}`,
    );

  it('keeps the words of other tools from being taken for names', async () => {
    for (const kind of ['offsets', 'topic', 'connector', 'group'])
      expect(await refusal('delete', [kind, 'my sink'])).toBe(
        `"${kind}" is not the name of a connector, and only connectors are deleted; To delete the connector: sluice delete 'my sink'`,
      );
    for (const verb of ['pause', 'resume', 'stop', 'restart'] as const)
      expect(await refusal(verb, ['connectors', 'a', 'b'])).toContain(`To ${verb} the connectors: sluice ${verb} a b`);
    expect(await refusal('restart', ['task', 'sink', '0'])).toMatch(
      /To restart the task: sluice restart sink --task 0$/,
    );
    expect(await refusal('restart', ['tasks', 'sink/10'])).toMatch(/sluice restart sink --task 10$/);
    expect(await refusal('restart', ['task', 'sink'])).toMatch(/sluice restart sink$/);
  });

  it('takes what is the name of a connector for one', async () => {
    expect(await refusal('delete', ['offsets', 'sink'], ['offsets', 'sink'])).toBeUndefined();
    expect(await refusal('delete', ['offsets'], [])).toBeUndefined();
    expect(await refusal('restart', ['sink', 'offsets'])).toBeUndefined();
  });
});
