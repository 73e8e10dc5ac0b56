import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { writeDurableFile } from '../files/durable-file.ts';
import { command } from '../text/settings.ts';

/**
 * The context that `context use` chose for a project: one file per project in the state folder, never in sluice.yaml, which
 * is shared with others.
 */
interface Record {
  version: 1;
  /** Path of the project file, null for runs without one. */
  project: string | null;
  context: string;
}

const FOLDER = 'contexts';

/** A file's path without links: a project has one choice, by whichever path it is reached. */
function real(project: string | undefined): string | null {
  return project === undefined ? null : realpathSync(project);
}

function recordFile(stateFolder: string, project: string | null): string {
  // Every command asks for its context, and most need nothing else of this module, which takes long to load.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const name = createHash('sha256')
    .update(project ?? '')
    .digest('hex')
    .slice(0, 32);
  return path.join(stateFolder, FOLDER, `${name}.json`);
}

/**
 * @param project path of the project file, if there is one
 * @throws FILE_UNREADABLE for a file that cannot be understood: another context may be meant than the next in order
 */
export function readUsedContext(stateFolder: string, project: string | undefined): string | undefined {
  // Nobody has chosen any: most users.
  if (!existsSync(path.join(stateFolder, FOLDER))) return undefined;
  const key = real(project);
  const file = recordFile(stateFolder, key);
  try {
    const { version, context, project: of } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record>;
    if (version === 1 && typeof context === 'string' && context !== '' && of === key) return context;
    throw new Error('it has another form than sluice writes');
  } catch (error) {
    if (/^(?:ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new SluiceError(
      'FILE_UNREADABLE',
      `cannot read ${file}, which says the context of this project: ${(error as Error).message}`,
      { hint: `Remove it: ${command('context use', { unset: true })}`, cause: error },
    );
  }
}

/** @param context undefined forgets the choice @throws FILE_UNWRITABLE */
export function writeUsedContext(stateFolder: string, project: string | undefined, context: string | undefined): void {
  const key = real(project);
  const file = recordFile(stateFolder, key);
  const record: Record | undefined = context === undefined ? undefined : { version: 1, project: key, context };
  const hint = 'Check the permissions of the folder, or set SLUICE_STATE_DIR to another.';
  if (record !== undefined) {
    writeDurableFile(file, `${JSON.stringify(record, null, 2)}\n`, { hint });
    return;
  }
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot remove ${file}: ${(error as Error).message}`, {
      hint,
      cause: error,
    });
  }
}
