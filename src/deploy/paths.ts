import path from 'node:path';
import type { Project } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';

/**
 * The connector files that are meant: those given, or the globs of sluice.yaml, which start at its folder.
 * @throws USAGE where there are neither.
 */
export function connectorPaths(given: readonly string[], project: Project | undefined, verb: string): string[] {
  if (given.length > 0) return [...given];
  const globs = project?.document.connectors ?? [];
  if (project === undefined || globs.length === 0) {
    throw new SluiceError('USAGE', `${verb} which files?`, {
      hint: `Name them (sluice ${verb} connectors/), or list globs under connectors in sluice.yaml.`,
    });
  }
  return globs.map((glob) => path.join(project.folder, glob));
}
