import { chownSync, mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workFolder } from '../helpers/connectors.ts';
import { sluice } from '../helpers/run.ts';

const isRoot = process.geteuid?.() === 0;
const chosen = (name: string) => new RegExp(`^context +${name} +environment`, 'm');
let folder: ReturnType<typeof workFolder>;
beforeEach(() => {
  folder = workFolder('env-file');
  const contexts = ['own', 'other', 'process'].map((name) => `  ${name}: {connect: "http://127.0.0.1:1"}\n`);
  folder.write('sluice.yaml', `version: 1\ncontexts:\n${contexts.join('')}`);
  folder.write('.env', 'SLUICE_CONTEXT=own\n');
  folder.write('other.env', 'SLUICE_CONTEXT=other\n');
});
afterEach(() => folder.remove());

const show = (...args: string[]) => sluice(['config', 'show', ...args], { cwd: folder.path('.') });

describe('.env beside sluice.yaml', () => {
  it('is read without being named, and a note says so once', async () => {
    const { code, stdout, stderr } = await show();
    expect(code).toBe(0);
    expect(stdout).toMatch(chosen('own'));
    expect(stderr).toBe('Variables from .env\n');
  });

  it('is not read if another is named, and the process comes first', async () => {
    const named = await show('--env-file', 'other.env');
    expect(named.stdout).toMatch(chosen('other'));
    expect(named.stderr).toBe('');
    const { stdout } = await sluice(['config', 'show'], {
      cwd: folder.path('.'),
      env: { SLUICE_CONTEXT: 'process' },
    });
    expect(stdout).toMatch(chosen('process'));
  });

  it('is found from folders below, and beside a project file that is named', async () => {
    mkdirSync(folder.path('below'));
    const below = await sluice(['config', 'show'], { cwd: folder.path('below') });
    expect(below.stdout).toMatch(chosen('own'));
    const named = await sluice(['config', 'show', '--project', folder.path('sluice.yaml')]);
    expect(named.stdout).toMatch(chosen('own'));
  });

  it.skipIf(!isRoot)('is not read if it belongs to another user (only root can try)', async () => {
    chownSync(folder.path('.env'), 65_534, 65_534);
    const { stdout, stderr } = await show();
    expect(stdout).not.toMatch(chosen('own'));
    expect(stderr).toContain('.env belongs to another user and was not read');
    const named = await show('--env-file', '.env');
    expect(named.stdout).toMatch(chosen('own'));
  });
});
