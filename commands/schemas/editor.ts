import { string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags, projectFlags } from '../../src/cli/flags.ts';
import { editorView } from '../../src/cli/views/schemas.ts';

export default class SchemasEditor extends SluiceCommand {
  static override summary = 'Write JSON Schemas of sluice.yaml and connector files for editors.';
  static override description =
    `With them, VS Code, IntelliJ and other editors complete keys and values, show what they mean and mark what
is wrong while you type. Plugins that were pulled from a worker are in them; write them anew after a pull.`;
  static override examples = ['<%= config.bin %> schemas editor'];
  static override flags = {
    folder: string({ description: 'Where to write (default: .sluice/editor of the project).', helpValue: 'DIR' }),
    ...outputFlags(),
    ...projectFlags,
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SchemasEditor);
    const [{ editorFolder, writeEditorSchemas }, { projectSchemas }, { projectFolder }] = await Promise.all([
      import('../../src/schemas/editor.ts'),
      import('../../src/schemas/project-schemas.ts'),
      import('../../src/connectors/project-paths.ts'),
    ]);
    const targets = await this.targets(flags);
    const folder = flags.folder ?? editorFolder(await projectFolder(targets));
    await this.present(writeEditorSchemas(folder, await projectSchemas(targets)), editorView, flags);
  }
}
