import { string } from '@oclif/core/args';
import { boolean, integer, string as text } from '@oclif/core/flags';
import { type FlagsOf, SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, connectorFlags, dryRunFlag, outputFlags, stableFlag, waitFlags } from '../src/cli/flags.ts';
import { assertNoCriteria, scaleRequest, withChanges } from '../src/cli/operate-args.ts';
import { scaleView } from '../src/cli/views/scale.ts';
import { adviceView } from '../src/cli/views/scale-advice.ts';
import { DEFAULTS } from '../src/operate/request.ts';

export default class Scale extends SluiceCommand {
  static override summary = 'Set how many tasks a connector may run, and show how many really run.';
  static override description =
    'tasks.max is an upper limit: some sources always run one task, and a sink has no work for more tasks than its topics have partitions. The command waits until the tasks have settled and shows what limits them; with --dry-run it says beforehand how many can have work, and why. With --advise it changes nothing, and lists the connectors with more tasks than can have work, or fewer than their lag calls for.';
  static override examples = [
    '<%= config.bin %> scale orders-sink 3',
    '<%= config.bin %> scale orders-sink +2 --dry-run',
    '<%= config.bin %> scale orders-sink --tasks 3',
    "<%= config.bin %> scale --advise 'orders-*'",
  ];
  static override args = {
    names: string({
      description:
        'The connector, and its maximum number of tasks (tasks.max); +N or -N changes it by N. With --advise, any number of connectors or globs.',
      multiple: true,
      required: false,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    ...stableFlag,
    ...dryRunFlag,
    tasks: text({ description: 'The same, as a flag.', helpValue: 'N' }),
    advise: boolean({ description: 'List connectors with too few or too many tasks.', exclusive: ['tasks'] }),
    'min-lag': integer({
      description: 'With --advise: how many records a sink must be behind to need more tasks.',
      default: DEFAULTS.minLag,
      min: 1,
      helpValue: 'N',
    }),
    ...connectorFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Scale, withChanges(this.argv));
    const words = args.names ?? [];
    if (flags.advise) return this.#advise(words, flags);
    assertNoCriteria(flags);
    const { name, tasks } = scaleRequest(words, flags.tasks);
    const { scaleConnector } = await import('../src/operate/scale.ts');
    await using cluster = await this.connect(flags);
    await this.approve(cluster.context, flags, { verb: 'scale', names: [name] });
    const groups = await cluster.groups();
    const report = await this.operate({ verb: 'scale', context: cluster.name, names: [name] }, flags, (options) =>
      scaleConnector(name, tasks, cluster.name, cluster.client, groups, options),
    );
    await this.present(report, scaleView, flags);
  }

  async #advise(names: string[], flags: FlagsOf<typeof Scale>): Promise<void> {
    const { adviseTasks } = await import('../src/operate/advise.ts');
    await using cluster = await this.connect(flags);
    const groups = await cluster.groups();
    const { client, name: context } = cluster;
    const report = await adviseTasks({
      client,
      groups,
      context,
      selection: { ...flags, names },
      minLag: flags['min-lag'],
    });
    await this.present(report, adviceView, flags);
  }
}
