import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { keyAdvice } from '../../../src/config/project-keys.ts';

const schema = JSON.parse(readFileSync(packagePath('schemas', 'project.json'), 'utf8')) as object;

it.each([
  [[], 'pairs', /^Did you mean reconcile\.pairs\? The keys are: version, contexts, /],
  [[], 'context', /^Did you mean contexts\? /],
  [[], 'quux', /^The keys are: version, /],
  [['contexts', 'dev'], 'conect', /^Did you mean connect\? The keys are: .*kafka/],
  [['contexts', 'dev'], 'bootstrapServers', /^Did you mean kafka\.bootstrapServers\? /],
  [['reconcile', 'pairs', 'shop'], 'sorce', /^Did you mean source\? /],
])('%j %s', (place, key, advice) => {
  expect(keyAdvice(schema, place as string[], key)).toMatch(advice);
});

it('says nothing where any key may be', () => {
  expect(keyAdvice(schema, ['nowhere'], 'x')).toBeUndefined();
});
