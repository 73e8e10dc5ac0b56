import { mapBounded } from '../connect/concurrency.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';

const CONCURRENCY = 8;

/** What one URL of the context answered. */
export type Asked<T> = { url: string } & ({ answer: T; error: null } | { answer: null; error: ErrorDocument });

/**
 * Asks every URL of a context, since each may be another worker. Hosts that a worker names are never asked: they would be
 * sent the context's credentials.
 * @throws the first error if none answers
 */
export async function askEach<Client, T>(
  urls: readonly string[],
  connectTo: (url: string) => Client,
  call: (client: Client) => Promise<T>,
  signal: AbortSignal,
): Promise<Asked<T>[]> {
  let first: SluiceError | undefined;
  const asked = await mapBounded([...new Set(urls)], CONCURRENCY, async (url): Promise<Asked<T>> => {
    try {
      return { url, answer: await call(connectTo(url)), error: null };
    } catch (error) {
      if (!(error instanceof SluiceError) || signal.aborted) throw error;
      first ??= error;
      return { url, answer: null, error: toErrorDocument(error) };
    }
  });
  if (first !== undefined && asked.every(({ error }) => error !== null)) throw first;
  return asked;
}
