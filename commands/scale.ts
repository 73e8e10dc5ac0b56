import { string } from '@oclif/core/args';
import { integer } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, dryRunFlag, outputFlags, stableFlag, waitFlags } from '../src/cli/flags.ts';
import { scaleRequest } from '../src/cli/operate-args.ts';
import { scaleView } from '../src/cli/views/scale.ts';

export default class Scale extends SluiceCommand {
  static override summary = 'Set how many tasks a connector may run, and show how many really run.';
  static override description =
    'tasks.max is an upper limit: some sources always run one task, and a sink has no work for more tasks than its topics have partitions. The command waits until the tasks have settled and shows what limits them.';
  static override examples = ['<%= config.bin %> scale orders-sink 3', '<%= config.bin %> scale orders-sink --tasks 3'];
  static override args = {
    name: string({ description: 'The connector.', required: true, ignoreStdin: true }),
    tasks: string({ description: 'Maximum number of tasks (tasks.max).', ignoreStdin: true }),
    more: string({ hidden: true, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    ...stableFlag,
    ...dryRunFlag,
    tasks: integer({ description: 'The same, as a flag.', min: 1, helpValue: 'N' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Scale);
    const { name, tasks } = scaleRequest(args, flags.tasks);
    const { scaleConnector } = await import('../src/operate/scale.ts');
    await using cluster = await this.connect(flags);
    await this.approve(cluster.context, flags, { verb: 'scale', names: [name] });
    const groups = await cluster.groups();
    const report = await this.operate({ verb: 'scale', context: cluster.name, names: [name] }, flags, (options) =>
      scaleConnector(name, tasks, cluster.name, cluster.client, groups, options),
    );
    await this.present(report, scaleView, flags);
  }
}
