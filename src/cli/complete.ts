// What shells call at each TAB, without oclif: it reads the manifest and the cache, and nothing else unless it has to.
import { readFileSync, writeSync } from 'node:fs';
import { packagePath } from '../config/package-root.ts';
import { userFolders } from '../config/paths.ts';
import { mayRefresh } from './completion/cache.ts';
import { type Candidate, type CompletionManifest, complete } from './completion/engine.ts';
import { forBash, forPowerShell, splitLine } from './completion/quoting.ts';
import { type StaleHandler, World } from './completion/world.ts';

/** Names younger than this are not asked for again. */
const FRESH_MS = 30_000;
const RETRY_MS = 10_000;

/** Prints the candidates for what stdin has, in the form of a shell's script; none if anything fails. */
export async function main(): Promise<void> {
  try {
    // The stream would load a part of Node.js that takes a while.
    writeSync(1, await answer(process.argv[3] ?? '', readFileSync(0, 'utf8')));
    await behind?.();
  } catch {
    // Nobody is there to read an error.
  }
}

async function answer(shell: string, input: string): Promise<string> {
  const parts = input.split('\0').slice(0, -1);
  if (shell === 'bash') {
    const line = splitLine(parts[0] ?? '');
    const found = await candidates(line.words.slice(1));
    return lines(forBash(found, line, parts[1] ?? ''));
  }
  // fish gives the word as typed.
  const last = parts.at(-1) ?? '';
  const typed = shell === 'fish' ? (splitLine(last).words.at(-1) ?? '') : last;
  const found = await candidates([...parts.slice(1, -1), typed]);
  switch (shell) {
    case 'zsh':
      return lines(found.map((one) => `${one.open ? 'open' : 'word'}\t${one.value}\t${about(one)}`));
    case 'fish':
      return lines(found.map((one) => `${one.value}\t${about(one)}`));
    case 'powershell':
      return lines(found.map((one) => `${forPowerShell(one.value)}\t${one.value}\t${about(one) || one.value}`));
    default:
      return '';
  }
}

function about(one: Candidate): string {
  return (one.about ?? '').replaceAll(/\s+/g, ' ');
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

function candidates(words: readonly string[]): Promise<Candidate[]> {
  const manifest = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8')) as CompletionManifest;
  return complete(words, manifest, new World(process.env, process.cwd(), refreshBehind).names);
}

/** What to do once the shell has its answer. */
let behind: (() => Promise<void>) | undefined;

/** Refreshes names for the next time. Nothing waits for it. */
const refreshBehind: StaleHandler = (cluster, cached) => {
  const [, script = ''] = process.argv;
  if (cached === undefined ? !cluster.chosenByUser : cached.ageMs < FRESH_MS) return;
  if (!mayRefresh(userFolders().cache, cluster.key, RETRY_MS)) return;
  // Not as an argument, which others could see: a URL may hold a password.
  const env = { ...process.env, SLUICE_COMPLETION: JSON.stringify(cluster) };
  // The single executable is its own script.
  const args = [...(script.endsWith('.js') ? ['--', script] : []), '__refresh'];
  behind = async () => {
    const { spawn } = await import('node:child_process');
    spawn(process.execPath, args, { detached: true, stdio: 'ignore', env }).unref();
  };
};
