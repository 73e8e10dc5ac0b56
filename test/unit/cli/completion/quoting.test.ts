import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forBash, forPowerShell, splitLine } from '../../../../src/cli/completion/quoting.ts';

const BREAKS = ' \t\n"\'@><=;|&(:';

/** What is in the line once bash has replaced its word. */
function completed(line: string, value: string, open = false): string {
  const shell = splitLine(line);
  const [reply] = forBash([{ value, open }], shell, BREAKS);
  if (reply === undefined) throw new Error(`nothing for ${line}`);
  const start = shell.quote === '' ? /[@><=;|&(:]?(?:\\.|[^\s@><=;|&(:\\])*$/.exec(line) : /["'][^"']*$/.exec(line);
  const at = (start?.index ?? line.length) + (/^["'@><=;|&(:]/.test(start?.[0] ?? '') ? 1 : 0);
  // A quoted word is ended by bash itself.
  return line.slice(0, at) + reply + shell.quote;
}

/** What bash makes of a line. */
function wordsOf(line: string): string[] {
  const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

const HOSTILE = [
  'plain',
  'my sink',
  "it's",
  'say "hi"',
  '$(touch /tmp/x)',
  '`touch /tmp/x`',
  'a;b|c&d>e<f',
  'a*b?c[d]{e,f}',
  '~user',
  '#comment',
  '-dash',
  'back\\slash',
  'a!b',
  '$HOME',
  'ümläut-日本',
  'a:b=c@d',
  '(x)',
];

describe('a name that bash puts into the line', () => {
  it.each(HOSTILE)('%s is one word, and runs nothing', (name) => {
    for (const line of ['sluice pause ', "sluice pause '", 'sluice pause "'])
      expect(wordsOf(completed(line, name))).toEqual(['sluice', 'pause', name]);
  });

  it('is one word, of any characters', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((one) => !/[\p{C}\p{Z}]/u.test(one.replaceAll(' ', '')));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 40 }), fc.constantFrom('', "'", '"'), (names, quote) => {
        const lines = names.map((one) => completed(`x ${quote}`, one).slice(2));
        expect(wordsOf(lines.join(' '))).toEqual(names);
      }),
      { numRuns: 25 },
    );
  });

  it('continues what was typed, also behind a character that breaks words', () => {
    expect(completed('sluice status --context=d', '--context=dev')).toBe('sluice status --context=dev ');
    expect(completed('sluice pause a:b', 'a:b c')).toBe('sluice pause a:b\\ c ');
    expect(completed('sluice pause my\\ s', 'my sink')).toBe('sluice pause my\\ sink ');
    expect(completed('sluice validate dir', 'dir/', true)).toBe('sluice validate dir/');
    // A quote in the middle of the word.
    expect(forBash([{ value: 'ab c' }], splitLine('x a"b'), BREAKS)).toEqual([]);
  });
});

describe('a line', () => {
  it.each([
    ['sluice pause ', ['sluice', 'pause', ''], ''],
    ['sluice  pause or', ['sluice', 'pause', 'or'], ''],
    ['a \'b c\' "d $(e) \\"', ['a', 'b c', 'd $(e) "'], '"'],
    ["a 'b", ['a', 'b'], "'"],
    ['a b\\ c\\', ['a', 'b c'], ''],
    ['', [''], ''],
  ])('%s is split, and nothing in it evaluated', (line, words, quote) =>
    expect(splitLine(line)).toMatchObject({ words, quote }),
  );
});

it.each([
  ['orders-sink', 'orders-sink'],
  ['my sink', "'my sink'"],
  ["it's", "'it''s'"],
  ['a’b', "'a’’b'"],
  ['$(x)', "'$(x)'"],
  ['`x', "'`x'"],
  ['@x', "'@x'"],
])('PowerShell gets %s as %s', (value, quoted) => expect(forPowerShell(value)).toBe(quoted));
