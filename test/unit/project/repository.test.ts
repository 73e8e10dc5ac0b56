import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hookRunner, repositoryOf } from '../../../src/project/repository.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'sluice-repository-'));
  put('.git/hooks/pre-push.sample');
});
afterEach(() => rmSync(top, { recursive: true }));

function put(file: string, text = ''): void {
  mkdirSync(path.dirname(path.join(top, file)), { recursive: true });
  writeFileSync(path.join(top, file), text);
}

it('finds the top of a repository, also from a folder that does not exist yet', () => {
  expect(repositoryOf(top)).toEqual({ top, below: '' });
  expect(repositoryOf(path.join(top, 'services/pay me'))).toEqual({ top, below: 'services/pay me' });
  put('worktree/.git', 'gitdir: elsewhere');
  expect(repositoryOf(path.join(top, 'worktree/a')).below).toBe('a');
  for (const name of ['a"b', "a'b", 'a$b', 'a`b', 'a{{b', 'a\nb', 'a;b', 'é'])
    expect(() => repositoryOf(path.join(top, name)), name).toThrow('cannot name the folder');
});

it('a folder outside of any is its own', () => {
  rmSync(path.join(top, '.git'), { recursive: true });
  const folder = path.join(top, 'a');
  expect(repositoryOf(folder)).toEqual({ top: folder, below: '' });
});

describe('what runs the hooks of a repository already', () => {
  const config = (value: string) => `[core]\n\tbare = false\n\thooksPath = ${value}\n[remote "origin"]\n`;
  it.each<[string, Record<string, string>, string | undefined]>([
    ['nothing', {}, undefined],
    ['a hook', { '.git/hooks/pre-commit': '' }, '.git/hooks/pre-commit'],
    ['a hook for something else, as of git lfs', { '.git/hooks/pre-push': '' }, '.git/hooks/pre-commit'],
    ['husky', { '.husky/pre-commit': '', '.git/config': config('.husky/_') }, '.husky/pre-commit'],
    ['lefthook', { 'lefthook.yml': '', '.git/hooks/pre-commit': '' }, 'lefthook.yml'],
    ['pre-commit', { '.pre-commit-config.yaml': '' }, '.pre-commit-config.yaml'],
    [
      'a folder of hooks',
      { '.git/config': config('"tools/hooks/"'), 'tools/hooks/pre-push': '' },
      'tools/hooks/pre-commit',
    ],
    ['an empty folder of hooks', { '.git/config': config('tools/hooks') }, undefined],
    ['its own', { '.git/config': config('.githooks'), '.githooks/pre-commit': '' }, undefined],
  ])('%s', (_what, files, runner) => {
    for (const [file, text] of Object.entries(files)) put(file, text);
    expect(hookRunner(top, '.githooks')).toBe(runner);
  });
});
