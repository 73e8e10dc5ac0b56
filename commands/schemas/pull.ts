import { string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { pulledView } from '../../src/cli/views/schemas.ts';

export default class SchemasPull extends SluiceCommand {
  static override summary = "Read the definitions of a worker's plugins, so that validate knows them offline.";
  static override description =
    `Reads every plugin's definition and asks the worker's validate what it leaves out. No connection to a
database is opened and nothing is changed on the worker. The files lie in .sluice/schemas beside sluice.yaml;
commit them, and validate in CI knows these plugins too.`;
  static override examples = ['<%= config.bin %> schemas pull --context prod'];
  static override flags = {
    folder: string({ description: 'Where to write (default: .sluice/schemas of the project).', helpValue: 'DIR' }),
    ...outputFlags(),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SchemasPull);
    const [{ collectSchemas }, { readSupplements }, { addSchemas, pulledFolder }, { projectFolder }] =
      await Promise.all([
        import('../../src/schemas/collect.ts'),
        import('../../src/schemas/supplements.ts'),
        import('../../src/schemas/pulled.ts'),
        import('../../src/connectors/project-paths.ts'),
      ]);
    const { client } = await this.connect(flags);
    const schemas = await this.terminal.progress.step('reading plugins', (update) =>
      collectSchemas(client, {
        supplements: readSupplements(),
        documented: false,
        progress: (pluginClass, index, total) => update(`${index + 1}/${total} ${pluginClass}`),
      }),
    );
    const folder = flags.folder ?? pulledFolder(await projectFolder(await this.targets(flags)));
    await this.present(addSchemas(folder, schemas), pulledView, flags);
  }
}
