import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';

/*
 * What a file exports is used: a value by another file, a type by another file or in its own. What only tests import must be
 * used in its own file: a test of dead code keeps it alive.
 */

const files = (pattern: string) => globSync(pattern, { cwd: packageRoot() }).map((file) => file.replaceAll('\\', '/'));
const read = (file: string) => readFileSync(packagePath(file), 'utf8');

interface Export {
  name: string;
  isType: boolean;
}

function exportsOf(text: string): Export[] {
  const declared =
    /^export (?:declare )?(?:abstract )?(?:async )?(function\*?|const|class|interface|type|let) ([\w$]+)/gm;
  return [...text.matchAll(declared)].map(([, kind = '', name = '']) => ({
    name,
    isType: kind === 'interface' || kind === 'type',
  }));
}

/** Names that a text takes from each file; all that it mentions, of a file imported as a whole. */
function importsOf(file: string, text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (from: string, names: readonly string[]) => {
    if (!from.startsWith('.')) return;
    const to = path.posix.join(path.posix.dirname(file), from);
    found.set(to, new Set([...(found.get(to) ?? []), ...names]));
  };
  for (const [, names = '', from = ''] of text.matchAll(
    /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'([^']+)'/g,
  ))
    add(
      from,
      names.split(',').map(
        (name) =>
          name
            .trim()
            .replace(/^type /, '')
            .split(' as ')[0] ?? '',
      ),
    );
  const words = [...text.matchAll(/[\w$]+/g)].map(([word]) => word);
  for (const [, from = ''] of text.matchAll(/(?:\bimport\(\s*|\* as [\w$]+ from )'([^']+)'/g)) add(from, words);
  return found;
}

/** Exports that nothing needs, as `file: name`. */
function unused(library: ReadonlyMap<string, string>, tests: ReadonlyMap<string, string>): string[] {
  const usedIn = (texts: ReadonlyMap<string, string>) => {
    const used = new Set<string>();
    for (const [file, text] of texts)
      for (const [from, names] of importsOf(file, text)) for (const name of names) used.add(`${from}: ${name}`);
    return used;
  };
  const [byLibrary, byTests] = [usedIn(library), usedIn(tests)];
  return [...library].flatMap(([file, text]) =>
    exportsOf(text)
      .filter(({ name, isType }) => {
        const id = `${file}: ${name}`;
        const inside =
          (text.match(new RegExp(`(?<![\\w$])${name.replace('$', '\\$')}(?![\\w$])`, 'g')) ?? []).length > 1;
        return !byLibrary.has(id) && !(inside && (isType || byTests.has(id)));
      })
      .map(({ name }) => `${file}: ${name}`),
  );
}

const texts = (pattern: string) => new Map(files(pattern).map((file) => [file, read(file)]));

describe('exports', () => {
  it('are used', () => {
    const library = texts('{src,commands,scripts}/**/*.ts');
    const tests = texts('test/**/*.ts');
    expect(library.size).toBeGreaterThan(400);
    expect([...library.values()].flatMap(exportsOf).length).toBeGreaterThan(1000);
    expect(unused(library, tests)).toEqual([]);
  });

  it('would be found if they were not', () => {
    const library = new Map([
      [
        'src/a.ts',
        'export const used = 1;\nexport const dead = 2;\nexport function tested() {}\nexport interface Shape {}',
      ],
      ['src/b.ts', "import { used } from './a.ts';\nexport function inner(): void {}\ninner();\nused;"],
      [
        'src/c.ts',
        "const { lazy } = await import('./d.ts');\nexport type Shown = typeof lazy;\nconst x: Shown = lazy;",
      ],
      ['src/d.ts', 'export const lazy = 1;'],
    ]);
    const tests = new Map([
      ['test/a.test.ts', "import { tested } from '../src/a.ts';\nimport { inner } from '../src/b.ts';"],
    ]);
    expect(unused(library, tests)).toEqual(['src/a.ts: dead', 'src/a.ts: tested', 'src/a.ts: Shape']);
  });
});
