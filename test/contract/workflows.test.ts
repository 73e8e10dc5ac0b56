import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';

interface Step {
  run?: string;
  uses?: string;
  id?: string;
}
interface Job {
  uses?: string;
  'runs-on'?: string;
  needs?: string | string[];
  outputs?: Record<string, string>;
  env?: Record<string, string>;
  strategy?: { matrix: Record<string, unknown> };
  steps?: Step[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const { scripts } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const files = globSync('.github/workflows/*.yml', { cwd: packageRoot() });
const read = (file: string) => readFileSync(packagePath(file), 'utf8');
const parsed = (file: string) => parse(read(file)) as Workflow;
const needed = (job: Job) => [job.needs ?? []].flat();

describe.each(files)('%s', (file) => {
  const { on, permissions, jobs } = parsed(file);

  it('starts by something, with no rights that it does not name', () => {
    expect(Object.keys(on).length).toBeGreaterThan(0);
    expect(permissions).toEqual({ contents: 'read' });
  });

  it('has jobs that run somewhere, in an order that exists', () => {
    for (const [name, job] of Object.entries(jobs)) {
      if (job.uses === undefined) expect(job['runs-on'], name).toBeTypeOf('string');
      else expect(existsSync(packagePath(job.uses)) && 'workflow_call' in parsed(job.uses).on, name).toBe(true);
      expect(Object.keys(jobs), name).toEqual(expect.arrayContaining(needed(job)));
    }
  });

  it('runs scripts and reads files that exist', () => {
    const commands = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
    const text = commands.join('\n');
    const npm = [...text.matchAll(/\bnpm run (?:--\S+ )*([\w:]+)/g)].map(([, name]) => name ?? '');
    expect(npm.filter((name) => scripts[name] === undefined)).toEqual([]);
    const programs = [...text.matchAll(/\bnode ((?:scripts|bin)\/\S+)/g)].map(([, name]) => name ?? '');
    expect(programs.filter((name) => !existsSync(packagePath(name)))).toEqual([]);
    expect(npm.length + programs.length + commands.filter((one) => /npm test/.test(one)).length).toBeGreaterThan(0);
  });

  it('refers to steps, outputs, matrix entries and variables that exist', () => {
    for (const [name, job] of Object.entries(jobs)) {
      const text = JSON.stringify(job);
      const references = [...text.matchAll(/\$\{\{(.*?)\}\}/g)].flatMap(([, expression = '']) => [
        ...expression.matchAll(/\b(steps|needs|matrix|env)\.([\w-]+)(?:\.outputs\.([\w-]+))?/g),
      ]);
      for (const [whole, kind, first = '', output = ''] of references) {
        const found = {
          steps: () => job.steps?.find(({ id }) => id === first)?.run?.includes(`"${output}=`) ?? false,
          needs: () => needed(job).includes(first) && jobs[first]?.outputs?.[output] !== undefined,
          matrix: () => JSON.stringify(job.strategy?.matrix ?? {}).includes(`"${first}":`),
          env: () => job.env?.[first] !== undefined,
        }[kind as 'steps'];
        expect(found(), `${name}: ${whole}`).toBe(true);
      }
    }
  });
});

it('a release tests, publishes and builds for each platform', () => {
  const { jobs } = parsed('.github/workflows/release.yml');
  const include = jobs.executable?.strategy?.matrix['include'] as { platform: string }[];
  expect(include.map(({ platform }) => platform)).toEqual([
    'linux-x64',
    'linux-arm64',
    'darwin-x64',
    'darwin-arm64',
    'win32-x64',
  ]);
  for (const name of ['npm', 'github', 'container']) expect(needed(jobs[name] as Job), name).toContain('test');
  const commands = JSON.stringify(jobs);
  for (const part of ['npm publish', '--provenance', 'sha256sum', 'scripts/formula.ts', 'PACKAGE=']) {
    expect(commands).toContain(part);
  }
});

it('a release names the repository it runs in, and the docs name none', () => {
  const { jobs } = parsed('.github/workflows/release.yml');
  const commands = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
  const notes = commands.find((one) => one.includes('gh release create')) ?? '';
  expect(notes).toContain('ghcr.io/${GITHUB_REPOSITORY,,}:$VERSION');
  expect(notes).toContain('repo: $GITHUB_SERVER_URL/$GITHUB_REPOSITORY');
  expect(commands.join('\n')).toContain('image=ghcr.io/${GITHUB_REPOSITORY,,}');
  for (const file of ['README.md', ...globSync('docs/*.md', { cwd: packageRoot() })])
    expect(read(file), file).not.toMatch(/\bOWNER\b/);
});

it('the container image does not run as root, and its base can be pinned', () => {
  const text = read('Dockerfile');
  expect(text).toMatch(/^ARG NODE_IMAGE=node:24\S*\nFROM \$\{NODE_IMAGE\}$/m);
  expect(text).toMatch(/^USER node$/m);
  expect(text.indexOf('USER node')).toBeGreaterThan(text.lastIndexOf('\nRUN '));
  expect(JSON.stringify(parsed('.github/workflows/release.yml').jobs.container)).toContain(
    'NODE_IMAGE=${{ env.BASE }}@${{ steps.base.outputs.digest }}',
  );
});
