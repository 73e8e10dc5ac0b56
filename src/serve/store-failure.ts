import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';

/** What the daemon reports if its store cannot be written. */
export function storeFailure(error: unknown): ErrorDocument {
  return toErrorDocument(
    error instanceof SluiceError
      ? error
      : new SluiceError('FILE_UNWRITABLE', `the history cannot be written: ${(error as Error).message}`, {
          hint: 'Check the free space, and the permissions of its folder.',
        }),
  );
}
