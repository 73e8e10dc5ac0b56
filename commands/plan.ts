import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import {
  contextFlags,
  fileFlag,
  measuredOutputFlags,
  pathsArgs,
  selectFlags,
  sendMaskedFlag,
} from '../src/cli/flags.ts';
import { planView } from '../src/cli/views/plan.ts';

export default class Plan extends SluiceCommand {
  static override summary = 'Show what a deploy would change, and the consequences.';
  static override description =
    'Makes two calls to Connect, reads the topics that sluice.yaml declares from Kafka, and changes nothing. Secrets are masked; a value that the worker masks is unknown, never a difference. A file with errors is reported, and the others are planned. Exit 0, 14 if a file or connector was left out; with --exit-code 10 if anything differs.';
  static override examples = [
    '<%= config.bin %> plan connectors/ --context production --exit-code',
    '<%= config.bin %> plan --save plan.json',
    '<%= config.bin %> plan --allow-unset -o markdown --to plan.md',
  ];
  static override args = pathsArgs;
  static override flags = {
    ...measuredOutputFlags(['markdown']),
    ...contextFlags,
    ...selectFlags,
    ...sendMaskedFlag,
    'allow-unset': boolean({
      description: 'Plan without secrets: values with variables that are not set are not compared, and counted.',
    }),
    'exit-code': boolean({
      description: 'Exit 10 if anything differs, or else 16 if values were not compared (--allow-unset).',
    }),
    save: fileFlag({ description: 'Save the plan, for deploy --plan; only an older plan is replaced.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Plan);
    const [{ planFiles }, { readStdin }] = await Promise.all([
      import('../src/deploy/plan.ts'),
      import('../src/cli/stdin.ts'),
    ]);
    await using cluster = await this.connect(flags);
    const plan = await planFiles({
      paths: args.paths ?? [],
      targets: await this.targets(flags),
      stdin: readStdin,
      client: cluster.client,
      clock: this.clock,
      logger: this.logger,
      context: cluster.name,
      topics: await cluster.topics(),
      signal: this.signal,
      only: flags.only,
      exclude: flags.exclude,
      sendMasked: flags['send-masked'],
      allowUnset: flags['allow-unset'],
      save: flags.save,
    });
    await this.present(plan, planView(flags['exit-code']), flags);
  }
}
