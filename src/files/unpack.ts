import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from './make-folder.ts';

/** What a single executable contains: the files of the package, one after the other in one block. */
export interface Listing {
  /** Digest of the block and its files. */
  id: string;
  /** Relative paths, with `/`, and their lengths in bytes. */
  files: readonly (readonly [file: string, bytes: number])[];
}

/** Who runs the program; undefined on Windows, where the user's own folders are closed to others. */
export interface Owner {
  uid: number;
  gid: number;
}

const DAY_MS = 24 * 3600 * 1000;
const UNUSED_MS = 30 * DAY_MS;

/**
 * The folder with the unpacked files, below `parent`. It is written once, and checked on each start: code is loaded from
 * it, so nobody else may be able to write to it or to a folder above it.
 * @param block read only if the files have to be written
 * @throws FILE_UNWRITABLE
 */
export function unpackOnce(
  parent: string,
  { id, files }: Listing,
  block: () => Buffer,
  owner: Owner | undefined = currentOwner(),
): string {
  try {
    makeFolder(parent, 0o700);
    // Check the folder that the path leads to, and only use that from here on.
    const real = realpathSync(parent);
    if (owner !== undefined) checkFolders(real, owner);
    const folder = path.join(real, id);
    if (isComplete(folder, files, owner)) {
      const now = new Date();
      if (now.getTime() - statSync(folder).mtimeMs > DAY_MS) utimesSync(folder, now, now);
      return folder;
    }
    write(folder, files, block(), owner);
    removeUnused(real, id);
    return folder;
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw new SluiceError('FILE_UNWRITABLE', `cannot unpack into ${parent}: ${(error as Error).message}`, {
      hint: 'Name a folder of your own in SLUICE_CACHE_DIR.',
      cause: error,
    });
  }
}

function currentOwner(): Owner | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function checkFolders(folder: string, owner: Owner): void {
  for (let one = folder, above = ''; one !== above; above = one, one = path.dirname(one)) {
    const stats = statSync(one);
    const mine = stats.uid === owner.uid;
    // In a sticky folder, such as /tmp, only the owner of an entry can replace it.
    const shared = one !== folder && (stats.mode & 0o1000) !== 0;
    if ((mine || (stats.uid === 0 && one !== folder)) && (shared || !isOpen(stats, owner))) continue;
    throw new SluiceError(
      'FILE_UNWRITABLE',
      `sluice does not load its code from ${folder}: other users can write to ${one}`,
      { hint: `Run: chmod go-w '${one}', if it is yours; or name a folder of your own in SLUICE_CACHE_DIR.` },
    );
  }
}

/** Whether others can write to it. If each user has a group with the same id, that group counts as the user. */
function isOpen({ mode, gid }: Stats, owner: Owner): boolean {
  const privateGroup = gid === owner.gid && owner.gid === owner.uid;
  return (mode & (privateGroup ? 0o002 : 0o022)) !== 0;
}

/** Something may have removed old files from a cache. */
function isComplete(folder: string, files: Listing['files'], owner: Owner | undefined): boolean {
  try {
    const stats = lstatSync(folder);
    if (!stats.isDirectory() || (owner !== undefined && (stats.uid !== owner.uid || isOpen(stats, owner))))
      return false;
    return files.every(([file, bytes]) => {
      const one = lstatSync(path.join(folder, file));
      return one.isFile() && one.size === bytes;
    });
  } catch {
    return false;
  }
}

/** Under a temporary name first: nobody sees an incomplete folder, and two first starts at once do no harm. */
function write(folder: string, files: Listing['files'], block: Buffer, owner: Owner | undefined): void {
  const parent = path.dirname(folder);
  const temporary = mkdtempSync(path.join(parent, '.new-'));
  try {
    chmodSync(temporary, 0o700);
    let at = 0;
    for (const [file, bytes] of files) {
      const to = path.join(temporary, file);
      makeFolder(path.dirname(to), 0o700);
      writeFileSync(to, block.subarray(at, at + bytes), { mode: 0o600, flag: 'wx' });
      at += bytes;
    }
    if (at !== block.length) throw new Error('the executable is damaged');
    try {
      renameSync(temporary, folder);
    } catch (error) {
      // Another start was faster, and may be loading from it; or the existing folder is damaged.
      if (isComplete(folder, files, owner)) return;
      if (!/^(ENOTEMPTY|EEXIST|ENOTDIR|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
      renameSync(folder, path.join(mkdtempSync(path.join(parent, '.old-')), 'files'));
      renameSync(temporary, folder);
    }
  } catch (error) {
    // Another start has repaired it.
    if (!isComplete(folder, files, owner)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Files of other releases, damaged ones, and what interrupted starts left. */
function removeUnused(parent: string, id: string): void {
  for (const name of readdirSync(parent)) {
    const folder = path.join(parent, name);
    try {
      if (name !== id && (name.startsWith('.old-') || Date.now() - lstatSync(folder).mtimeMs > UNUSED_MS)) {
        rmSync(folder, { recursive: true, force: true });
      }
    } catch {
      // Another start may be removing it.
    }
  }
}
