import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { memoryFolder } from '../helpers/memory-folder.ts';

/** The files and Node's own modules that a command loads, by their URLs. */
function loadedBy(...args: string[]): string[] {
  const folder = memoryFolder('start');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = `${folder}/loaded.txt`;
  const hook = `import { registerHooks } from 'node:module'; import { appendFileSync } from 'node:fs';
    registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(file)}, url + '\\n'); return next(url, context); } });`;
  const imported = `data:text/javascript,${encodeURIComponent(hook)}`;
  const run = spawnSync(process.execPath, ['--import', imported, packagePath('bin', 'run.js'), ...args], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, SLUICE_STATE_DIR: folder, XDG_CONFIG_HOME: folder },
  });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return [...new Set(readFileSync(file, 'utf8').trim().split('\n'))];
}

/** Each of these takes Node a fifth of the time of an empty program, or more, and few commands need them. */
const HEAVY = ['node:child_process', 'node:crypto', 'node:dns', 'node:http', 'node:https', 'node:sqlite', 'node:tls'];

it('loads neither heavy modules of Node nor most of sluice to list the contexts', () => {
  const loaded = loadedBy('context', 'list', '--json');
  expect(loaded.filter((url) => HEAVY.includes(url))).toEqual([]);
  const files = loaded.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  // 11 files, 843 KiB: oclif is 524 of them. Each file costs about as much as 30 KiB of code.
  expect(files.length, files.join('\n')).toBeLessThan(16);
  expect(bytes, files.join('\n')).toBeLessThan(1024 ** 2);
});
