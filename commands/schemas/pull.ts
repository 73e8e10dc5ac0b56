import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outFlag, outputFlags } from '../../src/cli/flags.ts';
import { pulledView } from '../../src/cli/views/schemas.ts';

export default class SchemasPull extends SluiceCommand {
  static override summary = "Read the definitions of a worker's plugins, for validate to use offline.";
  static override description =
    "Reads every plugin's definition, and asks the worker's validate endpoint for the rest. Opens no database connection, and changes nothing on the worker. The files go into .sluice/schemas next to sluice.yaml; commit them, and validate in CI knows these plugins too.";
  static override examples = ['<%= config.bin %> schemas pull --context prod'];
  static override flags = {
    out: outFlag('Where to write (default: .sluice/schemas of the project).'),
    ...outputFlags(),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SchemasPull);
    const [{ collectSchemas }, { readSupplements }, { addSchemas, pulledFolder }, { projectFolder }] =
      await Promise.all([
        import('../../src/schemas/generate/collect.ts'),
        import('../../src/schemas/generate/supplements.ts'),
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
    const folder = flags.out ?? pulledFolder(await projectFolder(await this.targets(flags)));
    await this.present(addSchemas(folder, schemas), pulledView, flags);
  }
}
