import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { causesPage, errorsPage, rulesPage } from '../../scripts/docs-pages.ts';
import { packagePath } from '../../src/config/package-root.ts';

it.each([
  ['causes.md', causesPage],
  ['errors.md', errorsPage],
  ['rules.md', rulesPage],
])('docs/%s is what its registry says (npm run docs writes it)', (file, page) => {
  expect(readFileSync(packagePath('docs', file), 'utf8')).toBe(page());
});
