import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ConnectClient } from '../connect/client.ts';
import { systemClock } from '../ports/clock.ts';

/** What to say of operations that were interrupted on this cluster, one line each. @param stateFolder of the user */
export async function interruptedHere(
  stateFolder: string,
  client: Pick<ConnectClient, 'server' | 'urls'>,
): Promise<string[]> {
  // Nearly always there is none: then nothing else is loaded, and the worker is not asked.
  if (!someIn(path.join(stateFolder, 'operations'))) return [];
  const { clusterOf, interruptedText, Journal, recoverCommand } = await import('../operate/journal.ts');
  const journal = new Journal(stateFolder, systemClock);
  const unreadable = journal.unreadable().map(({ message, hint = '' }) => `${message}. ${hint}`);
  const interrupted = journal.interrupted();
  if (interrupted.length === 0) return unreadable;
  // A worker that does not answer is the command's own affair.
  const cluster = await clusterOf(client).catch(() => undefined);
  const here = interrupted
    .filter(({ place }) => place.cluster === cluster || place.urls.some((url) => client.urls.includes(url)))
    .map((operation) => `${interruptedText(operation)}. Finish or undo it: ${recoverCommand(operation)}`);
  return [...unreadable, ...here];
}

function someIn(folder: string): boolean {
  try {
    return readdirSync(folder).some((file) => file.endsWith('.json'));
  } catch {
    return false;
  }
}
