import { createHash } from 'node:crypto';
import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';
import { readBytes } from '../config/read-file.ts';
import type { Targets } from '../config/targets.ts';
import { overlayFolder } from '../connectors/overlays.ts';
import { findFiles, STDIN } from '../connectors/paths.ts';
import { connectorPaths, projectFolder } from '../connectors/project-paths.ts';
import { SluiceError } from '../errors/error.ts';

/** Everything whose change may change what a deploy does. */
export interface WatchedFiles {
  files: string[];
  /** Where they stand, and where others of them may appear. */
  folders: string[];
}

/** @throws USAGE for `-`, and where no files are named; PROJECT_INVALID */
export async function watchedFiles(
  targets: Targets,
  given: readonly string[],
  envFiles: readonly string[],
): Promise<WatchedFiles> {
  if (given.includes(STDIN)) {
    throw new SluiceError('USAGE', 'standard input cannot be watched', { hint: 'Give files, folders or globs.' });
  }
  const paths = given.length > 0 ? given : await connectorPaths(targets);
  const project = await targets.project();
  const context = await targets.contextName();
  const overlays = context === undefined ? undefined : overlayFolder(await projectFolder(targets), context);
  const found = findFiles([...paths, ...(overlays !== undefined && isFolder(overlays) ? [overlays] : [])]).files;
  const files = [...found.map(({ file }) => file), ...(project ? [project.file] : []), ...envFiles];
  const folders = [
    ...files.map((file) => path.dirname(file)),
    ...paths.map(fixedFolder),
    ...(overlays ? [overlays] : []),
  ];
  return { files: [...new Set(files)].sort(), folders: [...new Set(folders.filter(isFolder))] };
}

/** The folder that a path or a pattern cannot leave. */
function fixedFolder(given: string): string {
  if (isFolder(given)) return given;
  const parts = given.split(/[\\/]/);
  const wild = parts.findIndex((part) => /[*?[\]{}!]/.test(part));
  return parts.slice(0, wild < 0 ? -1 : wild).join('/') || '.';
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** By file a digest of what is in it; one that cannot be read counts as another content. */
export function contentsOf(files: readonly string[]): Map<string, string> {
  return new Map(
    files.map((file) => {
      try {
        return [file, createHash('sha256').update(readBytes(file)).digest('base64')];
      } catch (error) {
        return [file, String((error as NodeJS.ErrnoException).code)];
      }
    }),
  );
}

/** Files that are other than they were, or are there no more. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .sort();
}

/**
 * Tells when something has moved in folders. It is a hint, no more: folders are watched rather than files, since editors
 * put a new file in an old one's place, and what no event tells (a network file system, a folder that was not there) is
 * seen when the time is up.
 */
export class FolderHints {
  #watchers: FSWatcher[] = [];
  #wake: (() => void) | undefined;
  #moved = false;

  /** Watches these folders instead of those before. */
  arm(folders: readonly string[]): void {
    this.close();
    const hint = () => {
      this.#moved = true;
      this.#wake?.();
    };
    for (const folder of folders) {
      try {
        const watcher = watch(folder, hint);
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // Gone, or the system watches no more: the time limit does.
      }
    }
  }

  /** Resolves on a hint since the last call, after `ms`, or when the signal is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#moved && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#moved = false;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
