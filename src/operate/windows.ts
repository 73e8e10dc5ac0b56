import type { ConnectClient } from '../connect/client.ts';
import { hasCriteria, type Selection, selectConnectors } from '../connect/selection.ts';
import type { UnreadableConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { KeptWindow } from '../store/maintenance.ts';
import { durationMs, durationText } from '../text/duration.ts';
import { globExpression, isGlob } from '../text/glob.ts';
import { nearest } from '../text/nearest.ts';
import { command, setting } from '../text/settings.ts';
import type { InWindow } from './maintenance.ts';

/** Which connectors of open windows: by the windows' numbers, their own names or globs, and what else must fit. */
export type WindowSelection = Omit<Selection, 'names'> & { words: readonly string[] };

/** @throws REQUEST_INVALID, MAINTENANCE_UNKNOWN, CONNECTOR_NOT_FOUND if no connector has such a class */
export async function selectInWindows(
  windows: readonly KeptWindow[],
  { words, all = false, ...criteria }: WindowSelection,
  client: Pick<ConnectClient, 'list' | 'listing'>,
): Promise<{ chosen: InWindow[]; undecided: UnreadableConnector[] }> {
  const selection = { ...criteria, names: [] };
  const hasMore = hasCriteria(selection);
  const chosen = chosenOfWindows(windows, words, all || (hasMore && words.length === 0));
  if (!hasMore || chosen.length === 0) return { chosen, undecided: [] };
  // One that was deleted fits nothing: its window stays open until it is ended by its number or name.
  const { names, undecided } = await selectConnectors(client, selection);
  const isChosen = (name: string) => chosen.some(({ connector }) => connector.name === name);
  return {
    chosen: chosen.filter(({ connector }) => names.includes(connector.name)),
    undecided: undecided.filter(({ name }) => isChosen(name)),
  };
}

function chosenOfWindows(windows: readonly KeptWindow[], words: readonly string[], all: boolean): InWindow[] {
  const list = `See: ${command('maintenance list')}`;
  if (all && words.length > 0)
    throw new SluiceError('REQUEST_INVALID', `${setting('all')} and names cannot be combined`, {
      hint: 'Use one or the other.',
    });
  if (!all && words.length === 0)
    throw new SluiceError('REQUEST_INVALID', 'end which maintenance window?', {
      hint: `Give its number or a connector, or use ${setting('all')} for every window of the context. ${list}`,
    });
  const inWindows = windows.flatMap((window) =>
    window.connectors.flatMap((connector) => (connector.outcome === null ? { window, connector } : [])),
  );
  if (all) return inWindows;
  const names = inWindows.map(({ connector }) => connector.name);
  const chosen = words.flatMap((word) => {
    const isNumber = /^\d+$/.test(word) && !names.includes(word);
    const matches = isGlob(word) && !names.includes(word) ? globExpression(word) : undefined;
    const those = inWindows.filter(({ window, connector }) =>
      isNumber ? window.id === Number(word) : (matches?.test(connector.name) ?? connector.name === word),
    );
    if (those.length > 0) return those;
    const near = isNumber ? undefined : nearest(word, names);
    throw new SluiceError(
      'MAINTENANCE_UNKNOWN',
      isNumber ? `there is no open window ${word} in this context` : `no connector "${word}" is in an open window`,
      { hint: near === undefined ? list : `Did you mean ${near}?` },
    );
  });
  return [...new Set(chosen)];
}

export function isOverdue({ until }: Pick<KeptWindow, 'until'>, now: Date): boolean {
  return Date.parse(until) < now.getTime();
}

/** How long ago, or until when, in its largest unit: `3h`. */
export function roughly(ms: number): string {
  const units = [durationMs('1h') ?? 0, durationMs('1m') ?? 0, durationMs('1s') ?? 0];
  const unit = units.find((one) => Math.abs(ms) >= one) ?? 1000;
  return durationText(Math.max(1, Math.round(Math.abs(ms) / unit)) * unit);
}
