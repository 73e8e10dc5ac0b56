import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileProjectSchema } from '../../scripts/project-schema.ts';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';

it('the compiled check of sluice.yaml is that of its schema (npm run compile-schemas writes it)', async () => {
  const committed = readFileSync(packagePath('src', 'config', 'project-check.generated.ts'), 'utf8');
  expect(committed).toBe(await compileProjectSchema(packageRoot()));
});
