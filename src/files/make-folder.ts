import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Creates a folder and those above it that are missing. Node's own `recursive` never ends where the system denies that a
 * folder exists in which it lets nothing be created, such as /proc.
 * @returns the uppermost folder that was created, if any
 * @throws the system's error
 */
export function makeFolder(folder: string, mode?: number): string | undefined {
  const missing: string[] = [];
  let at = path.resolve(folder);
  for (; !existsSync(at) && path.dirname(at) !== at; at = path.dirname(at)) missing.unshift(at);
  if (missing.length === 0 && !statSync(at).isDirectory()) missing.push(at);
  for (const one of missing) {
    try {
      mkdirSync(one, { mode });
    } catch (error) {
      // Another process may have been faster.
      const there = (error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(one).isDirectory();
      if (!there) throw error;
    }
  }
  return missing[0];
}
