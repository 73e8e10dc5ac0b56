import { SluiceError } from '../errors/error.ts';
import { ENGINES } from './engines.ts';
import type { ErrorFacts } from './error-facts.ts';
import type { Session } from './session.ts';

/**
 * A database error without the server's message, which may quote row values: only its kind, and the table, column and
 * constraint it names. Other errors are returned unchanged. Pure.
 */
export function maskedDatabaseError(error: SluiceError, database: string): SluiceError {
  if (error.code === 'ROWS_HIDDEN' || !(error.cause instanceof Error)) return error;
  const facts = factsOf(error.cause);
  if (facts === undefined) return error;
  const { hint, details, retryable } = error;
  const what = [facts.condition, ...facts.identifiers].join(', ');
  // Not the cause: --verbose prints it.
  return new SluiceError(error.code, `${database}: ${what}; message hidden, as it may quote values`, {
    retryable,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

/** A session whose errors quote no values. */
export function withMaskedErrors(session: Session, database: string): Session {
  const masked = (error: unknown) => (error instanceof SluiceError ? maskedDatabaseError(error, database) : error);
  async function* each<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* rows;
    } catch (error) {
      throw masked(error);
    }
  }
  const guarded = (result: unknown): unknown => {
    if (typeof result !== 'object' || result === null) return result;
    if (result instanceof Promise)
      return result.catch((error: unknown) => {
        throw masked(error);
      });
    return Symbol.asyncIterator in result ? each(result as AsyncIterable<unknown>) : result;
  };
  // Every method of a session: a forgotten one would show values.
  return new Proxy(session, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]) => {
        try {
          return guarded(Reflect.apply(member, target, parameters));
        } catch (error) {
          throw masked(error);
        }
      };
    },
  });
}

/** Undefined for errors that no database raised: a refused connection, a timeout. */
function factsOf(error: Error): ErrorFacts | undefined {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    for (const { errorFacts } of Object.values(ENGINES)) {
      const facts = errorFacts(one);
      if (facts !== undefined) return facts;
    }
  }
  return undefined;
}
