import type { Targets } from '../config/targets.ts';
import type { ConnectorConfig } from '../connect/types.ts';
import type { ConfigPatch } from '../connectors/live-file.ts';
import { editableText, editedPatch } from '../deploy/edit-text.ts';
import { SluiceError } from '../errors/error.ts';
import { type ErrorCode, EXIT, type ExitCode } from '../errors/registry.ts';
import type { Logger } from '../ports/logger.ts';
import { projectSchemas } from '../schemas/project-schemas.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { Environment } from '../secrets/environment.ts';
import type { OpenContext } from './context.ts';
import { editorCommand, editText, keepText } from './editor.ts';

interface Edit {
  patch: ConfigPatch;
  /** What it was made from. */
  seen: ConnectorConfig;
}

interface Editing {
  environment: Environment;
  hasTerminal: boolean;
  logger: Logger;
}

/** Refusals of the text, before anything is sent. */
const OF_TEXT: ReadonlySet<ErrorCode> = new Set([
  'EDIT_INVALID',
  'REQUEST_INVALID',
  'REFERENCE_UNRESOLVED',
  'VALIDATION_FAILED',
]);

/** Before each line that says why the editor is open again. */
const WHY = '#! ';

/**
 * Lets a user change the configuration of a live connector, again until it is taken or they save the same text twice, as kubectl
 * does. What they typed is kept in a file if it is not taken.
 * @param apply carries the change out
 * @returns undefined if nothing is changed
 * @throws EDIT_INVALID, EDITOR_FAILED, and as `apply`
 */
export async function editConfig<Report extends { exitCode: ExitCode }>(
  name: string,
  { client, name: context }: Pick<OpenContext, 'client' | 'name'>,
  targets: Targets,
  { environment, hasTerminal, logger }: Editing,
  apply: (edit: Edit) => Promise<Report>,
): Promise<Report | undefined> {
  const editor = editorCommand(environment, hasTerminal);
  const [live, store] = await Promise.all([client.get(name), projectSchemas(targets)]);
  const secrets = configSecrets({ config: live.info.config }, store);
  const file = `${name.replaceAll(/[^\w.-]+/g, '_')}.yaml`;
  const keep = (text: string) => logger.warn(`what you typed is in ${keepText(text, file)}`);
  let shown = await editableText(live, secrets, [
    `${name} on ${context}. Save and close to see what changes; nothing is sent before you confirm it.`,
    'A masked secret stays as it is. To change nothing, close without saving.',
  ]);
  let refused: { text: string; error: SluiceError } | undefined;
  for (;;) {
    const saved = await editText(shown, file, editor).catch((error: unknown) => {
      if (refused !== undefined) keep(refused.text);
      throw error;
    });
    if (saved === shown && refused === undefined) return undefined;
    const text = withoutWhy(saved);
    try {
      if (saved === shown && refused !== undefined) throw refused.error;
      const patch = await editedPatch(text, live, secrets);
      if (Object.keys(patch.set).length + patch.unset.length === 0) return undefined;
      const report = await apply({ patch, seen: live.info.config });
      if (report.exitCode !== EXIT.ok) keep(text);
      return report;
    } catch (error) {
      const again = hasTerminal && saved !== shown && error instanceof SluiceError && OF_TEXT.has(error.code);
      if (!again) {
        keep(text);
        throw error;
      }
      refused = { text, error };
      shown = `${whyText(error)}${text}`;
    }
  }
}

function whyText({ message, hint }: SluiceError): string {
  const lines = ['This was refused:', ...message.split('\n'), ...(hint?.split('\n') ?? [])];
  const ways = 'Correct it, save and close. To give up, close without saving.';
  return [...lines, ways].map((line) => `${WHY}${line}\n`).join('');
}

function withoutWhy(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => !line.startsWith(WHY));
  return lines.slice(Math.max(0, first)).join('\n');
}
