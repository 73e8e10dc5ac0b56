import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from '../../../src/files/make-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('creates what is missing, and returns the uppermost', () => {
  const deep = path.join(folder, 'a', 'b', 'c');
  expect(makeFolder(deep, 0o700)).toBe(path.join(folder, 'a'));
  expect(makeFolder(deep)).toBeUndefined();
  if (process.platform !== 'win32') expect(statSync(deep).mode & 0o777).toBe(0o700);
});

it('fails where a file is in the way', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow('EEXIST');
  expect(() => makeFolder(path.join(file, 'below'))).toThrow(/ENOTDIR|EEXIST/);
});

it.skipIf(!existsSync('/proc/self'))('fails at once where nothing can be created (Linux)', () => {
  expect(() => makeFolder('/proc/sluice/state')).toThrow('ENOENT');
});
