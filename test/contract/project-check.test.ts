import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileProjectCheck } from '../../scripts/project-check.ts';
import { type ProjectCheck, projectCheck } from '../../src/config/project-check.ts';

const DOCUMENTS = [
  'version: 1',
  'version: 2',
  'contexts: {}',
  'version: 1\ncontexts: { a: { connect: http://localhost:8083, protected: true } }',
  'version: 1\ncontexts: { a: { protected: true } }',
  'version: 1\ntopics: { orders: { partitions: 0 } }',
  'version: 1\nreconcile: { pairs: { shop: { mode: rows, limit: 3 } } }',
  'version: 1\nreconcile: { pairs: { shop: { modes: rows } } }',
  'version: 1\ndatabases: { a: 1 }',
];

it('the compiled check of sluice.yaml agrees with the schema', async () => {
  const code = Buffer.from(compileProjectCheck()).toString('base64');
  const compiled = (await import(`data:text/javascript;base64,${code}`)) as { projectCheck(): Promise<ProjectCheck> };
  const [built, fromSource] = [await compiled.projectCheck(), await projectCheck()];
  const verdicts = DOCUMENTS.map((text) => {
    const document: unknown = parse(text);
    return [fromSource, built].map((check) => ({ valid: check(document), errors: check.errors ?? [] }));
  });
  for (const [source, built_] of verdicts) expect(built_).toEqual(source);
  expect(verdicts.map(([source]) => source?.valid)).toEqual([
    true,
    false,
    false,
    true,
    false,
    false,
    true,
    false,
    false,
  ]);
});
