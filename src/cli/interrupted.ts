import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../config/targets.ts';
import { systemClock } from '../ports/clock.ts';

/** What to say of operations that were interrupted on this cluster, one line each. @param stateFolder of the user */
export async function interruptedHere(
  stateFolder: string,
  { name, urls }: Pick<Context, 'name' | 'urls'>,
): Promise<string[]> {
  // Nearly always there is none: then nothing else is loaded.
  if (!someIn(path.join(stateFolder, 'operations'))) return [];
  const { interruptedText, Journal, recoverCommand } = await import('../operate/journal.ts');
  return new Journal(stateFolder, systemClock)
    .interrupted()
    .filter(({ place }) => place.context === name || place.urls.some((url) => urls.includes(url)))
    .map((operation) => `${interruptedText(operation)}. Finish or undo it: ${recoverCommand(operation)}`);
}

function someIn(folder: string): boolean {
  try {
    return readdirSync(folder).some((file) => file.endsWith('.json'));
  } catch {
    return false;
  }
}
