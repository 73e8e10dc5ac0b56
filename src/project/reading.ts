import type { Targets } from '../config/targets.ts';
import { type ReadOptions, readConnectorFiles } from '../connectors/files.ts';
import { readOverlayFolder } from '../connectors/overlay-file.ts';
import { Overlays, overlayFolder } from '../connectors/overlays.ts';
import { connectorPaths, projectFolder } from '../connectors/project-paths.ts';

export interface Reading extends ReadOptions {
  /** The files to read: those given, or the project's. */
  paths: readonly string[];
}

/**
 * How this run reads connectors: which files, with which variables, changed by which overlays. The context that is meant
 * decides the last two; without one there are neither variables of a context nor overlays.
 * @param given paths of the command line; none means the project's own
 * @param offline nothing is read from Vault
 * @throws USAGE, CONTEXT_UNKNOWN, PROJECT_INVALID
 */
export async function readingOf(
  targets: Targets,
  given: readonly string[],
  { stdin, offline = false }: { stdin: () => Promise<Buffer>; offline?: boolean },
): Promise<Reading> {
  const context = await targets.contextName();
  const paths = given.length > 0 ? given : await connectorPaths(targets);
  const { environment, withheld } = await targets.variables({ offline });
  const folder = context === undefined ? undefined : overlayFolder(await projectFolder(targets), context);
  if (folder === undefined) return { paths, environment, withheld, stdin };
  const { overlays, findings } = await readOverlayFolder(folder);
  return {
    paths,
    environment,
    withheld,
    stdin,
    overlays: new Overlays(overlays, findings, {
      folder,
      others: given.length === 0 ? undefined : () => projectNames(targets, environment),
    }),
  };
}

/** Names of all connectors of the project; undefined where sluice.yaml does not say where they are. */
async function projectNames(
  targets: Targets,
  environment: ReadOptions['environment'],
): Promise<ReadonlySet<string> | undefined> {
  if (((await targets.project())?.document.connectors ?? []).length === 0) return undefined;
  const { connectors } = await readConnectorFiles(await connectorPaths(targets), { environment });
  return new Set(connectors.map((connector) => connector.name));
}
