import type { Project } from '../config/project.ts';
import { projectFolder } from '../connectors/project-paths.ts';
import { pulledFolder } from './pulled.ts';
import { SchemaStore } from './store.ts';

/** The schemas of a project: pulled ones take precedence over bundled ones. */
export async function projectSchemas(targets: { project(): Promise<Project | undefined> }): Promise<SchemaStore> {
  return new SchemaStore([pulledFolder(await projectFolder(targets))]);
}
