import type { Targets } from '../config/targets.ts';
import { readConnectorFiles } from './files.ts';
import { readOverlayFolder } from './overlay-file.ts';
import { Overlays, overlayFolder } from './overlays.ts';
import { connectorPaths, projectFolder } from './project-paths.ts';
import type { ReadOptions } from './read-options.ts';

export interface Reading extends ReadOptions {
  /** The files to read: those given, or the project's. */
  paths: readonly string[];
}

/**
 * How this run reads connectors: which files, with which variables and overlays. The selected context determines the
 * last two; without a context there are neither context variables nor overlays.
 * @param given paths from the command line; none means those of the project
 * @param offline read nothing from Vault
 * @throws REQUEST_INVALID, CONTEXT_UNKNOWN, PROJECT_INVALID
 */
export async function openProjectFiles(
  targets: Targets,
  given: readonly string[],
  { stdin, offline = false }: { stdin: () => Promise<Buffer>; offline?: boolean },
): Promise<Reading> {
  const context = await targets.contextName();
  const paths = given.length > 0 ? given : await connectorPaths(targets);
  const { environment, unavailable } = await targets.variables({ offline });
  const folder = context === undefined ? undefined : overlayFolder(await projectFolder(targets), context);
  if (folder === undefined) return { paths, environment, unavailable, stdin };
  const { overlays, findings } = await readOverlayFolder(folder);
  return {
    paths,
    environment,
    unavailable,
    stdin,
    overlays: new Overlays(overlays, findings, {
      folder,
      others: given.length === 0 ? undefined : () => projectNames(targets, environment),
    }),
  };
}

/** Names of all connectors of the project; undefined if sluice.yaml does not list them. */
async function projectNames(
  targets: Targets,
  environment: ReadOptions['environment'],
): Promise<ReadonlySet<string> | undefined> {
  if (((await targets.project())?.document.connectors ?? []).length === 0) return undefined;
  const { connectors } = await readConnectorFiles(await connectorPaths(targets), { environment });
  return new Set(connectors.map((connector) => connector.name));
}
