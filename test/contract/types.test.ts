import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';

it('Node reads every source without a build: bin/dev.js and the benchmarks do', () => {
  const files = globSync('{src,commands,scripts,test}/**/*.ts', { cwd: packagePath() });
  expect(files.length).toBeGreaterThan(1_000);
  const unread = files.flatMap((file) => {
    try {
      stripTypeScriptTypes(readFileSync(packagePath(file), 'utf8'));
      return [];
    } catch (error) {
      return [`${file}: ${(error as Error).message}`];
    }
  });
  expect(unread).toEqual([]);
});
