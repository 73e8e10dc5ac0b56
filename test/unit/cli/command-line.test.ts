import { readFileSync } from 'node:fs';
import type { Command } from '@oclif/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { flagName } from '../../../src/cli/flag-names.ts';
import { withoutLeadingFlags } from '../../../src/cli/leading-flags.ts';
import { nounHint } from '../../../src/cli/noun-hint.ts';
import { knownCommands } from '../../../src/cli/pastable.ts';
import { refuseKind } from '../../../src/cli/refuse-kind.ts';
import { suggestCommand } from '../../../src/cli/suggest-command.ts';
import { packagePath } from '../../../src/config/package-root.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { nameSettings } from '../../../src/text/settings.ts';

beforeAll(() => nameSettings(flagName));

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

/** As the program knows them. */
const manifest = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, Command.Loadable>;
};
const commands = knownCommands({ commands: Object.values(manifest.commands) });

/** In a folder with a folder `connectors` and a file `a`. */
function suggest(words: string, flags: readonly string[] = []) {
  const exists = (word: string) => word === 'connectors' || word === 'a';
  return suggestCommand(words.split(' '), { commands, flags, exists });
}

describe('an unknown command', () => {
  it.each([
    ['apply connectors/', 'apply', 'deploy connectors/'],
    ['apply connectors', 'apply', 'deploy connectors'],
    ['apply', 'apply', 'deploy'],
    ['lint connectors', 'lint', 'validate connectors'],
    ['lint connectors b.json', 'lint', 'validate connectors b.json'],
    ['fmt a', 'fmt', 'validate --fix a'],
    ['diagnose orders-sink', 'diagnose', 'doctor orders-sink'],
    ['get connectors', 'get connectors', 'list'],
    ['get orders-sink', 'get', 'status orders-sink'],
    ['get connector/orders-sink', 'get', 'status orders-sink'],
    ['get task orders-sink', 'get task', 'status orders-sink'],
    ['describe connector orders-sink', 'describe connector', 'describe orders-sink'],
    ['describe connector', 'describe connector', 'describe --help'],
    ['connector describe a b', 'connector describe', 'describe a b'],
    ['inspect orders-sink', 'inspect', 'describe orders-sink'],
    ['describe context dev', 'describe context', 'context list --context dev'],
    ['ls', 'ls', 'list'],
    ['connector list', 'connector list', 'list'],
    ['connectors', 'connectors', 'list'],
    ['connector orders-sink', 'connector', 'status orders-sink'],
    ['connector pause a b', 'connector pause', 'pause a b'],
    ['connector restart', 'connector restart', 'restart --help'],
    ['connector create', 'connector create', 'deploy'],
    ['connectors rm x', 'connectors rm', 'delete x'],
    ['connector validate connectors', 'connector validate', 'validate connectors'],
    ['connector deploy x', 'connector deploy', 'deploy --only x'],
    ['task restart orders-sink 1', 'task restart', 'restart orders-sink --task 1'],
    ['tasks restart orders-sink/0', 'tasks restart', 'restart orders-sink --task 0'],
    ['connect cluster pause x', 'connect cluster pause', 'pause x'],
    ['connect cluster list', 'connect cluster list', 'status'],
    ['connect plugin list', 'connect plugin list', 'plugins list'],
    ['get plugins', 'get plugins', 'plugins list'],
    ['describe plugin io.debezium.X', 'describe plugin', 'plugins describe io.debezium.X'],
    ['plugin show io.debezium.X', 'plugin show', 'plugins describe io.debezium.X'],
    ['plugin show', 'plugin show', 'plugins list'],
    ['plugins', 'plugins', 'plugins list'],
    ['get workers', 'get workers', 'workers'],
    ['worker list', 'worker list', 'workers'],
    ['get topics', 'get topics', 'topics --help'],
    ['get topics orders-sink', 'get topics', 'topics orders-sink'],
    ['reset topics orders-sink', 'reset topics', 'topics --reset orders-sink'],
    ['explain io.debezium.X', 'explain', 'schemas show io.debezium.X'],
    ['get loggers', 'get loggers', 'loggers get'],
    ['get logger x', 'get logger', 'loggers get x'],
    ['diff', 'diff', 'plan'],
    ['diff b.yaml c', 'diff', 'plan b.yaml --only c'],
    ['top', 'top', 'monitor'],
    ['logs orders-sink', 'logs', 'status orders-sink'],
    ['logs worker', 'logs', 'sandbox logs worker'],
    ['rm', 'rm', 'delete --help'],
    ['state list', 'state list', 'status'],
    ['state show x', 'state show', 'status x'],
    ['rollout restart x', 'rollout restart', 'restart x'],
    ['kill x', 'kill', 'stop x'],
    ['cancel x', 'cancel', 'stop x'],
    ['compare x y', 'compare', 'reconcile --connector x'],
    ['contexts', 'contexts', 'context list'],
    ['get contexts', 'get contexts', 'context list'],
    ['current context', 'current context', 'context list'],
    ['context current', 'context current', 'context list'],
    ['context switch dev', 'context switch', 'context use dev'],
    ['set context dev', 'set context', 'context use dev'],
    ['config current-context', 'config current-context', 'context list'],
    ['use context dev', 'use context', 'context use dev'],
    ['config use-context dev', 'config use-context', 'context use dev'],
    ['config get-contexts', 'config get-contexts', 'context list'],
    ['config view', 'config view', 'config show'],
    ['config use dev', 'config use', 'context use dev'],
    ['config get contexts', 'config get', 'config show'],
    ['use-context dev', 'use-context', 'context use dev'],
    ['current-context', 'current-context', 'context list'],
    ['cluster-info', 'cluster-info', 'status'],
    ['connector-plugins', 'connector-plugins', 'plugins list'],
    ['plugins validate a', 'plugins validate', 'validate a'],
    ['kafka connect ls', 'kafka connect ls', 'list'],
    ['wait connector/x', 'wait', 'status x'],
    ['refresh', 'refresh', 'plan'],
    ['run b.json', 'run', 'deploy b.json'],
    ['workspace select dev', 'workspace select', 'context use dev'],
    ['sandbox start', 'sandbox start', 'sandbox up'],
    ['sandbox stop', 'sandbox stop', 'sandbox down'],
    ['sandbox ls', 'sandbox ls', 'sandbox status'],
    ['template ls', 'template ls', 'template list'],
    ['templates', 'templates', 'template list'],
    ['templates show x', 'templates show', 'template show x'],
    ['template get x', 'template get', 'template show x'],
    ['rules get x', 'rules get', 'rules show x'],
    ['schemas get', 'schemas get', 'schemas list'],
    ['get offsets orders-sink', 'get offsets', 'offsets get orders-sink'],
    ['patch offsets orders-sink', 'patch offsets', 'offsets set orders-sink'],
    ['delete offset orders-sink', 'delete offset', 'offsets reset orders-sink'],
    ['offset list orders-sink', 'offset list', 'offsets get orders-sink'],
    ['offsets show orders-sink', 'offsets show', 'offsets get orders-sink'],
    ['offsets alter orders-sink', 'offsets alter', 'offsets set orders-sink'],
    ['connect offset describe orders-sink', 'connect offset describe', 'offsets get orders-sink'],
    ['reset-offsets orders-sink', 'reset-offsets', 'offsets reset orders-sink'],
    ['statsu orders', 'statsu', 'status'],
    ['sandbox statsu', 'sandbox statsu', 'sandbox status'],
    ['constructor', 'constructor', undefined],
    ['get constructor', 'get', 'status constructor'],
    ['quux', 'quux', undefined],
  ])('%s', (typed, unknown, meant) => {
    expect(suggest(typed)).toEqual({ unknown, meant, renamed: !/statsu|^constructor|quux/.test(typed) });
  });

  it.each([
    ['create topic x', 'create topic', 'plan --only x'],
    ['plugin install x', 'plugin install', undefined],
    ['config set-context dev', 'config set-context', 'context list'],
    ['context create dev', 'context create', 'context list'],
    ['delete context dev', 'delete context', 'context list'],
    ['login', 'login', 'config show'],
    ['rollback', 'rollback', 'history'],
    ['rollout undo x', 'rollout undo', 'history'],
  ])('%s: sluice has no such command', (typed, unknown, meant) => {
    const suggestion = suggest(typed);
    expect(suggestion).toMatchObject({ unknown, meant, lacks: { why: expect.stringMatching(/^[a-z].*[^.]$/) } });
    expect(suggestion.lacks?.what === undefined).toBe(meant === undefined);
  });

  it.each([
    ['apply', ['-f', 'a b.json'], "deploy 'a b.json'"],
    ['apply', ['--filename=a.json', '-n', 'x', '--context', 'dev'], 'deploy a.json --context dev'],
    // Without it, the command would change something.
    ['apply', ['-f', 'a.json', '--dry-run'], 'deploy a.json --dry-run'],
    ['apply', ['-f', 'a.json', '--dry-run=client', '-o', 'yaml'], 'deploy a.json --dry-run --output yaml'],
    ['apply', ['-f', 'a.json', '--dry-run=none', '-o', 'name'], 'deploy a.json'],
    ['rm x', ['--dry-run'], 'delete x --dry-run'],
    ['start', ['--all', '--timeout', '5m'], 'resume --all --timeout 5m'],
    ['create connector', ['-f', '-'], 'deploy -'],
    ['create connector orders-sink', ['-s', 'password=geheim'], 'deploy --only orders-sink'],
    // Words after a flag that is known, or that takes no value.
    ['apply', ['--dry-run', 'a.json'], 'deploy a.json --dry-run'],
    ['apply', ['-n', 'a.json'], 'deploy a.json --dry-run'],
    ['apply', ['-c', 'dev', 'a.json'], 'deploy a.json --context dev'],
    ['apply', ['--server-side', 'a.json'], 'deploy a.json'],
    ['get', ['-n', 'prod', 'connectors', '-o', 'json'], 'list --output json'],
    ['logs', ['-f', 'worker'], 'sandbox logs worker --follow'],
    ['kill', ['--timeout', '1m', 'x'], 'stop x --timeout 1m'],
    // `-n` is a namespace if a name follows.
    ['apply', ['a.json', '-n'], 'deploy a.json --dry-run'],
    ['apply', ['-n', 'prod', '-f', 'a.json'], 'deploy a.json'],
    ['apply', ['-n', 'prod'], 'deploy'],
    // What other tools call the flags.
    ['apply', ['-f', 'a.json', '--check'], 'deploy a.json --dry-run'],
    ['apply', ['-target=x'], 'deploy --only x'],
    ['preview', ['-detailed-exitcode'], 'plan --exit-code'],
    ['reboot x', ['--onlyFailed'], 'restart x --failed'],
    // Lost, these would make it change more than was meant.
    ['apply', ['-l', 'team=shop'], 'deploy --help'],
    ['apply', ['--selector=team=shop', '--dry-run'], 'deploy --help'],
    ['apply', ['-k', 'overlay'], 'deploy --help'],
    ['apply', ['-auto-approve'], 'deploy'],
    ['get connectors', ['-o', 'json', '-c', 'dev'], 'list --context dev --output json'],
    ['get connectors', ['-w'], 'status --watch'],
    ['patch logger org.x', ['-l', 'DEBUG'], 'loggers set org.x --level DEBUG'],
    ['top', ['-w'], 'monitor'],
    ['get plugins', ['-t', 'source'], 'plugins list --type source'],
    ['describe plugin X', ['--search', 'batch'], 'plugins describe X --search batch'],
    ['show context dev', ['-c', 'other'], 'context list --context dev'],
    ['repair x', ['--repair', 'apply', '--yes'], 'reconcile --repair sql --connector x --yes'],
    ['logs worker', ['-f'], 'sandbox logs worker --follow'],
    ['get', ['--connect-url', 'http://user:geheim@host'], 'status --connect-url URL'],
    ['apply', ['--only', 'user:geheim@host'], 'deploy --help'],
  ])('%s, followed by %j', (words, flags, meant) => {
    expect(suggest(words, flags).meant).toBe(meant);
  });
});

describe('refuseKind', () => {
  const refusal = (verb: Parameters<typeof refuseKind>[0], words: string[], there: string[] = ['my sink', 'sink']) =>
    refuseKind(verb, words, { list: async () => there }).then(
      () => undefined,
      (error: SluiceError) => `${error.message}; ${error.hint}`,
    );

  it('keeps the words of other tools from being taken for names', async () => {
    expect(await refusal('delete', ['offsets', 'my sink'])).toMatch(/To reset them: sluice offsets reset 'my sink'$/);
    for (const kind of ['task', 'topic', 'connector', 'group'])
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

  it('names the task that was meant, and the connector after its kind', async () => {
    expect(await refusal('restart', ['my sink/0'])).toBe(
      `"my sink/0" is a task, and not a name; To restart the task: sluice restart 'my sink' --task 0`,
    );
    expect(await refusal('restart', ['sink', 'my sink/12'])).toMatch(/sluice restart 'my sink' --task 12$/);
    expect(await refusal('pause', ['sink/0'])).toBe(
      '"sink/0" is a task, and only connectors are paused; To pause the connector: sluice pause sink',
    );
    expect(await refusal('stop', ['connector/sink', 'b'])).toMatch(/To stop the connectors: sluice stop sink b$/);
    expect(await refusal('restart', ['sink', '0'])).toBe(
      '"0" is not the name of a connector, and only connectors are restarted; To restart the task: sluice restart sink --task 0',
    );
    expect(await refusal('delete', ['sink', '0'])).toMatch(/To delete the connector: sluice delete sink$/);
    expect(await refusal('restart', ['sink', '0'], ['sink', '0'])).toBeUndefined();
    expect(await refusal('restart', ['none', '0'])).toBeUndefined();
    // Names may have a slash, and what does not exist is reported as such.
    expect(await refusal('restart', ['sink/0'], ['sink', 'sink/0'])).toBeUndefined();
    expect(await refusal('restart', ['none/0'])).toBeUndefined();
  });

  it('takes what is the name of a connector for one', async () => {
    expect(await refusal('delete', ['offsets', 'sink'], ['offsets', 'sink'])).toBeUndefined();
    expect(await refusal('delete', ['offsets'], [])).toBeUndefined();
    expect(await refusal('restart', ['sink', 'offsets'])).toBeUndefined();
  });
});

describe('a word of another tool in place of a name', () => {
  const hint = (line: string, name: string) =>
    nounHint(new SluiceError('CONNECTOR_NOT_FOUND', 'no', { details: { name } }), line.split(' '), commands);

  it.each([
    ['list connectors', 'connectors', 'list'],
    ['list connectors -c dev', 'connectors', 'list --context dev'],
    ['list plugins', 'plugins', 'plugins list'],
    ['status groups', 'groups', undefined],
    ['describe connector orders-sink', 'connector', 'describe orders-sink'],
    ['status orders-sinl', 'orders-sinl', undefined],
    ['status constructor', 'constructor', undefined],
  ])('%s', (line, name, meant) => {
    const expected = meant && `Only names of connectors are expected. Did you mean sluice ${meant}?`;
    expect(hint(line, name)).toBe(expected);
  });

  it('is only a hint where there is no such connector', () => {
    const other = new SluiceError('CONNECT_REJECTED', 'no', { details: { name: 'connectors' } });
    expect(nounHint(other, ['list', 'connectors'], commands)).toBeUndefined();
  });
});
