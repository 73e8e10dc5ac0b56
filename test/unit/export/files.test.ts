import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeConnector, writeEnvFile } from '../../../src/export/files.ts';
import { initProject } from '../../../src/project/init.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const pipe = (name: string) => {
  const file = path.join(folder, name);
  execFileSync('mkfifo', [file]);
  return file;
};
const refused = expect.objectContaining({ code: 'FILE_UNWRITABLE' });

it('does not wait for a pipe where a file is expected', async () => {
  const env = path.join(folder, '.env');
  expect(() => writeConnector(pipe('a.yaml'), 'name: a\n', true)).toThrow(refused);
  pipe('.gitignore');
  expect(() => writeEnvFile(env, ['A=1'])).toThrow(refused);
  // Not even made: no other program could have committed it.
  expect(existsSync(env)).toBe(false);
  rmSync(path.join(folder, '.gitignore'));
  pipe('.env');
  expect(() => writeEnvFile(env, ['A=1'])).toThrow(refused);
  rmSync(path.join(folder, '.gitignore'), { force: true });
  pipe('.gitignore');
  const contexts = [{ name: 'dev', connect: 'http://h', protected: false }];
  await expect(initProject({ folder, contexts, templates: [], ci: undefined })).rejects.toThrow(refused);
});
