import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags, projectFlags } from '../../src/cli/flags.ts';
import { schemaListView } from '../../src/cli/views/schemas.ts';

export default class SchemasList extends SluiceCommand {
  static override summary = 'List the plugins whose configuration is described.';
  static override examples = ['<%= config.bin %> schemas list'];
  static override flags = { ...outputFlags(), ...projectFlags };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SchemasList);
    const [{ SchemaStore }, { pulledFolder }, { projectFolder }] = await Promise.all([
      import('../../src/schemas/store.ts'),
      import('../../src/schemas/pulled.ts'),
      import('../../src/connectors/project-paths.ts'),
    ]);
    const store = new SchemaStore([pulledFolder(await projectFolder(await this.targets(flags)))]);
    await this.present({ plugins: store.list() }, schemaListView, flags);
  }
}
