import { describe, expect, it } from 'vitest';
import { archiveName, formula, parseChecksums } from '../../../scripts/formula.ts';

const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'];
const sum = (at: number) => String(at).repeat(64);
const checksums = PLATFORMS.map((platform, at) => `${sum(at)}  ${archiveName('1.2.3', platform)}\n`).join('');

describe('the Homebrew formula', () => {
  it('has the archive and the checksum of each platform', () => {
    const text = formula('1.2.3', 'someone/sluice', parseChecksums(checksums));
    const blocks = [...text.matchAll(/on_(\w+) do\n\s+url "([^"]+)"\n\s+sha256 "([^"]+)"/g)].map(([, ...one]) => one);
    const at = 'https://github.com/someone/sluice/releases/download/v1.2.3';
    expect(blocks).toEqual([
      ['arm', `${at}/sluice-1.2.3-darwin-arm64.tar.gz`, sum(0)],
      ['intel', `${at}/sluice-1.2.3-darwin-x64.tar.gz`, sum(1)],
      ['arm', `${at}/sluice-1.2.3-linux-arm64.tar.gz`, sum(2)],
      ['intel', `${at}/sluice-1.2.3-linux-x64.tar.gz`, sum(3)],
    ]);
    expect(text.match(/\b(?:do|def|class)\b/g)).toHaveLength(text.match(/^\s*end$/gm)?.length ?? 0);
  });

  it('is not written without a checksum for each', () => {
    const some = parseChecksums(checksums.split('\n').slice(1).join('\n'));
    expect(() => formula('1.2.3', 'someone/sluice', some)).toThrow('no checksum of sluice-1.2.3-darwin-arm64.tar.gz');
  });

  it.each([
    ['1.2', 'someone/sluice'],
    ['1.2.3"\nsystem "x', 'someone/sluice'],
    ['1.2.3', 'sluice'],
    ['1.2.3', 'a/b"; system "x'],
  ])('takes nothing that Ruby would read as code: %j %j', (version, repository) => {
    expect(() => formula(version, repository, parseChecksums(checksums))).toThrow(/^not /);
  });

  it('reads what sha256sum prints, and nothing else', () => {
    expect(parseChecksums(`${sum(1)} *a.zip\n`).get('a.zip')).toBe(sum(1));
    expect(() => parseChecksums('abc  a.zip\n')).toThrow('not a line of sha256sum');
  });
});
