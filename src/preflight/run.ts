import type { Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { loadConnectorFiles } from '../connectors/files.ts';
import { SluiceError } from '../errors/error.ts';
import { type Selection, select } from '../plan/select.ts';
import type { Logger } from '../ports/logger.ts';
import { readingOf } from '../project/reading.ts';
import type { PreflightReport } from './model.ts';
import { type PreflightOptions, preflight } from './preflight.ts';

export interface PreflightRequest extends Selection {
  paths: readonly string[];
  targets: Targets;
  stdin: () => Promise<Buffer>;
  /** The worker, asked which slots are held by what is live; undefined where none is named. */
  client: Pick<ConnectClient, 'listing'> | undefined;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Looks at the databases of the connectors that files describe.
 * @throws CONNECTOR_FILE_INVALID, REFERENCE_UNRESOLVED, DATABASE_UNKNOWN; what is wrong with a database is in the report
 */
export async function preflightFiles(request: PreflightRequest): Promise<PreflightReport> {
  const { targets, signal, stdin } = request;
  const { paths, ...options } = await readingOf(targets, request.paths, { stdin });
  const files = await loadConnectorFiles(paths, options);
  return preflight(files, {
    only: new Set(select(files, request).map((file) => file.name)),
    named: await namedDatabases(files, targets),
    live: await liveConfigs(request),
    signal,
  });
}

/** The databases that sluice.yaml names for these connectors. */
export async function namedDatabases(
  files: readonly ConnectorFile[],
  targets: Targets,
): Promise<PreflightOptions['named']> {
  const databases = (await targets.project())?.document.preflight?.databases ?? {};
  const named = files.filter((file) => Object.hasOwn(databases, file.name));
  return new Map(
    await Promise.all(named.map(async ({ name }) => [name, await targets.database(databases[name] ?? '')] as const)),
  );
}

/** Without the worker all but one question can be answered. */
async function liveConfigs({ client, logger, signal }: PreflightRequest): Promise<PreflightOptions['live']> {
  if (client === undefined) return undefined;
  try {
    const { connectors, unreadable } = await client.listing();
    for (const { error } of unreadable) logger.warn(`which slots it holds is not known: ${error.message}`);
    return new Map(connectors.map(({ name, info }) => [name, info.config]));
  } catch (error) {
    if (signal.aborted || !(error instanceof SluiceError)) throw error;
    logger.warn(`the worker was not asked which connectors hold their slots: ${error.message}`);
    return undefined;
  }
}
