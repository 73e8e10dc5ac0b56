import { existsSync } from 'node:fs';
import path from 'node:path';

let root: string | undefined;

/**
 * The package's own folder with `schemas/`, `connectors/` and `sandbox/`: the nearest folder above this file with a
 * package.json. Its depth differs between `src/` (development, tests) and `dist/src/` (installed).
 */
export function packageRoot(): string {
  if (root !== undefined) return root;
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  root = folder;
  return root;
}

/** A path inside the package. */
export function packagePath(...parts: string[]): string {
  return path.join(packageRoot(), ...parts);
}
