import path from 'node:path';
import type { Project } from '../config/project.ts';
import { SluiceError } from '../errors/error.ts';

/**
 * The connector files of the project: the globs of `connectors` in sluice.yaml, from its folder.
 * @throws REQUEST_INVALID if there is no project file, or it names none.
 */
export async function connectorPaths(targets: { project(): Promise<Project | undefined> }): Promise<string[]> {
  const project = await targets.project();
  const globs = project?.document.connectors ?? [];
  if (project === undefined || globs.length === 0) {
    throw new SluiceError('REQUEST_INVALID', 'no connector files given', {
      hint: 'Give files, folders or globs, or list them under connectors in sluice.yaml.',
    });
  }
  return globs.map((glob) => path.relative('.', path.resolve(project.folder, glob)));
}

/** The project's folder, or the working folder if there is no project file. */
export async function projectFolder(targets: { project(): Promise<Project | undefined> }): Promise<string> {
  const folder = (await targets.project())?.folder;
  return folder === undefined ? '.' : path.relative('.', folder) || '.';
}
