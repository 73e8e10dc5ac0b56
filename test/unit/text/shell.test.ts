import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { command } from '../../../src/text/settings.ts';
import { shellWord } from '../../../src/text/shell.ts';

const NAMES = [
  '-a',
  '--all',
  '-',
  '--',
  "it's",
  "-'",
  'a b',
  '$HOME',
  '`id`',
  '$(id)',
  '\\',
  'a\nb',
  '!x',
  '*',
  '~',
  '#',
  'é',
  '',
];

/** What a POSIX shell makes of a line. */
function shell(line: string): string[] {
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8', env: {} });
  return out.split('\0').slice(0, -1);
}

describe.skipIf(process.platform === 'win32')('a word in a shell', () => {
  it('is read back as it was', () => {
    const random = fc.sample(fc.string({ unit: 'binary' }), { numRuns: 200, seed: 16 });
    const names = [...NAMES, ...random.map((one) => one.replaceAll('\0', '').toWellFormed())];
    expect(shell(names.map(shellWord).join(' '))).toEqual(names);
  });

  it('is an argument of the suggested command, and no flag', () => {
    for (const name of NAMES.filter((one) => one.startsWith('-'))) {
      const typed = shell(command(`status ${shellWord(name)} other`));
      expect(typed).toEqual(['sluice', 'status', '--', name, 'other']);
    }
  });
});
