import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { connectorArgs, connectorFlags, contextFlags, outputFlags } from '../src/cli/flags.ts';
import { listView } from '../src/cli/views/list.ts';

export default class List extends SluiceCommand {
  static override summary = 'List connectors with their state, failed ones first.';
  static override description =
    'An inventory, as the worker reports it. For a verdict on their health, see sluice status.';
  static override examples = [
    '<%= config.bin %> list',
    "<%= config.bin %> list 'orders-*' --type sink --lag",
    '<%= config.bin %> list --state failed -o name',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...outputFlags(['wide', 'name']),
    ...contextFlags,
    ...connectorFlags,
    lag: boolean({ description: 'Show how many records each sink is behind; needs Kafka in the context.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(List);
    const { listConnectors } = await import('../src/monitor/list.ts');
    await using cluster = await this.connect(flags);
    const groups = flags.lag ? await cluster.groups() : undefined;
    const selection = { ...flags, names: args.names ?? [] };
    const report = await listConnectors({ client: cluster.client, context: cluster.name, groups, selection });
    await this.present(report, listView, flags);
  }
}
