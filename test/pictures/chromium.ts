import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The browser, or why there is none. */
    chromium: { program: string } | { reason: string };
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** Finds Chromium (SLUICE_TEST_CHROMIUM names another program), and installs Debian's where that is possible. */
export default function setup(project: TestProject): void {
  project.provide('chromium', browser());
}

function browser(): { program: string } | { reason: string } {
  const named = process.env.SLUICE_TEST_CHROMIUM;
  if (named !== undefined) return existsSync(named) ? { program: named } : { reason: `${named} does not exist` };
  const found = find();
  if (found !== undefined) return { program: found };
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !isOnPath('apt-get'))
    return { reason: 'no Chromium, and only root can install it by apt-get' };
  const apt = (...args: string[]) =>
    spawnSync('apt-get', [...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: INSTALL_TIMEOUT_MS,
    }).status === 0;
  // The lists of packages may be missing or old.
  const packages = ['chromium', 'fonts-liberation'];
  const install = () => apt('install', '-y', '-q', '--no-install-recommends', ...packages);
  if (!install() && !(apt('update', '-q') && install())) return { reason: 'apt-get cannot install chromium' };
  const installed = find();
  return installed === undefined ? { reason: 'apt-get installed no chromium' } : { program: installed };
}

function find(): string | undefined {
  return folders()
    .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}

function isOnPath(program: string): boolean {
  return folders().some((folder) => existsSync(path.join(folder, program)));
}

function folders(): string[] {
  return (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
}
