import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags, projectFlags } from '../../src/cli/flags.ts';
import { schemaListView } from '../../src/cli/views/schemas.ts';

export default class SchemasList extends SluiceCommand {
  static override summary = 'List the plugins that have a schema.';
  static override examples = ['<%= config.bin %> schemas list'];
  static override flags = { ...outputFlags(), ...projectFlags };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SchemasList);
    const { projectSchemas } = await import('../../src/schemas/project-schemas.ts');
    const store = await projectSchemas(await this.targets(flags));
    await this.present({ plugins: store.list() }, schemaListView, flags);
  }
}
