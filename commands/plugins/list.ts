import { option } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { pluginListView } from '../../src/cli/views/plugins.ts';
import { LISTED_TYPES } from '../../src/inspect/request.ts';

export default class PluginsList extends SluiceCommand {
  static override summary = 'List the plugins of the worker, with their versions.';
  static override description =
    'Every URL of the context is asked, and what one of them lacks is shown. Behind a balancer, only the worker that answers is asked. Before Kafka Connect 3.2, a worker lists only its connectors. sluice schemas list shows the schemas that validate has.';
  static override examples = [
    '<%= config.bin %> plugins list',
    '<%= config.bin %> plugins list --type transformation --json',
  ];
  static override flags = {
    type: option({ char: 't', description: 'Only plugins of this type.', options: LISTED_TYPES })(),
    ...outputFlags(),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(PluginsList);
    const [{ listPlugins }, { projectSchemas }] = await Promise.all([
      import('../../src/inspect/plugins.ts'),
      import('../../src/schemas/project-schemas.ts'),
    ]);
    const { name, context, connectTo } = await this.connect(flags);
    const store = await projectSchemas(await this.targets(flags));
    const options = { context: name, urls: context.urls, connectTo, signal: this.signal, store, type: flags.type };
    await this.present(await listPlugins(options), pluginListView, flags);
  }
}
