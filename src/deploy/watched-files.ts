import { createHash } from 'node:crypto';
import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';
import type { Targets } from '../config/targets.ts';
import { overlayFolder } from '../connectors/overlays.ts';
import { findFiles } from '../connectors/paths.ts';
import { connectorPaths, projectFolder } from '../connectors/project-paths.ts';
import { SluiceError } from '../errors/error.ts';
import { STDIN } from '../files/path-words.ts';
import { readBytes } from '../files/read-file.ts';

/** Everything that can affect a deploy. */
export interface WatchedFiles {
  files: string[];
  /** Where they are, and where more may appear. */
  folders: string[];
}

/** @throws REQUEST_INVALID for `-`, or if no files are given; PROJECT_INVALID */
export async function watchedFiles(
  targets: Targets,
  given: readonly string[],
  envFiles: readonly string[],
): Promise<WatchedFiles> {
  if (given.includes(STDIN)) {
    throw new SluiceError('REQUEST_INVALID', 'standard input cannot be watched', {
      hint: 'Give files, folders or globs.',
    });
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

/** The deepest folder that contains every match of a path or pattern. */
function fixedFolder(given: string): string {
  if (isFolder(given)) return given;
  const parts = given.split(/[\\/]/);
  const wild = parts.findIndex((part) => /[*?[\]{}!]/.test(part));
  return parts.slice(0, wild < 0 ? -1 : wild).join('/') || '.';
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A digest of each file's contents; an unreadable file counts as different contents. */
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

/** Files that were changed, added or removed. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .sort();
}

/**
 * Signals changes in folders, as a hint only. Folders are watched rather than files, since editors replace files. Changes
 * without an event (a network file system, a new folder) are found by the next poll.
 */
export class FolderHints {
  #watchers: FSWatcher[] = [];
  #wake: (() => void) | undefined;
  #moved = false;

  /** Watches these folders instead of the previous ones. */
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
        // Missing, or out of watches: polling covers it.
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
