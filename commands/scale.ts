import { string } from '@oclif/core/args';
import { integer } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, countArg, dryRunFlag, outputFlags, stableFlag, waitFlags } from '../src/cli/flags.ts';
import { scaleView } from '../src/cli/views/scale.ts';
import { SluiceError } from '../src/errors/error.ts';
import { shellWord } from '../src/text/shell.ts';

export default class Scale extends SluiceCommand {
  static override summary = 'Set how many tasks a connector may run, and show how many really run.';
  static override description =
    'tasks.max is an upper limit: some sources always run one task, and a sink has no work for more tasks than its topics have partitions. The command waits until the tasks have settled and shows what limits them.';
  static override examples = ['<%= config.bin %> scale orders-sink 3', '<%= config.bin %> scale orders-sink --tasks 3'];
  static override args = {
    name: string({ description: 'The connector.', required: true, ignoreStdin: true }),
    tasks: countArg('TASKS', 'Maximum number of tasks (tasks.max).'),
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
    const tasks = args.tasks ?? flags.tasks;
    if (tasks === undefined || (args.tasks !== undefined && flags.tasks !== undefined && args.tasks !== flags.tasks)) {
      throw new SluiceError(
        'USAGE',
        tasks === undefined ? 'how many tasks?' : `${args.tasks} tasks, or ${flags.tasks}?`,
        {
          hint: `For instance: sluice scale ${shellWord(args.name)} 3`,
        },
      );
    }
    const { scaleConnector } = await import('../src/operate/scale.ts');
    await using cluster = await this.connect(flags);
    await this.guardOperation(cluster.context, flags, 'scale', [args.name]);
    const groups = await cluster.groups();
    const report = await this.operate({ verb: 'scale', context: cluster.name, names: [args.name] }, flags, (options) =>
      scaleConnector(args.name, tasks, cluster.name, cluster.client, groups, options),
    );
    await this.present(report, scaleView, flags);
  }
}
