import { string } from '@oclif/core/flags';
import { packagePath } from '../config/package-root.ts';
import { userFolders } from '../config/paths.ts';
import { DEFAULT_SANDBOX } from '../config/sandbox-record.ts';

/** Selects one of several sandboxes. */
export const sandboxFlags = {
  name: string({
    description: 'Name of the sandbox; its context is sandbox-NAME.',
    default: DEFAULT_SANDBOX,
    helpValue: 'NAME',
  }),
};

/** Where a sandbox is on this machine, and what it is made of. */
export function sandboxPlace(): { stateFolder: string; cacheFolder: string; pom: string } {
  const { state, cache } = userFolders();
  return { stateFolder: state, cacheFolder: cache, pom: packagePath('sandbox', 'pom.xml') };
}
