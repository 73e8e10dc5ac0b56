import { SluiceError } from '../errors/error.ts';
import { globExpression, isGlob } from '../text/glob.ts';
import { firstNames } from '../text/lists.ts';
import { nearest } from '../text/nearest.ts';
import { setting } from '../text/settings.ts';
import type { ConnectClient } from './client.ts';
import { connectorType } from './connector.ts';
import type { SelectableState } from './states.ts';
import type { ConnectorState, ListedConnector, Listing, UnreadableConnector } from './types.ts';

/** Which connectors of a cluster: those with one of the names, if there are any, that fit each of the other criteria. */
export interface Selection {
  /** Names, and globs in which `*` is any text and `?` any character. An existing name is never taken for a glob. */
  names: readonly string[];
  /** Every connector that fits the other criteria. */
  all?: boolean;
  type?: 'source' | 'sink' | undefined;
  /** A glob for the class, with or without its package. */
  class?: string | undefined;
  /**
   * `failed` and `unassigned` are states of the connector or of any of its tasks, the others of the connector: one that is
   * running can have failed, too.
   */
  state?: readonly SelectableState[] | undefined;
}

export interface Selected {
  names: string[];
  /** Connectors that may have been meant: they cannot be read, so it is not known whether they fit. */
  undecided: UnreadableConnector[];
}

/** Whether anything is selected by more than its name. */
export function hasCriteria({ type, class: glob, state }: Selection): boolean {
  return type !== undefined || glob !== undefined || state !== undefined;
}

/** Whether single connectors are named, and nothing else decides. */
export function isByNameOnly(selection: Selection): boolean {
  return selection.names.length > 0 && !selection.names.some(isGlob) && !hasCriteria(selection);
}

/** @throws REQUEST_INVALID if names are given beside all */
export function assertNotBoth({ names, all = false }: Selection): void {
  if (!all || names.length === 0) return;
  throw new SluiceError('REQUEST_INVALID', `${setting('all')} and names cannot be combined`, {
    hint: 'Use one or the other.',
  });
}

/**
 * For operations: selecting nothing never means everything.
 * @param verb for the error
 * @throws REQUEST_INVALID
 */
export function assertSelection(selection: Selection, verb: string): void {
  const { names, all = false } = selection;
  assertNotBoth(selection);
  if (names.length === 0 && !all && !hasCriteria(selection)) {
    throw new SluiceError('REQUEST_INVALID', `${verb} which connector?`, {
      hint: `Name it, use a glob such as 'orders-*', or use ${setting('all')} for every connector of the context.`,
    });
  }
}

/**
 * The connectors that an operation is for. A name that does not exist is one of them: the operation reports it.
 * @throws CONNECTOR_NOT_FOUND if a glob, or the glob of the class, fits nothing: it may be misspelt, and nothing must be
 *   called done then
 */
export async function selectConnectors(
  client: Pick<ConnectClient, 'list' | 'listing'>,
  selection: Selection,
): Promise<Selected> {
  const { names, all = false } = selection;
  if (isByNameOnly(selection)) return { names: [...new Set(names)], undecided: [] };
  if (!hasCriteria(selection)) {
    const known = await client.list();
    return { names: all ? known : namesOf(names, known), undecided: [] };
  }
  const { connectors, unreadable, absent } = narrow(await client.listing(), selection);
  return { names: [...connectors.map(({ name }) => name), ...absent], undecided: unreadable };
}

interface Narrowed extends Listing {
  /** Names that are given, but do not exist. */
  absent: string[];
}

/**
 * The selected part of a listing. Unreadable connectors stay in it, unless their names rule them out.
 * @throws CONNECTOR_NOT_FOUND as above
 */
export function narrow(listing: Listing, selection: Selection): Narrowed {
  const known = [...listing.connectors, ...listing.unreadable].map(({ name }) => name);
  const meant = selection.names.length === 0 ? known : namesOf(selection.names, known);
  const isMeant = new Set(meant);
  if (selection.class !== undefined) assertClass(selection.class, listing);
  const connectors: ListedConnector[] = [];
  const unreadable: UnreadableConnector[] = [];
  for (const connector of listing.connectors.filter(({ name }) => isMeant.has(name))) {
    const verdict = fits(connector, selection);
    if (verdict === true) connectors.push(connector);
    else if (verdict !== false) unreadable.push({ name: connector.name, error: verdict });
  }
  for (const { name, error } of listing.unreadable) if (isMeant.has(name)) unreadable.push({ name, error });
  const exists = new Set(known);
  return { connectors, unreadable, absent: meant.filter((name) => !exists.has(name)) };
}

function namesOf(words: readonly string[], known: readonly string[]): string[] {
  const names = words.flatMap((word) => {
    if (!isGlob(word) || known.includes(word)) return [word];
    const expression = globExpression(word);
    const fitting = known.filter((name) => expression.test(name));
    if (fitting.length > 0) return fitting;
    const near = nearest(word.replaceAll(/[*?]/g, ''), known);
    throw new SluiceError('CONNECTOR_NOT_FOUND', `no connector matches ${word}`, {
      hint: near === undefined ? 'List the existing connectors: sluice list' : `Did you mean ${near}?`,
      details: { glob: word },
    });
  });
  return [...new Set(names)];
}

/** The error if it cannot be decided. */
function fits(connector: ListedConnector, { type, class: glob, state }: Selection): boolean | SluiceError {
  if (state !== undefined && !state.some((one) => isIn(connector, one))) return false;
  if (glob !== undefined && !isOfClass(connector, globExpression(glob))) return false;
  if (type === undefined) return true;
  const actual = connectorType(connector);
  if (actual !== 'unknown') return actual === type;
  const message = `the worker does not report whether "${connector.name}" is a source or a sink`;
  return new SluiceError('CONNECT_BAD_ANSWER', message, { details: { name: connector.name } });
}

function isIn({ status }: ListedConnector, state: SelectableState): boolean {
  if (status === null) return false;
  const wanted = state.toUpperCase() as ConnectorState;
  const ofTasks = state === 'failed' || state === 'unassigned';
  return status.connector.state === wanted || (ofTasks && status.tasks.some((task) => task.state === wanted));
}

function isOfClass({ info }: ListedConnector, expression: RegExp): boolean {
  const name = info.config['connector.class'] ?? '';
  return expression.test(name) || expression.test(name.slice(name.lastIndexOf('.') + 1));
}

function assertClass(glob: string, { connectors, unreadable }: Listing): void {
  const expression = globExpression(glob);
  if (unreadable.length > 0 || connectors.length === 0) return;
  if (connectors.some((connector) => isOfClass(connector, expression))) return;
  const classes = [...new Set(connectors.map(({ info }) => info.config['connector.class'] ?? ''))].sort();
  throw new SluiceError('CONNECTOR_NOT_FOUND', `no connector has a class that matches ${glob}`, {
    hint: `The classes are: ${firstNames(classes, 8)}.`,
    details: { glob },
  });
}
