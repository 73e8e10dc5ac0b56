import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GROUPS } from '../../src/cli/help.ts';
import { NOUNS, OTHER_WORDS, type Other } from '../../src/cli/other-words.ts';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';
import { sluice } from '../helpers/run.ts';

interface Manifest {
  commands: Record<
    string,
    { hidden?: boolean; description?: string; flags: Record<string, { char?: string; description?: string }> }
  >;
}

const { commands } = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8')) as Manifest;
const flagsOf = new Map(
  Object.entries(commands).flatMap(([id, { flags, hidden }]) =>
    hidden ? [] : [[id.replaceAll(':', ' '), new Set(Object.keys(flags))]],
  ),
);

/** What is wrong with a command line, as far as its words and flags say. */
function wrong(line: string): string | undefined {
  const words = line.split(/\s+/);
  const command = [words.slice(0, 2).join(' '), words[0] ?? ''].find((one) => flagsOf.has(one));
  if (command === undefined) return `no command: ${line}`;
  const flags = [...line.matchAll(/ --([a-z-]+)/g)].map(([, flag = '']) => flag.replace(/^no-/, ''));
  const unknown = flags.filter((flag) => flag !== 'help' && !flagsOf.get(command)?.has(flag));
  return unknown.length === 0 ? undefined : `no flag --${unknown[0]}: ${line}`;
}

describe('help', () => {
  it('of the program has every command and topic in one group', async () => {
    const names = [...flagsOf.keys()].map((name) => name.split(' ', 1)[0] ?? '');
    const grouped = GROUPS.flatMap(([, members]) => members);
    expect(grouped.filter((name, at) => grouped.indexOf(name) !== at)).toEqual([]);
    expect(new Set(grouped)).toEqual(new Set(names));
    const { code, stdout } = await sluice(['-h']);
    expect(code).toBe(0);
    for (const [header] of GROUPS) expect(stdout).toContain(`\n${header}\n`);
    for (const name of grouped) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each([
    ['status', '-h'],
    ['sandbox', 'up', '--help'],
    ['help', 'reconcile'],
  ])('%s %s', async (...args) => {
    const { code, stdout } = await sluice(args.filter((one) => one !== undefined));
    expect(code).toBe(0);
    expect(stdout).toMatch(/USAGE\n {2}\$ sluice (?:[a-z[\]A-Z.]+ )+\[FLAGS\]\n/);
  });

  it('has no line breaks inside a paragraph, which a terminal of another width would show', () => {
    const broken = Object.entries(commands).flatMap(([id, { description, flags }]) =>
      [description, ...Object.values(flags).map((flag) => flag.description)]
        .filter((text) => text !== undefined && /[^\n]\n[^\n]/.test(text))
        .map((text) => `${id}: ${text}`),
    );
    expect(broken).toEqual([]);
  });

  it('of reconcile has its flags in groups', async () => {
    const { stdout } = await sluice(['reconcile', '--help']);
    const headings = stdout.match(/^[A-Z ]*FLAGS$/gm);
    expect(headings).toEqual(
      ['TABLE', 'COMPARISON', 'REPAIR', 'SPEED', 'TARGET', 'OUTPUT', 'GLOBAL'].map((group) => `${group} FLAGS`),
    );
  });

  it('says the version however one asks', async () => {
    const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
    for (const args of [['-V'], ['-v'], ['--version'], ['version']]) {
      expect((await sluice(args)).stdout).toContain(version);
    }
  });

  it('gives a short flag one meaning', () => {
    const meanings = new Map<string, Set<string>>();
    for (const { flags } of Object.values(commands))
      for (const [name, { char }] of Object.entries(flags))
        if (char) meanings.set(char, (meanings.get(char) ?? new Set()).add(name));
    expect([...meanings].filter(([, names]) => names.size > 1)).toEqual([]);
    expect(Object.fromEntries([...meanings].map(([char, names]) => [char, [...names][0]]))).toMatchObject({
      c: 'context',
      n: 'dry-run',
      o: 'output',
      q: 'quiet',
      v: 'verbose',
      w: 'watch',
      y: 'yes',
    });
  });
});

describe('commands that are suggested', () => {
  it('exist, for the words of other tools', () => {
    const nouns = Object.values(NOUNS).flatMap(({ several, one, verbs = {} }) => [
      several,
      one,
      ...Object.values(verbs),
    ]);
    const suggested = [...Object.values(OTHER_WORDS), ...nouns].flatMap((other) =>
      'lacks' in other ? (other.see?.slice(1) ?? []) : [other],
    ) as Other[];
    expect(suggested.flatMap(({ to, flag }) => wrong(`${to} ${flag ?? ''}`) ?? [])).toEqual([]);
    expect(Object.keys(OTHER_WORDS).filter((words) => flagsOf.has(words))).toEqual([]);
  });

  it('exist, with their flags, in every message', () => {
    const first = new Set([...flagsOf.keys()].map((name) => name.split(' ', 1)[0] ?? ''));
    const suggested = globSync('{src,commands}/**/*.ts', { cwd: packageRoot() }).flatMap((file) => {
      const code = readFileSync(packagePath(file), 'utf8').replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');
      return [...code.replaceAll(/\$\{[^}]*\}/g, 'X').matchAll(/\bsluice ([a-z]+[^\n`'";:,)]*)/g)]
        .map(([, line = '']) => line.trim())
        .filter((line) => first.has(line.split(' ', 1)[0] ?? ''));
    });
    expect(suggested.length).toBeGreaterThan(60);
    expect([...new Set(suggested.flatMap((line) => wrong(line) ?? []))]).toEqual([]);
  });
});
