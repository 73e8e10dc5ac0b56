import type { ConnectClient } from '../connect/client.ts';
import { assertNotBoth, isByNameOnly, narrow, type Selection } from '../connect/selection.ts';
import type { ListedConnector, Listing, UnreadableConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';

/** Errors about one connector, not the worker. */
const ABOUT_ONE: ReadonlySet<ErrorCode> = new Set(['CONNECTOR_NOT_FOUND', 'CONNECT_REJECTED', 'CONNECT_BAD_ANSWER']);
/**
 * Connectors to show; all of them if nothing is selected. One name must exist; of several, those that do not are reported
 * beside the others.
 * @throws CONNECTOR_NOT_FOUND, also for a glob that matches nothing; REQUEST_INVALID
 */
export async function chosenConnectors(
  client: Pick<ConnectClient, 'listing' | 'get'>,
  selection: Selection = { names: [] },
): Promise<Listing> {
  assertNotBoth(selection);
  if (!isByNameOnly(selection)) {
    const { connectors, unreadable, absent } = narrow(await client.listing(), selection);
    const found = await eachOf(absent, client);
    return { connectors: [...connectors, ...found.connectors], unreadable: [...unreadable, ...found.unreadable] };
  }
  const [only = '', ...more] = new Set(selection.names);
  if (more.length === 0) return { connectors: [await client.get(only)], unreadable: [] };
  return eachOf([only, ...more], client);
}

async function eachOf(names: readonly string[], client: Pick<ConnectClient, 'get'>): Promise<Listing> {
  const connectors: ListedConnector[] = [];
  const unreadable: UnreadableConnector[] = [];
  for (const name of names) {
    try {
      connectors.push(await client.get(name));
    } catch (error) {
      if (!(error instanceof SluiceError) || !ABOUT_ONE.has(error.code)) throw error;
      unreadable.push({ name, error });
    }
  }
  return { connectors, unreadable };
}
