import type { Targets } from '../config/targets.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import type { ConfigPatch } from '../connectors/live-file.ts';
import { editableText, editedPatch } from '../deploy/edit-text.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { Environment } from '../secrets/environment.ts';
import type { OpenContext } from './context.ts';
import { editorCommand, editText } from './editor.ts';

/** What a user changes in the configuration of a live connector; undefined if nothing. @throws EDIT_INVALID, EDITOR_FAILED */
export async function editConfig(
  name: string,
  { client, name: context }: Pick<OpenContext, 'client' | 'name'>,
  targets: Targets,
  environment: Environment,
  hasTerminal: boolean,
): Promise<{ patch: ConfigPatch; seen: ConnectorConfig } | undefined> {
  const editor = editorCommand(environment, hasTerminal);
  const [live, store] = await Promise.all([client.get(name), projectSchemas(targets)]);
  const secrets = configSecrets({ config: live.info.config }, store);
  const text = await editableText(live, secrets, [
    `${name} on ${context}. Save and close to see what changes; nothing is sent before you confirm it.`,
    'A masked secret stays as it is. To change nothing, close without saving.',
  ]);
  const edited = await editText(text, `${name.replaceAll(/[^\w.-]+/g, '_')}.yaml`, editor);
  if (edited === text) return undefined;
  const patch = await editedPatch(edited, live, secrets);
  return Object.keys(patch.set).length + patch.unset.length === 0 ? undefined : { patch, seen: live.info.config };
}
