import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { outputSchemas } from '../../scripts/output-schemas.ts';
import { packagePath } from '../../src/config/package-root.ts';

const committed = new Map(
  readdirSync(packagePath('schemas', 'output')).map((name) => [
    name,
    readFileSync(packagePath('schemas', 'output', name), 'utf8'),
  ]),
);

it('schemas/output is what the types say (npm run docs writes it)', () => {
  const generated = outputSchemas();
  expect([...committed.keys()]).toEqual([...generated.keys()].sort());
  for (const [name, text] of generated) expect(committed.get(name), name).toBe(text);
}, 120_000);

it('every view and every line of a stream has a document with a schema', () => {
  const folders = ['src/cli/views', 'commands', 'commands/reconcile'];
  const uses = folders.flatMap((folder) =>
    readdirSync(packagePath(folder))
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [
        ...readFileSync(packagePath(folder, name), 'utf8').matchAll(/\bView<[^>]*, ([^>]*)>|\bemit<([^>]*)>/g),
      ]),
  );
  expect(uses.length).toBeGreaterThan(30);
  for (const [use, ofView, ofLine] of uses) {
    const words = /^((?:[A-Z][a-z]+)+)Document$/.exec(ofView ?? ofLine ?? '')?.[1] ?? use;
    expect([...committed.keys()]).toContain(
      `${words
        .match(/[A-Z][a-z]+/g)
        ?.join('-')
        .toLowerCase()}.json`,
    );
  }
});

/** Calls back with each object in a JSON document, and where it is. */
function walk(value: unknown, at: string, visit: (schema: Record<string, unknown>, at: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Record<string, unknown>, at);
  for (const [key, one] of Object.entries(value)) walk(one, `${at}/${key}`, visit);
}

it('says of every number whether it is whole, and closes every object', () => {
  const fractions: string[] = [];
  const open: string[] = [];
  for (const [name, text] of committed) {
    walk(JSON.parse(text), name, (schema, at) => {
      const where = at.replaceAll(/\/(properties|items)\b/g, '');
      if (schema['type'] === 'number' && !('const' in schema) && !('enum' in schema)) fractions.push(where);
      const isObject = [schema['type']].flat().includes('object');
      if (isObject && schema['additionalProperties'] === undefined && !at.endsWith('/details')) open.push(where);
    });
  }
  expect(fractions).toEqual([
    'reconcile.json/durationMs',
    'reconcile.json/tables/columns/rule/relative',
    'reconcile.json/tables/durationMs',
  ]);
  // What connectors keep as their offsets has no form of ours.
  const isOffset = /^offsets-\w+\.json\/.*\/(?:partition|offset|before|after)$/;
  expect(open.filter((where) => !isOffset.test(where))).toEqual(['schemas-show.json/keys']);
});
