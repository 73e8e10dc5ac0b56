import { lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { findProjectFile, isTrusted } from './project.ts';

/** The `.env` beside sluice.yaml, which is read without being named. */
export interface ProjectEnvFile {
  file: string;
  /** False if it, or its folder, belongs to another user, who could choose where secrets are sent. */
  trusted: boolean;
}

/**
 * @param folder where the search for sluice.yaml starts
 * @param project the project file, if it was named
 * @throws PROJECT_UNTRUSTED
 */
export function projectEnvFile(folder: string, project: string | undefined): ProjectEnvFile | undefined {
  const projectFile = project ?? findProjectFile(folder);
  if (projectFile === undefined) return undefined;
  const file = path.join(path.dirname(projectFile), '.env');
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) return undefined;
  return { file, trusted: isTrusted(stats, lstatSync(file), statSync(path.dirname(path.resolve(file)))) };
}
