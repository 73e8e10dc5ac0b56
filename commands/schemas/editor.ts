import { SluiceCommand } from '../../src/cli/command.ts';
import { outFlag, outputFlags, projectFlags } from '../../src/cli/flags.ts';
import { editorView } from '../../src/cli/views/schemas.ts';

export default class SchemasEditor extends SluiceCommand {
  static override summary = 'Write JSON Schemas of sluice.yaml and connector files for editors.';
  static override description =
    'With them, VS Code, IntelliJ and other editors complete keys and values, explain them, and mark mistakes while you type. Plugins pulled from a worker are included; run this again after a pull.';
  static override examples = ['<%= config.bin %> schemas editor'];
  static override flags = {
    out: outFlag('Where to write (default: .sluice/editor of the project).'),
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
    const folder = flags.out ?? editorFolder(await projectFolder(targets));
    await this.present(writeEditorSchemas(folder, await projectSchemas(targets)), editorView, flags);
  }
}
