import type { Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { loadReadable, selectLoaded, showBroken } from '../connectors/load.ts';
import { openProjectFiles } from '../connectors/reading.ts';
import type { Selection } from '../connectors/select.ts';
import { SluiceError } from '../errors/error.ts';
import type { Logger } from '../ports/logger.ts';
import type { PreflightReport } from './model.ts';
import { type PreflightOptions, preflight } from './preflight.ts';

export interface PreflightRequest extends Selection {
  paths: readonly string[];
  targets: Targets;
  stdin: () => Promise<Buffer>;
  /** The worker, to ask which slots live connectors hold; undefined if there is none. */
  client: Pick<ConnectClient, 'listing'> | undefined;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Checks the databases of the connectors in files. A file with errors does not hide the others.
 * @throws CONNECTOR_FILE_INVALID and REFERENCE_UNRESOLVED if no file can be used, DATABASE_UNKNOWN; database problems are
 *   in the report
 */
export async function preflightFiles(request: PreflightRequest): Promise<PreflightReport> {
  const { targets, signal, stdin } = request;
  const { paths, ...options } = await openProjectFiles(targets, request.paths, { stdin });
  const loaded = await loadReadable(paths, { ...options, selection: request });
  const chosen = selectLoaded(loaded, request);
  // Without its variables, nothing can be concluded from another connector.
  const files = loaded.connectors.filter((file) => file.unset.size === 0 || chosen.includes(file));
  const report = await preflight(files, {
    only: new Set(chosen.map((file) => file.name)),
    named: await namedDatabases(files, targets),
    live: await liveConfigs(request),
    signal,
  });
  return { ...report, broken: loaded.broken.map((one) => showBroken(one)) };
}

/** The databases that sluice.yaml names for these connectors. */
export async function namedDatabases(
  files: readonly Pick<ConnectorFile, 'name'>[],
  targets: Targets,
): Promise<PreflightOptions['named']> {
  const databases = (await targets.project())?.document.preflight?.databases ?? {};
  const named = files.filter((file) => Object.hasOwn(databases, file.name));
  return new Map(
    await Promise.all(named.map(async ({ name }) => [name, await targets.database(databases[name] ?? '')] as const)),
  );
}

/** Only one check needs the worker. */
async function liveConfigs({ client, logger, signal }: PreflightRequest): Promise<PreflightOptions['live']> {
  if (client === undefined) return undefined;
  try {
    const { connectors, unreadable } = await client.listing();
    for (const { error } of unreadable) logger.warn(`cannot tell which slots a connector holds: ${error.message}`);
    return new Map(connectors.map(({ name, info }) => [name, info.config]));
  } catch (error) {
    if (signal.aborted || !(error instanceof SluiceError)) throw error;
    logger.warn(`cannot ask the worker which connectors hold their slots: ${error.message}`);
    return undefined;
  }
}
