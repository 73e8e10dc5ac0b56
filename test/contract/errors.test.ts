import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { ERRORS, EXIT } from '../../src/errors/registry.ts';

const page = readFileSync(packagePath('docs', 'errors.md'), 'utf8');
const sections = new Map(
  [...page.matchAll(/^### ([A-Z_]+)\n([\s\S]*?)(?=^##|(?![\s\S]))/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
);

describe('docs/errors.md', () => {
  it('has a section for every code of the registry, and no others', () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it.each(Object.entries(ERRORS))('has the exit code of %s', (code, { exit }) => {
    expect(sections.get(code)).toMatch(new RegExp(`^\\s*Exit ${exit}\\.`));
  });

  it('lists every exit code', () => {
    for (const code of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\|[^|]*\\b${code}\\b`, 'm'));
  });
});
