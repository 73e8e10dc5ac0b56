import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SHARED_MEMORY = '/dev/shm';

/** An empty folder for a store that is written thousands of times: in memory where that is possible, since each write waits for a disk. */
export function memoryFolder(name: string): string {
  return mkdtempSync(path.join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), `sluice-${name}-`));
}
