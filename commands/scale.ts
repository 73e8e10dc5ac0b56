import { string } from '@oclif/core/args';
import { integer } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, dryRunFlag, outputFlags, stableFlag, waitFlags } from '../src/cli/flags.ts';
import { scaleView } from '../src/cli/views/scale.ts';

export default class Scale extends SluiceCommand {
  static override summary = 'Set how many tasks a connector may run, and show how many really run.';
  static override description =
    'tasks.max is a ceiling: some sources always run one task, and a sink has no work for more tasks than its topics have partitions. The command waits until the tasks have settled and says what limits them.';
  static override examples = ['<%= config.bin %> scale orders-sink --tasks 3'];
  static override args = {
    name: string({ description: 'The connector.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    ...stableFlag,
    ...dryRunFlag,
    tasks: integer({ description: 'Tasks at most (tasks.max).', required: true, min: 1, helpValue: 'N' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Scale);
    const [{ scaleConnector }, { operateOptions }, { GroupReader }, { kafkaOpener }] = await Promise.all([
      import('../src/operate/scale.ts'),
      import('../src/operate/options.ts'),
      import('../src/monitor/group-reader.ts'),
      import('../src/kafka/open.ts'),
    ]);
    const { context, client } = await this.connectToChange(flags);
    await using groups = new GroupReader(kafkaOpener(context));
    const options = operateOptions(flags, this.clock, this.signal);
    const report = await scaleConnector(args.name, flags.tasks, context.name, client, groups, options);
    await this.present(report, scaleView, flags);
  }
}
