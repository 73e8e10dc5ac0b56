import type { Targets } from '../../config/targets.ts';
import { own } from '../../text/own.ts';

/** Under which the names of the selected cluster are kept; undefined if none is selected. */
export async function namesKey(targets: Targets): Promise<string | undefined> {
  const selection = await targets.selection();
  if (selection === undefined) return undefined;
  const { kind, name } = selection;
  if (kind === 'url') return clusterKey({ url: name });
  const files = await targets.files();
  return clusterKey({ name, file: files.find(({ project }) => own(project.document.contexts, name))?.project.file });
}

/** @param where a URL without credentials, or a context by its name and the file that defines it (none for a sandbox) */
export function clusterKey(where: { url: string } | { name: string; file: string | undefined }): string {
  return 'url' in where ? `url ${where.url}` : `context ${where.file ?? ''} ${where.name}`;
}
