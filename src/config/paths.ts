import os from 'node:os';
import path from 'node:path';
import type { Environment } from '../secrets/environment.ts';

/** The user's folders according to the XDG base directory specification (`~/Library/Caches` on macOS for the cache). */
export interface UserFolders {
  /** User-wide contexts: `config.yaml`. */
  config: string;
  /** Replaceable downloads: the sandbox's components. */
  cache: string;
  /** Data to keep: sandboxes, their records, the history. */
  state: string;
}

export function userFolders(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): UserFolders {
  const home = environment.HOME || os.homedir();
  const cacheHome =
    environment.XDG_CACHE_HOME || path.join(home, ...(platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']));
  return {
    config: path.join(environment.XDG_CONFIG_HOME || path.join(home, '.config'), 'sluice'),
    cache: environment.SLUICE_CACHE_DIR || path.join(cacheHome, 'sluice'),
    state:
      environment.SLUICE_STATE_DIR ||
      path.join(environment.XDG_STATE_HOME || path.join(home, '.local', 'state'), 'sluice'),
  };
}
