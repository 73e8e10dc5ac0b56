import { describe, expect, it } from 'vitest';
import { type KnownCommand, pastable, pathsOf, placesOf } from '../../../src/cli/pastable.ts';

const command = (names: string[], takesPaths = false): KnownCommand => ({
  flags: new Map(
    names.map((name) => [name, { takesValue: name !== 'strict', char: name === 'output' ? 'o' : undefined }]),
  ),
  takesPaths,
  takesArguments: true,
});
const commands = new Map([
  ['status', command(['context', 'connect-url', 'project', 'env-file'])],
  ['sandbox up', command(['name'])],
  ['schemas pull', command(['context', 'project'])],
  ['validate', command(['context', 'output', 'strict'], true)],
]);
const places = { flags: [['--context', 'prod eu']], paths: ['a b.json', 'c.yaml'] } as const;

describe('a suggested command', () => {
  it.each([
    ['See: sluice status', "See: sluice status --context 'prod eu'"],
    ['See: sluice status orders-sink', "See: sluice status --context 'prod eu' orders-sink"],
    ['Run `sluice status --watch`; then deploy.', "Run `sluice status --context 'prod eu' --watch`; then deploy."],
    ['sluice schemas pull, then sluice status', "sluice schemas pull --context 'prod eu', then sluice status"],
    ['(sluice status), deploy', "(sluice status --context 'prod eu'), deploy"],
    ['See: sluice validate', "See: sluice validate --context 'prod eu' 'a b.json' c.yaml"],
    ['sluice validate -o github', "sluice validate --context 'prod eu' 'a b.json' c.yaml -o github"],
    ['Run sluice validate, then deploy.', "Run sluice validate --context 'prod eu' 'a b.json' c.yaml, then deploy."],
    ['sluice validate d.json', "sluice validate --context 'prod eu' d.json"],
    // It says itself where, has no such flag, or is not a command.
    ['sluice status --context dev', 'sluice status --context dev'],
    ['sluice status -c dev', 'sluice status -c dev'],
    ['sluice status --context=dev', 'sluice status --context=dev'],
    ['Start it: sluice sandbox up', 'Start it: sluice sandbox up'],
    ['sluice resolves it', 'sluice resolves it'],
    ['nothing to run', 'nothing to run'],
    ['See: sluice status --help', 'See: sluice status --help'],
  ])('%s', (text, expected) => {
    expect(pastable(text, places, commands)).toBe(expected);
  });

  it.each(['connect-url', 'project', 'env-file'])(
    'gets --%s, which has no short form, before its arguments',
    (flag) => {
      const run = { flags: [[`--${flag}`, 'x']], paths: [] } as const;
      expect(pastable('sluice status orders-sink', run, commands)).toBe(`sluice status --${flag} x orders-sink`);
      expect(pastable(`sluice status --${flag} y`, run, commands)).toBe(`sluice status --${flag} y`);
    },
  );

  it('is as it was without a place', () => {
    expect(pastable('sluice status', { flags: [], paths: [] }, commands)).toBe('sluice status');
  });
});

describe('where a run works', () => {
  it('is taken from its flags, however they are written', () => {
    expect(placesOf(['status', '-c', 'dev', '--project=a/sluice.yaml', '--json'])).toEqual([
      ['--context', 'dev'],
      ['--project', 'a/sluice.yaml'],
    ]);
  });

  it('is not repeated if it may hold a password', () => {
    expect(placesOf(['--connect-url', 'http://me:geheim@host:8083'])).toEqual([['--connect-url', 'URL']]);
    expect(placesOf(['--connect-url=http://host:8083?password=geheim'])).toEqual([['--connect-url', 'URL']]);
    expect(placesOf(['--env-file', 'a@b'])).toEqual([]);
    expect(placesOf(['--connect-url', 'http://host:8083'])).toEqual([['--connect-url', 'http://host:8083']]);
  });
});

describe('the files of a run', () => {
  const of = (...argv: string[]) => pathsOf(argv, commands.get('validate'));
  it('are its arguments, without flags and their values', () => {
    expect(of('a', '--context', 'dev', '--strict', 'b', '-o', 'json', '--output=x', 'c')).toEqual(['a', 'b', 'c']);
    expect(of('a', '--', '--b')).toEqual(['a', '--b']);
    expect(pathsOf(['orders'], commands.get('status'))).toEqual([]);
  });

  it('cannot be named if they come from stdin', () => {
    expect(of('a', '-')).toEqual([]);
  });
});
