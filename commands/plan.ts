import { boolean, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, outputFlags, pathsArgs, selectFlags, sendMaskedFlag } from '../src/cli/flags.ts';
import { planView } from '../src/cli/views/plan.ts';

export default class Plan extends SluiceCommand {
  static override summary = 'Show what a deploy would change, key by key, and what that brings with it.';
  static override description =
    'Two calls to Connect, and Kafka is asked for topics that sluice.yaml declares; nothing is sent to it. Secrets are masked; a value that the worker masks is unknown, never a difference. Exit 0; with --exit-code 10 where anything differs.';
  static override examples = [
    '<%= config.bin %> plan connectors/ --context production --exit-code',
    '<%= config.bin %> plan --save plan.json',
  ];
  static override args = pathsArgs;
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    ...selectFlags,
    ...sendMaskedFlag,
    'exit-code': boolean({ description: 'Exit 10 where anything differs.' }),
    save: string({ description: 'Save the plan, for deploy --plan.', helpValue: 'FILE' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Plan);
    const [{ planFiles }, { topicOpener }, { readStdin }] = await Promise.all([
      import('../src/deploy/plan-files.ts'),
      import('../src/kafka/open.ts'),
      import('../src/cli/stdin.ts'),
    ]);
    const { context, client } = await this.connect(flags);
    const plan = await planFiles({
      paths: args.paths ?? [],
      targets: await this.targets(flags),
      envFiles: flags['env-file'],
      stdin: readStdin,
      client,
      clock: this.clock,
      context: context.name,
      topics: topicOpener(context),
      only: flags.only,
      exclude: flags.exclude,
      sendMasked: flags['send-masked'],
      save: flags.save,
    });
    await this.present(plan, planView(flags['exit-code']), flags);
  }
}
