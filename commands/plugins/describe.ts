import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { pluginDescriptionView } from '../../src/cli/views/plugins.ts';

export default class PluginsDescribe extends SluiceCommand {
  static override summary = "Show a plugin's keys as the worker defines them: types, defaults, documentation.";
  static override description =
    'Connectors, converters, transforms and predicates, by class, class without its package, or short name. Behind a balancer, the worker that answers is asked; others may have another version. Needs Kafka Connect 3.2; sluice schemas show works offline, with the packaged schemas.';
  static override examples = [
    '<%= config.bin %> plugins describe PostgresConnector',
    '<%= config.bin %> plugins describe JdbcSink --search batch',
  ];
  static override args = {
    class: argument({ description: 'Class of the plugin, or its short name.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    search: string({ description: 'Only keys with this text in their name or documentation.', helpValue: 'TEXT' }),
    required: boolean({ description: 'Only keys that must be set.' }),
    ...outputFlags(),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(PluginsDescribe);
    const { describePlugin } = await import('../../src/inspect/plugins.ts');
    const { client, name } = await this.connect(flags);
    const query = { name: args.class, search: flags.search, requiredOnly: flags.required };
    await this.present(await describePlugin(client, name, query), pluginDescriptionView, flags);
  }
}
