import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { connectorArgs, connectorFlags, contextFlags, outputFlags } from '../src/cli/flags.ts';
import { lagLimits } from '../src/cli/lag-limits.ts';
import { describeView, tracesView } from '../src/cli/views/describe.ts';

export default class Describe extends SluiceCommand {
  static override summary = 'Show everything about connectors: configuration, tasks, topics, offsets, lag, neighbours.';
  static override description =
    "The configuration is in three parts: what differs from the plugin's defaults, what equals them, and keys that nothing reads. Secrets are masked. What cannot be read is named, and the rest is shown. status is the verdict on health, list the inventory. Exit 0, even if a connector has failed; 14: something could not be read.";
  static override examples = [
    '<%= config.bin %> describe orders-sink',
    "<%= config.bin %> describe 'orders-*' --json",
    '<%= config.bin %> describe orders-sink --trace --tasks-config',
  ];
  static override args = connectorArgs;
  static override flags = {
    trace: boolean({ description: 'Show whole stack traces; JSON and YAML always have them.' }),
    'tasks-config': boolean({ description: 'Show what each task is configured with.' }),
    'show-values': boolean({ description: 'Show the values of rows that databases quote in errors.' }),
    ...outputFlags(),
    ...contextFlags,
    ...connectorFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Describe);
    const [{ describeConnectors }, { projectSchemas }, { assertSelection }] = await Promise.all([
      import('../src/inspect/describe.ts'),
      import('../src/schemas/project-schemas.ts'),
      import('../src/connect/selection.ts'),
    ]);
    const selection = { ...flags, names: args.names ?? [] };
    assertSelection(selection, 'describe');
    await using cluster = await this.connect(flags);
    const targets = await this.targets(flags);
    const report = await describeConnectors({
      client: cluster.client,
      groups: await cluster.groups(),
      kafka: cluster.kafkaOpener(),
      topics: await cluster.topics(),
      inspection: await cluster.inspection(),
      clock: this.clock,
      signal: this.signal,
      context: cluster.name,
      selection,
      store: await projectSchemas(targets),
      limits: await lagLimits(targets, cluster.context, undefined),
      taskConfigs: flags['tasks-config'],
      showValues: flags['show-values'],
    });
    await this.present(report, flags.trace ? tracesView : describeView, flags);
  }
}
