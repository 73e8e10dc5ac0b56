import { statSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';

/**
 * Checks that the report and the script of `--repair sql` can both be written.
 * @throws USAGE
 */
export function checkScriptFile(flags: {
  repair?: string | undefined;
  output?: string | undefined;
  to?: string | undefined;
  'repair-file'?: string | undefined;
  'mask-values'?: boolean | undefined;
}): void {
  const { to, 'repair-file': script } = flags;
  if (to !== undefined && script !== undefined && isOneFile(to, script)) {
    throw new SluiceError('USAGE', `--to and --repair-file are both ${to}: the report would overwrite the script`, {
      hint: 'Give each its own file.',
    });
  }
  if (flags.repair === 'sql' && flags.output === 'html' && script === undefined && flags['mask-values']) {
    throw new SluiceError('USAGE', 'an HTML report with --mask-values cannot hold the script of --repair sql', {
      hint: 'Pass --repair-file FILE for the script, which has values.',
    });
  }
}

/** @throws FILE_UNWRITABLE if there is a file that writing would replace */
export function assertFree(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  throw new SluiceError('FILE_UNWRITABLE', `${file} already exists`, {
    hint: 'Replace it with --force, or write elsewhere with --to.',
  });
}

/** Whether both names refer to the same regular file, which need not exist. */
function isOneFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  if (a === undefined || b === undefined) return path.resolve(one) === path.resolve(other);
  return a.isFile() && a.ino === b.ino && a.dev === b.dev;
}
