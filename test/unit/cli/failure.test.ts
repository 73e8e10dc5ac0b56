import { Errors } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { translateFailure } from '../../../src/cli/failure.ts';
import { refuseMisread } from '../../../src/cli/usage-errors.ts';

it.each([
  [
    'The following error occurred:\n  All of the following must be provided when using --yes: --prune',
    '--yes needs --prune',
  ],
  [
    'The following error occurred:\n  --pair=a cannot also be provided when using --connector',
    '--pair and --connector exclude each other',
  ],
  [
    'The following errors occurred:\n  --to-latest=true cannot also be provided when using --to-offset\n  --to-offset=5 cannot also be provided when using --to-latest',
    '--to-offset and --to-latest exclude each other',
  ],
  ['The following error occurred:\n  Missing required flag tasks', 'missing --tasks'],
  ['Flag --save expects a value', '--save needs a value'],
  ['Expected --output=xml to be one of: table, json', '--output must be one of table, json, not xml'],
  ['Parsing --limit \n\tExpected an integer but received: x', '--limit must be an integer, not x'],
  [
    'Parsing --limit \n\tExpected an integer greater than or equal to 1 but received: 0',
    '--limit must be an integer of at least 1, not 0',
  ],
])('%j becomes a plain sentence', (said, plainly) => {
  const error = translateFailure(new Errors.CLIError(`${said}\nSee more help with --help`), 'deploy');
  expect(error).toMatchObject({ code: 'USAGE', message: plainly, hint: 'See: sluice deploy --help' });
});

/** oclif's error for unknown flags of a command. */
function unknownFlags(argv: readonly string[], unknown: readonly string[], flags: string, args: object = {}) {
  const known = Object.fromEntries(flags.split(' ').map((name) => [name, {}]));
  const said = Object.assign(new Error('Nonexistent flag'), {
    oclif: { exit: 2 },
    flags: unknown,
    parse: { input: { argv, flags: known, args } },
  });
  return translateFailure(said, 'deploy');
}

describe('unknown flags', () => {
  it('says that files are arguments', () => {
    const given = ['-f', 'a b.json', '--dry-run', '--file=c.json'];
    const { message, hint } = unknownFlags(given, ['-f', '--file=c.json'], 'dry-run', { paths: {} });
    expect(message).toBe('there are no flags -f, --file');
    expect(hint).toBe("Files need no flag: sluice deploy 'a b.json' --dry-run c.json");
  });

  it('asks for names where a command takes no files', () => {
    expect(unknownFlags(['-f', 'a.json'], ['-f'], 'all', { names: {} }).hint).toBe(
      'Name the connectors: sluice deploy NAME',
    );
  });

  it.each([
    [['--replicas=3'], 'tasks', 'Did you mean --tasks?'],
    [['--onlyFailed'], 'failed tasks', 'Did you mean --failed?'],
    [['-json'], 'json', 'Did you mean --json?'],
    [['--out'], 'save to', 'Did you mean --save?'],
    [['--target', '--detailed-exitcode'], 'only exit-code', 'Did you mean --only and --exit-code?'],
    [['--contxt'], 'context', 'Did you mean --context?'],
    [['--contxt', '--quux'], 'context', ''],
    [['--replicas'], 'all', ''],
  ])('%j of %s', (typed, flags, meant) => {
    expect(unknownFlags(typed, typed, flags).hint).toBe(`${meant} See: sluice deploy --help`.trim());
  });
});

describe('what oclif would misread', () => {
  const flags = {
    yes: { type: 'boolean' },
    'no-color': { type: 'boolean' },
    save: { type: 'option' },
    context: { type: 'option', char: 'c' },
  };
  const refusal = (...argv: string[]) => {
    try {
      refuseMisread(argv, { flags, args: {} }, 'sandbox:up');
      return undefined;
    } catch (error) {
      return translateFailure(error, '');
    }
  };

  it.each([
    ['--yes=false', '--yes takes no value', 'Write --yes, or leave it out.'],
    ['--no-yes=1', '--no-yes takes no value', 'Write --no-yes, or leave it out.'],
    ['--no-color=', '--no-color takes no value', 'Write --no-color, or leave it out.'],
    ['-out=p.json', 'there is no flag -out', 'Did you mean --save?'],
    ['-context', 'there is no flag -context', 'Did you mean --context?'],
  ])('%s is refused', (typed, message, hint) => {
    expect(refusal('name', typed)).toMatchObject({
      code: 'USAGE',
      message,
      hint: `${hint} See: sluice sandbox up --help`,
    });
    expect(refusal('--', typed)).toBeUndefined();
  });

  it.each([[['']], [['a', '']], [['--yes', '']], [['--save', 'x', '--', '']]])('%j: an empty argument', (argv) => {
    expect(refusal(...argv)).toMatchObject({ code: 'USAGE', message: `argument ${argv.length} is empty` });
  });

  it('names an unknown flag before oclif complains of its value', () => {
    expect(refusal('--since', 'x', '--yess')).toMatchObject({ message: 'there are no flags --since, --yess' });
    expect(refusal('--quux=1')).toMatchObject({
      message: 'there is no flag --quux',
      hint: 'See: sluice sandbox up --help',
    });
  });

  it('reads everything else', () => {
    expect(refusal('--save', '', '--save=', '-c', '')).toBeUndefined();
    expect(refusal('--yes', '--save=a=b', '-cdev', '-ojson', '-yn', '-', 'a=b')).toBeUndefined();
    expect(refusal('--save', '-out', '-c', '--x', '--no-yes', '--', '--quux')).toBeUndefined();
  });
});
