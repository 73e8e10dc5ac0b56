import { MASK, redactKnown } from '../text/redact.ts';
import type { ConnectorStatus } from './types.ts';

const ADDRESS = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i;

/**
 * A worker's id for display, without secrets that a response repeats in its place. A worker's id is the address that it
 * advertises, and operators need it. So an address stays whole even if a part of it is also a password, such as the `prod`
 * of `connect-prod:8083`: only a host that is the secret itself is masked, and not if it is a host of the context's URLs.
 * Anything else is no address, and masked like any text.
 */
export function shownWorker(id: string, secrets: readonly string[], urls: readonly string[]): string {
  const [, host, port = ''] = ADDRESS.exec(id) ?? [];
  if (host === undefined) return redactKnown(id, secrets);
  const isKnown = urls.some((url) => URL.canParse(url) && new URL(url).hostname === host.toLowerCase());
  return !isKnown && redactKnown(host, secrets) === MASK ? `${MASK}${port}` : id;
}

/** The status with the ids of its workers as they may be shown. */
export function withShownWorkers(
  status: ConnectorStatus,
  secrets: readonly string[],
  urls: readonly string[],
): ConnectorStatus {
  if (secrets.length === 0) return status;
  const shown = <Part extends { worker_id: string }>(part: Part): Part => ({
    ...part,
    worker_id: shownWorker(part.worker_id, secrets, urls),
  });
  return { ...status, connector: shown(status.connector), tasks: status.tasks.map(shown) };
}
