import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';

const ROOT = packagePath();

/** Rooms of the tree in docs/architecture.md, in its order, with their inner folders. */
function documentedRooms(): Map<string, { floor: string; inner: string[] }> {
  const page = readFileSync(packagePath('docs', 'architecture.md'), 'utf8');
  const tree = /```text\nsrc\/\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const rooms = new Map<string, { floor: string; inner: string[] }>();
  let floor = '';
  let inner: string[] = [];
  for (const line of tree.split('\n').filter((one) => one !== '')) {
    const title = /^ {2}# (.+)$/.exec(line)?.[1];
    const room = /^ {2}([a-z]+)\/ /.exec(line)?.[1];
    if (title !== undefined) floor = title;
    else if (room !== undefined) {
      inner = [];
      rooms.set(room, { floor, inner });
    } else inner.push(...[...line.matchAll(/([a-z]+)\//g)].map(([, name]) => name ?? ''));
  }
  return rooms;
}

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

function foldersIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Files of this package that each file imports, types included. */
function importsOf(files: readonly string[]): Map<string, string[]> {
  const specifier = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/(?![^']*node_modules)[^']+)'/g;
  return new Map(
    files.map((file) => {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      const found = [...text.matchAll(specifier)].map(([, to]) => path.join(path.dirname(file), to ?? ''));
      return [file, found] as const;
    }),
  );
}

/** Files that import each other in a circle, each circle once. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path_: string[] = [];
  const visit = (file: string) => {
    const at = path_.indexOf(file);
    if (at >= 0) {
      found.push([...path_.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    path_.push(file);
    for (const to of imports.get(file) ?? []) visit(to);
    path_.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return found;
}

const rooms = documentedRooms();
const imports = importsOf([...filesBelow('src'), ...filesBelow('commands')]);
const roomOf = (file: string) => (file.startsWith('src/') ? file.split('/')[1] : undefined);

describe('the rooms of docs/architecture.md', () => {
  it('are the folders of src/', () => {
    expect([...rooms.keys()].sort()).toEqual(foldersIn('src'));
    for (const [room, { inner }] of rooms)
      expect([room, ...inner.toSorted()]).toEqual([room, ...foldersIn(`src/${room}`)]);
  });

  it('import only from rooms above them in the tree, which are lower layers', () => {
    const order = [...rooms.keys()];
    const wrong = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((to) => {
          const [from, into] = [roomOf(file), roomOf(to)];
          return from !== undefined && into !== undefined && order.indexOf(into) > order.indexOf(from);
        })
        .map((to) => `${file} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each(['text', 'ports'])('%s imports no other room', (room) => {
    const others = [...imports].flatMap(([file, targets]) =>
      roomOf(file) === room ? targets.filter((to) => roomOf(to) !== room) : [],
    );
    expect(others).toEqual([]);
  });

  it('of use cases keep their inner folders to themselves', () => {
    const useCases = new Set([...rooms].filter(([, { floor }]) => floor === 'use cases').map(([room]) => room));
    const wrong = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((to) => {
          const into = roomOf(to) ?? '';
          const from = roomOf(file) ?? '';
          return useCases.has(from) && useCases.has(into) && from !== into && to.split('/').length > 3;
        })
        .map((to) => `${file} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('imports', () => {
  it('are found: the check below would be empty without them', () => {
    expect(imports.size).toBeGreaterThan(300);
    expect([...imports.values()].flat().length).toBeGreaterThan(1500);
    for (const to of [...imports.values()].flat()) expect(imports.has(to) || to.endsWith('.json'), to).toBe(true);
  });

  it('have no cycles, types included', () => {
    expect(circles(imports)).toEqual([]);
  });

  it('would be reported if they had one', () => {
    const circle = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', []],
    ]);
    expect(circles(circle)).toEqual([['a', 'b', 'c', 'a']]);
  });
});

/** Options of other programs: servers, kafka-acls, npm, V8, and what init writes into a project. */
const OTHER_PROGRAMS =
  /^src\/(?:sandbox\/(?:components\/|unpack|maven|account)|project\/init|preflight\/mysql\/source\.ts|databases\/sqlserver\/entra\.ts|kafka\/access\.ts|ports\/memory\.ts)/;

/** A flag in a text, also after `sluice`, but in a comment. */
function flagsIn(text: string): string[] {
  return text.split('\n').filter((line) => !/^\s*(?:\/\/|\*|\/\*)/.test(line) && /(?:^|[^\w-]|\\n)--[a-z]/.test(line));
}

describe('a use case does not mention flags', () => {
  const library = filesBelow('src').filter((file) => !file.startsWith('src/cli/'));
  const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

  it('but names settings and commands: src/text/settings.ts', () => {
    const spoken = library
      .filter((file) => !OTHER_PROGRAMS.test(file))
      .flatMap((file) => flagsIn(read(file)).map((line) => `${file}: ${line.trim()}`));
    expect(spoken).toEqual([]);
  });

  it.each([
    "  hint: 'Pass --limit 5.',",
    '  hint: `Then: sluice restart ${name} --failed`,',
    "  ...(name === '' ? [] : [`--name ${name}`]),",
    "  'with:\\n--json'",
  ])('would be found: %s', (line) => expect(flagsIn(line)).toEqual([line]));

  it('and its errors are REQUEST_INVALID: USAGE is for the command line', () => {
    // In SQL it is a privilege.
    const used = library.filter((file) => /(?:SluiceError\(\s*|code [!=]== |@throws )'?USAGE\b/.test(read(file)));
    expect(used).toEqual([]);
  });
});

it('a command takes the defaults of its settings from its use case', () => {
  const own = filesBelow('commands').flatMap((file) =>
    readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => /\bdefault: \d|\?\? \d|, ['"]\d+m?s['"]\)/.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(own).toEqual([]);
});

it('a command parses, calls a use case and presents the result: in 40 lines as a rule, and never in more than 90', () => {
  const lines = filesBelow('commands').map(
    (file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1,
  );
  const sorted = lines.toSorted((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(40);
  expect(sorted.at(-1)).toBeLessThanOrEqual(90);
});
