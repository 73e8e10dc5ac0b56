import { SluiceError } from '../../src/errors/error.ts';

/** The error that a call throws. */
export function failure(run: () => unknown): SluiceError {
  try {
    run();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('did not fail');
}
