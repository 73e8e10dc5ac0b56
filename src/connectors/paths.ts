import { type Dirent, globSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { readBytes } from '../config/read-file.ts';
import { thousands } from '../text/thousands.ts';
import type { Finding } from './finding.ts';
import { isConnectorProperties } from './parse-source.ts';

/** How a file came into the run: what was named must be a connector; a folder may hold other files too. */
export type Origin = 'named' | 'folder' | 'stdin';

export interface FoundFile {
  /** As it is shown: relative where it was given so. */
  file: string;
  origin: Origin;
}

export const STDIN = '-';
const EXTENSION = /\.(?:json|ya?ml)$/i;
const PROPERTIES = /\.properties$/i;
const GLOB = /[*?[\]{}!]/;
/** Not looked into when a folder is searched: overlays are parts of connectors, the rest is nobody's config. */
const SKIPPED_FOLDERS = new Set(['node_modules', 'overlays']);

/** Nobody has so many; a link may lead to a whole disk. */
const MOST_FOLDERS = 10_000;

/** Properties are the form of many things, secrets among them: of a folder's only those of a connector are read. */
function holdsConnector(file: string, findings: Finding[]): boolean {
  try {
    return isConnectorProperties(readBytes(file).toString('latin1'));
  } catch (error) {
    findings.push(unread(file, `the file cannot be read: ${(error as Error).message}`, 'Check its rights.'));
    return false;
  }
}

/**
 * Files, folders (searched for .json, .yaml, .yml, and .properties that hold a connector) and globs, in the order given, folders' in the order of their
 * names, each file once. What cannot be found or opened is a finding.
 * @param most folders below each one that is given
 */
export function findFiles(paths: readonly string[], most = MOST_FOLDERS): { files: FoundFile[]; findings: Finding[] } {
  const files = new Map<string, FoundFile>();
  const findings: Finding[] = [];
  const add = (file: string, origin: Origin) => {
    const identity = origin === 'stdin' ? STDIN : path.resolve(file);
    if (!files.has(identity)) files.set(identity, { file, origin });
  };
  for (const given of paths) {
    if (given === STDIN) {
      add(STDIN, 'stdin');
      continue;
    }
    const stats = look(given, findings);
    if (stats === 'lost') continue;
    if (stats?.isDirectory()) addFolder(given, add, findings, most);
    else if (stats) add(given, 'named');
    else if (lstatSync(given, { throwIfNoEntry: false })) {
      findings.push(unreadable(given, 'the symbolic link leads nowhere', 'Fix the link, or remove it.'));
    } else if (GLOB.test(given)) addGlob(given, add, findings);
    else findings.push(unreadable(given, 'there is no such file', 'Check the path.'));
  }
  return { files: [...files.values()], findings };
}

/** Undefined where there is nothing; `lost` where that cannot be told (links in a circle, rights, too long a name): a finding. */
function look(file: string, findings: Finding[]): Stats | 'lost' | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    findings.push(
      unreadable(file, `it cannot be looked at: ${(error as Error).message}`, 'Check the path and rights.'),
    );
    return 'lost';
  }
}

function addFolder(
  folder: string,
  add: (file: string, origin: Origin) => void,
  findings: Finding[],
  most: number,
): void {
  const before = findings.length;
  let found = 0;
  const walked = new Set<string>();
  const walk = (current: string) => {
    let entries: Dirent[];
    try {
      // Links may lead in a circle, or twice to one folder.
      const real = realpathSync(current);
      if (walked.has(real) || walked.size > most) return;
      walked.add(real);
      if (walked.size > most) {
        const message = `more than ${thousands(most)} folders are in it, or behind its links; the rest was not read`;
        findings.push(unreadable(folder, message, 'Name the folders that hold connectors, or remove the link.'));
        return;
      }
      entries = readdirSync(current, { withFileTypes: true });
    } catch (error) {
      findings.push(unreadable(current, `the folder cannot be read: ${(error as Error).message}`, 'Check its rights.'));
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const file = path.join(current, entry.name);
      const stats = entry.isSymbolicLink() ? look(file, findings) : entry;
      if (stats === 'lost') continue;
      const isNamed = EXTENSION.test(entry.name);
      if (stats === undefined) {
        const report = isNamed ? unreadable : unread;
        found += 1;
        findings.push(report(file, 'the symbolic link leads nowhere', 'Fix the link, or remove it.'));
      } else if (stats.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) walk(file);
      } else if (isNamed || (PROPERTIES.test(entry.name) && holdsConnector(file, findings))) {
        found += 1;
        add(file, 'folder');
      }
    }
  };
  walk(folder);
  if (found === 0 && findings.length === before) {
    findings.push(unreadable(folder, 'the folder has no .json, .yaml or .yml file', 'Check the path.'));
  }
}

function addGlob(pattern: string, add: (file: string, origin: Origin) => void, findings: Finding[]): void {
  const matches = globSync(pattern, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const absolute = path.join(entry.parentPath, entry.name);
      return path.isAbsolute(pattern) ? absolute : path.relative('.', absolute);
    })
    .sort();
  for (const file of matches) {
    const stats = look(file, findings);
    if (stats === 'lost') continue;
    if (stats) add(file, 'named');
    else findings.push(unreadable(file, 'the symbolic link leads nowhere', 'Fix the link, or remove it.'));
  }
  findings.push(...unseenBy(pattern));
  if (matches.length === 0) findings.push(unreadable(pattern, 'no file matches', 'Check the pattern.'));
}

/** Below the pattern's folders: what it passes over in silence although it may be meant. */
function unseenBy(pattern: string): Finding[] {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => GLOB.test(part));
  // A pattern of file names alone looks into one folder, which it names.
  if (first < 0 || first === parts.length - 1) return [];
  const findings: Finding[] = [];
  const depth = parts.includes('**') ? Number.POSITIVE_INFINITY : parts.length - 1 - first;
  const walk = (folder: string, left: number) => {
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      findings.push(unread(folder, `the folder cannot be read: ${(error as Error).message}`, 'Check its rights.'));
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (left > 1) walk(file, left - 1);
      } else if (entry.isSymbolicLink() && isFolder(file)) {
        findings.push(
          unread(file, `${pattern} does not look into a folder that is a symbolic link`, 'Name the folder as well.'),
        );
      }
    }
  };
  const base = parts.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.');
  if (isFolder(base)) walk(base, depth);
  return findings;
}

function isFolder(file: string): boolean {
  const stats = look(file, []);
  return stats !== 'lost' && stats?.isDirectory() === true;
}

/** What may hold connectors and was not read: an error only for whoever takes what is not there for unwanted. */
function unread(file: string, message: string, hint: string): Finding {
  return { ...unreadable(file, message, hint), severity: 'warning' };
}

export function unreadable(file: string, message: string, hint: string): Finding {
  return { rule: 'unreadable-file', severity: 'error', message, hint, file };
}
