import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../config/targets.ts';
import { lacking } from '../connect/versions.ts';
import { shellWord } from '../text/shell.ts';
import { type DoctorFinding, finding } from './model.ts';

/** A file or a folder that may hold secrets, and what others may do with it. */
export interface SecretFile {
  path: string;
  /** In words: `the private key of connect.tls`. */
  what: string;
  /** Permission bits. */
  mode: number;
}

/** Files that hold secrets, with their permissions; those that do not exist, or that are not ours to see, are left out. */
export function secretFiles(files: readonly Omit<SecretFile, 'mode'>[]): SecretFile[] {
  return files.flatMap((one) => {
    try {
      return [{ ...one, mode: statSync(one.path).mode & 0o777 & reachable(one.path) }];
    } catch {
      return [];
    }
  });
}

/** The bits that matter: nobody reads a file in a folder that he may not enter. */
function reachable(file: string): number {
  let bits = 0o777;
  for (let folder = path.dirname(path.resolve(file)); ; folder = path.dirname(folder)) {
    const { mode } = statSync(folder);
    if ((mode & 0o001) === 0) bits &= 0o770;
    // Members of the group, or of none of its groups.
    if ((mode & 0o011) === 0) bits &= 0o707;
    if (folder === path.dirname(folder)) return bits;
  }
}

const BY_OTHERS = 0o077;

/** Those that others than their owner may read or write. Pure. */
export function permissionFindings(files: readonly SecretFile[]): DoctorFinding[] {
  return files
    .filter(({ mode }) => (mode & BY_OTHERS) !== 0)
    .map(({ path: file, what, mode }) =>
      finding('warning', 'file-permissions', [], `others may ${mode & 0o022 ? 'read or change' : 'read'} ${what}`, {
        details: [`${file} has mode ${mode.toString(8).padStart(3, '0')}`],
        hint: `Run: chmod go-rwx ${shellWord(file)}`,
      }),
    );
}

/** What a run here reads or keeps that may hold secrets. */
export function candidates(
  { connect, kafka }: Pick<Context, 'connect' | 'kafka'>,
  { envFiles, projectFolder, state }: { envFiles: readonly string[]; projectFolder: string | undefined; state: string },
): Omit<SecretFile, 'mode'>[] {
  const tls = kafka === undefined || typeof kafka.tls !== 'object' ? undefined : kafka.tls.key;
  const keys = [
    { path: connect.tls?.key, what: 'the private key of connect.tls' },
    { path: tls, what: 'the private key of kafka.tls' },
  ];
  const variables = [...new Set([...envFiles, ...envFilesIn(projectFolder)])];
  return [
    ...variables.map((file) => ({ path: file, what: 'variables, which may be secrets' })),
    ...keys.flatMap(({ path: file, what }) => (file === undefined ? [] : [{ path: file, what }])),
    { path: path.join(state, 'history.sqlite'), what: 'the history of this machine' },
    { path: path.join(state, 'plan.key'), what: 'the key of saved plans' },
  ];
}

/** `.env`, `.env.production`, `production.env` beside sluice.yaml. */
function envFilesIn(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isFile() && /^\.env(?:\.|$)|\.env$/.test(entry.name) && !/example|sample|template/.test(entry.name),
      )
      .map((entry) => path.join(folder, entry.name));
  } catch {
    return [];
  }
}

/** What this worker is too old for. Pure. */
export function versionFindings(version: string): DoctorFinding[] {
  const missing = lacking(version);
  if (missing.length === 0) return [];
  return [
    finding('note', 'old-worker', [], `the worker runs Kafka Connect ${version}, and lacks what some commands need`, {
      details: missing.map(({ feature, needed }) => `${feature}: from ${needed} on`),
    }),
  ];
}
