import { type Dirent, globSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { EXTENSION, GLOB, PROPERTIES, STDIN } from '../files/path-words.ts';
import { readBytes } from '../files/read-file.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { thousands } from '../text/thousands.ts';
import type { Finding } from './finding.ts';
import { isConnectorProperties } from './sources/parse.ts';

/** How a file came into the run: a named file must be a connector; a folder may contain other files as well. */
export type Origin = 'named' | 'folder' | 'stdin';

export interface FoundFile {
  /** For display: relative if given so. */
  file: string;
  origin: Origin;
}

export const NO_SUCH_FILE = 'no such file';
/** Not searched: overlays are parts of connectors, the rest is not config. */
const SKIPPED_FOLDERS = new Set(['node_modules', 'overlays']);

/** More than any project has; a link may lead to a whole disk. */
const MAX_FOLDERS = 10_000;

/** Many things are properties, secrets among them: in a folder, only those of a connector are read. */
function holdsConnector(file: string, findings: Finding[]): boolean {
  try {
    return isConnectorProperties(readBytes(file).toString('latin1'));
  } catch (error) {
    findings.push(unread(file, `the file cannot be read: ${(error as Error).message}`, 'Check its permissions.'));
    return false;
  }
}

/**
 * Resolves files, folders (searched for .json, .yaml, .yml, and .properties with a connector) and globs, in the order
 * given and by name within folders, each file once. What cannot be found or opened is a finding.
 * @param maxFolders the maximum number of folders in each one that is given
 */
export function findFiles(
  paths: readonly string[],
  maxFolders = MAX_FOLDERS,
): { files: FoundFile[]; findings: Finding[] } {
  const files = new Map<string, FoundFile>();
  const findings: Finding[] = [];
  const add = (file: string, origin: Origin, identity = path.resolve(file)) => {
    if (!files.has(identity)) files.set(identity, { file, origin });
  };
  for (const given of paths) {
    if (given === STDIN) {
      add(STDIN, 'stdin', STDIN);
      continue;
    }
    const stats = statOf(given, findings);
    if (stats === 'lost') continue;
    if (stats?.isDirectory()) addFolder(given, add, findings, maxFolders);
    else if (stats) add(given, 'named');
    else if (lstatSync(given, { throwIfNoEntry: false })) {
      findings.push(unreadable(given, 'the symbolic link is broken', 'Fix the link, or remove it.'));
    } else if (GLOB.test(given)) addGlob(given, add, findings);
    else findings.push(unreadable(given, NO_SUCH_FILE, 'Check the path.'));
  }
  return { files: [...files.values()], findings };
}

/** Undefined if nothing exists; `lost` and a finding if that cannot be determined (circular links, permissions, too long a name). */
function statOf(file: string, findings: Finding[]): Stats | 'lost' | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    findings.push(
      unreadable(file, `it cannot be read: ${(error as Error).message}`, 'Check the path and permissions.'),
    );
    return 'lost';
  }
}

function addFolder(
  folder: string,
  add: (file: string, origin: Origin, identity: string) => void,
  findings: Finding[],
  maxFolders: number,
): void {
  const before = findings.length;
  let found = 0;
  const walked = new Set<string>();
  const walk = (current: string) => {
    let entries: Dirent[];
    try {
      // Links may be circular, or lead to the same folder twice.
      const real = realpathSync(current);
      if (walked.has(real) || walked.size > maxFolders) return;
      walked.add(real);
      if (walked.size > maxFolders) {
        const message = `more than ${thousands(maxFolders)} folders in it, or in linked ones; the rest was not read`;
        findings.push(unreadable(folder, message, 'Give the folders that contain connectors, or remove the link.'));
        return;
      }
      entries = readdirSync(current, { withFileTypes: true });
    } catch (error) {
      findings.push(
        unreadable(current, `the folder cannot be read: ${(error as Error).message}`, 'Check its permissions.'),
      );
      return;
    }
    entries.sort((a, b) => compareTexts(a.name, b.name));
    // Joined by hand: a folder may have thousands of files.
    const shown = path.join(current, 'x').slice(0, -1);
    const absolute = path.resolve(current, 'x').slice(0, -1);
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const file = shown + entry.name;
      const stats = entry.isSymbolicLink() ? statOf(file, findings) : entry;
      if (stats === 'lost') continue;
      const isNamed = EXTENSION.test(entry.name);
      if (stats === undefined) {
        const report = isNamed ? unreadable : unread;
        found += 1;
        findings.push(report(file, 'the symbolic link is broken', 'Fix the link, or remove it.'));
      } else if (stats.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) walk(file);
      } else if (isNamed || (PROPERTIES.test(entry.name) && holdsConnector(file, findings))) {
        found += 1;
        add(file, 'folder', absolute + entry.name);
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
    const stats = statOf(file, findings);
    if (stats === 'lost') continue;
    if (stats) add(file, 'named');
    else findings.push(unreadable(file, 'the symbolic link is broken', 'Fix the link, or remove it.'));
  }
  findings.push(...unseenBy(pattern));
  if (matches.length === 0) findings.push(unreadable(pattern, 'no file matches', 'Check the pattern.'));
}

/** Linked folders that the pattern silently skips although they may be intended. */
function unseenBy(pattern: string): Finding[] {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => GLOB.test(part));
  // A pattern for file names only reads the one folder that it names.
  if (first < 0 || first === parts.length - 1) return [];
  const findings: Finding[] = [];
  const depth = parts.includes('**') ? Number.POSITIVE_INFINITY : parts.length - 1 - first;
  const walk = (folder: string, left: number) => {
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      findings.push(unread(folder, `the folder cannot be read: ${(error as Error).message}`, 'Check its permissions.'));
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (left > 1) walk(file, left - 1);
      } else if (entry.isSymbolicLink() && isFolder(file)) {
        findings.push(
          unread(file, `${pattern} does not follow a symbolic link to a folder`, 'Give the folder as well.'),
        );
      }
    }
  };
  const base = parts.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.');
  if (isFolder(base)) walk(base, depth);
  return findings;
}

function isFolder(file: string): boolean {
  const stats = statOf(file, []);
  return stats !== 'lost' && stats?.isDirectory() === true;
}

/** May contain connectors but was not read: an error only for callers that delete what is missing. */
function unread(file: string, message: string, hint: string): Finding {
  return { ...unreadable(file, message, hint), severity: 'warning' };
}

export function unreadable(file: string, message: string, hint: string): Finding {
  return { rule: 'unreadable-file', severity: 'error', message, hint, file };
}
