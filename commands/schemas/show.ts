import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags, projectFlags } from '../../src/cli/flags.ts';
import { schemaDetailsView } from '../../src/cli/views/schemas.ts';

export default class SchemasShow extends SluiceCommand {
  static override summary = 'Show the keys of one plugin: kinds, defaults, choices and documentation.';
  static override examples = [
    '<%= config.bin %> schemas show Postgres',
    '<%= config.bin %> schemas show io.debezium.connector.jdbc.JdbcSinkConnector --json',
  ];
  static override args = {
    class: stringArg({ description: 'Class of the plugin, or its short name.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    'plugin-version': string({ description: 'Version of the plugin (default: the newest).', helpValue: 'VERSION' }),
    ...outputFlags(),
    ...projectFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(SchemasShow);
    const [{ projectSchemas }, { showSchema }] = await Promise.all([
      import('../../src/schemas/project-schemas.ts'),
      import('../../src/schemas/pulled.ts'),
    ]);
    const store = await projectSchemas(await this.targets(flags));
    await this.present(showSchema(store, args.class, flags['plugin-version']), schemaDetailsView, flags);
  }
}
