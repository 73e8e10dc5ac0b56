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

/** The error that a promise is rejected with. */
export async function rejection(call: Promise<unknown>): Promise<SluiceError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return failure(() => {
    if (error !== undefined) throw error;
  });
}
