import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(packagePath('docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

/** The anchor that GitHub makes of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function anchors(file: string): Set<string> {
  return new Set([...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) => anchor(match[1] ?? '')));
}

describe('links between pages', () => {
  it.each(pages)('of %s have a target', (page) => {
    const text = readFileSync(packagePath(page), 'utf8').replace(/```[\s\S]*?```/g, '');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [file = '', fragment] = link.split('#');
      const target = file === '' ? packagePath(page) : path.resolve(path.dirname(packagePath(page)), file);
      expect(existsSync(target), `${page} links to ${link}`).toBe(true);
      if (fragment !== undefined && target.endsWith('.md')) {
        expect([...anchors(target)], `${page} links to ${link}`).toContain(fragment);
      }
    }
  });
});
